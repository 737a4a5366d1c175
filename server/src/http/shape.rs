//! `/api/v1/areas/{code}/split`, `move`, `retire` and `/api/v1/areas/merge`: changes of the tree's shape.

use super::app::App;
use super::problem::Problem;
use super::resource;
use super::submission::Submission;
use super::workers::phone_shown;
use crate::decide::admin::reshape::{self, Reshape, Reshaped, Successor};
use actix_web::HttpResponse;
use actix_web::web::{self, Data, Path, Query, ServiceConfig};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(resource("/api/v1/areas/merge").route(web::post().to(merge)))
        .service(resource("/api/v1/areas/{code}/split").route(web::post().to(split)))
        .service(resource("/api/v1/areas/{code}/move").route(web::post().to(move_to)))
        .service(resource("/api/v1/areas/{code}/retire").route(web::post().to(retire)));
}

/// Whether only to tell what would happen.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DryRun {
    #[serde(default)]
    pub(super) dry_run: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    into: Vec<Successor>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whole {
    areas: Vec<String>,
    into: Successor,
}

async fn split(
    app: Data<App>,
    code: Path<String>,
    query: Query<DryRun>,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    let Parts { into } = submission.json()?;
    let code = code.into_inner();
    change(&app, &submission, query.dry_run, Reshape::Split { code, into }).await
}

async fn merge(
    app: Data<App>,
    query: Query<DryRun>,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    let Whole { areas: codes, into } = submission.json()?;
    change(&app, &submission, query.dry_run, Reshape::Merge { codes, into }).await
}

async fn move_to(
    app: Data<App>,
    code: Path<String>,
    query: Query<DryRun>,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    let to: Successor = submission.json()?;
    let code = code.into_inner();
    change(&app, &submission, query.dry_run, Reshape::Move { code, to }).await
}

async fn retire(
    app: Data<App>,
    code: Path<String>,
    query: Query<DryRun>,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    let code = code.into_inner();
    change(&app, &submission, query.dry_run, Reshape::Close { code }).await
}

async fn change(
    app: &App,
    submission: &Submission,
    dry_run: bool,
    change: Reshape,
) -> Result<HttpResponse, Problem> {
    let sightings = app.presence.sightings();
    let reshaped = if dry_run {
        let account = submission.account.clone();
        app.preview(move |desk| reshape::preview(desk, &account, &change, &sightings))
            .await?
    } else {
        app.write(submission, move |desk, account| {
            reshape::reshape(desk, account, &change, &sightings)
        })
        .await?
    };
    Ok(HttpResponse::Ok().json(shown(&reshaped)))
}

fn shown(reshaped: &Reshaped) -> Value {
    let phones: Vec<Value> = reshaped.phones.iter().map(phone_shown).collect();
    let mut answer = json!({
        "retired": reshaped.retired,
        "added": reshaped.added,
        "records": reshaped.records,
        "workers": reshaped.workers,
        "phones": phones,
    });
    if let Some(commit) = reshaped.commit {
        answer["commit"] = json!(commit);
    }
    answer
}

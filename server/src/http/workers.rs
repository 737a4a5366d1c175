//! `/api/v1/workers`: grid workers and the areas they answer for.

use super::app::App;
use super::auth::Caller;
use super::import::{FILE_BYTES_MAX, import};
use super::problem::Problem;
use super::resource;
use super::shape::DryRun;
use super::submission::Submission;
use crate::decide::admin::met::PhoneState;
use crate::decide::admin::worker::{self, NewWorker, WorkerRow};
use crate::decide::admin::would_move::{WouldMove, preview};
use crate::service::time::rfc3339;
use crate::service::{directory, import as files};
use actix_web::HttpResponse;
use actix_web::web::{self, Data, Path, Query, ServiceConfig};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(
        resource("/api/v1/workers")
            .route(web::get().to(list))
            .route(web::post().to(put)),
    )
    .service(
        resource("/api/v1/workers/import")
            .app_data(web::PayloadConfig::new(FILE_BYTES_MAX))
            .route(web::post().to(import_file)),
    )
    .service(resource("/api/v1/workers/{code}/areas").route(web::put().to(move_to)));
}

async fn list(app: Data<App>, caller: Caller) -> Result<HttpResponse, Problem> {
    let workers = app.read(move |view| Ok(directory::workers(view, &caller.0)?));
    Ok(HttpResponse::Ok().json(json!({ "workers": workers.await? })))
}

async fn put(app: Data<App>, query: Query<DryRun>, submission: Submission) -> Result<HttpResponse, Problem> {
    let request: NewWorker = submission.json()?;
    if query.dry_run {
        let worker = request;
        let mut would = would_move(&app, &submission, vec![WorkerRow { row: 1, worker }]).await?;
        return match would.errors.pop() {
            Some(error) => Err(Problem::invalid(error.message)),
            None => Ok(HttpResponse::Ok().json(would_move_shown(&would))),
        };
    }
    let done = app.write(&submission, move |desk, account| {
        worker::put(desk, account, &request)
    });
    Ok(HttpResponse::Ok().json(done.await?))
}

async fn import_file(
    app: Data<App>,
    query: Query<DryRun>,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    let file = files::workers(&submission.body).map_err(|bad| Problem::in_row(1, bad.to_string()))?;
    if query.dry_run {
        let mut would = would_move(&app, &submission, file.rows).await?;
        would.errors.extend(file.errors);
        would.errors.sort_by_key(|error| error.row);
        return Ok(HttpResponse::Ok().json(would_move_shown(&would)));
    }
    let answer = import(&app, &submission, file, worker::import).await?;
    Ok(HttpResponse::Ok().json(answer))
}

async fn would_move(app: &App, submission: &Submission, rows: Vec<WorkerRow>) -> Result<WouldMove, Problem> {
    let (account, sightings) = (submission.account.clone(), app.presence.sightings());
    app.preview(move |desk| preview(desk, &account, &rows, &sightings))
        .await
}

fn would_move_shown(would: &WouldMove) -> Value {
    let phones: Vec<Value> = would.phones.iter().map(phone_shown).collect();
    json!({
        "imported": would.imported,
        "unchanged": would.unchanged,
        "errors": would.errors,
        "moved": would.moved,
        "phones": phones,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    areas: Vec<String>,
}

async fn move_to(
    app: Data<App>,
    code: Path<String>,
    query: Query<DryRun>,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    let request: Move = submission.json()?;
    let sightings = app.presence.sightings();
    let moved = if query.dry_run {
        let account = submission.account.clone();
        app.preview(move |desk| worker::preview_move(desk, &account, &code, &request.areas, &sightings))
            .await?
    } else {
        app.write(&submission, move |desk, account| {
            worker::move_to(desk, account, &code, &request.areas, &sightings)
        })
        .await?
    };
    let phones: Vec<Value> = moved.phones.iter().map(phone_shown).collect();
    let mut answer = json!({
        "areas": moved.areas,
        "leaving": moved.leaving,
        "entering": moved.entering,
        "phones": phones,
    });
    if let Some(commit) = moved.commit {
        answer["commit"] = json!(commit);
    }
    Ok(HttpResponse::Ok().json(answer))
}

/// A phone with the work that it may still hold.
pub(super) fn phone_shown(phone: &PhoneState) -> Value {
    let mut shown = json!({"device": phone.device.0, "worker": phone.worker});
    if let Some(unsent) = phone.unsent {
        shown["unsent"] = json!(unsent);
    }
    if let Some(met_ms) = phone.met_ms {
        shown["last_met"] = json!(rfc3339(met_ms));
    }
    if let Some(since_ms) = phone.unknown_since_ms {
        shown["unknown_since"] = json!(rfc3339(since_ms));
    }
    shown
}

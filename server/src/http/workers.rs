//! `/api/v1/workers`: grid workers and the areas they answer for.

use super::app::App;
use super::auth::Caller;
use super::import::{FILE_BYTES_MAX, import};
use super::problem::Problem;
use super::resource;
use super::submission::Submission;
use crate::decide::admin::worker::{self, NewWorker};
use crate::service::{directory, import as files};
use actix_web::HttpResponse;
use actix_web::web::{self, Data, Path, ServiceConfig};
use serde::Deserialize;
use serde_json::json;

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

async fn put(app: Data<App>, submission: Submission) -> Result<HttpResponse, Problem> {
    let request: NewWorker = submission.json()?;
    let done = app.write(&submission, move |desk, account| {
        worker::put(desk, account, &request)
    });
    Ok(HttpResponse::Ok().json(done.await?))
}

async fn import_file(app: Data<App>, submission: Submission) -> Result<HttpResponse, Problem> {
    let file = files::workers(&submission.body).map_err(|bad| Problem::in_row(1, bad.to_string()))?;
    let answer = import(&app, &submission, file, worker::import).await?;
    Ok(HttpResponse::Ok().json(answer))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    areas: Vec<String>,
}

async fn move_to(
    app: Data<App>,
    code: Path<String>,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    let request: Move = submission.json()?;
    let done = app.write(&submission, move |desk, account| {
        worker::move_to(desk, account, &code, &request.areas)
    });
    Ok(HttpResponse::Ok().json(done.await?))
}

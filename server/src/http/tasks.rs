//! `/api/v1/tasks`: tasks from the centre.

use super::app::App;
use super::auth::Caller;
use super::problem::Problem;
use super::records::{ListQuery, find, id_named};
use super::resource;
use super::submission::Submission;
use crate::decide::admin::task::{self, CancelReason, NewTask};
use actix_web::HttpResponse;
use actix_web::web::{self, Data, Path, Query, ServiceConfig};
use serde::Deserialize;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(
        resource("/api/v1/tasks")
            .route(web::get().to(list))
            .route(web::post().to(create)),
    )
    .service(resource("/api/v1/tasks/{id}/assign").route(web::post().to(assign)))
    .service(resource("/api/v1/tasks/{id}/cancel").route(web::post().to(cancel)));
}

async fn list(app: Data<App>, caller: Caller, query: Query<ListQuery>) -> Result<HttpResponse, Problem> {
    let mut query = query.into_inner();
    query.kind = Some("task".into());
    Ok(HttpResponse::Ok().json(find(&app, &caller.0, query).await?))
}

async fn create(app: Data<App>, submission: Submission) -> Result<HttpResponse, Problem> {
    let request: NewTask = submission.json()?;
    let created = app.write(&submission, move |desk, account| {
        task::create_task(desk, account, &request)
    });
    Ok(HttpResponse::Created().json(created.await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Assignment {
    to: String,
}

async fn assign(app: Data<App>, id: Path<String>, submission: Submission) -> Result<HttpResponse, Problem> {
    let id = id_named(&id)?;
    let request: Assignment = submission.json()?;
    let done = app.write(&submission, move |desk, account| {
        task::assign(desk, account, id, &request.to)
    });
    Ok(HttpResponse::Ok().json(done.await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cancellation {
    reason: CancelReason,
}

async fn cancel(app: Data<App>, id: Path<String>, submission: Submission) -> Result<HttpResponse, Problem> {
    let id = id_named(&id)?;
    let request: Cancellation = submission.json()?;
    let done = app.write(&submission, move |desk, account| {
        task::cancel(desk, account, id, request.reason)
    });
    Ok(HttpResponse::Ok().json(done.await?))
}

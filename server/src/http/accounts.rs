//! `/api/v1/accounts`: administrators' accounts.

use super::app::App;
use super::auth::Caller;
use super::problem::Problem;
use super::resource;
use super::submission::Submission;
use crate::decide::admin::account::{self, NewAccount};
use crate::decide::admin::{token_hash, token_text};
use crate::service::directory;
use actix_web::HttpResponse;
use actix_web::web::{self, Data, Path, ServiceConfig};
use serde_json::json;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(
        resource("/api/v1/accounts")
            .route(web::get().to(list))
            .route(web::post().to(create)),
    )
    .service(resource("/api/v1/accounts/{name}/revoke").route(web::post().to(revoke)));
}

async fn list(app: Data<App>, caller: Caller) -> Result<HttpResponse, Problem> {
    let accounts = app.read(move |view| Ok(directory::accounts(view, &caller.0)?));
    Ok(HttpResponse::Ok().json(json!({ "accounts": accounts.await? })))
}

async fn create(app: Data<App>, submission: Submission) -> Result<HttpResponse, Problem> {
    let request: NewAccount = submission.json()?;
    let token = token_text(&submission.seed);
    let hash = token_hash(&token);
    let created = app.write(&submission, move |desk, own| {
        account::create(desk, own, &request, hash)
    });
    let created = created.await?;
    Ok(HttpResponse::Created().json(json!({
        "commit": created.commit,
        "name": created.name,
        "token": token,
    })))
}

async fn revoke(app: Data<App>, name: Path<String>, submission: Submission) -> Result<HttpResponse, Problem> {
    let done = app.write(&submission, move |desk, own| account::revoke(desk, own, &name));
    Ok(HttpResponse::Ok().json(done.await?))
}

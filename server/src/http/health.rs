//! `/healthz`, `/readyz`, `/api/v1/status`: how the server is; `/api/v1/clock/accept`: its clock taken for right.

use super::app::App;
use super::auth::Caller;
use super::problem::{Problem, ProblemKind};
use super::resource;
use super::submission::Submission;
use crate::decide::admin::whole_tree;
use crate::service::status;
use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use serde::Serialize;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(resource("/healthz").route(web::get().to(health)))
        .service(resource("/readyz").route(web::get().to(ready)))
        .service(resource("/api/v1/status").route(web::get().to(counts)))
        .service(resource("/api/v1/clock/accept").route(web::post().to(accept_clock)));
}

async fn health() -> &'static str {
    "ok"
}

async fn ready(app: Data<App>) -> Result<&'static str, Problem> {
    let stopped = |why: String| Problem::new(ProblemKind::Stopped, why);
    if let Some(why) = app.reader.stopped() {
        return Err(stopped(why));
    }
    if !app.read(|view| Ok(status::has_begun(view)?)).await? {
        return Err(stopped("the history has not begun".into()));
    }
    if let Some(why) = app.committer.lacks_room() {
        return Err(Problem::new(ProblemKind::DiskFull, why));
    }
    app.expect_right_clock()?;
    Ok("ready")
}

async fn counts(app: Data<App>, _caller: Caller) -> Result<HttpResponse, Problem> {
    let (distrust, no_room) = (app.clock.distrust(), app.committer.lacks_room());
    let journal_syncs = app.reader.journal_syncs();
    let counts = app.read(move |view| {
        let durable = (view.published(), journal_syncs);
        Ok(status::status(view, durable, distrust, no_room)?)
    });
    Ok(HttpResponse::Ok().json(counts.await?))
}

/// What was said against the clock when it was accepted; nothing if it was right.
#[derive(Serialize)]
struct Accepted {
    accepted: Option<String>,
}

async fn accept_clock(app: Data<App>, submission: Submission) -> Result<HttpResponse, Problem> {
    if !whole_tree(&submission.account) {
        return Err(Problem::new(
            ProblemKind::NotAllowed,
            "only an account over the whole tree answers for the server's clock",
        ));
    }
    let accepted = app.clock.accept().map(|why| why.to_string());
    if let Some(why) = &accepted {
        let account = &submission.account.code;
        tracing::warn!(
            account,
            why,
            "an administrator takes the server's clock for right"
        );
    }
    Ok(HttpResponse::Ok().json(Accepted { accepted }))
}

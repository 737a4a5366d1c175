//! `/healthz`, `/readyz` and `/api/v1/status`: how the server is.

use super::app::App;
use super::auth::Caller;
use super::problem::{Problem, ProblemKind};
use super::resource;
use crate::service::status;
use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(resource("/healthz").route(web::get().to(health)))
        .service(resource("/readyz").route(web::get().to(ready)))
        .service(resource("/api/v1/status").route(web::get().to(counts)));
}

async fn health() -> &'static str {
    "ok"
}

async fn ready(app: Data<App>) -> Result<&'static str, Problem> {
    let stopped = |why| Problem::new(ProblemKind::Stopped, why);
    if let Some(why) = app.reader.stopped() {
        return Err(stopped(why));
    }
    let now_ms = (app.now_ms)();
    match app.read(move |view| Ok(status::not_ready(view, now_ms)?)).await? {
        Some(why) => Err(stopped(why)),
        None => Ok("ready"),
    }
}

async fn counts(app: Data<App>, _caller: Caller) -> Result<HttpResponse, Problem> {
    let counts = app.read(|view| Ok(status::status(view, view.published())?));
    Ok(HttpResponse::Ok().json(counts.await?))
}

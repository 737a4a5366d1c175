//! `/api/v1/acts`: what accounts did.

use super::app::App;
use super::auth::Onlooker;
use super::problem::Problem;
use super::resource;
use crate::service::acts;
use actix_web::HttpResponse;
use actix_web::web::{self, Data, Query, ServiceConfig};
use serde::Deserialize;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(resource("/api/v1/acts").route(web::get().to(list)));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct After {
    #[serde(default)]
    after: u64,
}

async fn list(app: Data<App>, caller: Onlooker, query: Query<After>) -> Result<HttpResponse, Problem> {
    let after = query.after;
    let page = app.read(move |view| Ok(acts::page(view, &caller.0, after)?));
    Ok(HttpResponse::Ok().json(page.await?))
}

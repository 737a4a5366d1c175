//! `/api/v1/quarantine` and `/api/v1/waiting`: ops that are kept aside, and their release.

use super::app::App;
use super::auth::Caller;
use super::problem::Problem;
use super::resource;
use super::submission::Submission;
use crate::decide::admin::quarantine;
use crate::service::held;
use actix_web::HttpResponse;
use actix_web::web::{self, Data, Path, Query, ServiceConfig};
use otor_protocol::ids::Dot;
use serde::Deserialize;
use std::sync::Arc;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(resource("/api/v1/quarantine").route(web::get().to(list)))
        .service(resource("/api/v1/waiting").route(web::get().to(waiting)))
        .service(resource("/api/v1/quarantine/{op}/release").route(web::post().to(release)));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct After {
    after: Option<String>,
}

async fn list(app: Data<App>, caller: Caller, query: Query<After>) -> Result<HttpResponse, Problem> {
    let after = query.after.as_deref().map(dot_named).transpose()?;
    let catalogue = Arc::clone(&app.catalogue);
    let page = app.read(move |view| Ok(held::page(view, &catalogue, &caller.0, after)?));
    Ok(HttpResponse::Ok().json(page.await?))
}

async fn waiting(app: Data<App>, caller: Caller, query: Query<After>) -> Result<HttpResponse, Problem> {
    let place = |text: &str| {
        held::place_named(text).ok_or_else(|| Problem::invalid(format!("{text:?} is no page's next")))
    };
    let after = query.after.as_deref().map(place).transpose()?;
    let catalogue = Arc::clone(&app.catalogue);
    let page = app.read(move |view| Ok(held::waiting(view, &catalogue, &caller.0, after)?));
    Ok(HttpResponse::Ok().json(page.await?))
}

async fn release(app: Data<App>, op: Path<String>, submission: Submission) -> Result<HttpResponse, Problem> {
    let dot = dot_named(&op)?;
    let released = app.write(&submission, move |desk, account| {
        quarantine::release(desk, account, dot)
    });
    Ok(HttpResponse::Ok().json(released.await?))
}

fn dot_named(text: &str) -> Result<Dot, Problem> {
    held::dot_named(text)
        .ok_or_else(|| Problem::invalid(format!("{text:?} is no op's number such as 17-203")))
}

//! `/api/v1/rules`, `/api/v1/departments`, `/api/v1/musters`, `/api/v1/due`, `/api/v1/sizes`, `/api/v1/surveys`: what the server does by itself,
//! whom it calls, what is due, how large grids are, what people answered.

use super::app::App;
use super::auth::Caller;
use super::problem::Problem;
use super::resource;
use super::submission::Submission;
use crate::decide::admin::muster::{self, Mustered, NewMuster};
use crate::decide::admin::rules::{self, Trial};
use crate::decide::dispatch;
use crate::service::{due, norms, surveys};
use crate::state::rules::Rules;
use actix_web::HttpResponse;
use actix_web::web::{self, Data, Query, ServiceConfig};
use otor_protocol::area::AreaCode;
use serde::Deserialize;
use serde_json::json;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(
        resource("/api/v1/rules")
            .route(web::get().to(show))
            .route(web::put().to(put)),
    )
    .service(resource("/api/v1/rules/try").route(web::post().to(try_out)))
    .service(resource("/api/v1/departments").route(web::get().to(departments)))
    .service(resource("/api/v1/musters").route(web::post().to(call)))
    .service(resource("/api/v1/due").route(web::get().to(list)))
    .service(resource("/api/v1/sizes").route(web::get().to(sizes)))
    .service(resource("/api/v1/surveys").route(web::get().to(answers)));
}

async fn show(app: Data<App>, _caller: Caller) -> Result<HttpResponse, Problem> {
    let rules = app.read(move |view| Ok(dispatch::rules(view)?));
    Ok(HttpResponse::Ok().json(rules.await?))
}

async fn put(app: Data<App>, submission: Submission) -> Result<HttpResponse, Problem> {
    let request: Rules = submission.json()?;
    let done = app.write(&submission, move |desk, account| {
        rules::put(desk, account, &request)
    });
    Ok(HttpResponse::Ok().json(done.await?))
}

async fn try_out(app: Data<App>, submission: Submission) -> Result<HttpResponse, Problem> {
    let trial: Trial = submission.json()?;
    let tried = app.preview(move |desk| rules::try_out(desk, &trial));
    Ok(HttpResponse::Ok().json(tried.await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answering {
    area: Option<AreaCode>,
}

/// The departments; of an area, those that answer for it, the nearest first.
async fn departments(
    app: Data<App>,
    _caller: Caller,
    query: Query<Answering>,
) -> Result<HttpResponse, Problem> {
    let rules = app.read(move |view| Ok(dispatch::rules(view)?)).await?;
    let departments = match &query.area {
        Some(area) => rules.answering(area.as_str()),
        None => rules.departments.iter().collect(),
    };
    Ok(HttpResponse::Ok().json(json!({ "departments": departments })))
}

async fn call(app: Data<App>, submission: Submission) -> Result<HttpResponse, Problem> {
    let request: NewMuster = submission.json()?;
    let mut whole: Option<Mustered> = None;
    loop {
        let so_far = whole
            .as_ref()
            .and_then(|whole| Some((whole.muster.parse().ok()?, whole.next?)));
        let (part, first) = (
            request.clone(),
            whole.as_ref().map_or(0, |whole| whole.calls.len()),
        );
        let called = app.write_part(&submission, first, move |desk, account| {
            muster::call(desk, account, &part, so_far)
        });
        let called = called.await?;
        let next = called.next;
        whole = Some(match whole {
            None => called,
            Some(before) => Mustered {
                calls: [before.calls, called.calls].concat(),
                ..called
            },
        });
        if next.is_none() {
            return Ok(HttpResponse::Created().json(whole));
        }
    }
}

/// Entries of a page, if nothing else is asked for, and at most.
const LIMIT: usize = 500;
const LIMIT_MAX: usize = 2_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Within {
    area: String,
    after: Option<String>,
    limit: Option<usize>,
}

impl Within {
    fn area(&self) -> Result<AreaCode, Problem> {
        let parsed = self.area.parse();
        parsed.map_err(|_| Problem::invalid("area is an area's code"))
    }

    fn limit(&self) -> usize {
        self.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX)
    }
}

async fn sizes(app: Data<App>, caller: Caller, query: Query<Within>) -> Result<HttpResponse, Problem> {
    let (area, limit, after) = (query.area()?, query.limit(), query.into_inner().after);
    let sizes = app.read(move |view| Ok(norms::sizes(view, &caller.0, &area, after.as_deref(), limit)?));
    Ok(HttpResponse::Ok().json(sizes.await?))
}

async fn answers(app: Data<App>, caller: Caller, query: Query<Within>) -> Result<HttpResponse, Problem> {
    let (area, limit, after) = (query.area()?, query.limit(), query.into_inner().after);
    let tallies = app.read(move |view| {
        let after = after.as_deref();
        Ok(surveys::tallies(view, &caller.0, &area, after, limit)?)
    });
    Ok(HttpResponse::Ok().json(tallies.await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Due {
    area: Option<String>,
    until: Option<i64>,
}

async fn list(app: Data<App>, caller: Caller, query: Query<Due>) -> Result<HttpResponse, Problem> {
    let Due { area, until } = query.into_inner();
    let area: Option<AreaCode> = area
        .map(|code| {
            code.parse()
                .map_err(|_| Problem::invalid("area is an area's code"))
        })
        .transpose()?;
    let catalogue = std::sync::Arc::clone(&app.catalogue);
    let until_ms = until.unwrap_or(i64::MAX);
    let due = app.read(move |view| Ok(due::list(view, &catalogue, &caller.0, area.as_ref(), until_ms)?));
    Ok(HttpResponse::Ok().json(json!({ "due": due.await? })))
}

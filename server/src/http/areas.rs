//! `/api/v1/areas`: the area tree.

use super::app::App;
use super::auth::Onlooker;
use super::import::{FILE_BYTES_MAX, import};
use super::problem::Problem;
use super::resource;
use super::submission::Submission;
use crate::decide::admin::area;
use crate::service::{directory, import as files};
use actix_web::HttpResponse;
use actix_web::web::{self, Data, Query, ServiceConfig};
use serde::Deserialize;
use serde_json::json;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(resource("/api/v1/areas").route(web::get().to(list)))
        .service(
            resource("/api/v1/areas/import")
                .app_data(web::PayloadConfig::new(FILE_BYTES_MAX))
                .route(web::post().to(import_file)),
        );
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Under {
    #[serde(default)]
    under: String,
}

async fn list(app: Data<App>, caller: Onlooker, query: Query<Under>) -> Result<HttpResponse, Problem> {
    let under = query.into_inner().under;
    if !under.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Problem::invalid(
            "under is the beginning of an area's code: digits",
        ));
    }
    let areas = app.read(move |view| Ok(directory::areas(view, &caller.0, &under)?));
    Ok(HttpResponse::Ok().json(json!({ "areas": areas.await? })))
}

async fn import_file(app: Data<App>, submission: Submission) -> Result<HttpResponse, Problem> {
    let file = files::areas(&submission.body).map_err(|bad| Problem::in_row(1, bad.to_string()))?;
    let answer = import(&app, &submission, file, area::import).await?;
    Ok(HttpResponse::Ok().json(answer))
}

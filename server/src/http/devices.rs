//! `/api/v1/devices`: workers' phones.

use super::app::App;
use super::auth::Caller;
use super::problem::Problem;
use super::resource;
use super::submission::Submission;
use crate::decide::admin::device::{self, NewInvitation};
use crate::decide::admin::{invitation_code, invitation_hash};
use crate::service::devices;
use crate::service::time::rfc3339;
use actix_web::HttpResponse;
use actix_web::web::{self, Data, Path, ServiceConfig};
use otor_protocol::ids::DeviceId;
use serde_json::json;
use std::sync::Arc;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(resource("/api/v1/devices").route(web::get().to(list)))
        .service(resource("/api/v1/devices/invite").route(web::post().to(invite)))
        .service(resource("/api/v1/devices/{id}/revoke").route(web::post().to(revoke)));
}

async fn list(app: Data<App>, caller: Caller) -> Result<HttpResponse, Problem> {
    let presence = Arc::clone(&app.presence);
    let devices = app.read(move |view| Ok(devices::list(view, &caller.0, &presence)?));
    Ok(HttpResponse::Ok().json(json!({ "devices": devices.await? })))
}

async fn invite(app: Data<App>, submission: Submission) -> Result<HttpResponse, Problem> {
    let request: NewInvitation = submission.json()?;
    let code = invitation_code(&submission.seed);
    let hash = invitation_hash(&code);
    let invited = app.write(&submission, move |desk, account| {
        device::invite(desk, account, &request, hash)
    });
    let invited = invited.await?;
    Ok(HttpResponse::Created().json(json!({
        "commit": invited.commit,
        "code": code,
        "worker": invited.worker,
        "expires_at": rfc3339(invited.expires_ms),
        "server": app.identity.public().fingerprint(),
    })))
}

async fn revoke(app: Data<App>, id: Path<u32>, submission: Submission) -> Result<HttpResponse, Problem> {
    let id = DeviceId(*id);
    let done = app.write(&submission, move |desk, account| {
        device::revoke(desk, account, id)
    });
    Ok(HttpResponse::Ok().json(done.await?))
}

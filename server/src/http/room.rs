//! Whether there is room for a request: asked by its head, before anything of its body is read, or by a request that
//! only asks.

use super::admission::Admitted;
use super::app::App;
use super::problem::{Problem, ProblemKind};
use actix_web::dev::ServiceRequest;
use actix_web::http::{Method, header};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};

/// What a request that does not tell its length counts as, in bytes.
const LENGTH_UNTOLD: u64 = 64 * 1024;

/// Asks for room for a request by the length it says it has.
pub(super) fn admit(request: &ServiceRequest) -> Result<Admitted, Problem> {
    let length = request.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
    let untold = match *request.method() {
        Method::POST => LENGTH_UNTOLD,
        // Only asks, and has no body.
        _ => 0,
    };
    let length = length.unwrap_or(untold);
    let app = request.app_data::<web::Data<App>>();
    let app = app.ok_or_else(|| Problem::new(ProblemKind::Internal, "no application"))?;
    let admitted = app.admission.admit(length, rand::random());
    admitted.map_err(|refused| Problem::come_again(refused.after_s))
}

/// Tells a phone that was refused before whether it may send its request now: it brings none of it in vain.
pub(super) async fn room(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let admitted = request.extensions_mut().remove::<Result<Admitted, Problem>>();
    admitted.transpose()?;
    Ok(HttpResponse::NoContent().finish())
}

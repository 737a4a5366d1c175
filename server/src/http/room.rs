//! Whether there is room for a request: asked by its head, before anything of its body is read, or by a request that
//! only asks. A header carries the phone's place in the line.

use super::admission::{Admitted, Entrant};
use super::app::App;
use super::problem::{Problem, ProblemKind};
use actix_web::dev::ServiceRequest;
use actix_web::http::{Method, header};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};

/// The place of a phone in the line: told with 503 and 204, and brought back.
pub(super) const PLACE: &str = "otor-place";
/// What `Retry-After` tells in whole seconds, in milliseconds.
pub(super) const WAIT_MS: &str = "otor-wait-ms";
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
    let app = request.app_data::<web::Data<App>>();
    let app = app.ok_or_else(|| Problem::new(ProblemKind::Internal, "no application"))?;
    let admitted = app.admission.admit(Entrant {
        length: length.unwrap_or(untold),
        place: request.headers().get(PLACE).map(header::HeaderValue::as_bytes),
        asks: *request.method() == Method::GET,
        now_ms: (app.now_ms)(),
        chance: rand::random(),
    });
    admitted.map_err(|refused| Problem::come_again(refused.after_ms, refused.place))
}

/// Tells a phone that was refused before whether it may send its request now: it brings none of it in vain. If it may,
/// a place is kept for it.
pub(super) async fn room(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let admitted = request.extensions_mut().remove::<Result<Admitted, Problem>>();
    let admitted = admitted.transpose()?;
    let mut response = HttpResponse::NoContent();
    if let Some(place) = admitted.and_then(|admitted| admitted.place) {
        response.insert_header((PLACE, place.text()));
    }
    Ok(response.finish())
}

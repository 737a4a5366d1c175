//! One log line a request: on the level `debug`, or `warn` where the server itself was at fault.

use super::clock::now_ms;
use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;

/// Passes a request on and notes what became of it. Queries and bodies are left out: they hold people's data.
pub(super) async fn log_request<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let began_ms = now_ms();
    let (method, path) = (request.method().clone(), request.path().to_owned());
    let answer = next.call(request).await;
    let status = answer.as_ref().map_or_else(
        |error| error.as_response_error().status_code(),
        ServiceResponse::status,
    );
    let (status, duration_ms) = (status.as_u16(), now_ms() - began_ms);
    if status >= 500 {
        tracing::warn!(%method, path, status, duration_ms, "a request failed");
    } else {
        tracing::debug!(%method, path, status, duration_ms, "answered");
    }
    answer
}

//! A request to change something: who asks, its idempotency key, its body.

use super::auth::{app_of, authenticate};
use super::problem::{Problem, ProblemKind};
use crate::decide::admin::RequestKey;
use crate::state::cell::PersonCell;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::{FutureExt, LocalBoxFuture};
use otor_protocol::keys::op_hash;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// Name of the header with the idempotency key.
const KEY_HEADER: &str = "idempotency-key";
/// Most characters of an idempotency key.
const KEY_CHARS_MAX: usize = 80;

/// A request to change something.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Who asks.
    pub account: PersonCell,
    /// Its idempotency key with the hash of the request, if it has one.
    pub key: Option<RequestKey>,
    /// Its body.
    pub body: Bytes,
    /// 32 bytes that nobody can foretell, for a token or a code that this request makes: the same again for
    /// the same request under the same key, so that a repeated answer tells the same secret and no answer
    /// that holds one has to be kept.
    pub seed: [u8; 32],
}

impl Submission {
    /// Reads the body as JSON.
    ///
    /// # Errors
    /// [`Problem`] if it is not, or not what is asked for.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_slice(&self.body).map_err(|error| Problem::invalid(format!("the body: {error}")))
    }
}

impl FromRequest for Submission {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        async move {
            let account = authenticate(&request).await?;
            let body = Bytes::from_request(&request, &mut payload);
            let body = body.await.map_err(|error| bad_body(&error))?;
            let key = key_of(&request)?.map(|key| RequestKey {
                account: account.id,
                key,
                request_hash: request_hash(&request, &body),
            });
            let seed = match &key {
                Some(key) => derived_seed(&request, key)?,
                None => rand::random(),
            };
            Ok(Submission {
                account,
                key,
                body,
                seed,
            })
        }
        .boxed_local()
    }
}

fn bad_body(error: &actix_web::Error) -> Problem {
    let too_large = error.as_response_error().status_code() == StatusCode::PAYLOAD_TOO_LARGE;
    if too_large {
        Problem::new(
            ProblemKind::TooLarge,
            "the body is larger than this resource takes",
        )
    } else {
        Problem::invalid(format!("the body could not be read: {error}"))
    }
}

fn key_of(request: &HttpRequest) -> Result<Option<String>, Problem> {
    let Some(value) = request.headers().get(KEY_HEADER) else {
        return Ok(None);
    };
    let bad = || {
        Problem::invalid(format!(
            "an idempotency key has 1 to {KEY_CHARS_MAX} visible ASCII characters"
        ))
    };
    let key = value.to_str().map_err(|_| bad())?;
    let fits = (1..=KEY_CHARS_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    if fits {
        Ok(Some(key.to_string()))
    } else {
        Err(bad())
    }
}

fn request_hash(request: &HttpRequest, body: &[u8]) -> u64 {
    let head = format!("{} {}\n", request.method(), request.uri());
    op_hash(&[head.as_bytes(), body].concat())
}

fn derived_seed(request: &HttpRequest, key: &RequestKey) -> Result<[u8; 32], Problem> {
    let mut message = b"otor v1 seed of a request".to_vec();
    message.extend(key.account.0.to_be_bytes());
    message.extend(key.request_hash.to_be_bytes());
    message.extend(key.key.as_bytes());
    // Only the server can make its signature, and nobody is told this one.
    Ok(Sha256::digest(app_of(request)?.identity.sign(&message)).into())
}

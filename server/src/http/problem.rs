//! Refusals and failures as `application/problem+json`, with their status codes in one table.

use super::room::{PLACE, WAIT_MS};
use crate::commit::can_mend;
use crate::commit::thread::CommitError;
use crate::decide::admin::{AdminRefusal, RowError};
use crate::service::pull::BadCursor;
use crate::state::StateError;
use actix_web::error::{PathError, QueryPayloadError};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde::Serialize;
use std::fmt;

/// Why a request has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// The request cannot be read or makes no sense.
    Invalid,
    /// There is no token, or not one that opens anything.
    NotAuthenticated,
    /// The account may not do it.
    NotAllowed,
    /// There is no such thing, or not where the account may see it.
    NotFound,
    /// The resource knows no such method.
    WrongMethod,
    /// It does not go together with what is so already.
    Conflict,
    /// A pull's cursor belongs to another history of the server.
    StaleCursor,
    /// The body is too large.
    TooLarge,
    /// The rules for records do not take the edit.
    Unacceptable,
    /// The idempotency key came with another request before.
    KeyReused,
    /// Something in the server went wrong that never should.
    Internal,
    /// Too many receipt numbers were asked for that are none: come back later.
    Guessing,
    /// Too much is waiting: come back later.
    Busy,
    /// The server's clock is not trusted: phones come back later.
    ClockNotTrusted,
    /// The disk is nearly full: nothing is written, what is there can be read.
    DiskFull,
    /// The server has stopped taking work.
    Stopped,
}

/// Status code, name and title of each kind: the only place that says so.
const TABLE: [(ProblemKind, u16, &str, &str); 16] = [
    (ProblemKind::Invalid, 400, "invalid", "The request is not valid"),
    (
        ProblemKind::NotAuthenticated,
        401,
        "not-authenticated",
        "A valid token is needed",
    ),
    (
        ProblemKind::NotAllowed,
        403,
        "not-allowed",
        "The account may not do this",
    ),
    (ProblemKind::NotFound, 404, "not-found", "There is no such thing"),
    (
        ProblemKind::WrongMethod,
        405,
        "wrong-method",
        "The resource knows no such method",
    ),
    (
        ProblemKind::Conflict,
        409,
        "conflict",
        "The request conflicts with what is so",
    ),
    (
        ProblemKind::StaleCursor,
        409,
        "stale-cursor",
        "The cursor is of another history",
    ),
    (ProblemKind::TooLarge, 413, "too-large", "The body is too large"),
    (
        ProblemKind::Unacceptable,
        422,
        "unacceptable",
        "The edit is not acceptable",
    ),
    (
        ProblemKind::KeyReused,
        422,
        "key-reused",
        "The idempotency key was used before",
    ),
    (
        ProblemKind::Guessing,
        429,
        "guessing",
        "Too many numbers that are none",
    ),
    (
        ProblemKind::Internal,
        500,
        "internal",
        "Something went wrong in the server",
    ),
    (ProblemKind::Busy, 503, "busy", "The server is busy"),
    (
        ProblemKind::ClockNotTrusted,
        503,
        "clock-not-trusted",
        "The server's clock is not trusted",
    ),
    (
        ProblemKind::DiskFull,
        503,
        "disk-full",
        "The server's disk is nearly full",
    ),
    (
        ProblemKind::Stopped,
        503,
        "stopped",
        "The server is not taking work",
    ),
];

/// Seconds after which a refused client may come back when the server is busy.
const RETRY_AFTER_S: u64 = 1;
/// The same where somebody has to put right the server's clock, or make room on its disk, first.
const RETRY_AFTER_MENDING_S: &str = "60";

impl ProblemKind {
    fn entry(self) -> (StatusCode, &'static str, &'static str) {
        TABLE
            .iter()
            .find(|(kind, ..)| *kind == self)
            .and_then(|(_, status, name, title)| Some((StatusCode::from_u16(*status).ok()?, *name, *title)))
            .unwrap_or((StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error"))
    }
}

/// A refusal or failure on its way out.
#[derive(Clone, Debug)]
pub struct Problem {
    kind: ProblemKind,
    detail: String,
    errors: Vec<RowError>,
    /// The key of the damaged row that was met.
    damaged: Option<Vec<u8>>,
    /// Seconds after which whoever found the server busy may come back.
    retry_after_s: u64,
    /// The place in the line of a phone that found no room, and milliseconds until it may come back.
    place: Option<(String, u64)>,
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    problem_type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "<[RowError]>::is_empty")]
    errors: &'a [RowError],
}

impl Problem {
    /// A problem with what is to be said about it.
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Problem {
            kind,
            detail: detail.into(),
            errors: Vec::new(),
            damaged: None,
            retry_after_s: RETRY_AFTER_S,
            place: None,
        }
    }

    /// Too much is going on: to come again after so many milliseconds, with a place in the line.
    pub(super) fn come_again(after_ms: u64, place: String) -> Self {
        Problem {
            retry_after_s: after_ms.div_ceil(1_000),
            place: Some((place, after_ms)),
            ..Problem::new(ProblemKind::Busy, "too much is under way")
        }
    }

    /// Too many receipt numbers were asked for that are none: to come again after so many seconds.
    pub(super) fn guessing(after_s: u64) -> Self {
        Problem {
            retry_after_s: after_s,
            ..Problem::new(
                ProblemKind::Guessing,
                "too many numbers were asked for under which there is nothing",
            )
        }
    }

    /// The key of the damaged row that was met, if it was one that is mended while the server runs.
    pub(super) fn damaged(&self) -> Option<&[u8]> {
        self.damaged.as_deref()
    }

    /// A request that makes no sense.
    pub fn invalid(detail: impl Into<String>) -> Self {
        Problem::new(ProblemKind::Invalid, detail)
    }

    /// The same, about one row of a file.
    pub fn in_row(row: u64, message: impl Into<String>) -> Self {
        let message = message.into();
        Problem {
            errors: vec![RowError {
                row,
                message: message.clone(),
            }],
            ..Problem::invalid(message)
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.kind.entry().0
    }

    fn error_response(&self) -> HttpResponse {
        let (status, name, title) = self.kind.entry();
        let mut response = HttpResponse::build(status);
        match self.kind {
            ProblemKind::NotAuthenticated => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
            }
            ProblemKind::Busy | ProblemKind::Guessing => {
                response.insert_header((header::RETRY_AFTER, self.retry_after_s));
            }
            ProblemKind::ClockNotTrusted | ProblemKind::DiskFull => {
                response.insert_header((header::RETRY_AFTER, RETRY_AFTER_MENDING_S));
            }
            _ => {}
        }
        if let Some((place, after_ms)) = &self.place {
            response.insert_header((PLACE, place.as_str()));
            response.insert_header((WAIT_MS, *after_ms));
        }
        let body = Body {
            problem_type: format!("urn:otor:problem:{name}"),
            title,
            status: status.as_u16(),
            detail: &self.detail,
            errors: &self.errors,
        };
        response
            .insert_header((header::CONTENT_TYPE, "application/problem+json"))
            .body(serde_json::to_vec(&body).unwrap_or_default())
    }
}

impl From<AdminRefusal> for Problem {
    fn from(refusal: AdminRefusal) -> Self {
        let kind = match refusal {
            AdminRefusal::Invalid(_) => ProblemKind::Invalid,
            AdminRefusal::NotAllowed(_) => ProblemKind::NotAllowed,
            AdminRefusal::NotFound(_) => ProblemKind::NotFound,
            AdminRefusal::Conflict(_) => ProblemKind::Conflict,
            AdminRefusal::Unacceptable(_) => ProblemKind::Unacceptable,
            AdminRefusal::KeyReused => ProblemKind::KeyReused,
        };
        Problem::new(kind, refusal.to_string())
    }
}

impl From<CommitError> for Problem {
    fn from(error: CommitError) -> Self {
        let kind = match error {
            CommitError::Busy => ProblemKind::Busy,
            CommitError::Stopped(_) => ProblemKind::Stopped,
            CommitError::NoRoom(_) => ProblemKind::DiskFull,
        };
        Problem::new(kind, error.to_string())
    }
}

impl From<StateError> for Problem {
    fn from(error: StateError) -> Self {
        tracing::error!(%error, "the state could not be read");
        match error {
            StateError::Damaged { key } if can_mend(&key) => Problem {
                damaged: Some(key.into_vec()),
                ..Problem::new(ProblemKind::Busy, "a damaged row is being put right")
            },
            _ => Problem::new(ProblemKind::Stopped, "the state could not be read"),
        }
    }
}

impl From<BadCursor> for Problem {
    fn from(bad: BadCursor) -> Self {
        let kind = match bad {
            BadCursor::Malformed | BadCursor::OtherFilter => ProblemKind::Invalid,
            BadCursor::OtherHistory => ProblemKind::StaleCursor,
        };
        Problem::new(kind, bad.to_string())
    }
}

/// What a query that cannot be read comes to.
pub(super) fn bad_query(error: &QueryPayloadError) -> Problem {
    Problem::invalid(error.to_string())
}

/// What a path whose parts cannot be read comes to.
pub(super) fn bad_path(error: &PathError) -> Problem {
    Problem::new(ProblemKind::NotFound, error.to_string())
}

/// Answers requests for what is not there.
pub(super) async fn no_such_resource(request: HttpRequest) -> Result<HttpResponse, Problem> {
    Err(Problem::new(
        ProblemKind::NotFound,
        format!("there is nothing at {}", request.path()),
    ))
}

/// Answers requests with a method the resource does not know.
pub(super) async fn wrong_method(request: HttpRequest) -> Result<HttpResponse, Problem> {
    Err(Problem::new(
        ProblemKind::WrongMethod,
        format!("{} does not take {}", request.path(), request.method()),
    ))
}

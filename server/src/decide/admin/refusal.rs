//! What becomes of a request that is not carried out, and how deciding says so.

use crate::decide::Decided;
use crate::state::StateError;

/// Why a request was not carried out. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdminRefusal {
    /// The request makes no sense, whoever asks.
    #[error("{0}")]
    Invalid(String),
    /// The account may not do it.
    #[error("{0}")]
    NotAllowed(String),
    /// What it is about is not there, or not where the account may see it.
    #[error("{0}")]
    NotFound(String),
    /// It does not go together with what is so already.
    #[error("{0}")]
    Conflict(String),
    /// The rules for records do not take the edit.
    #[error("{0}")]
    Unacceptable(String),
    /// The idempotency key came with another request before.
    #[error("this idempotency key came with another request before")]
    KeyReused,
}

/// What a request comes to: its answer, or why it was not carried out.
pub type Outcome<T> = Result<T, AdminRefusal>;

/// What deciding a request gives: what to journal and the outcome, or why the state could not be read.
pub type Decides<T> = Result<(Option<Decided>, Outcome<T>), StateError>;

/// Why deciding ended early.
#[derive(Debug)]
pub(super) enum Stop {
    /// The state could not be read.
    State(StateError),
    /// The request is refused.
    Refused(AdminRefusal),
}

impl From<StateError> for Stop {
    fn from(error: StateError) -> Self {
        Stop::State(error)
    }
}

impl From<AdminRefusal> for Stop {
    fn from(refusal: AdminRefusal) -> Self {
        Stop::Refused(refusal)
    }
}

/// Sorts an early end into the two places where deciding tells it.
pub(super) fn settle<T>(ended: Result<(Option<Decided>, T), Stop>) -> Decides<T> {
    match ended {
        Ok((decided, answer)) => Ok((decided, Ok(answer))),
        Err(Stop::Refused(refusal)) => Ok((None, Err(refusal))),
        Err(Stop::State(error)) => Err(error),
    }
}

pub(super) fn invalid(why: impl Into<String>) -> Stop {
    AdminRefusal::Invalid(why.into()).into()
}

pub(super) fn not_allowed(why: impl Into<String>) -> Stop {
    AdminRefusal::NotAllowed(why.into()).into()
}

pub(super) fn not_found(why: impl Into<String>) -> Stop {
    AdminRefusal::NotFound(why.into()).into()
}

pub(super) fn conflict(why: impl Into<String>) -> Stop {
    AdminRefusal::Conflict(why.into()).into()
}

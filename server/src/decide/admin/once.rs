//! Idempotency keys: the same key with the same request gives the same answer and does nothing twice.

use super::refusal::{AdminRefusal, Decides};
use crate::decide::{Decided, Desk};
use crate::state::cell::AnswerCell;
use crate::state::entry::{Act, KeptAnswer};
use crate::state::{StateError, key, read};
use otor_protocol::ids::PersonId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_bytes::ByteBuf;

/// An idempotency key with the request it came with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestKey {
    /// Whose key.
    pub account: PersonId,
    /// The key.
    pub key: String,
    /// Hash of the request.
    pub request_hash: u64,
}

impl RequestKey {
    /// The key of one part of a request that is carried out in several commits.
    pub fn part(&self, first_row: usize) -> RequestKey {
        // A key from outside has no control characters, so it is never equal to that of a part.
        RequestKey {
            key: format!("{}\n{first_row}", self.key),
            ..self.clone()
        }
    }
}

/// Decides a request unless it was carried out under this key before. Its answer is then kept with the act;
/// a refusal is not kept, because nothing was done.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn once<T: Serialize + DeserializeOwned>(
    desk: &Desk,
    request: Option<&RequestKey>,
    decide: impl FnOnce() -> Decides<T>,
) -> Decides<T> {
    let Some(request) = request else {
        return decide();
    };
    let place = key::answer(request.account, &request.key);
    if let Some(kept) = read::get::<AnswerCell>(desk.view, &place)? {
        if kept.request_hash != request.request_hash {
            return Ok((None, Err(AdminRefusal::KeyReused)));
        }
        let answer =
            serde_json::from_slice(&kept.answer).map_err(|_| StateError::Damaged { key: place.clone() })?;
        return Ok((None, Ok(answer)));
    }
    let (decided, outcome) = decide()?;
    let Ok(answer) = outcome else {
        return Ok((decided, outcome));
    };
    // Answers are plain structs: they always have a JSON form.
    let bytes = serde_json::to_vec(&answer).expect("an answer is plain data");
    // An act that changes nothing still keeps its answer.
    let mut decided = decided.unwrap_or_else(|| Decided::from(Act::Persons(Vec::new())));
    decided.answer = Some(KeptAnswer {
        account: request.account,
        key: request.key.clone(),
        request_hash: request.request_hash,
        answer: ByteBuf::from(bytes),
    });
    Ok((Some(decided), Ok(answer)))
}

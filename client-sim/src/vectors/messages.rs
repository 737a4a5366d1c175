//! Every message: its bytes, and what they mean.

use super::document::{Hex, document as vectors_of, line};
use super::{values, variants};
use anyhow::ensure;
use otor_protocol::digest::Digest;
use otor_protocol::ids::{ActorId, Lane, Position, RecordId, ScopeId};
use otor_protocol::op::Op;
use otor_protocol::stamp::Stamp;
use otor_protocol::wire::{self, ChangeFrame, Content, End, StateFrame};
use serde::Serialize;
use serde::de::DeserializeOwned;

const ABOUT: &str = "Messages. `meaning` has the fields by name, in the order of the bytes: an object is the array \
of its values, except that one with a single key of one letter is a variant; {\"bytes\":…} is bin. `by_column`: \
the bytes are a batch whose head is the array of `head`; `rows` are its rows.";

#[derive(Serialize)]
struct Vector<'a, T> {
    message: &'a str,
    by_column: bool,
    bytes: Hex,
    meaning: T,
}

/// The meaning of a batch.
#[derive(Serialize)]
struct Batch<'a, H, R> {
    head: H,
    rows: &'a [R],
}

#[derive(Serialize)]
struct ContentHead<'a> {
    actor: ActorId,
    first_seq: u64,
    boot: u64,
    wall_minus_uptime_ms: i64,
    floors: &'a [(u32, Stamp)],
}

#[derive(Serialize)]
struct ChangesHead {
    scope: ScopeId,
    lane: Lane,
    from: Position,
    to: Position,
    digest: Option<Digest>,
}

#[derive(Serialize)]
struct StatesHead {
    scope: ScopeId,
    lane: Lane,
    base: u64,
    after: Option<RecordId>,
    as_of: u64,
    last: bool,
    digest: Option<Digest>,
}

pub(super) fn plain<T: Serialize + DeserializeOwned + PartialEq>(
    message: &str,
    value: &T,
) -> anyhow::Result<String> {
    let bytes = wire::encode(value);
    ensure!(
        wire::decode::<T>(&bytes)? == *value,
        "{message} is not read as it was written"
    );
    Ok(told(message, bytes, value))
}

/// A message that does not go by column, with its meaning.
pub(super) fn told<T: Serialize>(message: &str, bytes: Vec<u8>, meaning: &T) -> String {
    line(&Vector {
        message,
        by_column: false,
        bytes: Hex(bytes),
        meaning,
    })
}

pub(super) fn by_column<H: Serialize, R: Serialize>(
    message: &str,
    bytes: Vec<u8>,
    head: H,
    rows: &[R],
) -> String {
    line(&Vector {
        message,
        by_column: true,
        bytes: Hex(bytes),
        meaning: Batch { head, rows },
    })
}

fn content(content: &Content) -> anyhow::Result<String> {
    let bytes = content.encode();
    ensure!(
        Content::decode(&bytes)? == *content,
        "content is not read as it was written"
    );
    let head = ContentHead {
        actor: content.actor,
        first_seq: content.first_seq,
        boot: content.boot,
        wall_minus_uptime_ms: content.wall_minus_uptime_ms,
        floors: &content.floors,
    };
    Ok(by_column("Content", bytes, head, &content.ops))
}

pub(super) fn changes(frame: &ChangeFrame) -> anyhow::Result<String> {
    let bytes = frame.encode();
    ensure!(
        ChangeFrame::decode(&bytes)? == *frame,
        "changes are not read as they were written"
    );
    let head = ChangesHead {
        scope: frame.scope,
        lane: frame.lane,
        from: frame.from,
        to: frame.to,
        digest: frame.digest,
    };
    Ok(by_column("ChangeFrame", bytes, head, &frame.items))
}

fn states(frame: &StateFrame) -> anyhow::Result<String> {
    let bytes = frame.encode();
    ensure!(
        StateFrame::decode(&bytes)? == *frame,
        "states are not read as they were written"
    );
    let head = StatesHead {
        scope: frame.scope,
        lane: frame.lane,
        base: frame.base,
        after: frame.after,
        as_of: frame.as_of,
        last: frame.last,
        digest: frame.digest,
    };
    Ok(by_column("StateFrame", bytes, head, &frame.states))
}

pub(super) fn document() -> anyhow::Result<String> {
    let mut vectors = Vec::new();
    for op in [
        values::create(),
        values::edit(),
        values::erasure(),
        values::release(),
    ] {
        vectors.push(plain::<Op>("Op", &op)?);
    }
    for hello in variants::hellos() {
        vectors.push(plain("Hello", &hello)?);
    }
    for welcome in variants::welcomes() {
        vectors.push(plain("Welcome", &welcome)?);
    }
    for refusal in values::refusals() {
        vectors.push(plain("Refusal", &refusal)?);
    }
    for (frames, more) in [(0, false), (1, false), (300, true)] {
        vectors.push(plain("End", &End { frames, more })?);
    }
    vectors.push(plain("EnrolRequest", &values::enrol_request())?);
    vectors.push(plain("EnrolReply", &values::enrol_reply())?);
    vectors.push(content(&values::content())?);
    vectors.push(changes(&values::changes())?);
    vectors.push(states(&variants::states())?);
    for repair in variants::repairs() {
        vectors.push(plain("RepairFrame", &repair)?);
    }
    vectors.push(plain("Refill", &variants::refill())?);
    vectors.push(plain("DictionaryPiece", &variants::dictionary_piece())?);
    Ok(vectors_of(ABOUT, &vectors))
}

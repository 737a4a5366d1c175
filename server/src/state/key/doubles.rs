//! Keys of marks by which two reports are one case: each stands under both of them, with every commit that changed it.

use super::Key;
use crate::store::engine::RowKey;
use otor_protocol::ids::{ActorId, Dot, RecordId};

/// Which of the two bears a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// The report that the key begins with is marked as a double of the other.
    Marked,
    /// The other is marked as a double of it.
    MarkedBy,
}

/// Bytes of a dot or record.
const DOT_BYTES: usize = 12;

/// What a commit made of a mark between two reports.
pub fn mark(record: RecordId, other: RecordId, way: Way, commit: u64) -> RowKey {
    let way = u8::from(way == Way::MarkedBy);
    let both = Key::new(b'm').dot(record.0).dot(other.0);
    both.u8(way).u64(commit).done()
}

/// Prefix of all marks between a report and others.
pub fn marks_of(record: RecordId) -> RowKey {
    Key::new(b'm').dot(record.0).done()
}

/// The other report, which of them bears the mark, and the commit that the key of a mark names.
pub fn mark_named(key: &[u8]) -> Option<(RecordId, Way, u64)> {
    let other: [u8; DOT_BYTES] = key.get(1 + DOT_BYTES..1 + 2 * DOT_BYTES)?.try_into().ok()?;
    let (actor, seq) = other.split_at(4);
    let actor = ActorId(u32::from_be_bytes(actor.try_into().ok()?));
    let seq = u64::from_be_bytes(seq.try_into().ok()?);
    let way = match key.get(1 + 2 * DOT_BYTES)? {
        0 => Way::Marked,
        _ => Way::MarkedBy,
    };
    let commit: [u8; 8] = key.get(2 + 2 * DOT_BYTES..)?.try_into().ok()?;
    Some((RecordId(Dot::new(actor, seq)), way, u64::from_be_bytes(commit)))
}

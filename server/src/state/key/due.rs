//! Keys of what the server's rules go by: deadlines, households by code, the rules themselves.

use super::{Key, record_of_tail};
use crate::store::engine::RowKey;
use otor_protocol::ids::RecordId;

/// A deadline of a record: the time comes first, so that what is due next stands first.
pub fn due(at_ms: i64, record: RecordId, event: u16) -> RowKey {
    // No server runs before 1970.
    let at_ms = at_ms.max(0).unsigned_abs();
    Key::new(b't').u64(at_ms).dot(record.0).u32(event.into()).done()
}

/// Prefix of all deadlines.
pub fn all_due() -> RowKey {
    Key::new(b't').done()
}

/// The first key of deadlines after a time.
pub fn due_after(at_ms: i64) -> RowKey {
    Key::new(b't')
        .u64(at_ms.max(0).unsigned_abs().saturating_add(1))
        .done()
}

/// The time, record and event that the key of a deadline names.
pub fn due_named(key: &[u8]) -> Option<(i64, RecordId, u16)> {
    let at_ms = u64::from_be_bytes(key.get(1..9)?.try_into().ok()?);
    let record = record_of_tail(key.get(9..21)?.try_into().ok()?);
    let event = u32::from_be_bytes(key.get(21..25)?.try_into().ok()?);
    Some((i64::try_from(at_ms).ok()?, record, u16::try_from(event).ok()?))
}

/// The deadlines that a record has.
pub fn due_of(record: RecordId) -> RowKey {
    Key::new(b'd').dot(record.0).done()
}

/// Prefix of all households.
pub fn households() -> RowKey {
    Key::new(b'h').done()
}

/// What is known of a household by its code.
pub fn household(code: &str) -> RowKey {
    Key::new(b'h').text(code).done()
}

/// The rules by which the server acts.
pub fn rules() -> RowKey {
    Key::new(b'r').done()
}

/// Prefix of the tasks not yet seen on anybody's phone.
pub fn everybodys_undelivered() -> RowKey {
    Key::new(b'U').done()
}

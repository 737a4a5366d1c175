//! Keys by which is found what is asked for often: who answers for an area, which households are filed there, which tasks
//! lie on whose phones. An area's digits end with a zero byte, so that a prefix without it is a subtree.

use super::Key;
use crate::store::engine::RowKey;
use otor_protocol::area::AreaCode;
use otor_protocol::ids::{PersonId, RecordId};

/// That a worker answers for an area.
pub fn answering(area: &AreaCode, person: PersonId) -> RowKey {
    Key::new(b'l').text(area.as_str()).u8(0).u32(person.0).done()
}

/// Prefix of those who answer for this very area.
pub fn all_answering(area: &AreaCode) -> RowKey {
    Key::new(b'l').text(area.as_str()).u8(0).done()
}

/// Prefix of those who answer for this area or one in it.
pub fn answering_under(area: &str) -> RowKey {
    Key::new(b'l').text(area).done()
}

/// The digits of the area and the worker that such a key names.
pub fn answering_named(key: &[u8]) -> Option<(&str, PersonId)> {
    let (area, person) = parted(key, 4)?;
    Some((area, PersonId(u32::from_be_bytes(person.try_into().ok()?))))
}

/// That a household's record is filed under an area.
pub fn filed(area: &AreaCode, household: RecordId) -> RowKey {
    Key::new(b'b').text(area.as_str()).u8(0).dot(household.0).done()
}

/// Prefix of the households that are filed under this area or one in it.
pub fn filed_under(area: &str) -> RowKey {
    Key::new(b'b').text(area).done()
}

/// The digits of the area under which such a key says that a household is filed.
pub fn filed_named(key: &[u8]) -> Option<&str> {
    parted(key, 12).map(|(area, _)| area)
}

/// A task that has come to its assignee's phone and is to be done.
pub fn held(person: PersonId, record: RecordId) -> RowKey {
    Key::new(b'u').u32(person.0).dot(record.0).done()
}

/// Prefix of the tasks that have come to a person's phone and are to be done.
pub fn all_held(person: PersonId) -> RowKey {
    Key::new(b'u').u32(person.0).done()
}

/// Prefix of the tasks that have come to anybody's phone and are to be done.
pub fn everybodys_held() -> RowKey {
    Key::new(b'u').done()
}

/// The person on whose phone such a task is.
pub fn holder(key: &[u8]) -> Option<PersonId> {
    let person = key.get(1..5)?.try_into().ok()?;
    Some(PersonId(u32::from_be_bytes(person)))
}

/// When a phone of somebody who holds tasks was last heard of.
pub fn heard(person: PersonId) -> RowKey {
    Key::new(b'k').u32(person.0).done()
}

/// The digits of a key's area, and so many bytes behind the zero that ends them.
fn parted(key: &[u8], behind: usize) -> Option<(&str, &[u8])> {
    let (front, tail) = key.split_at_checked(key.len().checked_sub(behind)?)?;
    let digits = front.get(1..)?.strip_suffix(&[0])?;
    Some((std::str::from_utf8(digits).ok()?, tail))
}

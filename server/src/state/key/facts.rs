//! Keys of what statistics are made from: facts by matter, day and area, and what is kept to tell how things stood at
//! a commit: rules, workers' areas, figures that were supplied, published ledgers.

use super::{Key, record_of_tail};
use crate::state::fact::{BUNDLE_SEQS, Matter};
use crate::store::engine::RowKey;
use otor_protocol::area::AreaCode;
use otor_protocol::ids::{PersonId, RecordId};

/// Digits of the longest code.
const DIGITS: u32 = 18;

impl Key {
    fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }
}

/// An area in nine bytes, so that those within one follow it without a gap: its digits with zeros up to the longest
/// code, and how many they are.
fn place(area: &AreaCode) -> [u8; 9] {
    let digits = area.as_str().len() as u32;
    let code = u64::from(area.clone()) * 10u64.pow(DIGITS.saturating_sub(digits));
    let mut place = [0; 9];
    place[..8].copy_from_slice(&code.to_be_bytes());
    // A code has at most 18 digits.
    place[8] = digits as u8;
    place
}

/// The area that nine bytes of a key name.
fn place_named(place: &[u8]) -> Option<AreaCode> {
    let code = u64::from_be_bytes(place.get(..8)?.try_into().ok()?);
    let digits = u32::from(*place.get(8)?);
    AreaCode::try_from(code / 10u64.checked_pow(DIGITS.checked_sub(digits)?)?).ok()
}

/// Keys of facts come in two spaces: those that share a row, and those of their own.
fn space(bundled: bool) -> u8 {
    if bundled { b'e' } else { b'f' }
}

/// The facts about an area and all within it on a day: the first key, and the first behind them.
pub fn facts_on(bundled: bool, matter: Matter, day: u32, area: &AreaCode) -> (RowKey, RowKey) {
    let digits = area.as_str().len() as u32;
    let first = u64::from(area.clone()) * 10u64.pow(DIGITS.saturating_sub(digits));
    let after = first + 10u64.pow(DIGITS.saturating_sub(digits));
    let at = |code: u64| {
        Key::new(space(bundled))
            .u8(matter as u8)
            .u32(day)
            .u64(code)
            .done()
    };
    (at(first), at(after))
}

/// The facts about anything on days `from..to`.
pub fn facts_between(bundled: bool, matter: Matter, from: u32, to: u32) -> (RowKey, RowKey) {
    let at = |day| Key::new(space(bundled)).u8(matter as u8).u32(day).done();
    (at(from), at(to))
}

/// A fact of its own.
pub fn fact(matter: Matter, day: u32, area: &AreaCode, record: RecordId, commit: u64) -> RowKey {
    Key::new(space(false))
        .u8(matter as u8)
        .u32(day)
        .bytes(&place(area))
        .dot(record.0)
        .u64(commit)
        .done()
}

/// The row that the first fact about a record shares.
pub fn bundle(matter: Matter, day: u32, area: &AreaCode, record: RecordId) -> RowKey {
    Key::new(space(true))
        .u8(matter as u8)
        .u32(day)
        .bytes(&place(area))
        .u32(record.0.actor.0)
        .u64(record.0.seq / BUNDLE_SEQS)
        .done()
}

/// Where the key of a fact leads: its day, area, record and commit.
pub fn fact_named(key: &[u8]) -> Option<(u32, AreaCode, RecordId, u64)> {
    let day = u32::from_be_bytes(key.get(2..6)?.try_into().ok()?);
    let record = record_of_tail(key.get(15..27)?.try_into().ok()?);
    let commit = u64::from_be_bytes(key.get(27..35)?.try_into().ok()?);
    Some((day, place_named(key.get(6..15)?)?, record, commit))
}

/// The day of a fact, or of facts that share a row.
pub fn day_of_fact(key: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(key.get(2..6)?.try_into().ok()?))
}

/// The area of a fact, or of facts that share a row.
pub fn area_of_fact(key: &[u8]) -> Option<AreaCode> {
    place_named(key.get(6..15)?)
}

/// Where the key of a shared row leads: its day, area, and the record whose seq is the lowest that it may hold.
pub fn bundle_named(key: &[u8]) -> Option<(u32, AreaCode, RecordId)> {
    let day = u32::from_be_bytes(key.get(2..6)?.try_into().ok()?);
    let mut record = record_of_tail(key.get(15..27)?.try_into().ok()?);
    record.0.seq = record.0.seq.checked_mul(BUNDLE_SEQS)?;
    Some((day, place_named(key.get(6..15)?)?, record))
}

/// The rules as they were put in a commit.
pub fn rules_at(commit: u64) -> RowKey {
    Key::new(b'r').u64(commit).done()
}

/// Which areas a worker answered for from a commit on.
pub fn tenure(person: PersonId, commit: u64) -> RowKey {
    Key::new(b'p').u32(person.0).u64(commit).done()
}

/// The first key of workers' areas.
pub fn tenures() -> RowKey {
    Key::new(b'p').done()
}

/// The person and the commit that the key of a worker's areas names.
pub fn tenure_named(key: &[u8]) -> Option<(PersonId, u64)> {
    let person = u32::from_be_bytes(key.get(1..5)?.try_into().ok()?);
    let commit = u64::from_be_bytes(key.get(5..13)?.try_into().ok()?);
    Some((PersonId(person), commit))
}

/// Prefix of the figures that were supplied under a name.
pub fn supplied_as(name: &str) -> RowKey {
    // Names have no NUL.
    Key::new(b'i').text(name).u8(0).done()
}

/// A figure that was supplied for an area from a day on.
pub fn supplied(name: &str, area: &AreaCode, day: u32, commit: u64) -> RowKey {
    Key(supplied_as(name))
        .bytes(&place(area))
        .u32(day)
        .u64(commit)
        .done()
}

/// The area, day and commit that the key of a supplied figure names.
pub fn supplied_named(key: &[u8]) -> Option<(AreaCode, u32, u64)> {
    let tail = key.get(key.len().checked_sub(21)?..)?;
    let day = u32::from_be_bytes(tail.get(9..13)?.try_into().ok()?);
    let commit = u64::from_be_bytes(tail.get(13..21)?.try_into().ok()?);
    Some((place_named(tail)?, day, commit))
}

/// A published ledger.
pub fn ledger(number: u32) -> RowKey {
    Key::new(b'g').u32(number).done()
}

/// Prefix of all published ledgers.
pub fn ledgers() -> RowKey {
    Key::new(b'g').done()
}

#[cfg(test)]
mod tests {
    use super::*;
    use otor_protocol::ids::{ActorId, Dot};

    #[test]
    fn keys_of_facts_read_back_and_lie_within_their_areas() {
        let record = RecordId(Dot::new(ActorId(0x3031_3233), 130));
        for code in [
            "1508",
            "150821",
            "150821000",
            "150821100201001",
            "150821100201001007",
        ] {
            let area: AreaCode = code.parse().expect("a code");
            let key = fact(Matter::Report, 20_514, &area, record, 7);
            assert_eq!(fact_named(&key), Some((20_514, area.clone(), record, 7)));
            let shared = bundle(Matter::Visit, 20_514, &area, record);
            let first = RecordId(Dot::new(record.0.actor, 128));
            assert_eq!(bundle_named(&shared), Some((20_514, area.clone(), first)));
            for (asked, within) in [("1508", true), (code, true), ("1509", false), ("150820", false)] {
                let (from, to) = facts_on(false, Matter::Report, 20_514, &asked.parse().expect("a code"));
                assert_eq!(
                    (from..to).contains(&key),
                    within || code.starts_with(asked),
                    "{asked} {code}"
                );
            }
            let told = supplied("flags", &area, 3, 4);
            assert_eq!(supplied_named(&told), Some((area, 3, 4)));
        }
    }
}

//! Keys of the state: one prefix byte a key space, then fixed-width big-endian parts, so that ranges are in
//! the order in which they are read. Written down in docs/disk-format.md.

mod acts;
mod answering;
mod doubles;
mod due;
mod facts;
mod renumbered;
mod sources;

pub use crate::store::engine::key_after_prefix as end_of;
pub use acts::{act, act_named, acts};
pub use answering::*;
pub use doubles::{Way, mark, mark_named, marks_of};
pub use due::*;
pub use facts::*;
pub use renumbered::{alias, aliases_of, origin, origin_named, origins_from};
pub use sources::*;

use crate::store::engine::RowKey;
use otor_protocol::area::AreaCode;
use otor_protocol::ids::{ActorId, DeviceId, Dot, Lane, PersonId, Position, RecordId, ScopeId};

/// A key under construction.
#[derive(Clone, Debug)]
pub struct Key(RowKey);

impl Key {
    fn new(space: u8) -> Self {
        let mut key = RowKey::new();
        key.push(space);
        Key(key)
    }

    fn u8(mut self, part: u8) -> Self {
        self.0.push(part);
        self
    }

    fn u32(mut self, part: u32) -> Self {
        self.0.extend_from_slice(&part.to_be_bytes());
        self
    }

    fn u64(mut self, part: u64) -> Self {
        self.0.extend_from_slice(&part.to_be_bytes());
        self
    }

    fn hashed(mut self, part: &[u8; 32]) -> Self {
        self.0.extend_from_slice(part);
        self
    }

    fn text(mut self, part: &str) -> Self {
        self.0.extend_from_slice(part.as_bytes());
        self
    }

    fn dot(self, dot: Dot) -> Self {
        self.u32(dot.actor.0).u64(dot.seq)
    }

    fn done(self) -> RowKey {
        self.0
    }
}

/// Counters and the incarnation.
pub fn server() -> RowKey {
    Key::new(b'S').done()
}

/// How many damaged rows were folded again.
pub fn mended() -> RowKey {
    Key::new(b'E').done()
}

/// An area by code.
pub fn area(code: &AreaCode) -> RowKey {
    Key::new(b'A').text(code.as_str()).done()
}

/// Prefix of all areas whose codes begin with `code`; every area for an empty text.
pub fn areas_under(code: &str) -> RowKey {
    Key::new(b'A').text(code).done()
}

/// A person by number.
pub fn person(person: PersonId) -> RowKey {
    Key::new(b'W').u32(person.0).done()
}

/// Prefix of all persons.
pub fn persons() -> RowKey {
    Key::new(b'W').done()
}

/// A person by what they are called.
pub fn person_code(code: &str) -> RowKey {
    Key::new(b'w').text(code).done()
}

/// A person by the hash of their token.
pub fn token(hash: &[u8; 32]) -> RowKey {
    let mut key = Key::new(b'T').done();
    key.extend_from_slice(hash);
    key
}

/// A phone.
pub fn device(device: DeviceId) -> RowKey {
    Key::new(b'D').u32(device.0).done()
}

/// Prefix of all phones.
pub fn devices() -> RowKey {
    Key::new(b'D').done()
}

/// The clock of one boot of a phone, by the first actor of its branch.
pub fn clock(branch: ActorId, boot: u64) -> RowKey {
    Key::new(b'V').u32(branch.0).u64(boot).done()
}

/// An invitation by the hash of its code.
pub fn invite(hash: &[u8; 32]) -> RowKey {
    let mut key = Key::new(b'I').done();
    key.extend_from_slice(hash);
    key
}

/// An actor.
pub fn actor(actor: ActorId) -> RowKey {
    Key::new(b'C').u32(actor.0).done()
}

/// The anchor of the branch with this actor of lane 0.
pub fn anchor(first_actor: ActorId) -> RowKey {
    Key::new(b'c').u32(first_actor.0).done()
}

/// The fields of a record that a backup does not know to be erased.
pub fn erased(record: RecordId) -> RowKey {
    Key::new(b'E').dot(record.0).done()
}

/// The run of ops of an actor that begins at `first_seq`.
pub fn run(actor: ActorId, first_seq: u64) -> RowKey {
    Key::new(b'O').u32(actor.0).u64(first_seq).done()
}

/// The seq of the first op of the run that a key names.
pub fn run_seq(key: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(key.get(5..13)?.try_into().ok()?))
}

/// Seqs that an actor's phone has lost, by the first.
pub fn lost(actor: ActorId, first_seq: u64) -> RowKey {
    Key::new(b'J').u32(actor.0).u64(first_seq).done()
}

/// Prefix of all that an actor's phone has lost.
pub fn all_lost(actor: ActorId) -> RowKey {
    Key::new(b'J').u32(actor.0).done()
}

/// The first seq a key of lost ones names.
pub fn lost_first(key: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(key.get(5..13)?.try_into().ok()?))
}

/// A quarantined op.
pub fn quarantined(dot: Dot) -> RowKey {
    Key::new(b'Q').dot(dot).done()
}

/// The op that the key of a quarantined or parked one names.
pub fn held_dot(key: &[u8]) -> Option<Dot> {
    let tail = key.get(key.len().checked_sub(12)?..)?;
    Some(record_of_tail(tail.try_into().ok()?).0)
}

/// Prefix of all quarantined ops.
pub fn all_quarantined() -> RowKey {
    Key::new(b'Q').done()
}

/// A frame whose content does not decode, by the hash of its bytes.
pub fn unreadable(hash: &[u8; 32]) -> RowKey {
    let mut key = Key::new(b'X').done();
    key.extend_from_slice(hash);
    key
}

/// Prefix of all frames whose content does not decode.
pub fn all_unreadable() -> RowKey {
    Key::new(b'X').done()
}

/// An op parked for a record.
pub fn parked(record: RecordId, dot: Dot) -> RowKey {
    Key::new(b'P').dot(record.0).dot(dot).done()
}

/// Prefix of the ops parked for a record.
pub fn parked_for(record: RecordId) -> RowKey {
    Key::new(b'P').dot(record.0).done()
}

/// Prefix of all parked ops.
pub fn all_parked() -> RowKey {
    Key::new(b'P').done()
}

/// Mark that ops of an actor on a record wait behind an earlier one.
pub fn waiting(actor: ActorId, record: RecordId) -> RowKey {
    Key::new(b'B').u32(actor.0).dot(record.0).done()
}

/// A record.
pub fn record(record: RecordId) -> RowKey {
    Key::new(b'R').dot(record.0).done()
}

/// The record a record's key names.
pub fn record_named(key: &[u8]) -> Option<RecordId> {
    let tail: [u8; 12] = key.strip_prefix(b"R")?.try_into().ok()?;
    Some(record_of_tail(tail))
}

/// Prefix of all records.
pub fn records() -> RowKey {
    Key::new(b'R').done()
}

/// Membership of a record in a scope.
pub fn member(scope: ScopeId, lane: Lane, record: RecordId) -> RowKey {
    Key::new(b'M').u32(scope.0).u8(lane.into()).dot(record.0).done()
}

/// Prefix of the members of a scope in a lane.
pub fn members(scope: ScopeId, lane: Lane) -> RowKey {
    Key::new(b'M').u32(scope.0).u8(lane.into()).done()
}

/// Prefix of the members of every scope.
pub fn all_members() -> RowKey {
    Key::new(b'M').done()
}

/// The scope and lane that the key of a membership, a digest or a feed names.
pub fn lane_named(key: &[u8]) -> Option<(ScopeId, Lane)> {
    let scope = u32::from_be_bytes(key.get(1..5)?.try_into().ok()?);
    let lane = Lane::try_from(*key.get(5)?).ok()?;
    Some((ScopeId(scope), lane))
}

/// The record a membership key names.
pub fn member_record(key: &[u8]) -> Option<RecordId> {
    let tail: [u8; 12] = key.get(6..18)?.try_into().ok()?;
    Some(record_of_tail(tail))
}

fn record_of_tail(tail: [u8; 12]) -> RecordId {
    let [a, b, c, d, seq @ ..] = tail;
    RecordId(Dot::new(
        ActorId(u32::from_be_bytes([a, b, c, d])),
        u64::from_be_bytes(seq),
    ))
}

/// The digest of the members of a scope in a lane.
pub fn digest(scope: ScopeId, lane: Lane) -> RowKey {
    Key::new(b'H').u32(scope.0).u8(lane.into()).done()
}

/// Entries of one commit that share a feed row: a row of the largest records stays below the engine's bound.
const FEED_ROW_ENTRIES: u32 = 8;

/// The row of the feed of a scope and lane in which an entry at this position stands.
pub fn feed(scope: ScopeId, lane: Lane, position: Position) -> RowKey {
    let row = position.index / FEED_ROW_ENTRIES;
    Key::new(b'F')
        .u32(scope.0)
        .u8(lane.into())
        .u64(position.commit)
        .u32(row)
        .done()
}

/// Prefix of the feed of a scope and lane.
pub fn feeds(scope: ScopeId, lane: Lane) -> RowKey {
    Key::new(b'F').u32(scope.0).u8(lane.into()).done()
}

/// Prefix of every feed.
pub fn all_feeds() -> RowKey {
    Key::new(b'F').done()
}

/// The last commit of which the feed of a scope in a lane keeps nothing any more.
pub fn horizon(scope: ScopeId, lane: Lane) -> RowKey {
    Key::new(b'G').u32(scope.0).u8(lane.into()).done()
}

/// The first commit of a day, counted from 1970 in universal time.
pub fn day(day: i64) -> RowKey {
    // No server runs before 1970.
    Key::new(b'Y').u64(day.max(0).unsigned_abs()).done()
}

/// The commit a feed key names.
pub fn feed_commit(key: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(key.get(6..14)?.try_into().ok()?))
}

/// The log of changed records.
pub fn changed(position: Position) -> RowKey {
    Key::new(b'L').u64(position.commit).u32(position.index).done()
}

/// The position a change key names.
pub fn changed_position(key: &[u8]) -> Option<Position> {
    let commit = u64::from_be_bytes(key.get(1..9)?.try_into().ok()?);
    let index = u32::from_be_bytes(key.get(9..13)?.try_into().ok()?);
    Some(Position { commit, index })
}

/// Records whose author or assignee is a person (for moves).
pub fn concerns(person: PersonId, record: RecordId) -> RowKey {
    Key::new(b'N').u32(person.0).dot(record.0).done()
}

/// Prefix of the records that concern a person.
pub fn all_concerning(person: PersonId) -> RowKey {
    Key::new(b'N').u32(person.0).done()
}

/// The record a `concerns` key names.
pub fn concerned_record(key: &[u8]) -> Option<RecordId> {
    let tail: [u8; 12] = key.get(5..17)?.try_into().ok()?;
    Some(record_of_tail(tail))
}

/// A task not yet seen on its assignee's phone.
pub fn undelivered(person: PersonId, record: RecordId) -> RowKey {
    Key::new(b'U').u32(person.0).dot(record.0).done()
}

/// Prefix of the tasks not yet seen on a person's phone.
pub fn all_undelivered(person: PersonId) -> RowKey {
    Key::new(b'U').u32(person.0).done()
}

/// The answer kept for an idempotency key of an account.
pub fn answer(account: PersonId, key: &str) -> RowKey {
    Key::new(b'K').u32(account.0).text(key).done()
}

/// The first of the keys of answers.
pub fn answers() -> RowKey {
    Key::new(b'K').done()
}

/// The account and the idempotency key that the key of an answer names.
pub fn answer_named(place: &[u8]) -> Option<(PersonId, String)> {
    let account = u32::from_be_bytes(place.get(1..5)?.try_into().ok()?);
    let key = String::from_utf8(place.get(5..)?.to_vec()).ok()?;
    Some((PersonId(account), key))
}

/// The list of learned dictionaries.
pub fn dictionaries() -> RowKey {
    Key::new(b'z').done()
}

/// The bytes of a learned dictionary.
pub fn dictionary(number: u32) -> RowKey {
    Key::new(b'Z').u32(number).done()
}

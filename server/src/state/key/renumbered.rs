//! Keys of what copies of phones renumbered: old numbers, and first numbers with their hashes.

use super::{Key, record_of_tail};
use crate::store::engine::RowKey;
use otor_protocol::ids::{ActorId, Dot};

/// Old numbers of an actor from `first` on, as the branch with the actor `to` renumbered them.
pub fn alias(actor: ActorId, first: u64, to: ActorId) -> RowKey {
    Key::new(b'Y').u32(actor.0).u64(first).u32(to.0).done()
}

/// Prefix of the renumbered numbers of an actor.
pub fn aliases_of(actor: ActorId) -> RowKey {
    Key::new(b'Y').u32(actor.0).done()
}

/// The number under which an op is that was first written under `dot`, with this hash, and has another since.
pub fn origin(dot: Dot, hash: u64) -> RowKey {
    Key::new(b'o').dot(dot).u64(hash).done()
}

/// The first of the keys of what was first written under `dot`; that of the next dot is past the last.
pub fn origins_from(dot: Dot) -> RowKey {
    Key::new(b'o').dot(dot).done()
}

/// The first number and the hash that such a key names.
pub fn origin_named(key: &[u8]) -> Option<(Dot, u64)> {
    let dot = record_of_tail(key.get(1..13)?.try_into().ok()?).0;
    Some((dot, u64::from_be_bytes(key.get(13..21)?.try_into().ok()?)))
}

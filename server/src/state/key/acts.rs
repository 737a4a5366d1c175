//! Keys of what accounts did, in the order of commits.

use super::Key;
use crate::store::engine::RowKey;

/// What an account did in this commit.
pub fn act(commit: u64) -> RowKey {
    Key::new(b'a').u64(commit).done()
}

/// Prefix of all that accounts did.
pub fn acts() -> RowKey {
    Key::new(b'a').done()
}

/// The commit that such a key names.
pub fn act_named(key: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(key.get(1..9)?.try_into().ok()?))
}

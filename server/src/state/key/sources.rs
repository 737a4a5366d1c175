//! Keys of what came from elsewhere: records by their source's own number, answers to surveys. Codes can be longer than a
//! key may be: their hash stands for them.

use super::Key;
use crate::store::engine::RowKey;
use sha2::{Digest, Sha256};

/// The record that has this number in the source it came from.
pub fn source(channel: &str, external_id: &str) -> RowKey {
    Key::new(b's').hashed(&hash(channel, external_id)).done()
}

/// What one person asked has answered to a survey in an area.
pub fn answer_to_survey(area: &str, topic: &str, caller: &str) -> RowKey {
    Key::new(b'v')
        .text(area)
        .u8(0)
        .hashed(&hash(topic, caller))
        .done()
}

/// Prefix of the answers to surveys in an area and those in it.
pub fn answers_under(area: &str) -> RowKey {
    Key::new(b'v').text(area).done()
}

/// The area that the key of an answer names.
pub fn surveyed(key: &[u8]) -> Option<&str> {
    let rest = key.get(1..)?;
    let end = rest.iter().position(|byte| *byte == 0)?;
    std::str::from_utf8(rest.get(..end)?).ok()
}

fn hash(one: &str, other: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(one.as_bytes());
    hash.update([0]);
    hash.update(other.as_bytes());
    hash.finalize().into()
}

//! The floor: all content of a direction as one batch, its numbers under zstd at its strongest and its text under the
//! model of text, both after the same dictionary, without any framing.

use super::content::Exchanged;
use anyhow::Context;
use otor_protocol::wire::{Dictionary, part_batch};

/// zstd's level for the floor.
const LEVEL: i32 = 19;

/// Fewest bytes that the content of an exchange took in this run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Floor {
    /// Up.
    pub up: u64,
    /// Down.
    pub down: u64,
}

impl Floor {
    /// Both directions.
    pub fn total(self) -> u64 {
        self.up + self.down
    }

    /// Of this content.
    ///
    /// # Errors
    /// If zstd fails.
    pub(super) fn of(exchanged: &Exchanged, dictionary: Option<&Dictionary>) -> anyhow::Result<Floor> {
        let up = exchanged.up.iter().map(|content| content.encode());
        let changes = exchanged.changes.iter().map(|changes| changes.encode());
        let states = exchanged.states.iter().map(|states| states.encode());
        Ok(Floor {
            up: of_batches(up, dictionary)?,
            down: of_batches(changes.chain(states), dictionary)?,
        })
    }
}

fn of_batches(
    batches: impl Iterator<Item = Vec<u8>>,
    dictionary: Option<&Dictionary>,
) -> anyhow::Result<u64> {
    let (mut text, mut rest) = (String::new(), Vec::new());
    for batch in batches {
        let (own, other) = part_batch(&batch).context("a batch")?;
        text.push_str(&own);
        rest.extend(other);
    }
    let none = Dictionary::new(0, Vec::new(), String::new());
    let dictionary = dictionary.unwrap_or(&none);
    Ok(packed(&rest, dictionary.columns())? + dictionary.told_bytes(&text) as u64)
}

/// Bytes of `content` under zstd at its strongest: without a header's checksum and length.
///
/// # Errors
/// If zstd fails.
pub(super) fn packed(content: &[u8], dictionary: &[u8]) -> anyhow::Result<u64> {
    if content.is_empty() {
        return Ok(0);
    }
    let mut compressor = zstd::bulk::Compressor::with_dictionary(LEVEL, dictionary)?;
    compressor.include_checksum(false)?;
    compressor.include_contentsize(false)?;
    compressor.include_dictid(false)?;
    Ok(compressor.compress(content)?.len() as u64)
}

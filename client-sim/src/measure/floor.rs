//! The floor: all content of a direction as one batch, zstd at its strongest, without any framing.

use super::content::Exchanged;

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
    pub(super) fn of(exchanged: &Exchanged, dictionary: &[u8]) -> anyhow::Result<Floor> {
        let up: Vec<u8> = exchanged.up.iter().flat_map(|content| content.encode()).collect();
        let changes = exchanged.changes.iter().flat_map(|changes| changes.encode());
        let states = exchanged.states.iter().flat_map(|states| states.encode());
        let down: Vec<u8> = changes.chain(states).collect();
        Ok(Floor {
            up: packed(&up, dictionary)?,
            down: packed(&down, dictionary)?,
        })
    }
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

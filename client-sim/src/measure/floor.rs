//! The floor: all content of a direction as one batch by column, with the exchange's dictionary, without any framing.
//! Under zstd at its strongest, or with its text told by the model of text, whichever is less.

use super::content::Exchanged;
use anyhow::Context;
use otor_protocol::limits::BATCH_ROWS_MAX;
use otor_protocol::wire::{ChangeFrame, Content, Dictionary, StateFrame, part_batch};

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
        let up: Vec<Vec<u8>> = all_ops(&exchanged.up).iter().map(Content::encode).collect();
        let changes = all_changes(&exchanged.changes);
        let mut down: Vec<Vec<u8>> = changes.iter().map(ChangeFrame::encode).collect();
        down.extend(all_states(&exchanged.states).iter().map(StateFrame::encode));
        Ok(Floor {
            up: of_batches(&up, dictionary)?,
            down: of_batches(&down, dictionary)?,
        })
    }
}

/// All ops as one batch: that they are of several actors is not told.
fn all_ops(contents: &[Content]) -> Option<Content> {
    let mut all = contents.first()?.clone();
    all.ops = contents.iter().flat_map(|content| content.ops.clone()).collect();
    Some(all)
}

/// All news as one batch.
fn all_changes(frames: &[ChangeFrame]) -> Option<ChangeFrame> {
    let mut all = frames.first()?.clone();
    all.items = frames.iter().flat_map(|frame| frame.items.clone()).collect();
    Some(all)
}

/// All records, in as few batches as their bound allows.
fn all_states(frames: &[StateFrame]) -> Vec<StateFrame> {
    let Some(first) = frames.first() else {
        return Vec::new();
    };
    let states: Vec<_> = frames.iter().flat_map(|frame| frame.states.clone()).collect();
    let pieces = states.chunks(BATCH_ROWS_MAX).map(|piece| StateFrame {
        states: piece.to_vec(),
        ..first.clone()
    });
    pieces.collect()
}

fn of_batches(batches: &[Vec<u8>], dictionary: Option<&Dictionary>) -> anyhow::Result<u64> {
    let (mut text, mut rest) = (String::new(), Vec::new());
    for batch in batches {
        let (own, other) = part_batch(batch).context("a batch")?;
        text.push_str(&own);
        rest.extend(other);
    }
    let none = Dictionary::new(0, Vec::new(), String::new());
    let dictionary = dictionary.unwrap_or(&none);
    let modelled = packed(&rest, dictionary.columns())? + dictionary.told_bytes(&text) as u64;
    let begins = [dictionary.text().as_bytes(), dictionary.columns()].concat();
    Ok(modelled.min(packed(&batches.concat(), &begins)?))
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

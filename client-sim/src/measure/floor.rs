//! The floor: all content of a direction as one batch by column, with the exchange's dictionary, without any framing.
//! Under zstd at its strongest, or told by the models that frames are packed with, whichever is less.

use super::content::Exchanged;
use otor_protocol::limits::BATCH_ROWS_MAX;
use otor_protocol::wire::{ChangeFrame, Content, Dictionary, StateFrame};

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
        let [up, down] = batches(exchanged);
        Ok(Floor {
            up: of_batches(&up, dictionary)?,
            down: of_batches(&down, dictionary)?,
        })
    }
}

/// All content, up and down, in as few batches as may be.
pub(super) fn batches(exchanged: &Exchanged) -> [Vec<Vec<u8>>; 2] {
    let up = all_ops(&exchanged.up).iter().map(Content::encode).collect();
    let changes = all_changes(&exchanged.changes);
    let mut down: Vec<Vec<u8>> = changes.iter().map(ChangeFrame::encode).collect();
    down.extend(all_states(&exchanged.states).iter().map(StateFrame::encode));
    [up, down]
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
    let (text, columns) = dictionary.map_or(("", &[][..]), |dictionary| {
        (dictionary.text(), dictionary.columns())
    });
    let by_zstd = packed(&batches.concat(), &[text.as_bytes(), columns].concat())?;
    let modelled = dictionary.map_or(u64::MAX, |dictionary| dictionary.told_bytes(batches) as u64);
    Ok(modelled.min(by_zstd))
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

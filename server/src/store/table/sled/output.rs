//! Writing records into one file of values after the other.

use super::files::{Files, Number, Written};
use super::place::Spot;
use super::record::Record;
use crate::store::table::TableError;

/// How many bytes are synced at once: many megabytes at one time would hold the journal up on the same disk.
const SYNC_EACH_LEN: usize = 1024 * 1024;

/// Where what is written goes.
#[derive(Default)]
pub(super) struct Output {
    current: Option<Written>,
    /// Bytes that a power cut may still take away.
    pub(super) unsynced_len: usize,
}

impl Output {
    /// The file that is being written.
    pub(super) fn number(&self) -> Option<Number> {
        self.current.as_ref().map(|written| written.number)
    }

    /// Writes records, and returns where each lies; into a new file where the one before is as long as it should be.
    pub(super) fn append(
        &mut self,
        files: &Files,
        records: &[Record<'_>],
        file_len: u64,
    ) -> Result<Vec<Spot>, TableError> {
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let is_full = |written: &Written| u64::from(written.len) >= file_len;
        if self.current.as_ref().is_some_and(is_full) {
            self.sync()?;
            self.current = None;
        }
        let written = match &mut self.current {
            Some(written) => written,
            none => none.insert(files.create()?),
        };
        let mut bytes = Vec::with_capacity(records.iter().map(Record::len).sum());
        records.iter().for_each(|record| record.write(&mut bytes));
        let (file, mut offset) = (written.number, files.append(written, &bytes)?);
        self.unsynced_len += bytes.len();
        if self.unsynced_len >= SYNC_EACH_LEN {
            self.sync()?;
        }
        let spots = records.iter().map(|record| {
            let len = record.len() as u16; // `MAX_RECORD_LEN`
            let spot = Spot { file, offset, len };
            offset += u32::from(len);
            spot
        });
        Ok(spots.collect())
    }

    /// Makes everything that was written survive a power cut.
    pub(super) fn sync(&mut self) -> Result<(), TableError> {
        if let Some(written) = self.current.as_ref().filter(|_| self.unsynced_len > 0) {
            written.sync()?;
        }
        self.unsynced_len = 0;
        Ok(())
    }
}

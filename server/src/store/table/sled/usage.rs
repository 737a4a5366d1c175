//! How much of each file of values is in use.
//!
//! It is counted along with what is put, and written down at each flush, so that opening need not look through all keys.
//! The first change after that takes what is written down away: it is there only if it is exact.
//!
//! Text: `otor values 1`, a line `file number bytes` for each that is in use, `crc32` and the checksum of the lines before.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use super::files::Number;
use super::place::{Place, Spot};
use super::{io_error, sync_folder};
use crate::store::table::TableError;

const NAME: &str = "USAGE";
const UNFINISHED: &str = "USAGE.unfinished";
const FIRST_LINE: &str = "otor values 1";

/// Bytes of records in use, by file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Usage {
    used: BTreeMap<Number, u64>,
    total: u64,
    is_written: bool,
}

impl Usage {
    /// What the folder says, if it does and is whole.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>, TableError> {
        match fs::read_to_string(folder.join(NAME)) {
            Ok(text) => Ok(Self::parse(&text)),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData) => {
                Ok(None)
            }
            Err(error) => Err(io_error(folder, &error)),
        }
    }

    /// Counts a record that is in use now.
    pub(super) fn came(&mut self, spot: Spot) {
        *self.used.entry(spot.file).or_default() += u64::from(spot.len);
        self.total += u64::from(spot.len);
    }

    /// Takes off what stood under a key before.
    pub(super) fn went(&mut self, place: Option<Place<'_>>) {
        let Some(Place::Apart(spot)) = place else {
            return;
        };
        let Some(used) = self.used.get_mut(&spot.file) else {
            return;
        };
        *used = used.saturating_sub(spot.len.into());
        self.total = self.total.saturating_sub(spot.len.into());
        if *used == 0 {
            self.used.remove(&spot.file);
        }
    }

    /// Bytes in use in a file.
    pub(super) fn of(&self, file: Number) -> u64 {
        self.used.get(&file).copied().unwrap_or(0)
    }

    /// Bytes in use in all of them.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// The files in which something is in use.
    pub(super) fn files(&self) -> impl Iterator<Item = Number> {
        self.used.keys().copied()
    }

    /// To be called before anything changes.
    pub(super) fn forget_written(&mut self, folder: &Path) -> Result<(), TableError> {
        if !std::mem::take(&mut self.is_written) {
            return Ok(());
        }
        let removed = fs::remove_file(folder.join(NAME)).and_then(|()| sync_folder(folder));
        removed.map_err(|error| io_error(folder, &error))
    }

    /// Writes it down, durably. What it counts must be durable.
    pub(super) fn write(&mut self, folder: &Path) -> Result<(), TableError> {
        let written = || {
            let unfinished = folder.join(UNFINISHED);
            let mut file = File::create(&unfinished)?;
            file.write_all(self.text().as_bytes())?;
            file.sync_all()?;
            fs::rename(&unfinished, folder.join(NAME))?;
            sync_folder(folder)
        };
        written().map_err(|error| io_error(folder, &error))?;
        self.is_written = true;
        Ok(())
    }

    fn text(&self) -> String {
        let mut lines = format!("{FIRST_LINE}\n");
        for (file, bytes) in &self.used {
            // Writing to a string cannot fail.
            let _ = writeln!(lines, "file {file} {bytes}");
        }
        let checksum = crc32fast::hash(lines.as_bytes());
        format!("{lines}crc32 {checksum:08x}\n")
    }

    fn parse(text: &str) -> Option<Self> {
        let lines = text.lines().filter_map(|line| line.strip_prefix("file "));
        let used: Option<BTreeMap<Number, u64>> = lines
            .map(|line| {
                let (file, bytes) = line.split_once(' ')?;
                Some((file.parse().ok()?, bytes.parse().ok()?))
            })
            .collect();
        let used = used?;
        let total = used
            .values()
            .try_fold(0u64, |sum, bytes| sum.checked_add(*bytes))?;
        let usage = Self {
            used,
            total,
            is_written: true,
        };
        // Written again it must be the same, which covers the checksum and every word.
        (usage.text() == text).then_some(usage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(used: BTreeMap<Number, u32>) {
            let used: BTreeMap<Number, u64> = used.into_iter().map(|(file, bytes)| (file, bytes.into())).collect();
            let usage = Usage { total: used.values().sum(), used, is_written: true };
            prop_assert_eq!(Usage::parse(&usage.text()), Some(usage));
        }

        #[test]
        fn any_text_is_read_or_refused(text: String) {
            prop_assert_eq!(Usage::parse(&text), None);
        }
    }
}

//! Giving room back: what is in use in a file that is mostly not is moved into another, and the file goes.
//!
//! Little by little, in step with what is written, so that nobody waits for it. What was moved once lies with its like:
//! it has been there for long and will be, so that few files hold both what lasts and what does not.

use super::files::{FIRST_OFFSET, Files, Number};
use super::index::Index;
use super::output::Output;
use super::place::{Place, Spot};
use super::record::{MAX_RECORD_LEN, Record};
use super::usage::Usage;
use crate::store::table::TableError;
use std::collections::BTreeSet;

/// Of what is in use, one part in so many may lie beside it unused.
const UNUSED_PART: u64 = 6;

/// Bytes looked through at a time.
const STEP_LEN: usize = 256 * 1024;

const _: () = assert!(STEP_LEN > MAX_RECORD_LEN);

/// Bytes that are only looked at take as much time as one that is moved.
const LOOKED_AT_FOR_MOVED: usize = 8;

/// What is being given back.
#[derive(Default)]
pub(super) struct Cleaning {
    /// In which file, and how far.
    at: Option<(Number, u64)>,
    /// Files of which a part cannot be read: they stay, with all that is in use in them.
    left_alone: BTreeSet<Number>,
}

/// What it works with.
pub(super) struct Room<'a> {
    pub(super) index: &'a Index,
    pub(super) files: &'a Files,
    pub(super) usage: &'a mut Usage,
    pub(super) moved: &'a mut Output,
    /// The file that is being written beside it.
    pub(super) fresh: Option<Number>,
    /// How long a file should be at least.
    pub(super) file_len: u64,
}

impl Cleaning {
    /// Moves about as many bytes, if there is too much that is not in use.
    pub(super) fn go_on(&mut self, mut room: Room<'_>, budget: usize) -> Result<(), TableError> {
        let mut left = budget;
        while left > 0 {
            let begin = || Some((self.worst(&room)?, u64::from(FIRST_OFFSET)));
            let Some((file, offset)) = self.at.or_else(begin) else {
                return Ok(());
            };
            let (next, took) = self.step(&mut room, file, offset)?;
            self.at = next.map(|offset| (file, offset));
            left = left.saturating_sub(took);
        }
        Ok(())
    }

    /// The file with the most room in it that is of no use, if there is too much of that.
    fn worst(&self, room: &Room<'_>) -> Option<Number> {
        let written = [room.fresh, room.moved.number()];
        let lens = room.files.lens().into_iter();
        let done = lens.filter(|(file, _)| !written.contains(&Some(*file)));
        let waste: Vec<(u64, u64, Number)> = done
            .filter(|(file, _)| !self.left_alone.contains(file))
            .map(|(file, len)| {
                // A small one costs a handle, as what is unused costs room.
                let len = len.max(room.file_len / 4);
                (len.saturating_sub(room.usage.of(file)), len, file)
            })
            .collect();
        let allowed = room.usage.total() / UNUSED_PART + room.file_len;
        if waste.iter().map(|(unused, ..)| unused).sum::<u64>() <= allowed {
            return None;
        }
        // What nothing is in use of goes by itself when everything is flushed.
        let worth = waste.iter().filter(|(.., file)| room.usage.of(*file) > 0);
        let worst = worth.max_by_key(|(unused, len, _)| unused.saturating_mul(1_000) / len);
        worst.map(|(.., file)| *file)
    }

    /// Looks through a part of a file. Returns where to go on, if there is more, and what that took.
    fn step(
        &mut self,
        room: &mut Room<'_>,
        file: Number,
        offset: u64,
    ) -> Result<(Option<u64>, usize), TableError> {
        let mut bytes = vec![0; STEP_LEN];
        let read = room.files.read(file, offset, &mut bytes)?;
        let bytes = bytes.get(..read).unwrap_or_default();
        let (mut len, mut used) = (0, Vec::new());
        while let Some(record) = bytes.get(len..).and_then(Record::parse) {
            // Files are shorter than 4 GiB, and records than 64 KiB.
            let spot = Spot {
                file,
                offset: (offset + len as u64) as u32,
                len: record.len() as u16,
            };
            len += record.len();
            if room.is_at(record.key, spot)? {
                used.push(record);
            }
        }
        let took = room.put_elsewhere(&used)? + len / LOOKED_AT_FOR_MOVED + 1;
        let is_end = read < STEP_LEN;
        if is_end && (len == read || room.usage.of(file) == 0) {
            return Ok((None, took));
        }
        if is_end || len == 0 {
            tracing::warn!(%file, "a file of values cannot be read to its end, and is left as it is");
            self.left_alone.insert(file);
            return Ok((None, took));
        }
        Ok((Some(offset + len as u64), took))
    }
}

impl Room<'_> {
    /// Whether a key's value lies there.
    fn is_at(&self, key: &[u8], spot: Spot) -> Result<bool, TableError> {
        let found = self.index.get(key)?;
        Ok(found.as_deref().and_then(Place::decode) == Some(Place::Apart(spot)))
    }

    /// Moves records that are in use; returns how many bytes. They are durable before sled says that they lie there: sled
    /// may keep that through a power cut, and no checkpoint would bring them again.
    fn put_elsewhere(&mut self, records: &[Record<'_>]) -> Result<usize, TableError> {
        if records.is_empty() {
            return Ok(0);
        }
        let spots = self.moved.append(self.files, records, self.file_len)?;
        self.moved.sync()?;
        for (record, spot) in records.iter().zip(spots) {
            let before = self.index.put(record.key, Some(&Place::Apart(spot).encode()))?;
            self.usage.went(before.as_deref().and_then(Place::decode));
            self.usage.came(spot);
        }
        Ok(records.iter().map(Record::len).sum())
    }
}

//! Mending a record without holding the commits up: the journal is read elsewhere, and only what concerns the record
//! is folded on the commit path.

use super::{CommitPath, Stopped};
use crate::state::key;
use crate::state::refold::concerns;
use crate::store::engine::RowKey;
use crate::store::journal::{Entries, Entry};
use otor_protocol::ids::RecordId;

/// The journal up to a commit, to be read for a damaged record.
pub struct Reading {
    record: RecordId,
    entries: Entries,
}

/// What the journal says of a damaged record, up to a commit.
pub struct HasRead {
    record: RecordId,
    through: u64,
    found: Result<Vec<Entry>, String>,
}

impl HasRead {
    /// The key of the record.
    pub fn place(&self) -> RowKey {
        key::record(self.record)
    }
}

impl Reading {
    /// Reads it: takes as long as the journal is. Not on the commit path.
    pub fn read(self) -> HasRead {
        let (record, through) = (self.record, self.entries.through());
        let ours = self.entries.filter(|entry| {
            let payload = entry.as_ref().map(|entry| &entry.payload);
            payload.map_or(true, |payload| concerns(record, payload))
        });
        let found = ours.collect::<Result<Vec<Entry>, _>>();
        HasRead {
            record,
            through,
            found: found.map_err(|error| error.to_string()),
        }
    }
}

impl CommitPath {
    /// Begins to mend what stands damaged under a key, if it is a record: the journal is to be read. Everything else
    /// is mended at once.
    ///
    /// # Errors
    /// As [`CommitPath::mend`].
    pub fn begin_mending(&mut self, damaged: &[u8]) -> Result<Option<Reading>, Stopped> {
        let Some(record) = key::record_named(damaged) else {
            self.mend(damaged)?;
            return Ok(None);
        };
        // What is decided is in the journal before it is read.
        self.persist()?;
        if self.is_sound(damaged) {
            return Ok(None);
        }
        let entries = self
            .engine
            .entries_from(1)
            .map_err(|error| self.stop(error.to_string()))?;
        Ok(Some(Reading { record, entries }))
    }

    /// Puts a record right by what was read of it, and what was committed since.
    ///
    /// # Errors
    /// As [`CommitPath::mend`].
    pub fn finish_mending(&mut self, read: HasRead) -> Result<(), Stopped> {
        self.persist()?;
        let place = read.place();
        if self.is_sound(&place) {
            return Ok(());
        }
        let found = read.found.map_err(|error| self.stop(error))?;
        self.mend_by(read.record, found, read.through)
    }
}

//! Durable ordered state as the fold of a journal.
//!
//! An entry is *staged* (folded into memory, visible only to the committer), then *persisted* together with
//! the others staged (written to the journal with one sync; from then on it survives a power cut and everyone
//! sees it), and some time later, with many others, *checkpointed* into the table. The state a reader sees
//! lies in layers: what is persisted but not yet being checkpointed, over what is being checkpointed, over the
//! table. The committer sees what is staged above those.
//!
//! The table is never trusted: opening compares it with the `CHECKPOINT` file and the journal, and folds it
//! again from the first entry if anything is wrong. What the journal has lost cannot be folded again, so then
//! opening refuses.

mod altered;
mod checkpoint;
mod error;
mod layer;
mod layers;
mod mark;
mod open;
mod reader;
mod redo;
mod report;
mod shared;
mod stored;
mod verify;
mod view;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::Ordering;

pub use altered::{alter_table_row, table_rows};
pub use checkpoint::{Checkpointer, Done};
pub use error::EngineError;
pub use reader::{Reader, Snapshot};
pub use report::{EngineOptions, OpenReport, Progress, Rebuilt};
pub use verify::{Difference, DifferenceKind, VerifyReport, verify};
pub use view::{
    Fold, FoldError, MAX_KEY_LEN, MAX_VALUE_LEN, Over, Row, RowKey, View, ViewError, Writes, key_after,
    key_after_prefix,
};

use super::disk::Disk;
use super::journal::{DatabaseId, Entries, Journal, JournalError, MAX_ENTRY_LEN};
use super::table::{TableError, TableFactory};
use otor_protocol::mutation::{self, Mutation};
use reader::Pending;
use shared::Shared;
use view::fold_entry;

/// The committer's side of the state. There is one, and one thread calls it; others read through
/// [`Engine::reader`] and checkpoint through [`Engine::checkpointer`].
///
/// Fail-stop: after an error of the disk or the table, staging, persisting and checkpointing fail until the
/// folder is opened again. Nothing acknowledged is lost by that.
pub struct Engine {
    journal: Journal,
    fold: Arc<dyn Fold>,
    pending: Pending,
    staged: Vec<Vec<u8>>,
    shared: Arc<Shared>,
}

impl Engine {
    /// Opens the state in a folder, or makes an empty one. Repairs what can be repaired: a torn journal tail
    /// is cut, an interrupted checkpoint finished, an untrustworthy table set aside and folded again.
    /// `progress` hears of the parts that may take long.
    pub fn open(
        disk: Arc<dyn Disk>,
        tables: Arc<dyn TableFactory>,
        fold: Arc<dyn Fold>,
        options: EngineOptions,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(Self, OpenReport), EngineError> {
        open::open(disk, tables, fold, options, None, progress)
    }

    /// As [`Engine::open`], but sets the table aside whatever its state and folds it again.
    pub fn rebuild(
        disk: Arc<dyn Disk>,
        tables: Arc<dyn TableFactory>,
        fold: Arc<dyn Fold>,
        options: EngineOptions,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(Self, OpenReport), EngineError> {
        open::open(
            disk,
            tables,
            fold,
            options,
            Some("a rebuild was asked for"),
            progress,
        )
    }

    /// Folds an entry into the pending state and returns the commit it will have once persisted. An entry that
    /// the fold refuses leaves no trace.
    pub fn stage(&mut self, payload: Vec<u8>) -> Result<u64, EngineError> {
        self.shared.check_running()?;
        if payload.len() > MAX_ENTRY_LEN {
            return Err(JournalError::TooLarge { len: payload.len() }.into());
        }
        let commit = self.next_commit();
        let folded = fold_entry(&*self.fold, self.pending_view(), commit, &payload);
        // Whatever the fold makes of a failed read, the engine has stopped then.
        self.shared.check_running()?;
        let changes = folded.map_err(|source| EngineError::Fold { commit, source })?;
        self.pending.changes.absorb(changes);
        self.staged.push(payload);
        Ok(commit)
    }

    /// Stages an entry of which it is known already what it does to the state, so that it is not folded again. It has
    /// to be exactly what folding comes to, over [`Engine::pending_view`] as it is now; debug builds look.
    pub fn stage_folded(&mut self, payload: Vec<u8>, folded: Writes) -> Result<u64, EngineError> {
        if cfg!(debug_assertions) {
            let commit = self.next_commit();
            let again = fold_entry(&*self.fold, self.pending_view(), commit, &payload);
            assert!(
                again.is_ok_and(|again| again.rows().eq(folded.layer().rows())),
                "entry {commit} folds into something else than was decided"
            );
        }
        self.shared.check_running()?;
        if payload.len() > MAX_ENTRY_LEN {
            return Err(JournalError::TooLarge { len: payload.len() }.into());
        }
        let commit = self.next_commit();
        self.pending.changes.absorb(folded.into_layer());
        self.staged.push(payload);
        Ok(commit)
    }

    /// Stages an entry together with rows that the table has damaged, as folding the journal gives them: with it
    /// they are durable in the table once it is checkpointed, and until then they lie over it.
    pub fn stage_mended(&mut self, payload: Vec<u8>, rows: Writes) -> Result<u64, EngineError> {
        let commit = self.stage(payload)?;
        self.pending.changes.absorb(rows.into_layer());
        Ok(commit)
    }

    /// Notes that the table cannot be trusted and stops: it is folded again when the folder is next opened.
    ///
    /// # Errors
    /// Always: why it has stopped.
    pub fn distrust_table(&self, what: &str) -> Result<(), EngineError> {
        let damage = TableError::Damaged {
            what: what.to_owned(),
        };
        self.shared.stop_on_error(Err(damage.into()))
    }

    /// Writes everything staged to the journal, makes it durable with one sync, and lets readers see it.
    /// Returns the commit up to which everything is durable.
    pub fn persist(&mut self) -> Result<u64, EngineError> {
        self.shared.check_running()?;
        if self.staged.is_empty() {
            return Ok(self.published());
        }
        let written = self.journal.append(&self.staged).and_then(|_| self.sync());
        let commit = self.shared.stop_on_error(written.map_err(EngineError::from))?;
        self.shared.journal_syncs.fetch_add(1, Ordering::Relaxed);
        self.staged.clear();
        self.shared
            .publish(std::mem::take(&mut self.pending.changes), commit);
        Ok(commit)
    }

    fn sync(&mut self) -> Result<u64, JournalError> {
        let last = self.journal.last();
        let unsynced = mutation::active(Mutation::AckBeforeSync)
            || (mutation::active(Mutation::VisibleBeforeDurable) && last.is_multiple_of(2));
        if unsynced { Ok(last) } else { self.journal.sync() }
    }

    /// The keys that what is staged sets or removes.
    pub fn staged_keys(&self) -> impl Iterator<Item = &[u8]> {
        self.pending.changes.keys()
    }

    /// The state with everything staged so far, for deciding what comes next.
    pub fn pending_view(&self) -> &dyn View {
        &self.pending
    }

    /// A handle for other threads on the durable state.
    pub fn reader(&self) -> Reader {
        Reader::new(self.shared.clone())
    }

    /// A handle for checkpointing from another thread while commits go on.
    pub fn checkpointer(&self) -> Checkpointer {
        Checkpointer::new(self.shared.clone())
    }

    /// Writes what is persisted into the table; see [`Checkpointer::run`].
    pub fn checkpoint(&self) -> Result<u64, EngineError> {
        self.shared.checkpoint(&|_| {})
    }

    /// Ends in order: brings the table up to date, and leaves nothing in the journal's files but entries.
    pub fn end(&mut self) -> Result<u64, EngineError> {
        let commit = self.checkpoint()?;
        let trimmed = self.journal.trim().map_err(EngineError::from);
        self.shared.stop_on_error(trimmed)?;
        Ok(commit)
    }

    /// Memory in bytes held by what the next checkpoint would write.
    pub fn dirty_bytes(&self) -> u64 {
        self.shared.layers().dirty_bytes()
    }

    /// Memory in bytes held by all that is not in the table yet: the same, and what a checkpoint is writing.
    pub fn held_bytes(&self) -> u64 {
        self.shared.layers().held_bytes()
    }

    /// Commit of the last entry staged, or of the last persisted if none is staged.
    pub fn staged_commit(&self) -> u64 {
        self.journal.last() + self.staged.len() as u64
    }

    /// Commit that the next entry staged will have.
    pub fn next_commit(&self) -> u64 {
        self.staged_commit() + 1
    }

    /// Why it has stopped, if it has.
    pub fn stopped(&self) -> Option<String> {
        self.shared.check_running().err().map(|error| error.to_string())
    }

    /// Commit up to which everything is durable and visible.
    pub fn published(&self) -> u64 {
        self.shared.layers().published
    }

    /// The database's name, given when the folder was first opened.
    pub fn database(&self) -> DatabaseId {
        self.journal.database()
    }

    /// The durable entries from this commit on.
    pub fn entries_from(&self, commit: u64) -> Result<Entries, EngineError> {
        Ok(self.journal.read_from(commit)?)
    }
}

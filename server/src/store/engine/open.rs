//! Opening: what is in the folder, whether it can be trusted, and what to do if not.

use std::sync::Arc;

use super::Engine;
use super::error::EngineError;
use super::mark::{Mark, MarkFile, clear_suspicion, is_table_suspect};
use super::reader::Pending;
use super::redo::Redo;
use super::report::{EngineOptions, OpenReport, Progress, Rebuilt};
use super::shared::Shared;
use super::stored::{FORMAT_VERSION, Meta, Stored};
use super::view::{Fold, fold_entry};
use crate::store::disk::Disk;
use crate::store::journal::{DatabaseId, Entry, Found, Journal, inspect};
use crate::store::table::{TableError, TableFactory};

/// How often folding tells of its progress, in entries.
const PROGRESS_EVERY: u64 = 1_000;

/// What opening works with.
struct Opening {
    disk: Arc<dyn Disk>,
    tables: Arc<dyn TableFactory>,
    fold: Arc<dyn Fold>,
    fold_bytes: u64,
    database: DatabaseId,
    last: u64,
    mark: MarkFile,
}

pub(super) fn open(
    disk: Arc<dyn Disk>,
    tables: Arc<dyn TableFactory>,
    fold: Arc<dyn Fold>,
    options: EngineOptions,
    rebuild: Option<&str>,
    progress: &mut dyn FnMut(Progress),
) -> Result<(Engine, OpenReport), EngineError> {
    let found = inspect(&*disk)?;
    let mark = MarkFile::read(&*disk)?;
    check_journal(&found, mark, &*tables)?;
    let (is_new, torn) = (found.database.is_none(), found.torn.clone());
    let journal = Journal::open(disk.clone(), found, options.new_database, options.segment_bytes)?;
    let (database, last, fold_bytes) = (journal.database(), journal.last(), options.fold_bytes);
    let opening = Opening {
        disk,
        tables,
        fold: fold.clone(),
        fold_bytes,
        database,
        last,
        mark,
    };
    let (shared, state) = opening.run(&journal, rebuild, progress)?;
    let (checkpoint, finished_checkpoint, rebuilt) = (state.checkpoint, state.finished, state.rebuilt);
    let report = OpenReport {
        is_new,
        commit: last,
        checkpoint,
        finished_checkpoint,
        torn,
        rebuilt,
    };
    let (pending, staged) = (Pending::new(shared.clone()), Vec::new());
    Ok((
        Engine {
            journal,
            fold,
            pending,
            staged,
            shared,
        },
        report,
    ))
}

/// Refuses to go on without entries that were durable.
fn check_journal(found: &Found, mark: MarkFile, tables: &dyn TableFactory) -> Result<(), EngineError> {
    let Some(journal) = found.database else {
        if mark != MarkFile::Missing {
            return Err(EngineError::NoJournal {
                witness: "the CHECKPOINT file",
            });
        }
        if tables.is_present()? {
            return Err(EngineError::NoJournal { witness: "the table" });
        }
        return Ok(());
    };
    let Some(mark) = mark.intact() else { return Ok(()) };
    if mark.database != journal {
        return Err(EngineError::MixedDatabases {
            journal,
            checkpoint: mark.database,
        });
    }
    check_reaches(found.last, mark.highest)
}

fn check_reaches(last: u64, highest: u64) -> Result<(), EngineError> {
    if last < highest {
        Err(EngineError::JournalLost { last, highest })
    } else {
        Ok(())
    }
}

/// How the table came to be as it is.
struct Origin {
    checkpoint: u64,
    finished: bool,
    rebuilt: Option<Rebuilt>,
}

impl Opening {
    fn run(
        &self,
        journal: &Journal,
        rebuild: Option<&str>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(Arc<Shared>, Origin), EngineError> {
        let stored = match rebuild {
            Some(reason) => Err(damaged(reason)),
            None => self.open_table(journal, progress),
        };
        let error = match stored {
            Ok(opened) => return Ok(opened),
            Err(error) => error,
        };
        let Some(reason) = error.table_damage() else {
            return Err(error);
        };
        self.rebuild_table(journal, reason, progress)
    }

    /// Goes on from the table, if it can be trusted.
    fn open_table(
        &self,
        journal: &Journal,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(Arc<Shared>, Origin), EngineError> {
        if is_table_suspect(&*self.disk)? {
            return Err(damaged("it failed when last in use"));
        }
        let redo = Redo::find(&*self.disk)?.filter(|redo| redo.database == self.database);
        check_reaches(self.last, redo.as_ref().map_or(0, |redo| redo.commit))?;
        if let Some(mark) = self.mark.intact().filter(|mark| mark.commit > 0)
            && !self.tables.is_present()?
        {
            return Err(damaged(&format!(
                "it is not there, but CHECKPOINT names commit {}",
                mark.commit
            )));
        }
        let stored = Stored::new(self.tables.open()?);
        let (mark, finished) = match Meta::read(stored.table())? {
            None => (self.begin_table(&stored)?, false),
            Some(meta) => self.trust_table(&stored, meta, redo)?,
        };
        let origin = Origin {
            checkpoint: mark.commit,
            finished,
            rebuilt: None,
        };
        let shared = Arc::new(Shared::new(self.disk.clone(), stored, mark));
        self.fold_rest(&shared, journal, progress)?;
        Ok((shared, origin))
    }

    /// Gives a table that was just made its name. Where there should have been something, it is no new table.
    fn begin_table(&self, stored: &Stored) -> Result<Mark, EngineError> {
        if !stored.is_empty()? {
            return Err(damaged("its own record is missing"));
        }
        let expected = match self.mark {
            MarkFile::Missing => self.new_mark(0),
            MarkFile::Intact(mark) if mark.commit == 0 => self.new_mark(mark.highest),
            MarkFile::Intact(mark) => {
                return Err(damaged(&format!(
                    "it is empty, but CHECKPOINT names commit {}",
                    mark.commit
                )));
            }
            MarkFile::Altered => return Err(damaged("the CHECKPOINT file is altered")),
        };
        self.name_table(stored, expected)?;
        Ok(expected)
    }

    fn new_mark(&self, highest: u64) -> Mark {
        Mark {
            database: self.database,
            commit: 0,
            highest,
            fold_version: self.fold.version(),
        }
    }

    fn name_table(&self, stored: &Stored, mark: Mark) -> Result<(), EngineError> {
        stored.apply(&[mark.meta().write()])?;
        stored.table().flush()?;
        Ok(mark.write(&*self.disk)?)
    }

    /// Compares a table with what the journal and CHECKPOINT say, and finishes an interrupted checkpoint.
    fn trust_table(
        &self,
        stored: &Stored,
        meta: Meta,
        redo: Option<Redo>,
    ) -> Result<(Mark, bool), EngineError> {
        if meta.database != self.database {
            return Err(damaged(&format!(
                "it belongs to another database, {}",
                meta.database
            )));
        }
        check_reaches(self.last, meta.commit)?;
        if (meta.format_version, meta.fold_version) != (FORMAT_VERSION, self.fold.version()) {
            return Err(damaged("another version of this program wrote it"));
        }
        let mark = match self.mark {
            MarkFile::Intact(mark) if mark.fold_version == meta.fold_version => mark,
            MarkFile::Intact(_) => return Err(damaged("another version of this program wrote CHECKPOINT")),
            // The first start ended between naming the table and writing the file.
            MarkFile::Missing if meta.commit == 0 => {
                let mark = self.new_mark(0);
                mark.write(&*self.disk)?;
                mark
            }
            MarkFile::Missing => return Err(damaged("the CHECKPOINT file is missing")),
            MarkFile::Altered => return Err(damaged("the CHECKPOINT file is altered")),
        };
        match redo.filter(|redo| redo.commit > mark.commit) {
            Some(redo) => Ok((self.finish_checkpoint(stored, meta, mark, &redo)?, true)),
            None if meta.commit == mark.commit => {
                Redo::remove_all(&*self.disk)?;
                Ok((mark, false))
            }
            None => Err(wrong_commit(meta, mark)),
        }
    }

    fn finish_checkpoint(
        &self,
        stored: &Stored,
        meta: Meta,
        mark: Mark,
        redo: &Redo,
    ) -> Result<Mark, EngineError> {
        if redo.base != mark.commit || (meta.commit != mark.commit && meta.commit != redo.commit) {
            return Err(wrong_commit(meta, mark));
        }
        redo.apply(&*self.disk, stored, &|| {})?;
        let mark = mark.at(redo.commit);
        mark.write(&*self.disk)?;
        Redo::remove_all(&*self.disk)?;
        Ok(mark)
    }

    /// Sets the table aside and folds a new one from the first entry.
    fn rebuild_table(
        &self,
        journal: &Journal,
        reason: String,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(Arc<Shared>, Origin), EngineError> {
        let rebuilt = Rebuilt {
            reason,
            set_aside: self.tables.set_aside()?,
        };
        progress(Progress::Rebuilding(rebuilt.clone()));
        // In this order: a redo file that outlived the mark it builds on could be done to the new table.
        Redo::remove_all(&*self.disk)?;
        let mark = self.new_mark(self.mark.intact().map_or(0, |mark| mark.highest));
        mark.write(&*self.disk)?;
        clear_suspicion(&*self.disk)?;
        let stored = Stored::new(self.tables.open()?);
        self.name_table(&stored, mark)?;
        let shared = Arc::new(Shared::new(self.disk.clone(), stored, mark));
        self.fold_rest(&shared, journal, progress)?;
        Ok((
            shared,
            Origin {
                checkpoint: 0,
                finished: false,
                rebuilt: Some(rebuilt),
            },
        ))
    }

    /// Folds the entries that the table does not hold yet.
    fn fold_rest(
        &self,
        shared: &Arc<Shared>,
        journal: &Journal,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), EngineError> {
        let view = Pending::new(shared.clone());
        let base = shared.layers().published;
        let total = self.last - base;
        for entry in journal.read_from(base + 1)? {
            let Entry { number, payload } = entry?;
            let folded = fold_entry(&*self.fold, &view, number, &payload);
            if let Some(damage) = shared.damage() {
                return Err(damage.into());
            }
            let changes = folded.map_err(|source| EngineError::Fold {
                commit: number,
                source,
            })?;
            shared.publish(changes, number);
            if shared.layers().dirty_bytes() > self.fold_bytes {
                shared.checkpoint(&|_| {})?;
            }
            let done = number - base;
            if done.is_multiple_of(PROGRESS_EVERY) || done == total {
                progress(Progress::Folding { done, total });
            }
        }
        Ok(())
    }
}

fn wrong_commit(meta: Meta, mark: Mark) -> EngineError {
    damaged(&format!(
        "it is as of commit {}, but CHECKPOINT names {}",
        meta.commit, mark.commit
    ))
}

fn damaged(what: &str) -> EngineError {
    TableError::Damaged {
        what: what.to_owned(),
    }
    .into()
}

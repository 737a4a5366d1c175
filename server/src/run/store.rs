//! A data folder: opening its engine, folding its table again, comparing the two.

use super::error::ServeError;
use super::identity;
use super::room::DiskRoom;
use crate::settings::Settings;
use crate::state::StateFold;
use crate::store::disk::{Disk, RealDisk};
use crate::store::engine::{self, Engine, EngineOptions, OpenReport, Progress, VerifyReport};
use crate::store::journal::{DatabaseId, JOURNAL_FOLDER};
use crate::store::table::SledTables;
use otor_protocol::keys::Secret;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Name of the table's folder in the data folder.
pub const TABLE_FOLDER: &str = "sled";

/// Steps in which progress is told, in percent.
const TOLD_EVERY_PERCENT: u64 = 5;

/// A data folder, locked against other servers until this and what was opened from it are dropped.
pub struct StoreFolder {
    disk: Arc<RealDisk>,
    tables: Arc<SledTables>,
}

impl StoreFolder {
    /// Takes the folder of a server, making it if it is not there.
    ///
    /// # Errors
    /// [`ServeError`] if another server has it, or it cannot be used.
    pub fn take(settings: &Settings) -> Result<Self, ServeError> {
        let disk = RealDisk::open(&settings.data)?;
        let tables = SledTables::new(settings.data.join(TABLE_FOLDER), settings.cache_bytes());
        Ok(StoreFolder {
            disk: Arc::new(disk),
            tables: Arc::new(tables),
        })
    }

    /// Takes the folder of a server that was started before.
    ///
    /// # Errors
    /// As [`StoreFolder::take`], and [`ServeError::NoData`] where there is nothing.
    pub fn take_existing(settings: &Settings) -> Result<Self, ServeError> {
        if !has_journal(&settings.data) {
            return Err(ServeError::NoData(settings.data.clone()));
        }
        Self::take(settings)
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.disk.root()
    }

    /// Whether no server has written here yet.
    pub fn is_new(&self) -> bool {
        !has_journal(self.path())
    }

    /// The server's secret; made of `seed`, 32 random bytes, where no server has written yet.
    ///
    /// # Errors
    /// [`ServeError`] if it is lost or damaged, or cannot be written.
    pub fn identity(&self, seed: [u8; 32]) -> Result<Secret, ServeError> {
        Ok(identity::load_or_create(self.path(), self.is_new(), seed)?)
    }

    /// The disk it lies on, with a reserve of so many bytes.
    pub(super) fn room(&self, reserve_bytes: u64) -> DiskRoom {
        DiskRoom::new(self.disk.clone(), reserve_bytes)
    }

    /// Opens the engine.
    ///
    /// # Errors
    /// [`ServeError`] if the data cannot be used.
    pub fn open(&self, tell: &mut dyn FnMut(String)) -> Result<(Engine, OpenReport), ServeError> {
        let (disk, tables) = (self.disk.clone(), self.tables.clone());
        let mut progress = told(tell);
        Ok(Engine::open(
            disk,
            tables,
            Arc::new(StateFold),
            options(),
            &mut progress,
        )?)
    }

    /// Opens an engine in a folder that has no journal yet, for this database.
    ///
    /// # Errors
    /// As [`StoreFolder::open`].
    pub(super) fn open_as(
        &self,
        database: DatabaseId,
        tell: &mut dyn FnMut(String),
    ) -> Result<(Engine, OpenReport), ServeError> {
        let (disk, tables) = (self.disk.clone(), self.tables.clone());
        let (fold, options) = (Arc::new(StateFold), EngineOptions::new(database));
        Ok(Engine::open(disk, tables, fold, options, &mut told(tell))?)
    }

    /// The disk it lies on.
    pub(super) fn disk(&self) -> Arc<dyn Disk> {
        self.disk.clone()
    }

    /// Opens the engine with its table folded again from the first entry.
    ///
    /// # Errors
    /// As [`StoreFolder::open`].
    pub fn rebuild(&self, tell: &mut dyn FnMut(String)) -> Result<(Engine, OpenReport), ServeError> {
        let (disk, tables) = (self.disk.clone(), self.tables.clone());
        let mut progress = told(tell);
        Ok(Engine::rebuild(
            disk,
            tables,
            Arc::new(StateFold),
            options(),
            &mut progress,
        )?)
    }

    /// Compares the table with a fresh fold of the journal.
    ///
    /// # Errors
    /// As [`StoreFolder::open`].
    pub fn verify(&self, tell: &mut dyn FnMut(String)) -> Result<VerifyReport, ServeError> {
        let mut progress = told(tell);
        Ok(engine::verify(
            self.disk.clone(),
            &*self.tables,
            &StateFold,
            &mut progress,
        )?)
    }
}

fn has_journal(folder: &Path) -> bool {
    let journal: PathBuf = folder.join(JOURNAL_FOLDER);
    std::fs::read_dir(journal).is_ok_and(|mut files| files.next().is_some())
}

fn options() -> EngineOptions {
    EngineOptions::new(DatabaseId(rand::random()))
}

/// Puts the engine's progress into words, a few times in all.
fn told(tell: &mut dyn FnMut(String)) -> impl FnMut(Progress) {
    let mut last_percent = 0;
    move |progress| match progress {
        Progress::Rebuilding(rebuilt) => {
            let aside = rebuilt
                .set_aside
                .map_or_else(String::new, |path| format!("; the old one is kept as {path}"));
            tell(format!(
                "folding the journal into a new table, because {}{aside}",
                rebuilt.reason
            ));
        }
        Progress::Folding { done, total } => {
            let percent = done.saturating_mul(100).checked_div(total).unwrap_or(100);
            if percent >= last_percent + TOLD_EVERY_PERCENT {
                last_percent = percent;
                tell(format!("folded {done} of {total} entries ({percent} %)"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_told_in_a_few_lines_that_end_at_the_end() {
        let mut lines = Vec::new();
        let mut tell = |line| lines.push(line);
        let mut progress = told(&mut tell);
        for done in 1..=100_000 {
            progress(Progress::Folding { done, total: 100_000 });
        }
        drop(progress);
        assert_eq!(lines.len(), 20);
        assert_eq!(lines[19], "folded 100000 of 100000 entries (100 %)");
    }
}

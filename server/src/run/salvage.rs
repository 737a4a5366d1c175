//! Salvaging a damaged journal: what is whole of it goes into a new data folder, what is not is named.

use super::backup::expect_empty;
use super::error::ServeError;
use super::identity;
use super::serve::restored;
use super::store::StoreFolder;
use crate::settings::Settings;
use crate::state::entry::{Act, Entry};
use crate::state::fit::{Fitting, Seqs, ops_in};
use crate::store::disk::{Disk, RealDisk, replace_file};
use crate::store::engine::{Engine, EngineError};
use crate::store::journal::{Hole, Piece, database_of, inspect, salvage};
use std::path::Path;
use std::sync::Arc;

/// Entries that share one sync.
const GROUP: u64 = 200;
/// Bytes of state at which the table is brought up to date.
const CHECKPOINT_BYTES: u64 = 32 * 1024 * 1024;

/// What is left of a damaged journal.
#[derive(Debug, Default)]
pub struct Salvaged {
    /// Entries in the new journal.
    pub entries: u64,
    /// The holes that were found, each with how many of its entries the backup had.
    pub holes: Vec<(Hole, u64)>,
    /// Entries that nothing is known of any more.
    pub missing: Vec<u64>,
    /// Of those, ops that what remains of their bytes names. They may be altered.
    pub remains: Vec<Seqs>,
    /// Entries that are whole but could not be built upon what is there; each is kept as a file.
    pub left_out: Vec<u64>,
    /// What became of ops.
    pub ops: Fitting,
    /// Erasures applied again, if a new history had to begin.
    pub erased: Option<usize>,
}

/// Puts what is whole of the journal in `from` (and, where it is not, what a backup has) into the empty folder of
/// `settings`.
///
/// # Errors
/// [`ServeError`]: the folder is not empty, a server uses the damaged one, or nothing tells whose journal it is.
pub fn salvage_into(
    settings: &Settings,
    from: &Path,
    backup: Option<&Path>,
    tell: &mut dyn FnMut(String),
) -> Result<Salvaged, ServeError> {
    if !from.is_dir() {
        return Err(ServeError::NoData(from.to_owned()));
    }
    expect_empty(&settings.data, "nothing is ever overwritten")?;
    // Looked at before anything is made: a backup's key is as good.
    let key_in = backup.filter(|_| identity::hash(from).is_err()).unwrap_or(from);
    identity::hash(key_in)?;
    let damaged = RealDisk::open(from)?;
    let backup: Option<Arc<dyn Disk>> =
        backup.map(|path| -> Arc<dyn Disk> { Arc::new(RealDisk::beside(path)) });
    let in_backup = backup.as_deref().map(database_of).transpose()?.flatten();
    let database = database_of(&damaged)?.or(in_backup);
    let database = database.ok_or_else(|| ServeError::NoData(from.to_owned()))?;
    let mut salvaged = {
        let folder = StoreFolder::take(settings)?;
        let (engine, _) = folder.open_as(database, tell)?;
        let backup = backup.filter(|_| in_backup == Some(database));
        let mut salvager = Salvager {
            engine,
            kept: folder.disk(),
            backup,
            last_ms: 0,
            found: Salvaged::default(),
        };
        salvage::<ServeError>(&damaged, database, &mut |piece| salvager.take(piece))?;
        salvager.finish()?
    };
    if salvaged.lost_anything() {
        let folder = StoreFolder::take_existing(settings)?;
        salvaged.erased = Some(restored(settings, &folder, tell)?);
    }
    // Last, so that no server starts on half of it.
    identity::put(key_in, &settings.data)?;
    Ok(salvaged)
}

impl Salvaged {
    /// Whether the new journal is not the old one: then a new history has begun.
    pub fn lost_anything(&self) -> bool {
        let open = self.holes.iter().any(|(hole, _)| hole.last.is_none());
        open || !self.missing.is_empty() || !self.left_out.is_empty()
    }
}

struct Salvager {
    engine: Engine,
    kept: Arc<dyn Disk>,
    backup: Option<Arc<dyn Disk>>,
    last_ms: i64,
    found: Salvaged,
}

impl Salvager {
    fn take(&mut self, piece: Piece) -> Result<(), ServeError> {
        match piece {
            Piece::Entry(entry) => self.put(entry.number, &entry.payload),
            Piece::Hole(hole) => self.fill(hole),
        }
    }

    /// Fills a hole with what the backup has, and notes the rest.
    fn fill(&mut self, hole: Hole) -> Result<(), ServeError> {
        let mut filled = 0;
        for (number, payload) in self.backed_up(&hole) {
            self.put(number, &payload)?;
            filled += 1;
        }
        for number in self.engine.next_commit()..=hole.last.unwrap_or(0) {
            if number == hole.first {
                let guess = Entry::decode(&hole.remains);
                self.found.remains.extend(guess.as_ref().and_then(ops_in));
            }
            self.found.missing.push(number);
            self.stage_missing(number)?;
        }
        self.found.holes.push((hole, filled));
        Ok(())
    }

    fn backed_up(&self, hole: &Hole) -> Vec<(u64, Vec<u8>)> {
        let Some(backup) = &self.backup else {
            return Vec::new();
        };
        let entries = inspect(&**backup)
            .ok()
            .and_then(|found| found.entries(backup.clone(), hole.first));
        let last = hole.last.unwrap_or(u64::MAX);
        // A backup that is damaged itself gives what comes before.
        let whole = entries.into_iter().flatten().map_while(Result::ok);
        whole
            .take_while(|entry| entry.number <= last)
            .map(|entry| (entry.number, entry.payload))
            .collect()
    }

    fn put(&mut self, number: u64, payload: &[u8]) -> Result<(), ServeError> {
        // Entries that stand twice, as after a backup that reaches further than the hole.
        if number != self.engine.next_commit() {
            return Ok(());
        }
        let Some(entry) = Entry::decode(payload) else {
            return self.leave_out(number, payload);
        };
        self.last_ms = self.last_ms.max(entry.at_ms);
        let fitted = self.found.ops.fit(self.engine.pending_view(), entry.clone())?;
        let Some(fitted) = fitted else {
            return self.leave_out(number, payload);
        };
        match self.engine.stage(fitted.encode()) {
            Ok(_) => self.persist_now_and_then(number),
            Err(EngineError::Fold { .. }) => {
                self.found.ops.leave_out(&entry);
                self.leave_out(number, payload)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps an entry that cannot be built upon what is there as a file, so that nothing is thrown away.
    fn leave_out(&mut self, number: u64, payload: &[u8]) -> Result<(), ServeError> {
        replace_file(&*self.kept, &format!("left-out/{number:020}"), payload)?;
        self.found.left_out.push(number);
        self.stage_missing(number)
    }

    /// The numbers of all others stay what they were.
    fn stage_missing(&mut self, number: u64) -> Result<(), ServeError> {
        let act = match number {
            1 => Act::Genesis {
                incarnation: rand::random(),
            },
            _ => Act::Missing,
        };
        let entry = Entry {
            at_ms: self.last_ms,
            act,
            answer: None,
            derived: Vec::new(),
            by: None,
        };
        self.engine.stage(entry.encode())?;
        self.persist_now_and_then(number)
    }

    fn persist_now_and_then(&mut self, number: u64) -> Result<(), ServeError> {
        if number.is_multiple_of(GROUP) {
            self.engine.persist()?;
            if self.engine.dirty_bytes() > CHECKPOINT_BYTES {
                self.engine.checkpoint()?;
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Salvaged, ServeError> {
        self.found.entries = self.engine.persist()?;
        self.engine.end()?;
        Ok(self.found)
    }
}

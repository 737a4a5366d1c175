//! The table on sled, with values apart from their keys.
//!
//! sled holds the keys in order, each with where its value lies; the values lie in files of our own, each written once.
//! (In sled itself a value is written again with its leaf, at least twice, and a third of its file is of no use.)
//!
//! - `index`: sled, fenced in; `place`: what it holds for a value;
//! - `record`: a value in a file; `files`: all of those; `output`: writing them;
//! - `usage`: how much of each is in use; `cleaning`: giving the rest back.
//!
//! What is applied lies in a file before sled says where. Until it is flushed a power cut may take that away and leave what
//! sled says: then the checkpoint is done again (`engine/redo`). A file goes only when sled is flushed, and nothing in
//! it is in use.

mod cleaning;
mod files;
mod index;
mod output;
mod place;
mod record;
mod usage;

#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use parking_lot::Mutex;

use super::{Row, Table, TableError, TableFactory, Write, check_batch};
use cleaning::{Cleaning, Room};
use files::Files;
use index::Index;
use output::Output;
use place::{APART_FROM_LEN, Place};
use record::Record;
use usage::Usage;

/// The folder of values, in sled's own.
const VALUES_FOLDER: &str = "values";

/// Shortest and longest that a file of values should be, in bytes; between, a sixteenth of what is in use.
const FILE_LENS: (u64, u64) = (2 * 1024 * 1024, 64 * 1024 * 1024);
const FILE_PART: u64 = 16;

/// Bytes that may be moved for one that is written: as much as it takes to keep up. And at least so many at a time: else
/// many small files would never become few.
const MOVED_FOR_WRITTEN: usize = 2;
const MOVED_AT_LEAST: usize = 64 * 1024;

/// How often a value is looked for that lies somewhere else whenever it is.
const LOOKS_MAX: u32 = 1_000;

/// The folder of one sled table.
#[derive(Debug, Clone)]
pub struct SledTables {
    path: PathBuf,
    cache_bytes: u64,
    least_file_len: u64,
}

impl SledTables {
    /// A table in this folder. sled may take several times `cache_bytes` of memory at times.
    pub fn new(path: impl Into<PathBuf>, cache_bytes: u64) -> Self {
        Self {
            path: path.into(),
            cache_bytes,
            least_file_len: FILE_LENS.0,
        }
    }

    /// The same with files of values that may be as short as so many bytes: few values make many files, in tests.
    pub fn with_files_of(self, least_file_len: u64) -> Self {
        Self {
            least_file_len,
            ..self
        }
    }

    fn open_sled(&self) -> Result<SledTable, TableError> {
        let index = Index::open(&self.path, self.cache_bytes)?;
        let files = Files::open(self.path.join(VALUES_FOLDER))?;
        let usage = match Usage::read(files.folder())? {
            Some(usage) => usage,
            None => counted(&index)?,
        };
        let table = SledTable {
            index,
            files,
            writing: Mutex::new(Writing {
                usage,
                least_file_len: self.least_file_len,
                fresh: Output::default(),
                moved: Output::default(),
                cleaning: Cleaning::default(),
            }),
            stopped: OnceLock::new(),
        };
        table.check_files()?;
        Ok(table)
    }
}

/// What is in use, found by looking at every key.
fn counted(index: &Index) -> Result<Usage, TableError> {
    let (mut usage, mut is_sound) = (Usage::default(), true);
    index.for_each(|value| match Place::decode(value) {
        Some(Place::Here(_)) => ControlFlow::Continue(()),
        Some(Place::Apart(spot)) => {
            usage.came(spot);
            ControlFlow::Continue(())
        }
        None => {
            is_sound = false;
            ControlFlow::Break(())
        }
    })?;
    is_sound.then_some(usage).ok_or_else(no_place)
}

impl TableFactory for SledTables {
    fn open(&self) -> Result<Box<dyn Table>, TableError> {
        Ok(Box::new(self.open_sled()?))
    }

    fn is_present(&self) -> Result<bool, TableError> {
        self.path
            .try_exists()
            .map_err(|error| io_error(&self.path, &error))
    }

    fn set_aside(&self) -> Result<Option<String>, TableError> {
        if !self.path.exists() {
            return Ok(None);
        }
        let free = (1u32..).map(|n| self.path.with_extension(format!("damaged-{n}")));
        // There are fewer folders than numbers.
        let Some(target) = free.into_iter().find(|path| !path.exists()) else {
            return Ok(None);
        };
        let moved = fs::rename(&self.path, &target).and_then(|()| sync_folder(parent_of(&target)));
        moved.map_err(|error| io_error(&self.path, &error))?;
        Ok(Some(target.display().to_string()))
    }
}

/// An open sled table.
pub struct SledTable {
    index: Index,
    files: Files,
    writing: Mutex<Writing>,
    stopped: OnceLock<TableError>,
}

/// What changes with what is put.
struct Writing {
    usage: Usage,
    least_file_len: u64,
    /// What is applied.
    fresh: Output,
    /// What is moved out of files that are to go.
    moved: Output,
    cleaning: Cleaning,
}

impl SledTable {
    fn run<T>(&self, operation: impl FnOnce() -> Result<T, TableError>) -> Result<T, TableError> {
        if let Some(error) = self.stopped.get() {
            return Err(error.clone());
        }
        operation().inspect_err(|error| {
            // The first stands.
            let _ = self.stopped.set(error.clone());
        })
    }

    /// Whether every file is there in which something is in use. Those in which nothing is stay until the next flush: what
    /// sled says here may be what a power cut still takes back.
    fn check_files(&self) -> Result<(), TableError> {
        let writing = self.writing.lock();
        let lens = self.files.lens();
        match writing.usage.files().find(|file| !lens.contains_key(file)) {
            Some(file) => Err(damaged(&format!("file {file} of its values is missing"))),
            None => Ok(()),
        }
    }

    fn remove_unused(&self, writing: &Writing) -> Result<(), TableError> {
        let written = [writing.fresh.number(), writing.moved.number()];
        let unused = self
            .files
            .lens()
            .into_keys()
            .filter(|file| writing.usage.of(*file) == 0);
        unused
            .filter(|file| !written.contains(&Some(*file)))
            .try_for_each(|file| self.files.remove(file))
    }

    /// The value of a key, of which sled said that it is there.
    fn value(&self, key: &[u8], found: &[u8]) -> Result<Option<Vec<u8>>, TableError> {
        let mut found = ::sled::IVec::from(found);
        for _ in 0..LOOKS_MAX {
            let spot = match Place::decode(&found).ok_or_else(no_place)? {
                Place::Here(value) => return Ok(Some(value.to_vec())),
                Place::Apart(spot) => spot,
            };
            if let Some(value) = self.files.value(key, spot)? {
                return Ok(Some(value));
            }
            let Some(now) = self.index.get(key)? else {
                return Ok(None);
            };
            // It was moved meanwhile, and the file with it is gone.
            if now == found {
                return Err(damaged("a value is not where it should be"));
            }
            found = now;
        }
        Err(damaged("a value is somewhere else whenever it is looked for"))
    }
}

impl Table for SledTable {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, TableError> {
        self.run(|| match self.index.get(key)? {
            Some(found) => self.value(key, &found),
            None => Ok(None),
        })
    }

    fn range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Row>, TableError> {
        self.run(|| {
            let rows = self.index.range(from, to, limit)?.into_iter();
            let rows = rows.filter_map(|(key, found)| {
                let value = self.value(&key, &found).transpose()?;
                Some(value.map(|value| (key.to_vec(), value)))
            });
            rows.collect()
        })
    }

    fn next_key(&self, from: &[u8], to: &[u8]) -> Result<Option<Vec<u8>>, TableError> {
        self.run(|| {
            let first = self.index.range(from, to, 1)?;
            Ok(first.first().map(|(key, _)| key.to_vec()))
        })
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Row>, TableError> {
        self.run(|| {
            while let Some((key, found)) = self.index.last(from, to)? {
                // Else it was removed meanwhile.
                if let Some(value) = self.value(&key, &found)? {
                    return Ok(Some((key.to_vec(), value)));
                }
            }
            Ok(None)
        })
    }

    fn apply(&self, batch: &[Write]) -> Result<(), TableError> {
        check_batch(batch)?;
        self.run(|| {
            let mut writing = self.writing.lock();
            writing.apply(batch, &self.index, &self.files)
        })
    }

    fn flush(&self) -> Result<(), TableError> {
        self.run(|| {
            let mut writing = self.writing.lock();
            writing.fresh.sync()?;
            writing.moved.sync()?;
            self.index.flush()?;
            self.remove_unused(&writing)?;
            writing.usage.write(self.files.folder())
        })
    }
}

impl Writing {
    fn apply(&mut self, batch: &[Write], index: &Index, files: &Files) -> Result<(), TableError> {
        self.usage.forget_written(files.folder())?;
        let records: Vec<Record<'_>> = batch
            .iter()
            .filter_map(|(key, value)| {
                let value = value.as_deref().filter(|value| value.len() >= APART_FROM_LEN)?;
                Some(Record { key, value })
            })
            .collect();
        let mut spots = self.fresh.append(files, &records, self.file_len())?.into_iter();
        for (key, value) in batch {
            let place = value.as_deref().map(|value| {
                let spot = (value.len() >= APART_FROM_LEN).then(|| spots.next()).flatten();
                spot.map_or(Place::Here(value), Place::Apart)
            });
            let bytes = place.map(|place| place.encode());
            let before = index.put(key, bytes.as_deref())?;
            self.usage.went(before.as_deref().and_then(Place::decode));
            if let Some(Place::Apart(spot)) = place {
                self.usage.came(spot);
            }
        }
        let written: usize = records.iter().map(Record::len).sum();
        self.give_back(index, files, MOVED_AT_LEAST.max(written * MOVED_FOR_WRITTEN))
    }

    fn give_back(&mut self, index: &Index, files: &Files, budget: usize) -> Result<(), TableError> {
        let file_len = self.file_len();
        let room = Room {
            index,
            files,
            usage: &mut self.usage,
            moved: &mut self.moved,
            fresh: self.fresh.number(),
            file_len,
        };
        self.cleaning.go_on(room, budget)
    }

    /// How long a file should be at least.
    fn file_len(&self) -> u64 {
        (self.usage.total() / FILE_PART).clamp(self.least_file_len, FILE_LENS.1)
    }
}

fn damaged(what: &str) -> TableError {
    TableError::Damaged {
        what: what.to_owned(),
    }
}

fn no_place() -> TableError {
    damaged("sled holds what another version of this program wrote, or nonsense")
}

/// What failed, as what helps against it.
fn io_error(path: &Path, error: &io::Error) -> TableError {
    TableError::Unusable {
        what: format!("{}: {error}", path.display()),
    }
}

/// Whether it is the surroundings that fail, and not what is in the file.
fn is_of_surroundings(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::PermissionDenied
            | io::ErrorKind::ReadOnlyFilesystem
    )
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

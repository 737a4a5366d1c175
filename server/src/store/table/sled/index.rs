//! sled 0.34.7, with its known weaknesses fenced in.
//!
//! Its `flush` only hands data to the operating system, so every flush here also syncs sled's file through a
//! handle of our own. It panics on some damage, so every call catches panics. It keeps errors to itself until
//! it is opened again, so after the first error no call is to follow.

use std::fs::{self, File};
use std::io;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ::sled::IVec;

use super::{damaged, io_error, is_of_surroundings, parent_of, sync_folder};
use crate::store::table::TableError;

/// How often sled writes out what it has in buffers by itself, in milliseconds.
const FLUSH_EVERY_MS: u64 = 500;

/// How often and in what steps to wait for a table closed in this process: sled's own threads may hold its file
/// for a moment longer.
const CLOSING_WAITS: u32 = 40;
const CLOSING_WAIT: Duration = Duration::from_millis(50);

/// In the text of sled's error when another handle holds its file.
const LOCKED: &str = "could not acquire lock";

/// sled, open on a folder.
pub(super) struct Index {
    /// `None` only while this is being dropped.
    db: Option<::sled::Db>,
    /// A second handle on sled's data file, for syncing it.
    file: File,
    path: PathBuf,
}

impl Index {
    /// Opens the folder, making it if there is none. sled may take several times `cache_bytes` of memory at times.
    pub(super) fn open(path: &Path, cache_bytes: u64) -> Result<Self, TableError> {
        let is_new = !path.exists();
        remove_unfinished_snapshots(path).map_err(|error| io_error(path, &error))?;
        refuse_blobs(path)?;
        let config = ::sled::Config::new()
            .path(path)
            .cache_capacity(cache_bytes)
            .flush_every_ms(Some(FLUSH_EVERY_MS))
            .mode(::sled::Mode::LowSpace);
        let db = open_when_closed(&config)?;
        let file = sync_new_files(path, is_new).map_err(|error| io_error(path, &error))?;
        Ok(Self {
            db: Some(db),
            file,
            path: path.to_owned(),
        })
    }

    pub(super) fn get(&self, key: &[u8]) -> Result<Option<IVec>, TableError> {
        self.run(|db| db.get(key))
    }

    /// The first `limit` rows with `from <= key < to`, ascending.
    pub(super) fn range(
        &self,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<Vec<(IVec, IVec)>, TableError> {
        if from >= to {
            return Ok(Vec::new());
        }
        self.run(|db| db.range(from..to).take(limit).collect())
    }

    /// The last row with `from <= key < to`.
    pub(super) fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<(IVec, IVec)>, TableError> {
        if from >= to {
            return Ok(None);
        }
        self.run(|db| db.range(from..to).next_back().transpose())
    }

    /// Calls `each` with the value of every row, until it breaks.
    pub(super) fn for_each(&self, mut each: impl FnMut(&[u8]) -> ControlFlow<()>) -> Result<(), TableError> {
        self.run(|db| {
            for row in db.iter() {
                if each(&row?.1).is_break() {
                    break;
                }
            }
            Ok(())
        })
    }

    /// Sets or removes a value; returns the one before. One after the other: a batch of sled's own holds up whoever reads
    /// anything, until all who read have ended and all of it is done.
    pub(super) fn put(&self, key: &[u8], value: Option<&[u8]>) -> Result<Option<IVec>, TableError> {
        self.run(|db| match value {
            Some(value) => db.insert(key, value),
            None => db.remove(key),
        })
    }

    /// Makes everything that was put survive a power cut.
    pub(super) fn flush(&self) -> Result<(), TableError> {
        self.run(|db| {
            db.flush()?;
            self.file.sync_data()?;
            Ok(())
        })?;
        refuse_blobs(&self.path)
    }

    fn run<T>(&self, operation: impl FnOnce(&::sled::Db) -> ::sled::Result<T>) -> Result<T, TableError> {
        let Some(db) = &self.db else {
            return Err(damaged("it is being closed"));
        };
        caught(|| operation(db))
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        let db = self.db.take();
        if catch_unwind(AssertUnwindSafe(|| drop(db))).is_err() {
            tracing::error!(path = %self.path.display(), "sled panicked while closing its table");
        }
    }
}

fn open_when_closed(config: &::sled::Config) -> Result<::sled::Db, TableError> {
    for _ in 0..CLOSING_WAITS {
        match caught(|| config.open()) {
            Err(TableError::Unusable { what }) if what.contains(LOCKED) => std::thread::sleep(CLOSING_WAIT),
            opened => return opened,
        }
    }
    caught(|| config.open())
}

/// Runs a call into sled; a panic in it becomes an error.
fn caught<T>(operation: impl FnOnce() -> ::sled::Result<T>) -> Result<T, TableError> {
    match catch_unwind(AssertUnwindSafe(operation)) {
        Ok(result) => result.map_err(|error| table_error(&error)),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("no message");
            Err(damaged(&format!("sled panicked: {text}")))
        }
    }
}

fn table_error(error: &::sled::Error) -> TableError {
    let what = error.to_string();
    match error {
        // sled hides which operation failed; what it cannot read at all for other reasons than these (as the
        // end of a file that was cut) is damage.
        ::sled::Error::Io(io) if is_of_surroundings(io) || what.contains(LOCKED) => {
            TableError::Unusable { what }
        }
        _ => damaged(&what),
    }
}

/// A snapshot that sled was still writing when it stopped makes opening fail; without it sled reads its log.
fn remove_unfinished_snapshots(path: &Path) -> io::Result<()> {
    for name in names_in(path)? {
        if name.starts_with("snap.") && name.ends_with(".generating") {
            fs::remove_file(path.join(name))?;
        }
    }
    Ok(())
}

/// sled never syncs the files it puts oversized pages into, so with any of them nothing is certain.
fn refuse_blobs(path: &Path) -> Result<(), TableError> {
    match names_in(&path.join("blobs")) {
        Ok(names) if names.is_empty() => Ok(()),
        Ok(names) => Err(damaged(&format!(
            "{} pages lie in files that sled does not sync",
            names.len()
        ))),
        Err(error) => Err(io_error(path, &error)),
    }
}

fn names_in(folder: &Path) -> io::Result<Vec<String>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Syncs the small files that sled writes on opening and never syncs, and for a new table the folders; returns
/// the handle on the data file.
fn sync_new_files(path: &Path, is_new: bool) -> io::Result<File> {
    for name in names_in(path)? {
        let file = path.join(name);
        if file.is_file() {
            File::open(file)?.sync_all()?;
        }
    }
    sync_folder(path)?;
    if is_new {
        sync_folder(parent_of(path))?;
    }
    fs::OpenOptions::new().write(true).open(path.join("db"))
}

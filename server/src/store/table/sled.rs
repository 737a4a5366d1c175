//! The table on sled 0.34.7, with its known weaknesses fenced in.
//!
//! Its `flush` only hands data to the operating system, so every flush here also syncs sled's file through a
//! handle of our own. It panics on some damage, so every call catches panics. It keeps errors to itself until
//! it is opened again, so after the first error every call fails.

use std::fs::{self, File};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use super::{Row, Table, TableError, TableFactory, Write, check_batch};

/// How often sled writes out what it has in buffers by itself, in milliseconds.
const FLUSH_EVERY_MS: u64 = 500;

/// How often and in what steps to wait for a table closed in this process: sled's own threads may hold its file
/// for a moment longer.
const CLOSING_WAITS: u32 = 40;
const CLOSING_WAIT: Duration = Duration::from_millis(50);

/// In the text of sled's error when another handle holds its file.
const LOCKED: &str = "could not acquire lock";

/// The folder of one sled table.
#[derive(Debug, Clone)]
pub struct SledTables {
    path: PathBuf,
    cache_bytes: u64,
}

impl SledTables {
    /// A table in this folder. sled may take several times `cache_bytes` of memory at times.
    pub fn new(path: impl Into<PathBuf>, cache_bytes: u64) -> Self {
        Self {
            path: path.into(),
            cache_bytes,
        }
    }

    fn open_sled(&self) -> Result<SledTable, TableError> {
        let is_new = !self.path.exists();
        remove_unfinished_snapshots(&self.path).map_err(|error| self.io_error(&error))?;
        refuse_blobs(&self.path)?;
        let config = ::sled::Config::new()
            .path(&self.path)
            .cache_capacity(self.cache_bytes)
            .flush_every_ms(Some(FLUSH_EVERY_MS))
            .mode(::sled::Mode::LowSpace);
        let db = open_when_closed(&config)?;
        let file = sync_new_files(&self.path, is_new).map_err(|error| self.io_error(&error))?;
        Ok(SledTable {
            db: Some(db),
            file,
            path: self.path.clone(),
            stopped: OnceLock::new(),
        })
    }

    fn io_error(&self, error: &io::Error) -> TableError {
        TableError::Unusable {
            what: format!("{}: {error}", self.path.display()),
        }
    }
}

impl TableFactory for SledTables {
    fn open(&self) -> Result<Box<dyn Table>, TableError> {
        Ok(Box::new(self.open_sled()?))
    }

    fn is_present(&self) -> Result<bool, TableError> {
        self.path.try_exists().map_err(|error| self.io_error(&error))
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
        moved.map_err(|error| self.io_error(&error))?;
        Ok(Some(target.display().to_string()))
    }
}

/// An open sled table.
pub struct SledTable {
    /// `None` only while this is being dropped.
    db: Option<::sled::Db>,
    /// A second handle on sled's data file, for syncing it.
    file: File,
    path: PathBuf,
    stopped: OnceLock<TableError>,
}

impl SledTable {
    fn run<T>(&self, operation: impl FnOnce(&::sled::Db) -> ::sled::Result<T>) -> Result<T, TableError> {
        if let Some(error) = self.stopped.get() {
            return Err(error.clone());
        }
        let Some(db) = &self.db else {
            return Err(damaged("it is being closed"));
        };
        let result = caught(|| operation(db));
        self.stop_on_error(result)
    }

    fn stop_on_error<T>(&self, result: Result<T, TableError>) -> Result<T, TableError> {
        if let Err(error) = &result {
            // The first stands.
            let _ = self.stopped.set(error.clone());
        }
        result
    }
}

impl Table for SledTable {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, TableError> {
        self.run(|db| Ok(db.get(key)?.map(|value| value.to_vec())))
    }

    fn range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Row>, TableError> {
        if from >= to {
            return Ok(Vec::new());
        }
        self.run(|db| {
            let rows = db.range(from..to).take(limit);
            rows.map(|row| row.map(|(key, value)| (key.to_vec(), value.to_vec())))
                .collect()
        })
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Row>, TableError> {
        if from >= to {
            return Ok(None);
        }
        self.run(|db| {
            let row = db.range(from..to).next_back().transpose()?;
            Ok(row.map(|(key, value)| (key.to_vec(), value.to_vec())))
        })
    }

    /// One write after the other: a batch of sled's own holds up whoever reads anything, until all who read have ended
    /// and all of it is done.
    fn apply(&self, batch: &[Write]) -> Result<(), TableError> {
        check_batch(batch)?;
        self.run(|db| {
            for (key, value) in batch {
                match value {
                    Some(value) => db.insert(key, value.as_slice())?,
                    None => db.remove(key)?,
                };
            }
            Ok(())
        })
    }

    fn flush(&self) -> Result<(), TableError> {
        self.run(|db| {
            db.flush()?;
            self.file.sync_data()?;
            Ok(())
        })?;
        self.stop_on_error(refuse_blobs(&self.path))
    }
}

impl Drop for SledTable {
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
        ::sled::Error::Io(io) => match io.kind() {
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::PermissionDenied
            | io::ErrorKind::ReadOnlyFilesystem => TableError::Unusable { what },
            _ if what.contains(LOCKED) => TableError::Unusable { what },
            _ => damaged(&what),
        },
        _ => damaged(&what),
    }
}

fn damaged(what: &str) -> TableError {
    TableError::Damaged {
        what: what.to_owned(),
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
        Err(error) => Err(TableError::Unusable {
            what: format!("{}: {error}", path.display()),
        }),
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

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

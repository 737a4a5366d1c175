//! The simulated disk and table of a server, watched: which point of its work each operation is.

use super::watch::Watch;
use crate::trace::Point;
use otor_server::store::disk::{AppendFile, Disk, DiskError, SimulatedDisk};
use otor_server::store::table::{MemoryTables, Row, Table, TableError, TableFactory, Write};

/// Points around a write and around a flush.
#[derive(Clone, Copy, Debug)]
struct Points {
    write: (Point, Point),
    sync: (Point, Point),
}

/// What appending to a file is a part of.
fn points(path: &str) -> Option<Points> {
    if path.starts_with("journal/") {
        Some(Points {
            write: (Point::JournalWrite, Point::JournalWritten),
            sync: (Point::JournalSync, Point::JournalSynced),
        })
    } else if path.starts_with("checkpoint/") {
        Some(Points {
            write: (Point::RedoWrite, Point::RedoWritten),
            sync: (Point::RedoSync, Point::RedoSynced),
        })
    } else {
        None
    }
}

fn disk_down() -> DiskError {
    DiskError::Down
}

fn table_down() -> TableError {
    TableError::Unusable {
        what: "the simulated machine is down".to_owned(),
    }
}

/// A simulated disk, watched.
#[derive(Clone, Debug)]
pub(super) struct WatchedDisk {
    pub disk: SimulatedDisk,
    pub watch: Watch,
}

struct WatchedFile {
    file: Box<dyn AppendFile>,
    points: Option<Points>,
    watch: Watch,
}

impl WatchedDisk {
    fn any<T>(&self, operation: impl FnOnce() -> Result<T, DiskError>) -> Result<T, DiskError> {
        self.watch.between(None, disk_down, operation)
    }

    fn file(&self, path: &str, file: Box<dyn AppendFile>) -> Box<dyn AppendFile> {
        Box::new(WatchedFile {
            file,
            points: points(path),
            watch: self.watch.clone(),
        })
    }
}

impl AppendFile for WatchedFile {
    fn append(&mut self, bytes: &[u8]) -> Result<(), DiskError> {
        let at = self.points.map(|points| points.write);
        self.watch.between(at, disk_down, || self.file.append(bytes))
    }

    fn reserve(&mut self, bytes: u64) {
        self.file.reserve(bytes);
    }

    fn trim(&mut self) -> Result<(), DiskError> {
        let at = self.points.map(|points| points.sync);
        self.watch.between(at, disk_down, || self.file.trim())
    }

    fn sync(&mut self) -> Result<(), DiskError> {
        let at = self.points.map(|points| points.sync);
        self.watch.between(at, disk_down, || self.file.sync())
    }
}

impl Disk for WatchedDisk {
    fn create(&self, path: &str) -> Result<Box<dyn AppendFile>, DiskError> {
        self.any(|| Ok(self.file(path, self.disk.create(path)?)))
    }

    fn open(&self, path: &str) -> Result<Box<dyn AppendFile>, DiskError> {
        self.any(|| Ok(self.file(path, self.disk.open(path)?)))
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, DiskError> {
        self.any(|| self.disk.read(path))
    }

    fn read_range(&self, path: &str, offset: u64, len: usize) -> Result<Vec<u8>, DiskError> {
        self.any(|| self.disk.read_range(path, offset, len))
    }

    fn len(&self, path: &str) -> Result<u64, DiskError> {
        self.disk.len(path)
    }

    fn exists(&self, path: &str) -> Result<bool, DiskError> {
        self.disk.exists(path)
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, DiskError> {
        self.any(|| self.disk.list(folder))
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), DiskError> {
        let at = (to == "CHECKPOINT").then_some((Point::MarkWrite, Point::MarkWritten));
        self.watch.between(at, disk_down, || self.disk.rename(from, to))
    }

    fn remove(&self, path: &str) -> Result<(), DiskError> {
        self.any(|| self.disk.remove(path))
    }

    fn truncate(&self, path: &str, len: u64) -> Result<(), DiskError> {
        self.any(|| self.disk.truncate(path, len))
    }

    fn overwrite(&self, path: &str, offset: u64, bytes: &[u8]) -> Result<(), DiskError> {
        self.any(|| self.disk.overwrite(path, offset, bytes))
    }

    fn sync_dir(&self, folder: &str) -> Result<(), DiskError> {
        self.any(|| self.disk.sync_dir(folder))
    }

    fn free_bytes(&self) -> Result<u64, DiskError> {
        self.disk.free_bytes()
    }
}

/// The place of a simulated table, watched.
#[derive(Clone, Debug)]
pub(super) struct WatchedTables {
    pub tables: MemoryTables,
    pub watch: Watch,
}

struct WatchedTable {
    table: Box<dyn Table>,
    watch: Watch,
}

impl TableFactory for WatchedTables {
    fn open(&self) -> Result<Box<dyn Table>, TableError> {
        Ok(Box::new(WatchedTable {
            table: self.tables.open()?,
            watch: self.watch.clone(),
        }))
    }

    fn is_present(&self) -> Result<bool, TableError> {
        self.tables.is_present()
    }

    fn set_aside(&self) -> Result<Option<String>, TableError> {
        self.watch.nothing_spoilt();
        self.watch.between(None, table_down, || self.tables.set_aside())
    }
}

impl Table for WatchedTable {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, TableError> {
        self.watch.read(key, key)?;
        self.table.get(key)
    }

    fn range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Row>, TableError> {
        self.watch.read(from, to)?;
        self.table.range(from, to, limit)
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Row>, TableError> {
        self.watch.read(to, to)?;
        let row = self.table.last(from, to)?;
        if let Some((key, _)) = &row {
            self.watch.read(key, key)?;
        }
        Ok(row)
    }

    fn apply(&self, batch: &[Write]) -> Result<(), TableError> {
        let at = Some((Point::TableWrite, Point::TableWritten));
        self.watch.between(at, table_down, || self.table.apply(batch))
    }

    fn flush(&self) -> Result<(), TableError> {
        let at = Some((Point::TableFlush, Point::TableFlushed));
        self.watch.between(at, table_down, || self.table.flush())
    }
}

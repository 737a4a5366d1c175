//! A disk in memory that keeps what is synced apart from what is only written, and can lose the difference.

mod crash;
mod files;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{AppendFile, Blown, Disk, DiskError, Fuse};
use files::Files;

/// How much a power cut takes of what was not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrashMode {
    /// All of it.
    LoseUnsynced,
    /// Each file keeps a beginning of what was appended, torn at any byte; of the creations, renames and
    /// removals a beginning in order survives.
    Torn,
    /// As `Torn`, but blocks in the middle may be missing (read as zeros), and creations, renames and removals
    /// survive in any combination.
    Reordered,
}

/// A handle on a simulated disk; clones are the same disk. Operations count on its [`Fuse`].
#[derive(Debug, Clone, Default)]
pub struct SimulatedDisk {
    files: Arc<Mutex<Files>>,
    fuse: Fuse,
}

impl SimulatedDisk {
    /// An empty disk whose operations count on this fuse.
    pub fn new(fuse: Fuse) -> Self {
        Self {
            files: Arc::default(),
            fuse,
        }
    }

    /// Another disk with the same content; what happens to one does not happen to the other.
    pub fn duplicate(&self, fuse: Fuse) -> Self {
        let files = Arc::new(Mutex::new(self.files().clone()));
        Self { files, fuse }
    }

    /// The fuse of this machine.
    pub fn fuse(&self) -> &Fuse {
        &self.fuse
    }

    /// Power cut and restart: unsynced writes are lost as `mode` says. Files open before are dead.
    pub fn crash(&self, mode: CrashMode, seed: u64) {
        self.files().crash(mode, seed);
        self.fuse.restore();
    }

    /// Process kill and restart: everything written is kept, but what was not synced stays so. Files open
    /// before are dead.
    pub fn kill(&self) {
        self.files().end_processes();
        self.fuse.restore();
    }

    /// From now on only this many bytes can be appended before the disk is full; `None` lifts the limit.
    pub fn set_free_bytes(&self, free: Option<u64>) {
        self.files().free = free;
    }

    /// Makes every read fail, or work again.
    pub fn set_failing_reads(&self, failing: bool) {
        self.files().failing_reads = failing;
    }

    /// Makes the next `count` syncs fail. As on Linux, what such a sync was to make durable is forgotten: later
    /// syncs of that file succeed without it.
    pub fn fail_syncs(&self, count: u32) {
        self.files().failing_syncs = count;
    }

    /// Changes bytes of a file where they lie, as a fault of the medium would.
    pub fn damage(&self, path: &str, offset: usize, bytes: &[u8]) -> Result<(), DiskError> {
        self.files().damage(path, offset, bytes)
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        // Every change of the files is complete before anything in it can panic.
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run<T>(&self, operation: impl FnOnce(&mut Files) -> Result<T, DiskError>) -> Result<T, DiskError> {
        self.fuse.around(|| operation(&mut self.files()))
    }
}

impl From<Blown> for DiskError {
    fn from(_: Blown) -> Self {
        Self::Down
    }
}

impl Disk for SimulatedDisk {
    fn create(&self, path: &str) -> Result<Box<dyn AppendFile>, DiskError> {
        self.run(|files| {
            let inode = files.create(path)?;
            Ok(self.file(files, path, inode))
        })
    }

    fn open(&self, path: &str) -> Result<Box<dyn AppendFile>, DiskError> {
        self.run(|files| {
            let inode = files.inode(path)?;
            Ok(self.file(files, path, inode))
        })
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, DiskError> {
        self.run(|files| Ok(files.readable(path)?.to_vec()))
    }

    fn read_range(&self, path: &str, offset: u64, len: usize) -> Result<Vec<u8>, DiskError> {
        self.run(|files| {
            let content = files.readable(path)?;
            let start = usize::try_from(offset).unwrap_or(usize::MAX).min(content.len());
            let end = start.saturating_add(len).min(content.len());
            Ok(content[start..end].to_vec())
        })
    }

    fn len(&self, path: &str) -> Result<u64, DiskError> {
        self.run(|files| Ok(files.content(path)?.len() as u64))
    }

    fn exists(&self, path: &str) -> Result<bool, DiskError> {
        self.run(|files| Ok(files.has(path)))
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, DiskError> {
        self.run(|files| Ok(files.list(folder)))
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), DiskError> {
        self.run(|files| files.rename(from, to))
    }

    fn remove(&self, path: &str) -> Result<(), DiskError> {
        self.run(|files| files.remove(path))
    }

    fn truncate(&self, path: &str, len: u64) -> Result<(), DiskError> {
        self.run(|files| files.truncate(path, len))
    }

    fn overwrite(&self, path: &str, offset: u64, bytes: &[u8]) -> Result<(), DiskError> {
        self.run(|files| files.overwrite(path, offset, bytes))
    }

    fn sync_dir(&self, folder: &str) -> Result<(), DiskError> {
        self.run(|files| files.sync_dir(folder))
    }

    fn free_bytes(&self) -> Result<u64, DiskError> {
        self.run(|files| Ok(files.free.unwrap_or(u64::MAX)))
    }
}

impl SimulatedDisk {
    fn file(&self, files: &Files, path: &str, inode: usize) -> Box<dyn AppendFile> {
        Box::new(SimulatedFile {
            disk: self.clone(),
            boot: files.boot,
            path: path.to_owned(),
            inode,
        })
    }
}

struct SimulatedFile {
    disk: SimulatedDisk,
    boot: u64,
    path: String,
    inode: usize,
}

impl SimulatedFile {
    fn run(&self, operation: impl FnOnce(&mut Files) -> Result<(), DiskError>) -> Result<(), DiskError> {
        self.disk.run(|files| {
            if files.boot != self.boot {
                return Err(DiskError::Down);
            }
            operation(files)
        })
    }
}

impl AppendFile for SimulatedFile {
    fn append(&mut self, bytes: &[u8]) -> Result<(), DiskError> {
        self.run(|files| files.append(self.inode, &self.path, bytes))
    }

    fn reserve(&mut self, bytes: u64) {
        // As on a real disk: what fails shows when it is appended.
        let _ = self.run(|files| {
            files.reserve(self.inode, bytes);
            Ok(())
        });
    }

    fn trim(&mut self) -> Result<(), DiskError> {
        self.run(|files| files.trim(self.inode, &self.path))
    }

    fn sync(&mut self) -> Result<(), DiskError> {
        self.run(|files| files.sync(self.inode, &self.path))
    }
}

//! The seam between everything durable and the files it lies in.
//!
//! Paths are relative to the disk's root, with `/` between folder and name. Folders come into being with the
//! first file created in them.

mod error;
mod fuse;
mod real;
mod simulated;

#[cfg(test)]
mod contract;
#[cfg(test)]
mod faults;

pub use error::DiskError;
pub use fuse::{Blown, Fuse, Side};
pub use real::{LOCK_FILE, RealDisk};
pub use simulated::{CrashMode, SimulatedDisk};

/// A folder of files. What is written is durable only after [`AppendFile::sync`]; that a file exists, or
/// under which name, is durable only after [`Disk::sync_dir`] on its folder.
pub trait Disk: Send + Sync {
    /// Creates an empty file for appending. Fails if there is one already.
    fn create(&self, path: &str) -> Result<Box<dyn AppendFile>, DiskError>;

    /// Opens an existing file for appending at its end.
    fn open(&self, path: &str) -> Result<Box<dyn AppendFile>, DiskError>;

    /// The whole content of a file.
    fn read(&self, path: &str) -> Result<Vec<u8>, DiskError>;

    /// Up to `len` bytes of a file from `offset` on; fewer at its end, none beyond it.
    fn read_range(&self, path: &str, offset: u64, len: usize) -> Result<Vec<u8>, DiskError>;

    /// Length of a file in bytes.
    fn len(&self, path: &str) -> Result<u64, DiskError>;

    /// Whether there is a file of this name.
    fn exists(&self, path: &str) -> Result<bool, DiskError>;

    /// Names of the files in a folder (`""` is the root), in order. A folder that is not there is empty.
    fn list(&self, folder: &str) -> Result<Vec<String>, DiskError>;

    /// Gives a file another name in the same folder, replacing what has that name.
    fn rename(&self, from: &str, to: &str) -> Result<(), DiskError>;

    /// Removes a file.
    fn remove(&self, path: &str) -> Result<(), DiskError>;

    /// Cuts a file to `len` bytes and makes that durable.
    fn truncate(&self, path: &str, len: u64) -> Result<(), DiskError>;

    /// Writes over bytes that are there and makes them durable, whatever became of earlier syncs of the file.
    fn overwrite(&self, path: &str, offset: u64, bytes: &[u8]) -> Result<(), DiskError>;

    /// Makes creations, renames and removals in a folder durable. A folder that is not there has none.
    fn sync_dir(&self, folder: &str) -> Result<(), DiskError>;

    /// Bytes that can still be written.
    fn free_bytes(&self) -> Result<u64, DiskError>;
}

/// An open file that only grows.
pub trait AppendFile: Send + Sync {
    /// Writes at the end. After an error part of `bytes` may be there.
    fn append(&mut self, bytes: &[u8]) -> Result<(), DiskError>;

    /// Lays zeros behind the end, up to so many bytes, for what is appended next to be written over: then a sync has no new
    /// length and no new place to tell the file system, which takes it less than half as long. Whoever reads the file, and
    /// whoever opens it after a crash, finds those that were not written over, some or all of them. As far as there is room:
    /// what fails here shows when it is appended.
    fn reserve(&mut self, bytes: u64);

    /// Cuts off what was reserved and is not written over, and makes everything durable as [`AppendFile::sync`] does.
    fn trim(&mut self) -> Result<(), DiskError>;

    /// Makes everything appended durable. After an error nothing is known about what was appended since the
    /// last success, and a later success proves nothing about it either: never retry.
    fn sync(&mut self) -> Result<(), DiskError>;
}

/// Writes a small file whole: after success it is durable under its name, after a crash there is either the
/// old content or the new, never a mixture.
pub fn replace_file(disk: &dyn Disk, path: &str, content: &[u8]) -> Result<(), DiskError> {
    let temporary = format!("{path}.tmp");
    if disk.exists(&temporary)? {
        disk.remove(&temporary)?;
    }
    let mut file = disk.create(&temporary)?;
    file.append(content)?;
    file.sync()?;
    drop(file);
    disk.rename(&temporary, path)?;
    disk.sync_dir(folder_of(path))
}

/// The folder part of a path; empty for a file in the root.
pub fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

//! Room on the disk: a reserve that is kept so that the server can always be opened again, and the limit at which it
//! stops taking work before the disk is full.
//!
//! The reserve is a file of that size. It is given up when less than its size is free and a checkpoint is due or the
//! data are to be opened, and made again as soon as there is room for it. While it is not there, or less than as
//! much again is free beside it, nothing is written for anybody; what is there can be read.

use super::error::ServeError;
use crate::commit::thread::Room;
use crate::store::disk::{Disk, DiskError, RealDisk};
use fs4::FileExt;
use std::fs::{self, OpenOptions};
use std::path::PathBuf;
use std::sync::Arc;

/// Name of the reserve's file in the data folder.
const RESERVE_FILE: &str = "RESERVE";
const MIB: u64 = 1024 * 1024;

/// The disk that data lie on.
pub struct DiskRoom {
    disk: Arc<RealDisk>,
    reserve_bytes: u64,
    is_lacking: bool,
}

impl DiskRoom {
    /// Keeps a reserve of so many bytes; none with 0.
    pub fn new(disk: Arc<RealDisk>, reserve_bytes: u64) -> Self {
        DiskRoom {
            disk,
            reserve_bytes,
            is_lacking: false,
        }
    }

    /// Before data are opened: gives the reserve up if it is needed for that.
    ///
    /// # Errors
    /// [`ServeError`] if the disk cannot be looked at.
    pub fn prepare(&self) -> Result<(), ServeError> {
        if self.disk.free_bytes()? < self.reserve_bytes {
            self.give_up()?;
        }
        Ok(())
    }

    fn give_up(&self) -> Result<(), DiskError> {
        if self.disk.exists(RESERVE_FILE)? {
            tracing::warn!("the disk is nearly full: the reserve is given up");
            self.disk.remove(RESERVE_FILE)?;
        }
        Ok(())
    }

    fn is_kept(&self) -> bool {
        fs::metadata(self.path()).is_ok_and(|file| file.len() >= self.reserve_bytes)
    }

    fn path(&self) -> PathBuf {
        self.disk.root().join(RESERVE_FILE)
    }

    /// Makes the reserve, with blocks of its own on the disk.
    fn keep(&self) -> Result<(), DiskError> {
        let shown = RESERVE_FILE.to_owned();
        let made = OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .open(self.path())
            .and_then(|file| FileExt::allocate(&file, self.reserve_bytes));
        made.map_err(|error| DiskError::from_io("reserve", shown, error))
    }

    /// Bytes free beside the reserve; the reserve is made if there is room for it.
    fn free_bytes(&self) -> Result<u64, DiskError> {
        let free = self.disk.free_bytes()?;
        if self.is_kept() {
            return Ok(free);
        }
        if free < 2 * self.reserve_bytes {
            return Ok(free.saturating_sub(self.reserve_bytes));
        }
        self.keep()?;
        self.disk.free_bytes()
    }
}

impl Room for DiskRoom {
    fn lacks(&mut self) -> Option<String> {
        if self.reserve_bytes == 0 {
            return None;
        }
        let free = match self.free_bytes() {
            Ok(free) => free,
            Err(error) => {
                tracing::warn!(%error, "it is not known how much room there is on the disk");
                return None;
            }
        };
        // A little more is asked for to begin again, so that it does not go back and forth.
        let margin = if self.is_lacking {
            self.reserve_bytes / 8
        } else {
            0
        };
        let was_lacking = self.is_lacking;
        self.is_lacking = free < self.reserve_bytes + margin;
        if !self.is_lacking {
            if was_lacking {
                tracing::info!(free_mib = free / MIB, "there is room on the disk again");
            }
            return None;
        }
        let needed = (self.reserve_bytes + margin).div_ceil(MIB);
        let why = format!(
            "the disk is nearly full: {} MiB are free beside the reserve, {needed} are needed (reserve_mib)",
            free / MIB
        );
        if !was_lacking {
            tracing::error!("{why}; nothing is taken any more, what is there can be read");
        }
        Some(why)
    }

    fn make(&mut self) {
        if let Err(error) = self.prepare() {
            tracing::warn!(%error, "the reserve could not be given up");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserve_is_kept_where_there_is_room_and_given_up_where_there_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let disk = Arc::new(RealDisk::open(folder.path()).unwrap());
        let mut room = DiskRoom::new(disk.clone(), MIB);
        assert_eq!(room.lacks(), None);
        assert_eq!(disk.len(RESERVE_FILE).unwrap(), MIB);
        room.make();
        assert!(
            disk.exists(RESERVE_FILE).unwrap(),
            "there is room enough without it"
        );
        // As if almost nothing were free.
        let mut room = DiskRoom::new(disk.clone(), u64::MAX / 4);
        let why = room.lacks().unwrap();
        assert!(why.contains("nearly full"), "{why}");
        room.make();
        assert!(!disk.exists(RESERVE_FILE).unwrap());
        assert_eq!(DiskRoom::new(disk.clone(), 0).lacks(), None);
        assert!(!disk.exists(RESERVE_FILE).unwrap());
    }
}

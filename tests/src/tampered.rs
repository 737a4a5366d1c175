//! A disk that rests now and then in the middle of things, so that a power cut finds them half done; or one that
//! says it has synced and has not, to show that a harness notices.

use otor_server::store::disk::{AppendFile, Disk, DiskError, RealDisk};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often it rests, of all operations.
const RESTS: f64 = 0.08;

/// How a disk is tampered with.
#[derive(Clone)]
pub struct Tampering {
    syncs: bool,
    rest: Option<Arc<(u64, Mutex<ChaCha8Rng>)>>,
}

impl Tampering {
    /// Syncs only if `syncs`; rests at random for up to so many microseconds.
    pub fn new(syncs: bool, rest_us: Option<u64>, seed: u64) -> Self {
        let rng = ChaCha8Rng::seed_from_u64(seed);
        Tampering {
            syncs,
            rest: rest_us.map(|most| Arc::new((most, Mutex::new(rng)))),
        }
    }

    fn rest(&self) {
        let Some(rest) = &self.rest else { return };
        let (most, rng) = &**rest;
        let mut rng = rng.lock().unwrap_or_else(PoisonError::into_inner);
        if rng.random_bool(RESTS) {
            std::thread::sleep(Duration::from_micros(rng.random_range(0..*most)));
        }
    }
}

/// A real disk that is tampered with.
pub struct TamperedDisk {
    real: RealDisk,
    tampering: Tampering,
}

struct TamperedFile {
    real: Box<dyn AppendFile>,
    tampering: Tampering,
}

impl TamperedDisk {
    /// This disk, tampered with so.
    pub fn new(real: RealDisk, tampering: Tampering) -> Self {
        TamperedDisk { real, tampering }
    }

    fn file(&self, real: Box<dyn AppendFile>) -> Box<dyn AppendFile> {
        let tampering = self.tampering.clone();
        Box::new(TamperedFile { real, tampering })
    }
}

impl AppendFile for TamperedFile {
    fn append(&mut self, bytes: &[u8]) -> Result<(), DiskError> {
        self.real.append(bytes)?;
        self.tampering.rest();
        Ok(())
    }

    fn reserve(&mut self, bytes: u64) {
        self.real.reserve(bytes);
        self.tampering.rest();
    }

    fn trim(&mut self) -> Result<(), DiskError> {
        if self.tampering.syncs {
            self.real.trim()?;
        }
        self.tampering.rest();
        Ok(())
    }

    fn sync(&mut self) -> Result<(), DiskError> {
        if self.tampering.syncs {
            self.real.sync()?;
        }
        self.tampering.rest();
        Ok(())
    }
}

impl Disk for TamperedDisk {
    fn create(&self, path: &str) -> Result<Box<dyn AppendFile>, DiskError> {
        let file = self.real.create(path)?;
        self.tampering.rest();
        Ok(self.file(file))
    }

    fn open(&self, path: &str) -> Result<Box<dyn AppendFile>, DiskError> {
        Ok(self.file(self.real.open(path)?))
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, DiskError> {
        self.real.read(path)
    }

    fn read_range(&self, path: &str, offset: u64, len: usize) -> Result<Vec<u8>, DiskError> {
        self.tampering.rest();
        self.real.read_range(path, offset, len)
    }

    fn len(&self, path: &str) -> Result<u64, DiskError> {
        self.real.len(path)
    }

    fn exists(&self, path: &str) -> Result<bool, DiskError> {
        self.real.exists(path)
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, DiskError> {
        self.real.list(folder)
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), DiskError> {
        self.real.rename(from, to)?;
        self.tampering.rest();
        Ok(())
    }

    fn remove(&self, path: &str) -> Result<(), DiskError> {
        self.real.remove(path)?;
        self.tampering.rest();
        Ok(())
    }

    fn truncate(&self, path: &str, len: u64) -> Result<(), DiskError> {
        self.real.truncate(path, len)
    }

    fn overwrite(&self, path: &str, offset: u64, bytes: &[u8]) -> Result<(), DiskError> {
        self.real.overwrite(path, offset, bytes)
    }

    fn sync_dir(&self, folder: &str) -> Result<(), DiskError> {
        if self.tampering.syncs {
            self.real.sync_dir(folder)?;
        }
        self.tampering.rest();
        Ok(())
    }

    fn free_bytes(&self) -> Result<u64, DiskError> {
        self.real.free_bytes()
    }
}

//! A table in memory whose unflushed batches a simulated power cut can lose.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use super::{Row, Table, TableError, TableFactory, Write, check_batch};
use crate::store::disk::{Blown, CrashMode, Fuse};

type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// The place of one simulated table; clones are the same place. Operations count on its [`Fuse`].
#[derive(Debug, Clone, Default)]
pub struct MemoryTables {
    medium: Arc<Mutex<Medium>>,
    fuse: Fuse,
}

#[derive(Clone, Debug, Default)]
struct Medium {
    rows: Rows,
    durable: Rows,
    unflushed: Vec<Vec<Write>>,
    set_aside: Vec<Rows>,
    boot: u64,
}

impl MemoryTables {
    /// An empty place whose operations count on this fuse.
    pub fn new(fuse: Fuse) -> Self {
        Self {
            medium: Arc::default(),
            fuse,
        }
    }

    /// Another place with the same content; what happens to one does not happen to the other.
    pub fn duplicate(&self, fuse: Fuse) -> Self {
        let medium = Arc::new(Mutex::new(self.medium().clone()));
        Self { medium, fuse }
    }

    /// Power cut and restart: unflushed batches are lost as `mode` says, a batch being split at will. Tables
    /// open before are dead.
    pub fn crash(&self, mode: CrashMode, seed: u64) {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut medium = self.medium();
        let writes: Vec<Write> = std::mem::take(&mut medium.unflushed)
            .into_iter()
            .flatten()
            .collect();
        let kept_in_order = random.random_range(0..=writes.len());
        for (index, write) in writes.into_iter().enumerate() {
            let kept = match mode {
                CrashMode::LoseUnsynced => false,
                CrashMode::Torn => index < kept_in_order,
                CrashMode::Reordered => random.random_bool(0.5),
            };
            if kept {
                apply_to(&mut medium.durable, &write);
            }
        }
        medium.rows = medium.durable.clone();
        medium.boot += 1;
        drop(medium);
        self.fuse.restore();
    }

    /// Process kill and restart: everything applied is kept. Tables open before are dead.
    pub fn kill(&self) {
        self.medium().boot += 1;
        self.fuse.restore();
    }

    /// Replaces the content, durably, as an operator or a fault of the medium would. For tests.
    pub fn put_back(&self, rows: BTreeMap<Vec<u8>, Vec<u8>>) {
        let mut medium = self.medium();
        medium.rows = rows.clone();
        medium.durable = rows;
        medium.unflushed.clear();
    }

    /// The content as a running process reads it.
    pub fn content(&self) -> BTreeMap<Vec<u8>, Vec<u8>> {
        self.medium().rows.clone()
    }

    /// How many tables have been set aside.
    pub fn set_aside_count(&self) -> usize {
        self.medium().set_aside.len()
    }

    fn medium(&self) -> MutexGuard<'_, Medium> {
        // Every change of the medium is complete before anything in it can panic.
        self.medium.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<Blown> for TableError {
    fn from(_: Blown) -> Self {
        Self::Unusable {
            what: "the simulated machine is down".to_owned(),
        }
    }
}

impl TableFactory for MemoryTables {
    fn open(&self) -> Result<Box<dyn Table>, TableError> {
        self.fuse.around(|| {
            let boot = self.medium().boot;
            Ok(Box::new(MemoryTable {
                place: self.clone(),
                boot,
            }) as Box<dyn Table>)
        })
    }

    fn is_present(&self) -> Result<bool, TableError> {
        self.fuse.around(|| Ok(!self.medium().rows.is_empty()))
    }

    fn set_aside(&self) -> Result<Option<String>, TableError> {
        self.fuse.around(|| {
            let mut medium = self.medium();
            if medium.rows.is_empty() {
                return Ok(None);
            }
            let rows = std::mem::take(&mut medium.rows);
            medium.durable.clear();
            medium.unflushed.clear();
            medium.set_aside.push(rows);
            Ok(Some(format!("memory.damaged-{}", medium.set_aside.len())))
        })
    }
}

/// An open simulated table.
#[derive(Debug)]
pub struct MemoryTable {
    place: MemoryTables,
    boot: u64,
}

impl MemoryTable {
    fn run<T>(&self, operation: impl FnOnce(&mut Medium) -> T) -> Result<T, TableError> {
        self.place.fuse.around(|| {
            let mut medium = self.place.medium();
            if medium.boot != self.boot {
                return Err(Blown.into());
            }
            Ok(operation(&mut medium))
        })
    }
}

impl Table for MemoryTable {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, TableError> {
        self.run(|medium| medium.rows.get(key).cloned())
    }

    fn range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Row>, TableError> {
        if from >= to {
            return Ok(Vec::new());
        }
        self.run(|medium| {
            let rows = medium.rows.range(from.to_vec()..to.to_vec()).take(limit);
            rows.map(|(key, value)| (key.clone(), value.clone())).collect()
        })
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Row>, TableError> {
        if from >= to {
            return Ok(None);
        }
        self.run(|medium| {
            let row = medium.rows.range(from.to_vec()..to.to_vec()).next_back();
            row.map(|(key, value)| (key.clone(), value.clone()))
        })
    }

    fn apply(&self, batch: &[Write]) -> Result<(), TableError> {
        check_batch(batch)?;
        self.run(|medium| {
            batch.iter().for_each(|write| apply_to(&mut medium.rows, write));
            medium.unflushed.push(batch.to_vec());
        })
    }

    fn flush(&self) -> Result<(), TableError> {
        self.run(|medium| {
            for write in std::mem::take(&mut medium.unflushed).iter().flatten() {
                apply_to(&mut medium.durable, write);
            }
        })
    }
}

fn apply_to(rows: &mut Rows, (key, value): &Write) {
    match value {
        Some(value) => rows.insert(key.clone(), value.clone()),
        None => rows.remove(key),
    };
}

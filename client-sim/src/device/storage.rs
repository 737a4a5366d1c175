//! A phone's storage in memory that can crash, be backed up, and fail on demand.

use std::collections::BTreeMap;

use otor_protocol::ids::Lane;
use otor_protocol::replica::{Batch, Storage};

/// What an injected fault says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// A batch was not applied.
    #[error("the batch was not written")]
    Apply,
    /// What was applied is not sure to survive.
    #[error("the storage was not flushed")]
    Sync,
}

/// A row as it was before a batch: its key and value, none if there was no such row.
type Former = (Vec<u8>, Option<Vec<u8>>);

/// Rows in memory, with what it takes to lose the latest batches again.
#[derive(Clone, Debug, Default)]
pub struct PhoneStorage {
    rows: BTreeMap<Vec<u8>, Vec<u8>>,
    /// For each batch that is not yet durable, oldest first, the rows it replaced, in order of writing.
    unsynced: Vec<Vec<Former>>,
    applies_until_fault: Option<u32>,
    syncs_until_fault: Option<u32>,
}

/// A backup of a phone's storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot(BTreeMap<Vec<u8>, Vec<u8>>);

impl PhoneStorage {
    /// A storage that holds a backup's rows, all durable.
    pub fn from_snapshot(snapshot: &Snapshot) -> Self {
        Self {
            rows: snapshot.0.clone(),
            ..Self::default()
        }
    }

    /// A backup of what the storage holds now, durable or not.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot(self.rows.clone())
    }

    /// What is stored under a key.
    pub fn row(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.rows.get(key).cloned()
    }

    /// Sets what is stored under a key, or removes it, as a bad memory would.
    pub fn set_row(&mut self, key: &[u8], value: Option<Vec<u8>>) {
        match value {
            Some(value) => self.rows.insert(key.to_vec(), value),
            None => self.rows.remove(key),
        };
    }

    /// Alters what is stored of an own op, as a bad memory would. Whether there is such an op.
    pub fn damage_op(&mut self, lane: Lane, seq: u64) -> bool {
        let key = [&[b'o', lane.into()][..], &seq.to_be_bytes()].concat();
        let byte = self.rows.get_mut(&key).and_then(|row| row.first_mut());
        byte.map(|byte| *byte ^= 0x55).is_some()
    }

    /// How many batches a crash might lose.
    pub fn unsynced_batches(&self) -> usize {
        self.unsynced.len()
    }

    /// The phone dies: of the batches that are not durable the first `keep` survive, each whole, and the
    /// others are as if never applied. Answers how many were lost.
    pub fn crash(&mut self, keep: usize) -> usize {
        let keep = keep.min(self.unsynced.len());
        let lost = self.unsynced.split_off(keep);
        for (key, value) in lost.iter().rev().flat_map(|batch| batch.iter().rev()) {
            match value {
                Some(value) => self.rows.insert(key.clone(), value.clone()),
                None => self.rows.remove(key),
            };
        }
        self.unsynced.clear();
        lost.len()
    }

    /// Makes the `nth` apply from now on fail, once; 1 is the next.
    pub fn fail_apply(&mut self, nth: u32) {
        self.applies_until_fault = Some(nth);
    }

    /// Makes the `nth` sync from now on fail, once; 1 is the next.
    pub fn fail_sync(&mut self, nth: u32) {
        self.syncs_until_fault = Some(nth);
    }

    /// No injected fault is to come any more.
    pub fn pass_fault(&mut self) {
        (self.applies_until_fault, self.syncs_until_fault) = (None, None);
    }
}

/// Counts down to an injected fault; whether it falls now.
fn falls_now(countdown: &mut Option<u32>) -> bool {
    *countdown = countdown.map(|left| left.saturating_sub(1));
    let falls = *countdown == Some(0);
    if falls {
        *countdown = None;
    }
    falls
}

impl Storage for PhoneStorage {
    type Error = StorageError;

    fn load(&self) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StorageError> {
        Ok(self
            .rows
            .iter()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect())
    }

    fn apply(&mut self, batch: &Batch) -> Result<(), StorageError> {
        if falls_now(&mut self.applies_until_fault) {
            return Err(StorageError::Apply);
        }
        let mut former = Vec::with_capacity(batch.writes().len());
        for (key, value) in batch.writes() {
            let before = match value {
                Some(value) => self.rows.insert(key.clone(), value.clone()),
                None => self.rows.remove(key),
            };
            former.push((key.clone(), before));
        }
        self.unsynced.push(former);
        Ok(())
    }

    fn sync(&mut self) -> Result<(), StorageError> {
        if falls_now(&mut self.syncs_until_fault) {
            return Err(StorageError::Sync);
        }
        self.unsynced.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::fixture;
    use otor_protocol::replica::Replica;

    /// A storage with an enrolled phone's rows and `nonces` batches on top that are not durable, and what it
    /// held after each of them (first: after none).
    fn storage_with_history(nonces: u32) -> (PhoneStorage, Vec<Snapshot>) {
        let (secret, reply) = fixture::enrolment();
        let mut replica = Replica::enrol(PhoneStorage::default(), secret, reply).unwrap();
        let mut history = vec![replica.storage_mut().snapshot()];
        for nonce in 1..=nonces {
            replica.confirm(nonce, None).unwrap();
            history.push(replica.storage_mut().snapshot());
        }
        (replica.into_storage(), history)
    }

    #[test]
    fn crash_keeps_exactly_the_first_batches_that_were_not_durable() {
        let (storage, history) = storage_with_history(4);
        assert_eq!(storage.unsynced_batches(), 4);
        for (keep, expected) in history.iter().enumerate() {
            let mut crashed = storage.clone();
            assert_eq!(crashed.crash(keep), 4 - keep);
            assert_eq!(crashed.snapshot(), *expected);
            assert_eq!(crashed.crash(0), 0, "what survived a crash is on disk");
        }
    }

    #[test]
    fn crash_after_sync_loses_nothing() {
        let (mut storage, history) = storage_with_history(3);
        storage.sync().unwrap();
        assert_eq!(storage.crash(0), 0);
        assert_eq!(Some(&storage.snapshot()), history.last());
    }

    #[test]
    fn crash_brings_back_removed_rows() {
        let (mut storage, _) = storage_with_history(1);
        storage.sync().unwrap();
        let before = storage.snapshot();
        let mut replica = Replica::open(storage).unwrap();
        let mut welcome = fixture::welcome();
        welcome.lost = replica.scopes().map(|(scope, _)| scope).collect();
        replica.take_welcome(&welcome).unwrap();
        let mut storage = replica.into_storage();
        assert!(
            storage.snapshot().0.len() < before.0.len(),
            "the lost scope's row is gone"
        );
        assert_eq!(storage.crash(0), 1);
        assert_eq!(storage.snapshot(), before);
    }

    #[test]
    fn restored_backup_holds_what_was_backed_up() {
        let (storage, history) = storage_with_history(2);
        let mut restored = PhoneStorage::from_snapshot(&history[1]);
        assert_eq!(restored.snapshot(), history[1]);
        assert_ne!(restored.snapshot(), storage.snapshot());
        assert_eq!(restored.crash(0), 0);
    }

    #[test]
    fn injected_apply_fault_falls_once_and_changes_nothing() {
        let (mut storage, _) = storage_with_history(0);
        storage.fail_apply(2);
        let mut replica = Replica::open(storage).unwrap();
        replica.confirm(1, None).unwrap();
        let before = replica.storage_mut().snapshot();
        assert_eq!(replica.confirm(2, None), Err(StorageError::Apply));
        assert_eq!(replica.storage_mut().snapshot(), before);
        assert_eq!(replica.confirm(3, None), Ok(()));
    }

    #[test]
    fn injected_sync_fault_leaves_batches_to_lose() {
        let (mut storage, history) = storage_with_history(2);
        storage.fail_sync(1);
        assert_eq!(storage.sync(), Err(StorageError::Sync));
        assert_eq!(storage.crash(0), 2);
        assert_eq!(storage.snapshot(), history[0]);
        assert_eq!(storage.sync(), Ok(()));
    }
}

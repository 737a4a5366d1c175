//! What contacts carried of late, kept with the phone's small facts.

use super::Replica;
use super::storage::{self, Batch, Storage};
use crate::sync::pace::{ContactEnd, Pace};

impl<S: Storage> Replica<S> {
    /// How large its frames and requests are.
    pub fn pace(&self) -> Pace {
        self.meta.pace
    }

    /// Notes what a contact carried, both ways together, once it has ended, and how.
    ///
    /// # Errors
    /// Whatever the storage says.
    pub fn note_contact(&mut self, carried_bytes: u64, end: ContactEnd) -> Result<(), S::Error> {
        let before = self.meta.pace;
        self.meta.pace.contact_ended(carried_bytes, end);
        if self.meta.pace == before {
            return Ok(());
        }
        let mut batch = Batch::default();
        batch.put(storage::META.to_vec(), &self.meta);
        self.storage.apply(&batch)
    }
}

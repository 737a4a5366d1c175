//! What contacts carried of late, kept with the phone's small facts.

use super::Replica;
use super::storage::{self, Batch, Storage};
use crate::sync::pace::{ContactEnd, Delivery, Pace};

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
        self.change_pace(|pace| pace.contact_ended(carried_bytes, end))
    }

    /// Notes how the reply of a contact came, before the contact is noted.
    ///
    /// # Errors
    /// Whatever the storage says.
    pub fn note_delivery(&mut self, delivery: Delivery) -> Result<(), S::Error> {
        self.change_pace(|pace| pace.reply_came(delivery))
    }

    fn change_pace(&mut self, change: impl FnOnce(&mut Pace)) -> Result<(), S::Error> {
        let before = self.meta.pace;
        change(&mut self.meta.pace);
        if self.meta.pace == before {
            return Ok(());
        }
        let mut batch = Batch::default();
        batch.put(storage::META.to_vec(), &self.meta);
        self.storage.apply(&batch)
    }
}

//! Areas that have ended: kept, so that the worker sees what became of their grid.

use super::Replica;
use super::storage::{self, Batch, Storage};
use crate::limits::ENDED_AREAS_KEPT_MAX;
use crate::wire::EndedArea;

impl<S: Storage> Replica<S> {
    /// Areas of this phone's worker that have ended, with what took their place, in the order in which it was told:
    /// for its user.
    pub fn ended_areas(&self) -> &[EndedArea] {
        &self.meta.ended
    }

    /// Notes that an area has ended; to be told twice changes nothing.
    pub(super) fn note_ended(&mut self, told: &EndedArea) -> Result<(), S::Error> {
        if self.meta.ended.contains(told) {
            return Ok(());
        }
        self.meta.ended.retain(|ended| ended.area != told.area);
        self.meta.ended.push(told.clone());
        let surplus = self.meta.ended.len().saturating_sub(ENDED_AREAS_KEPT_MAX);
        self.meta.ended.drain(..surplus);
        let mut batch = Batch::default();
        batch.put(storage::META.to_vec(), &self.meta);
        self.storage.apply(&batch)
    }
}

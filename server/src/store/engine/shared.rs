//! The state that the committer, the readers and the checkpointer share.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::error::EngineError;
use super::layer::{Layer, merged_get, merged_range_of};
use super::layers::Layers;
use super::mark::{Mark, note_suspect_table};
use super::stored::Stored;
use super::view::Row;
use crate::store::disk::Disk;
use crate::store::table::TableError;

pub(super) struct Shared {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) stored: Stored,
    /// How often the journal was synced since it was opened.
    pub(super) journal_syncs: AtomicU64,
    /// Held through a checkpoint, so that there is only one at a time.
    pub(super) mark: Mutex<Mark>,
    layers: RwLock<Layers>,
    stopped: OnceLock<Stop>,
}

/// Why the engine has stopped.
struct Stop {
    cause: String,
    /// What is wrong with the table, if that was the cause.
    damage: Option<String>,
}

impl Shared {
    pub(super) fn new(disk: Arc<dyn Disk>, stored: Stored, mark: Mark) -> Self {
        let layers = RwLock::new(Layers::at(mark.commit));
        Self {
            disk,
            stored,
            journal_syncs: AtomicU64::new(0),
            mark: Mutex::new(mark),
            layers,
            stopped: OnceLock::new(),
        }
    }

    /// For a look that is over at once; whoever reads longer takes a clone, so that nobody waits for that.
    pub(super) fn layers(&self) -> RwLockReadGuard<'_, Layers> {
        // Changes under the write lock only move values; none can panic half-way.
        self.layers.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn layers_mut(&self) -> RwLockWriteGuard<'_, Layers> {
        self.layers.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets everyone see the state after this commit.
    pub(super) fn publish(&self, changes: Layer, commit: u64) {
        self.layers_mut().publish(changes, commit);
    }

    /// Sets what is dirty apart for the table, the topmost layer last, with the commit up to which it is. Waits for those
    /// who read, so that from here on every reader finds it before looking into the table; commits and new readers do not
    /// wait.
    pub(super) fn begin_draining(&self) -> (Vec<Arc<Layer>>, u64) {
        let ((layers, readers), commit) = {
            let mut layers = self.layers_mut();
            (layers.begin_draining(), layers.published)
        };
        readers.wait();
        (layers, commit)
    }

    /// The table holds what was set apart. Waits for those who still read it, so that its memory is given back here and
    /// by none of them, with `between` called now and then.
    pub(super) fn end_draining(&self, between: &dyn Fn()) {
        let (drained, readers) = self.layers_mut().end_draining();
        readers.wait();
        for layer in drained.into_iter().filter_map(Arc::into_inner) {
            layer.give_back(between);
        }
    }

    pub(super) fn check_running(&self) -> Result<(), EngineError> {
        match self.stopped.get() {
            Some(Stop { cause, .. }) => Err(EngineError::Stopped { cause: cause.clone() }),
            None => Ok(()),
        }
    }

    /// The damage of the table at which the engine stopped, if it did at one.
    pub(super) fn damage(&self) -> Option<TableError> {
        let what = self.stopped.get()?.damage.clone()?;
        Some(TableError::Damaged { what })
    }

    /// Stops the engine at the first error.
    pub(super) fn stop_on_error<T>(&self, result: Result<T, EngineError>) -> Result<T, EngineError> {
        if let Err(error) = &result {
            let damage = error.table_damage();
            let is_damage = damage.is_some();
            let is_first = self
                .stopped
                .set(Stop {
                    cause: error.to_string(),
                    damage,
                })
                .is_ok();
            if is_first && is_damage {
                note_suspect_table(&*self.disk);
            }
        }
        result
    }

    /// The same for a read of the table: one that fails may be followed by one that lies.
    fn stop_on_table_error<T>(&self, result: Result<T, TableError>) -> Result<T, TableError> {
        result.map_err(|error| match self.stop_on_error::<T>(Err(error.clone().into())) {
            Err(EngineError::Table(error)) => error,
            _ => error,
        })
    }

    pub(super) fn get(
        &self,
        above: Option<&Layer>,
        layers: &Layers,
        key: &[u8],
    ) -> Result<Option<Vec<u8>>, TableError> {
        let found = merged_get(stack(above, layers), key, || self.stored.get(key));
        self.stop_on_table_error(found)
    }

    pub(super) fn range(
        &self,
        above: Option<&Layer>,
        layers: &Layers,
        (from, to, limit): (&[u8], &[u8], usize),
    ) -> Result<Vec<Row>, TableError> {
        let below = |from: &[u8], to: &[u8], limit| self.stored.range_kept(from, to, limit);
        let value = |key: &[u8], kept| self.stored.value(key, kept);
        let stack: Vec<&Layer> = stack(above, layers).collect();
        self.stop_on_table_error(merged_range_of(&stack, (below, value), from, to, limit))
    }
}

/// The layers that lie over the table, topmost first.
fn stack<'a>(above: Option<&'a Layer>, layers: &'a Layers) -> impl Iterator<Item = &'a Layer> {
    above.into_iter().chain(layers.stack())
}

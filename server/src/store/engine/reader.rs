//! Views of the engine's state: the durable state for everyone, the pending state for the committer.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::layer::Layer;
use super::layers::Layers;
use super::shared::Shared;
use super::view::{Row, View};
use crate::store::table::TableError;

/// A handle on the durable state; clones are cheap and may go to any thread.
#[derive(Clone)]
pub struct Reader {
    shared: Arc<Shared>,
}

impl Reader {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// The durable state, held still. Commits go on while a snapshot lives; the next checkpoint waits for it, and what is
    /// published meanwhile takes memory: read a bounded page and drop it, and never keep one over a network write.
    pub fn snapshot(&self) -> Snapshot<'_> {
        let layers = self.shared.layers().clone();
        Snapshot {
            layers,
            shared: &self.shared,
        }
    }

    /// Commit up to which everything is durable and visible.
    pub fn published(&self) -> u64 {
        self.shared.layers().published
    }

    /// How often the journal was synced for what was persisted, since the folder was opened.
    pub fn journal_syncs(&self) -> u64 {
        self.shared.journal_syncs.load(Ordering::Relaxed)
    }

    /// The error at which the engine stopped, if it has.
    pub fn stopped(&self) -> Option<String> {
        self.shared.check_running().err().map(|error| error.to_string())
    }
}

/// The durable state at one commit.
pub struct Snapshot<'a> {
    layers: Layers,
    shared: &'a Shared,
}

impl Snapshot<'_> {
    /// The commit.
    pub fn published(&self) -> u64 {
        self.layers.published
    }
}

impl View for Snapshot<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, TableError> {
        self.shared.get(None, &self.layers, key)
    }

    fn range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Row>, TableError> {
        self.shared.range(None, &self.layers, (from, to, limit))
    }
}

/// The committer's state: the durable state with changes on top that nobody else sees. Only the committer
/// changes either, so it reads the same at every call whatever a checkpoint does meanwhile.
pub(super) struct Pending {
    pub(super) changes: Layer,
    shared: Arc<Shared>,
}

impl Pending {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self {
            changes: Layer::default(),
            shared,
        }
    }
}

impl View for Pending {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, TableError> {
        self.shared.get(Some(&self.changes), &self.shared.layers(), key)
    }

    fn range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Row>, TableError> {
        self.shared
            .range(Some(&self.changes), &self.shared.layers(), (from, to, limit))
    }
}

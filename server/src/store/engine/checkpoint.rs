//! Moves durable changes from memory into the table, so that no crash can leave it between two states.

use std::sync::Arc;

use super::error::EngineError;
use super::layer::Above;
use super::mark::Mark;
use super::redo::Redo;
use super::shared::Shared;

/// What a checkpoint has done when it may leave something to others before it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// A write is ready, mostly a packed block: a tenth of a millisecond of work. The processor may be left to others.
    Write,
    /// A batch is written. The disk may be left to others.
    Batch,
}

/// A handle for checkpointing from a thread of its own.
#[derive(Clone)]
pub struct Checkpointer {
    shared: Arc<Shared>,
}

impl Checkpointer {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Brings the table to the state now published and returns its commit. Commits and reads go on meanwhile;
    /// a second call waits for the first.
    pub fn run(&self) -> Result<u64, EngineError> {
        self.shared.checkpoint(&|_| {})
    }

    /// The same, with `between` called after each write that is ready and after each batch that is done.
    pub fn run_gently(&self, between: &dyn Fn(Done)) -> Result<u64, EngineError> {
        self.shared.checkpoint(between)
    }

    /// Memory in bytes held by what the next checkpoint would write.
    pub fn dirty_bytes(&self) -> u64 {
        self.shared.layers().dirty_bytes()
    }
}

impl Shared {
    pub(super) fn checkpoint(&self, between: &dyn Fn(Done)) -> Result<u64, EngineError> {
        let Ok(mut mark) = self.mark.lock() else {
            return Err(EngineError::Stopped {
                cause: "a checkpoint panicked".to_owned(),
            });
        };
        self.check_running()?;
        let result = self.checkpoint_from(&mut mark, between);
        self.stop_on_error(result)
    }

    fn checkpoint_from(&self, mark: &mut Mark, between: &dyn Fn(Done)) -> Result<u64, EngineError> {
        let (draining, commit) = self.begin_draining();
        if commit > mark.commit {
            let (disk, stored) = (&*self.disk, &self.stored);
            let next = mark.at(commit);
            let changes = Above::all(draining.iter().rev().map(|layer| &**layer));
            let redo = Redo::write(disk, stored, changes, (*mark, next), between)?;
            redo.apply(disk, stored, &|| between(Done::Batch))?;
            next.write(disk)?;
            *mark = next;
            Redo::remove_all(disk)?;
        }
        drop(draining);
        self.end_draining(&|| between(Done::Batch));
        Ok(commit)
    }
}

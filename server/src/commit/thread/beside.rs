//! Checkpoints beside the commits: one at a time, on a thread of its own.

use crate::store::engine::{Checkpointer, EngineError};
use std::thread::{Builder, JoinHandle};

type Outcome = Result<u64, EngineError>;

/// The checkpoint under way, if there is one.
#[derive(Default)]
pub(super) struct Beside {
    running: Option<JoinHandle<Outcome>>,
}

impl Beside {
    /// Begins a checkpoint. Waits for the one before it, if that has not ended: memory never holds more than what is
    /// being written and as much again.
    pub fn begin(&mut self, checkpointer: Checkpointer) -> Result<(), EngineError> {
        self.wait()?;
        let run = checkpointer.clone();
        match Builder::new()
            .name("checkpointer".into())
            .spawn(move || run.run())
        {
            Ok(thread) => self.running = Some(thread),
            Err(error) => {
                tracing::warn!(%error, "no thread for a checkpoint: commits wait for it");
                checkpointer.run()?;
            }
        }
        Ok(())
    }

    /// The failure of a checkpoint that has ended.
    pub fn look(&mut self) -> Result<(), EngineError> {
        match &self.running {
            Some(thread) if thread.is_finished() => self.wait(),
            _ => Ok(()),
        }
    }

    /// Waits until none is under way.
    pub fn wait(&mut self) -> Result<(), EngineError> {
        let Some(thread) = self.running.take() else {
            return Ok(());
        };
        let panicked = |_| EngineError::Stopped {
            cause: "a checkpoint panicked".to_owned(),
        };
        thread.join().map_err(panicked)??;
        Ok(())
    }
}

impl Drop for Beside {
    /// Whoever opens the data next finds nobody in them.
    fn drop(&mut self) {
        if let Err(error) = self.wait() {
            tracing::error!(%error, "the last checkpoint failed");
        }
    }
}

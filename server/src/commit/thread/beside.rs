//! Checkpoints beside the commits: one at a time, on a thread of its own.

use super::priority::give_way;
use crate::commit::CHECKPOINT_BYTES;
use crate::store::engine::{Checkpointer, Done, EngineError};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle, sleep, yield_now};
use std::time::Duration;

/// How far its thread stands back: a checkpoint may take its time, unless it is late. Commits wait for it only where too
/// much is in memory.
const NICE: i32 = 5;

/// How long the disk is left to the commits after each batch of a checkpoint.
const PAUSE: Duration = Duration::from_millis(12);

/// Up to how much waits for the next checkpoint the one under way leaves its processor to others after each write:
/// where they want it all the time it hardly gets on so.
const YIELDING_BYTES_MAX: u64 = CHECKPOINT_BYTES / 2;

/// How a checkpoint begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// As soon as it is due: it may stand back behind other work.
    InTime,
    /// After it was due, since the one before has not kept up. Where all processors are wanted, one that stands back takes
    /// many times as long, and what comes meanwhile fills the memory: it takes its share as everyone does.
    Late,
}

type Outcome = Result<u64, EngineError>;

/// The checkpoint under way, if there is one.
#[derive(Default)]
pub(super) struct Beside {
    running: Option<JoinHandle<Outcome>>,
    /// Somebody waits for it.
    hurry: Arc<AtomicBool>,
}

impl Beside {
    /// Whether none is under way.
    pub fn is_free(&self) -> bool {
        self.running.is_none()
    }

    /// Begins a checkpoint, while none is under way.
    pub fn begin(&mut self, checkpointer: Checkpointer, pace: Pace) -> Result<(), EngineError> {
        debug_assert!(self.is_free(), "a checkpoint begins beside another");
        let run = checkpointer.clone();
        let hurry = Arc::new(AtomicBool::new(false));
        self.hurry = Arc::clone(&hurry);
        match Builder::new().name("checkpointer".into()).spawn(move || {
            if pace == Pace::InTime {
                give_way(NICE);
            }
            run.run_gently(&|done| give_precedence(done, &run, &hurry))
        }) {
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
        self.hurry.store(true, Ordering::Relaxed);
        let panicked = |_| EngineError::Stopped {
            cause: "a checkpoint panicked".to_owned(),
        };
        thread.join().map_err(panicked)??;
        Ok(())
    }
}

/// What a checkpoint writes all at once holds every fdatasync of the journal up, and what it packs keeps a processor from
/// whatever has become ready: it takes its time, unless somebody waits for it or the next one is due already.
fn give_precedence(done: Done, checkpointer: &Checkpointer, hurry: &AtomicBool) {
    match (
        done,
        precedence(hurry.load(Ordering::Relaxed), checkpointer.dirty_bytes()),
    ) {
        (_, Precedence::None) | (Done::Write, Precedence::OfTheDisk) => {}
        (Done::Write, Precedence::OfAll) => yield_now(),
        (Done::Batch, _) => sleep(PAUSE),
    }
}

/// What others have before a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Precedence {
    OfAll,
    OfTheDisk,
    None,
}

/// By whether somebody waits for the checkpoint, and by how much waits for the next one.
fn precedence(is_awaited: bool, waiting_bytes: u64) -> Precedence {
    if is_awaited || waiting_bytes >= CHECKPOINT_BYTES {
        Precedence::None
    } else if waiting_bytes >= YIELDING_BYTES_MAX {
        Precedence::OfTheDisk
    } else {
        Precedence::OfAll
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_go_first_until_somebody_waits_or_much_does() {
        let by_bytes = |waiting| precedence(false, waiting);
        assert_eq!(by_bytes(0), Precedence::OfAll);
        assert_eq!(by_bytes(YIELDING_BYTES_MAX - 1), Precedence::OfAll);
        assert_eq!(by_bytes(YIELDING_BYTES_MAX), Precedence::OfTheDisk);
        assert_eq!(by_bytes(CHECKPOINT_BYTES - 1), Precedence::OfTheDisk);
        assert_eq!(by_bytes(CHECKPOINT_BYTES), Precedence::None);
        assert_eq!(precedence(true, 0), Precedence::None);
    }
}

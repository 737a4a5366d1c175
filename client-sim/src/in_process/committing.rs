//! The way to the commit path of the server in this process: at once, or with others that are under way.

use super::LocalServer;
use super::mortal::Gone;
use otor_server::commit::{Proposal, Uncommitted};
use otor_server::decide::{Decided, Desk};
use otor_server::state::StateError;
use rand::RngExt;
use std::sync::mpsc::{Receiver, channel};

/// How likely a checkpoint follows a commit.
const CHECKPOINT_CHANCE: f64 = 0.03;
/// How likely what has arrived is settled before the next frame of its request comes.
const SETTLED_EARLY_CHANCE: f64 = 0.4;

/// Something that waits for its commit.
pub(super) struct UnderWay<T> {
    ended: Receiver<Result<u64, Uncommitted>>,
    outcome: Receiver<T>,
}

impl<T> UnderWay<T> {
    /// What became of it, once it was committed.
    pub fn outcome(&self) -> anyhow::Result<T> {
        self.ended.recv()??;
        Ok(self.outcome.recv()?)
    }
}

impl LocalServer {
    /// Has something decided and committed at once, after all that is under way.
    ///
    /// # Errors
    /// If it does not run, or stops over it.
    pub fn decide<T: Send + 'static>(
        &mut self,
        now_ms: i64,
        decide: impl FnOnce(&Desk) -> Result<(Option<Decided>, T), StateError> + Send + 'static,
    ) -> anyhow::Result<T> {
        let under_way = self.submit(decide)?;
        self.settle(now_ms)?;
        under_way.outcome()
    }

    /// Queues something: it is decided when all that is under way is settled.
    ///
    /// # Errors
    /// If it does not run, or too much is queued.
    pub(super) fn submit<T: Send + 'static>(
        &mut self,
        decide: impl FnOnce(&Desk) -> Result<(Option<Decided>, T), StateError> + Send + 'static,
    ) -> anyhow::Result<UnderWay<T>> {
        let running = self.running.as_mut().ok_or(Gone::Down)?;
        let (value, outcome) = channel();
        let (done, ended) = channel();
        running.path.offer(Proposal {
            decide: Box::new(move |desk| {
                let (decided, answer) = decide(desk)?;
                // Whoever waited for it may be gone; what was committed stays committed.
                let _ = value.send(answer);
                Ok(decided)
            }),
            completed: Box::new(move |result| {
                let _ = done.send(result);
            }),
        })?;
        running.queued += 1;
        Ok(UnderWay { ended, outcome })
    }

    /// Has all that is under way decided and committed, as one group.
    ///
    /// # Errors
    /// If it does not run, or cannot trim its feeds.
    pub(super) fn settle(&mut self, now_ms: i64) -> anyhow::Result<()> {
        let running = self.running.as_mut().ok_or(Gone::Down)?;
        let queued = std::mem::take(&mut running.queued);
        if queued > 0 {
            running.path.step(now_ms);
            self.see_to_end(None);
        }
        for _ in 0..queued {
            // Far more often than the real server, so that deaths find it at every stage.
            let by_chance = self.rng.random_bool(CHECKPOINT_CHANCE);
            let Some(running) = &self.running else {
                break;
            };
            if by_chance || running.path.checkpoint_due() {
                // Whoever proposed it has been answered before: it is not their failure.
                let _ = self.checkpoint();
            }
            if self.running.is_some() {
                self.trim_by_chance(now_ms)?;
            }
        }
        Ok(())
    }

    /// Whether frames that have arrived are settled before the next one comes.
    pub(super) fn settles_early(&mut self) -> bool {
        self.pipeline.random_bool(SETTLED_EARLY_CHANCE)
    }
}

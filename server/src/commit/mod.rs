//! The commit path: one queue, one order. Takes what is queued, decides each proposal over everything before
//! it, journals, makes durable, publishes, and only then answers.
//!
//! It is a plain state machine: [`CommitPath::offer`], then [`CommitPath::step`] with the time. In the server
//! a thread drives it ([`thread`]); in the simulator the world does.

pub mod journal_reading;
mod mend;
pub mod thread;

pub use mend::can_mend;

use crate::decide::{Decision, Desk};
use crate::state::{StateError, Topic, entry::Entry, read, topic};
use crate::store::engine::{Checkpointer, Engine, EngineError, FoldError};
use otor_protocol::catalogue::Catalogue;
use std::collections::{BTreeSet, VecDeque};

/// Most proposals that wait.
pub const QUEUE_MAX: usize = 4_096;
/// Most proposals of one group, which share one fdatasync.
pub const GROUP_MAX: usize = 512;
/// Bytes of state not yet in the table at which a checkpoint is due.
pub const CHECKPOINT_BYTES: u64 = 32 * 1024 * 1024;
/// At how much of that a checkpoint begins late: the one before has not kept up. In percent.
const LATE_PERCENT: u64 = 125;
/// At how much of that, with what a checkpoint is bringing into the table, commits wait for that one, beside which they
/// go on until then. In percent.
const HELD_PERCENT_MAX: u64 = 300;

/// Why nothing was committed, or why it is not known: the server has stopped taking work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server has stopped: {0}")]
pub struct Stopped(pub String);

/// Why a proposal was not committed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Uncommitted {
    /// The server has stopped; whether what was decided is durable is not known.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// There is no room for it; nothing was written.
    #[error("{0}")]
    NoRoom(String),
}

/// Something to be decided and committed.
pub struct Proposal {
    /// Decides it; none means there is nothing to journal.
    pub decide: Box<dyn FnOnce(&Desk) -> Decision + Send>,
    /// Told when what was decided, and everything before it, is durable: with the published commit.
    pub completed: Box<dyn FnOnce(Result<u64, Uncommitted>) + Send>,
}

/// The queue is full: come back later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the commit queue is full")]
pub struct QueueFull;

/// The commit path over one engine.
pub struct CommitPath {
    engine: Engine,
    catalogue: Catalogue,
    queue: VecDeque<Proposal>,
    last_ms: i64,
    stopped: Option<Stopped>,
    /// Why nothing may be written for anybody now.
    no_room: Option<String>,
    mended: u64,
    checkpoint_bytes: u64,
}

impl CommitPath {
    /// Takes over an opened engine.
    ///
    /// # Errors
    /// [`StateError`] if its state cannot be read.
    pub fn new(engine: Engine, catalogue: Catalogue) -> Result<Self, StateError> {
        let last_ms = read::server(engine.pending_view())?.last_ms;
        Ok(CommitPath {
            engine,
            catalogue,
            queue: VecDeque::new(),
            last_ms,
            stopped: None,
            no_room: None,
            mended: 0,
            checkpoint_bytes: CHECKPOINT_BYTES,
        })
    }

    /// The same with a checkpoint due whenever so many bytes are not in the table.
    #[cfg(test)]
    pub(crate) fn with_checkpoints_of(self, checkpoint_bytes: u64) -> Self {
        CommitPath {
            checkpoint_bytes,
            ..self
        }
    }

    /// Goes on with another catalogue, as after an update of the server.
    #[cfg(test)]
    pub(crate) fn use_catalogue(&mut self, catalogue: Catalogue) {
        self.catalogue = catalogue;
    }

    /// Queues a proposal.
    ///
    /// # Errors
    /// [`QueueFull`], with the proposal dropped untold.
    pub fn offer(&mut self, proposal: Proposal) -> Result<(), QueueFull> {
        if self.queue.len() >= QUEUE_MAX {
            return Err(QueueFull);
        }
        self.queue.push_back(proposal);
        Ok(())
    }

    /// Whether something is queued.
    pub fn has_work(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Whether as much is queued as one group takes.
    pub fn has_a_group(&self) -> bool {
        self.queue.len() >= GROUP_MAX
    }

    /// Decides and commits one group of what is queued, and tells each its end. Server time never runs
    /// behind the last entry. Answers what the group touched: whoever listens to that may read it now.
    pub fn step(&mut self, now_ms: i64) -> BTreeSet<Topic> {
        let count = self.queue.len().min(GROUP_MAX);
        let group: Vec<Proposal> = self.queue.drain(..count).collect();
        let mut told = Vec::with_capacity(group.len());
        self.last_ms = self.last_ms.max(now_ms);
        for proposal in group {
            let refused = match self.stopped {
                None => self.decide(proposal.decide).unwrap_or_else(|stopped| {
                    self.stop(stopped);
                    None
                }),
                Some(_) => None,
            };
            told.push((proposal.completed, refused));
        }
        let touched: BTreeSet<Topic> = self.engine.staged_keys().filter_map(topic).collect();
        let result = self.persist();
        let is_published = result.is_ok();
        for (completed, refused) in told {
            let result = result.clone().map_err(Uncommitted::from);
            completed(refused.map_or(result, |why| Err(Uncommitted::NoRoom(why))));
        }
        if is_published { touched } else { BTreeSet::new() }
    }

    /// From now on refuses whatever would have to be written, for this reason; or takes it again. What is decided
    /// without writing, and the mending of damaged rows, goes on.
    pub fn refuse_writes(&mut self, why: Option<String>) {
        self.no_room = why;
    }

    /// Why what was decided is refused, if it is.
    fn decide(
        &mut self,
        decide: Box<dyn FnOnce(&Desk) -> Decision + Send>,
    ) -> Result<Option<String>, String> {
        let now_ms = self.last_ms;
        let commit = self.engine.next_commit();
        let view = self.engine.pending_view();
        let desk = Desk {
            view,
            commit,
            now_ms,
            catalogue: &self.catalogue,
        };
        let decided = decide(&desk).and_then(|decided| {
            let Some(mut decided) = decided else {
                return Ok(None);
            };
            let (derived, folded) = decided.derive(&desk)?;
            Ok(Some((decided, folded, derived)))
        });
        let decided = match decided {
            Ok(decided) => decided,
            // Undecided: whoever proposed it tries again, and finds it mended.
            Err(StateError::Damaged { key }) => {
                self.mend(&key).map_err(|stopped| stopped.0)?;
                return Ok(None);
            }
            Err(error) => return Err(error.to_string()),
        };
        if let (Some(_), Some(why)) = (&decided, &self.no_room) {
            return Ok(Some(why.clone()));
        }
        if let Some((decided, folded, derived)) = decided {
            // What the rules write besides is not in it, nor that an account did it.
            let folded = folded.filter(|_| derived.is_empty() && decided.by.is_none());
            let entry = Entry {
                at_ms: now_ms,
                act: decided.act,
                answer: decided.answer,
                derived,
                by: decided.by,
            };
            match folded {
                Some(writes) => {
                    let staged = self.engine.stage_folded(entry.encode(), writes);
                    staged.map_err(|error| error.to_string())?;
                }
                None => self.stage(&entry)?,
            }
        }
        Ok(None)
    }

    /// Stages an entry; what it builds on is put right first where the table has damaged it.
    fn stage(&mut self, entry: &Entry) -> Result<(), String> {
        let mut last = None;
        loop {
            match self.engine.stage(entry.encode()) {
                Ok(_) => return Ok(()),
                Err(EngineError::Fold {
                    source: FoldError::Damaged { key },
                    ..
                }) if last.as_ref() != Some(&key) => {
                    self.mend(&key).map_err(|stopped| stopped.0)?;
                    last = Some(key);
                }
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    /// How many rows of the table were found damaged and folded again since the start.
    pub fn mended(&self) -> u64 {
        self.mended
    }

    fn persist(&mut self) -> Result<u64, Stopped> {
        if let Some(stopped) = &self.stopped {
            return Err(stopped.clone());
        }
        self.engine
            .persist()
            .map_err(|error| self.stop(error.to_string()))
    }

    fn stop(&mut self, why: String) -> Stopped {
        tracing::error!(why, "the commit path has stopped");
        let stopped = Stopped(why);
        self.stopped = Some(stopped.clone());
        stopped
    }

    /// Why it has stopped, if it has: itself, or the engine under it, which whoever reads may have found out first.
    pub fn stopped(&self) -> Option<Stopped> {
        let under = || self.engine.stopped().map(Stopped);
        self.stopped.clone().or_else(under)
    }

    /// Whether a checkpoint is due.
    pub fn checkpoint_due(&self) -> bool {
        self.engine.dirty_bytes() >= self.checkpoint_bytes
    }

    /// Whether it is due for so long that it should not stand back behind other work.
    pub fn checkpoint_late(&self) -> bool {
        self.engine.dirty_bytes() >= self.checkpoint_bytes * LATE_PERCENT / 100
    }

    /// Whether so much is in memory that commits have to wait for the checkpoint under way.
    pub fn holds_too_much(&self) -> bool {
        self.engine.held_bytes() >= self.checkpoint_bytes * HELD_PERCENT_MAX / 100
    }

    /// A handle for bringing the table up to date beside the commits.
    pub fn checkpointer(&self) -> Checkpointer {
        self.engine.checkpointer()
    }

    /// Brings the table up to the last commit.
    ///
    /// # Errors
    /// [`EngineError`]: nothing acknowledged is lost, but the server has to stop.
    pub fn checkpoint(&mut self) -> Result<u64, EngineError> {
        self.engine.checkpoint()
    }

    /// The same at an orderly end, after which nothing lies in the journal's files but entries.
    ///
    /// # Errors
    /// [`EngineError`]: nothing acknowledged is lost.
    pub fn end(&mut self) -> Result<u64, EngineError> {
        self.engine.end()
    }

    /// The engine, for reading.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }
}

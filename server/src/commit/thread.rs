//! The thread that drives the commit path of a real server.

use super::{CommitPath, Proposal, QUEUE_MAX, Stopped};
use crate::decide::{Decided, Desk};
use crate::state::{StateError, Topic};
use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;

/// How long the thread waits for work before it looks whether a checkpoint is due.
const IDLE: Duration = Duration::from_millis(500);

enum Message {
    Propose(Proposal),
    Mend(Vec<u8>),
    Stop,
}

/// Hands proposals to the thread. Cheap to clone.
#[derive(Clone)]
pub struct Committer {
    queue: SyncSender<Message>,
}

/// Why a proposal has no outcome.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// Too much is queued: come back later.
    #[error("too much is waiting to be written")]
    Busy,
    /// The server has stopped taking work.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl Committer {
    /// Has something decided and committed; resolves once it is durable. It is queued at once, in the order of
    /// the calls, whether or not the future is waited for. The closure returns what to journal and the outcome
    /// for the caller.
    ///
    /// # Errors
    /// [`CommitError`]: the proposal was not taken, or it is not known whether it was made durable.
    pub fn submit<T: Send + 'static>(
        &self,
        decide: impl FnOnce(&Desk) -> Result<(Option<Decided>, T), StateError> + Send + 'static,
    ) -> impl Future<Output = Result<(u64, T), CommitError>> + Send + 'static {
        let (done, wait) = oneshot::channel();
        let outcome = Arc::new(Mutex::new(None));
        let kept = Arc::clone(&outcome);
        let proposal = Proposal {
            decide: Box::new(move |desk| {
                let (decided, value) = decide(desk)?;
                *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
                Ok(decided)
            }),
            completed: Box::new(move |result| {
                let value = outcome.lock().unwrap_or_else(PoisonError::into_inner).take();
                // The caller may have gone away; what was committed stays committed.
                let _ = done.send(result.map(|commit| (commit, value)));
            }),
        };
        let queued = self
            .queue
            .try_send(Message::Propose(proposal))
            .map_err(|error| match error {
                TrySendError::Full(_) => CommitError::Busy,
                TrySendError::Disconnected(_) => Stopped("shutting down".into()).into(),
            });
        async move {
            queued?;
            let (commit, value) = wait.await.map_err(|_| Stopped("shutting down".into()))??;
            // Only a proposal that met a damaged row, mended since, was not decided.
            let value = value.ok_or(CommitError::Busy)?;
            Ok((commit, value))
        }
    }

    /// Has what stands damaged under a key folded again from the journal, before anything that is proposed later.
    pub fn mend(&self, key: Vec<u8>) {
        // If the queue is full, whoever reads it next asks again.
        let _ = self.queue.try_send(Message::Mend(key));
    }

    /// Asks the thread to finish what is queued, write a checkpoint and end.
    pub fn stop(&self) {
        // An ended thread needs no asking.
        let _ = self.queue.send(Message::Stop);
    }
}

/// Starts the thread. `now_ms` is the server's clock, milliseconds since the Unix epoch; `tell` hears what each
/// group touched, once it can be read. The thread ends when asked to, or at the first failure; its result says
/// which.
pub fn start(
    mut path: CommitPath,
    now_ms: impl Fn() -> i64 + Send + 'static,
    tell: impl Fn(&BTreeSet<Topic>) + Send + 'static,
) -> std::io::Result<(Committer, JoinHandle<Result<(), Stopped>>)> {
    let (sender, receiver) = sync_channel(QUEUE_MAX);
    let thread = std::thread::Builder::new()
        .name("committer".into())
        .spawn(move || drive(&mut path, &receiver, &now_ms, &tell))?;
    Ok((Committer { queue: sender }, thread))
}

fn drive(
    path: &mut CommitPath,
    receiver: &Receiver<Message>,
    now_ms: &dyn Fn() -> i64,
    tell: &dyn Fn(&BTreeSet<Topic>),
) -> Result<(), Stopped> {
    let mut stopping = false;
    while !stopping {
        match receiver.recv_timeout(IDLE) {
            Ok(message) => stopping = take(path, message, now_ms),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => stopping = true,
        }
        // A group at a time: what arrives meanwhile waits in the channel, and checkpoints have their turn.
        while !stopping
            && !path.has_a_group()
            && let Ok(message) = receiver.try_recv()
        {
            stopping = take(path, message, now_ms);
        }
        while path.has_work() {
            tell(&path.step(now_ms()));
        }
        if let Some(stopped) = path.stopped() {
            return Err(stopped.clone());
        }
        if path.checkpoint_due() || stopping {
            path.checkpoint().map_err(|error| Stopped(error.to_string()))?;
        }
    }
    Ok(())
}

fn take(path: &mut CommitPath, message: Message, now_ms: &dyn Fn() -> i64) -> bool {
    match message {
        Message::Propose(proposal) => {
            // No more than a group is taken before the queue is emptied again.
            if path.offer(proposal).is_err() {
                tracing::error!("the commit queue is full");
            }
            false
        }
        Message::Mend(key) => {
            while path.has_work() {
                path.step(now_ms());
            }
            // Why it failed shows as the reason the path has stopped.
            let _ = path.mend(&key);
            false
        }
        Message::Stop => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::StateFold;
    use crate::store::disk::{Fuse, SimulatedDisk};
    use crate::store::engine::{Engine, EngineOptions};
    use crate::store::journal::DatabaseId;
    use crate::store::table::MemoryTables;
    use otor_protocol::catalogue::Catalogue;
    use std::sync::mpsc::channel;

    fn path() -> CommitPath {
        let disk = Arc::new(SimulatedDisk::new(Fuse::default()));
        let tables = Arc::new(MemoryTables::new(Fuse::default()));
        let options = EngineOptions::new(DatabaseId([1; 16]));
        let (engine, _) = Engine::open(disk, tables, Arc::new(StateFold), options, &mut |_| {}).unwrap();
        CommitPath::new(engine, Catalogue::built_in()).unwrap()
    }

    #[test]
    fn however_much_arrives_at_once_nothing_that_was_taken_is_dropped() {
        const ARRIVING: usize = QUEUE_MAX + 500;
        let (sender, receiver) = sync_channel(ARRIVING + 1);
        let (done, ended) = channel();
        for _ in 0..ARRIVING {
            let done = done.clone();
            let proposal = Proposal {
                decide: Box::new(|_| Ok(None)),
                completed: Box::new(move |result| done.send(result).unwrap()),
            };
            sender.send(Message::Propose(proposal)).unwrap();
        }
        sender.send(Message::Stop).unwrap();
        drive(&mut path(), &receiver, &|| 1, &|_| {}).unwrap();
        drop(done);
        assert_eq!(ended.iter().filter(Result::is_ok).count(), ARRIVING);
    }
}

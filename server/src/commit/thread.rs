//! The thread that drives the commit path of a real server.

mod beside;
mod priority;

use self::beside::{Beside, Pace};
pub use self::priority::give_way;
use super::journal_reading::HasRead;
use super::{CommitPath, Proposal, QUEUE_MAX, Stopped, Uncommitted};
use crate::decide::{Decided, Desk};
use crate::state::{StateError, Topic};
use crate::store::engine::{EngineError, RowKey};
use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;

/// How long the thread waits for work before it looks whether a checkpoint is due.
const IDLE: Duration = Duration::from_millis(500);

enum Message {
    Propose(Proposal),
    /// With the way back to the thread for what is read meanwhile.
    Mend(RowKey, SyncSender<Message>),
    Read(Box<HasRead>),
    Stop,
}

/// Knows how much room there is on the disk.
pub trait Room: Send {
    /// Why nothing may be written for anybody now, if it is so.
    fn lacks(&mut self) -> Option<String>;

    /// A checkpoint is to be written: what is kept for that may be used.
    fn make(&mut self);
}

/// Room without end.
#[derive(Clone, Copy, Debug, Default)]
pub struct Endless;

impl Room for Endless {
    fn lacks(&mut self) -> Option<String> {
        None
    }

    fn make(&mut self) {}
}

/// Hands proposals to the thread. Cheap to clone.
#[derive(Clone)]
pub struct Committer {
    queue: SyncSender<Message>,
    no_room: Arc<Mutex<Option<String>>>,
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
    /// There is no room on the disk; nothing was written.
    #[error("{0}")]
    NoRoom(String),
}

impl From<Uncommitted> for CommitError {
    fn from(why: Uncommitted) -> Self {
        match why {
            Uncommitted::Stopped(stopped) => CommitError::Stopped(stopped),
            Uncommitted::NoRoom(why) => CommitError::NoRoom(why),
        }
    }
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
                *lock(&kept) = Some(value);
                Ok(decided)
            }),
            completed: Box::new(move |result| {
                let value = lock(&outcome).take();
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
    pub fn mend(&self, key: RowKey) {
        // If the queue is full, whoever reads it next asks again.
        let _ = self.queue.try_send(Message::Mend(key, self.queue.clone()));
    }

    /// Why nothing is written for anybody now, if the disk is nearly full.
    pub fn lacks_room(&self) -> Option<String> {
        lock(&self.no_room).clone()
    }

    /// Asks the thread to finish what is queued, write a checkpoint and end.
    pub fn stop(&self) {
        // An ended thread needs no asking.
        let _ = self.queue.send(Message::Stop);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts the thread. `now_ms` is the server's clock, milliseconds since the Unix epoch; `tell` hears what each
/// group touched, once it can be read; `room` is asked before each group. The thread ends when asked to, or at the first failure; its result says
/// which.
pub fn start(
    path: CommitPath,
    now_ms: impl Fn() -> i64 + Send + 'static,
    tell: impl Fn(&BTreeSet<Topic>) + Send + 'static,
    room: impl Room + 'static,
) -> std::io::Result<(Committer, JoinHandle<Result<(), Stopped>>)> {
    let (sender, receiver) = sync_channel(QUEUE_MAX);
    let no_room = Arc::default();
    let mut driver = Driver {
        path,
        now_ms: Box::new(now_ms),
        tell: Box::new(tell),
        room: Box::new(room),
        no_room: Arc::clone(&no_room),
        mending: BTreeSet::new(),
        beside: Beside::default(),
    };
    let thread = std::thread::Builder::new()
        .name("committer".into())
        .spawn(move || driver.drive(&receiver))?;
    let queue = sender;
    Ok((Committer { queue, no_room }, thread))
}

/// Hears what a group touched.
type Tell = Box<dyn Fn(&BTreeSet<Topic>) + Send>;

/// What the thread works with.
struct Driver {
    path: CommitPath,
    now_ms: Box<dyn Fn() -> i64 + Send>,
    tell: Tell,
    room: Box<dyn Room>,
    no_room: Arc<Mutex<Option<String>>>,
    /// Records for which the journal is being read.
    mending: BTreeSet<RowKey>,
    beside: Beside,
}

impl Driver {
    fn drive(&mut self, receiver: &Receiver<Message>) -> Result<(), Stopped> {
        let mut stopping = false;
        self.look_for_room();
        while !stopping {
            match receiver.recv_timeout(IDLE) {
                Ok(message) => stopping = self.take(message),
                Err(RecvTimeoutError::Timeout) => self.look_for_room(),
                Err(RecvTimeoutError::Disconnected) => stopping = true,
            }
            // A group at a time: what arrives meanwhile waits in the channel, and checkpoints have their turn.
            while !stopping
                && !self.path.has_a_group()
                && let Ok(message) = receiver.try_recv()
            {
                stopping = self.take(message);
            }
            while self.path.has_work() {
                self.look_for_room();
                (self.tell)(&self.path.step((self.now_ms)()));
            }
            if let Some(stopped) = self.path.stopped() {
                tracing::error!(why = stopped.0, "the server has stopped taking work");
                return Err(stopped);
            }
            let brought = self.bring_up_to_date(stopping);
            brought.map_err(|error| Stopped(error.to_string()))?;
        }
        Ok(())
    }

    /// Checkpoints go on beside the commits; the last one does not.
    fn bring_up_to_date(&mut self, stopping: bool) -> Result<(), EngineError> {
        self.beside.look()?;
        if stopping {
            self.beside.wait()?;
            self.room.make();
            self.path.end()?;
            return Ok(());
        }
        if self.path.holds_too_much() {
            self.beside.wait()?;
        }
        if self.path.checkpoint_due() && self.beside.is_free() {
            self.room.make();
            let pace = match self.path.checkpoint_late() {
                true => Pace::Late,
                false => Pace::InTime,
            };
            self.beside.begin(self.path.checkpointer(), pace)?;
        }
        Ok(())
    }

    fn look_for_room(&mut self) {
        let lacks = self.room.lacks();
        lock(&self.no_room).clone_from(&lacks);
        self.path.refuse_writes(lacks);
    }

    fn settle_work(&mut self) {
        while self.path.has_work() {
            self.path.step((self.now_ms)());
        }
    }

    /// A damaged record is mended by what is read of it beside the commits; once at a time.
    fn begin_mending(&mut self, key: RowKey, queue: SyncSender<Message>) {
        if self.mending.contains(&key) {
            return;
        }
        self.settle_work();
        // Why it failed shows as the reason the path has stopped.
        let Ok(Some(reading)) = self.path.begin_mending(&key) else {
            return;
        };
        self.mending.insert(key.clone());
        let reader = std::thread::Builder::new().name("mender".into()).spawn(move || {
            // If the commits have ended meanwhile, it is mended after the next start.
            let _ = queue.send(Message::Read(Box::new(reading.read())));
        });
        if reader.is_err() {
            self.mending.remove(&key);
            let _ = self.path.mend(&key);
        }
    }

    fn take(&mut self, message: Message) -> bool {
        match message {
            Message::Propose(proposal) => {
                // No more than a group is taken before the queue is emptied again.
                if self.path.offer(proposal).is_err() {
                    tracing::error!("the commit queue is full");
                }
                false
            }
            Message::Mend(key, queue) => {
                self.begin_mending(key, queue);
                false
            }
            Message::Read(read) => {
                self.settle_work();
                self.mending.remove(&read.place());
                // Why it failed shows as the reason the path has stopped.
                let _ = self.path.finish_mending(*read);
                false
            }
            Message::Stop => true,
        }
    }
}

#[cfg(test)]
mod tests;

//! What every request handler works with: the commit path, the durable state, the server's identity and time.

use super::admission::Admission;
use super::exchanges::{Exchanges, READERS_NICE};
use super::long::LongWork;
use super::problem::{Problem, ProblemKind};
use super::submission::Submission;
use super::waiting::Waiters;
use crate::commit::thread::{Committer, give_way};
use crate::decide::admin::{AdminRefusal, Decides, once};
use crate::decide::{Decided, Desk};
use crate::service::attempts::Attempts;
use crate::service::clock::ServerClock;
use crate::service::guesses::Guesses;
use crate::service::keyring::Keyring;
use crate::service::presence::Presence;
use crate::service::shelf::Shelf;
use crate::state::cell::PersonCell;
use crate::state::{StateError, read};
use crate::store::engine::{Reader, Snapshot};
use actix_web::web;
use otor_protocol::catalogue::Catalogue;
use otor_protocol::ids::RecordId;
use otor_protocol::keys::Secret;
use otor_protocol::op::FieldId;
use otor_protocol::wire::{Dictionaries, ShippedDictionaries};
use otor_protocol::words::OwnWords;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

thread_local! {
    static STANDS_BACK: () = give_way(READERS_NICE);
}

/// The server's time: milliseconds since the Unix epoch.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Keeps what was erased in a record.
type KeepErasure = Arc<dyn Fn(RecordId, &[FieldId]) -> std::io::Result<()> + Send + Sync>;

/// The state of the application. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// Has decisions committed.
    pub committer: Committer,
    /// Reads the durable state.
    pub reader: Reader,
    /// The catalogue of kinds.
    pub catalogue: Arc<Catalogue>,
    /// The server's keys.
    pub identity: Arc<Secret>,
    /// The server's time.
    pub now_ms: Clock,
    /// The clock it comes from, under watch.
    pub clock: Arc<ServerClock>,
    /// When each phone was last heard of.
    pub presence: Arc<Presence>,
    /// The keys of phones' exchanges.
    pub keyring: Arc<Keyring>,
    /// The attempts of phones to synchronise.
    pub attempts: Arc<Attempts>,
    /// The phones whose replies are held.
    pub waiters: Arc<Waiters>,
    /// Who is let in.
    pub admission: Arc<Admission>,
    /// Takes and answers phones' exchanges.
    pub exchanges: Exchanges,
    /// Makes what is long, piece by piece.
    pub long: LongWork,
    /// Who asks for receipts that are none.
    pub guesses: Arc<Guesses>,
    /// What exchanges may be packed with.
    pub dictionaries: Arc<dyn Dictionaries>,
    /// The deployment's own words.
    pub words: Arc<OwnWords>,
    keep_erasure: KeepErasure,
}

impl App {
    /// Over a running commit path that tells `waiters` of what it has published, with threads for exchanges and for what
    /// is long. No phone has been heard of yet.
    pub fn new(
        (committer, waiters): (Committer, Arc<Waiters>),
        (exchanges, long): (Exchanges, LongWork),
        reader: Reader,
        catalogue: Catalogue,
        identity: Secret,
        clock: Arc<ServerClock>,
    ) -> Self {
        let presence = Arc::new(Presence::since(clock.now_ms()));
        let source = Arc::clone(&clock);
        let shelf = Shelf::new(reader.clone(), Arc::new(ShippedDictionaries));
        App {
            committer,
            reader,
            catalogue: Arc::new(catalogue),
            identity: Arc::new(identity),
            now_ms: Arc::new(move || source.now_ms()),
            clock,
            presence,
            keyring: Arc::default(),
            attempts: Arc::default(),
            waiters,
            admission: Arc::default(),
            exchanges,
            long,
            guesses: Arc::default(),
            dictionaries: Arc::new(shelf),
            words: Arc::default(),
            keep_erasure: Arc::new(|_, _| Ok(())),
        }
    }

    /// With words of the deployment's own.
    #[must_use]
    pub fn speaking(mut self, words: OwnWords) -> Self {
        self.words = Arc::new(words);
        self
    }

    /// With something that keeps erasures apart from the data, so that they outlive the restoring of a backup.
    #[must_use]
    pub fn keeping_erasures(
        mut self,
        keep: impl Fn(RecordId, &[FieldId]) -> std::io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.keep_erasure = Arc::new(keep);
        self
    }

    /// Keeps what is erased in a record apart from the data.
    pub(super) async fn keep_erasure(&self, id: RecordId) -> Result<(), Problem> {
        // It may have been named by the number that a copied phone had first given it.
        let erased = self.read(move |view| {
            let mut erased = Vec::new();
            for id in std::iter::once(id).chain(read::renumbered(view, id)?) {
                let record = read::record(view, id)?.and_then(|cell| cell.record().ok());
                erased.extend(record.map(|record| (id, record.erased.into_iter().collect::<Vec<_>>())));
            }
            Ok(erased)
        });
        let erased = erased.await?;
        let keep = Arc::clone(&self.keep_erasure);
        self.block(move || {
            for (id, fields) in erased.iter().filter(|(_, fields)| !fields.is_empty()) {
                keep(*id, fields).map_err(|error| {
                    Problem::new(
                        ProblemKind::Internal,
                        format!("erased, but not noted for restored backups ({error}): erase it again"),
                    )
                })?;
            }
            Ok(())
        })
        .await
    }

    /// Refuses what phones bring while the server's clock is not trusted: no op may get its stamp from it.
    ///
    /// # Errors
    /// [`Problem`] that says when to come again.
    pub fn expect_right_clock(&self) -> Result<(), Problem> {
        match self.clock.distrust() {
            None => Ok(()),
            Some(why) => Err(Problem::new(ProblemKind::ClockNotTrusted, why.to_string())),
        }
    }

    /// Reads on this thread, which has to be one that does not serve the network, from one snapshot of the durable
    /// state.
    ///
    /// # Errors
    /// What `read` comes to.
    pub(super) fn read_here<T>(
        &self,
        read: impl FnOnce(&Snapshot) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        self.mending(read(&self.reader.snapshot()))
    }

    /// Reads from one snapshot of the durable state, away from the threads that serve the network. A checkpoint
    /// waits while it lasts: for one bounded page.
    pub async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Snapshot) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let reader = self.reader.clone();
        self.block(move || read(&reader.snapshot())).await
    }

    /// Does something that may take a while away from the threads that serve the network.
    pub async fn block<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let work = move || STANDS_BACK.with(|()| work());
        let done = web::block(work)
            .await
            .map_err(|_| Problem::new(ProblemKind::Internal, "the request was given up"))?;
        self.mending(done)
    }

    /// Makes a piece of something long when its turn comes, behind all that is short.
    pub(super) async fn make_piece<T: Send + 'static>(
        &self,
        make: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let admission = Arc::clone(&self.admission);
        let is_short_under_way = move || admission.is_working();
        self.mending(self.long.piece(make, is_short_under_way).await)
    }

    /// Makes something that takes its time when its turn comes, behind all that is short.
    pub(super) async fn make_whole<T: Send + 'static>(
        &self,
        make: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        self.mending(self.long.whole(make).await)
    }

    /// Has mended what was found damaged on the way to this.
    pub(super) fn mending<T>(&self, done: Result<T, Problem>) -> Result<T, Problem> {
        if let Some(damaged) = done.as_ref().err().and_then(Problem::damaged) {
            self.committer.mend(damaged.into());
        }
        done
    }

    /// What an account's request would come to over the durable state, with nothing committed.
    pub async fn preview<T: Send + 'static>(
        &self,
        decide: impl FnOnce(&Desk) -> Result<Result<T, AdminRefusal>, StateError> + Send + 'static,
    ) -> Result<T, Problem> {
        let (catalogue, now_ms) = (Arc::clone(&self.catalogue), (self.now_ms)());
        self.read(move |view| Ok(decide(&desk(view, now_ms, &catalogue))??))
            .await
    }

    /// Has something decided and committed that mostly comes to nothing and may look through much: first over the durable
    /// state, behind all that is short, and on the thread of the commits only if there is something to journal.
    ///
    /// # Errors
    /// [`Problem`], if it could not be read or was not committed.
    pub async fn commit_if_any<T: Send + 'static>(
        &self,
        decide: impl Fn(&Desk) -> Result<(Option<Decided>, T), StateError> + Send + Sync + 'static,
    ) -> Result<T, Problem> {
        let (reader, catalogue, now_ms) = (self.reader.clone(), Arc::clone(&self.catalogue), (self.now_ms)());
        let decide = Arc::new(decide);
        let looking = Arc::clone(&decide);
        let looked = self.make_whole(move || {
            let view = reader.snapshot();
            Ok(looking(&desk(&view, now_ms, &catalogue))?)
        });
        let (decided, outcome) = looked.await?;
        if decided.is_none() {
            return Ok(outcome);
        }
        let (_, outcome) = self.committer.submit(move |desk| decide(desk)).await?;
        Ok(outcome)
    }

    /// Has an account's request decided and committed, once under its idempotency key. The account is read
    /// again where the decision is taken: it may have been revoked since the request came.
    pub async fn write<T>(
        &self,
        submission: &Submission,
        decide: impl FnOnce(&Desk, &PersonCell) -> Decides<T> + Send + 'static,
    ) -> Result<T, Problem>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
    {
        self.write_part(submission, 0, decide).await
    }

    /// The same for one part of a request that takes several commits, told apart by its first row.
    pub async fn write_part<T>(
        &self,
        submission: &Submission,
        first_row: usize,
        decide: impl FnOnce(&Desk, &PersonCell) -> Decides<T> + Send + 'static,
    ) -> Result<T, Problem>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
    {
        let id = submission.account.id;
        let key = submission.key.as_ref().map(|key| key.part(first_row));
        let committed = self.committer.submit(move |desk| {
            let Some(account) = read::person(desk.view, id)? else {
                return Ok((
                    None,
                    Err(AdminRefusal::NotAllowed("there is no such account".into())),
                ));
            };
            let (decided, outcome) = once(desk, key.as_ref(), || decide(desk, &account))?;
            Ok((decided.map(|decided| decided.by(id)), outcome))
        });
        let (_, outcome) = committed.await?;
        Ok(outcome?)
    }
}

/// What would be decided by now.
fn desk<'a>(view: &'a Snapshot, now_ms: i64, catalogue: &'a Catalogue) -> Desk<'a> {
    Desk {
        view,
        commit: view.published() + 1,
        now_ms,
        catalogue,
    }
}

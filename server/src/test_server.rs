//! A server in memory for tests: a commit path over a simulated disk and table, with a clock that the test
//! sets, the county's account and a small area tree.

use crate::commit::journal_reading::{HasRead, Reading};
use crate::commit::{CommitPath, Proposal};
use crate::decide::admin::area::{self, AreaRow};
use crate::decide::admin::device::{self, NewInvitation};
use crate::decide::admin::enrol::{Enrolled, enrol};
use crate::decide::admin::worker::{self, NewWorker};
use crate::decide::admin::{Decides, Outcome, invitation_hash, start, token_hash};
use crate::decide::{Decided, Desk, FrameDecision, Moment, Writer, decide_frame};
use crate::state::cell::{ActorCell, PersonCell};
use crate::state::entry::Act;
use crate::state::{StateError, StateFold, key, read};
use crate::store::disk::SimulatedDisk;
use crate::store::engine::{Engine, EngineOptions, Reader, Row, View, key_after_prefix};
use crate::store::journal::DatabaseId;
use crate::store::table::MemoryTables;
use otor_protocol::catalogue::Catalogue;
use otor_protocol::ids::{Dot, Lane};
use otor_protocol::keys::Secret;
use otor_protocol::op::{Body, Op};
use otor_protocol::stamp::Stamp;
use otor_protocol::wire::{self, Content, Verdict};
use serde_bytes::ByteBuf;
use std::sync::{Arc, Mutex};

/// When tests begin: 2026-03-02 08:00 in China, milliseconds since the Unix epoch.
pub(crate) const BEGIN_MS: i64 = 1_772_409_600_000;
/// The county account's token.
pub(crate) const COUNTY_TOKEN: &str = "county-token";
/// The county.
pub(crate) const COUNTY: &str = "150821";
/// Two grids of one village.
pub(crate) const GRIDS: [&str; 2] = ["150821100201001", "150821100201002"];
/// A grid of another township.
pub(crate) const FAR_GRID: &str = "150821101001001";
/// The history's name.
pub(crate) const INCARNATION: u64 = 7;

/// A server without threads, driven by the test.
pub(crate) struct TestServer {
    path: CommitPath,
    disk: SimulatedDisk,
    /// The server's time.
    pub now_ms: i64,
}

impl TestServer {
    /// A server with the county's account and the areas above.
    pub fn new() -> Self {
        let disk = SimulatedDisk::default();
        let engine = open(&disk);
        let path = CommitPath::new(engine, Catalogue::built_in()).expect("an empty state can be read");
        let mut server = TestServer {
            path,
            disk,
            now_ms: BEGIN_MS,
        };
        server.decide(|desk| Ok((start::begin(desk, INCARNATION)?, ())));
        let founded = server.decide(|desk| start::found(desk, token_hash(COUNTY_TOKEN)));
        founded.expect("the county's account is founded");
        let codes = [GRIDS[0], GRIDS[1], FAR_GRID];
        let rows: Vec<AreaRow> = codes.into_iter().map(area_row).collect();
        let imported = server.county(move |desk, account| area::import(desk, account, &rows));
        assert_eq!(imported.expect("areas are imported").errors, []);
        server
    }

    /// Has something decided and committed.
    pub fn decide<T: Send + 'static>(
        &mut self,
        decide: impl FnOnce(&Desk) -> Result<(Option<Decided>, T), StateError> + Send + 'static,
    ) -> T {
        self.propose(decide).expect("it was decided")
    }

    /// The same, where it may meet a damaged row, and is not decided then.
    pub fn propose<T: Send + 'static>(
        &mut self,
        decide: impl FnOnce(&Desk) -> Result<(Option<Decided>, T), StateError> + Send + 'static,
    ) -> Option<T> {
        let outcome = Arc::new(Mutex::new(None));
        let kept = Arc::clone(&outcome);
        let proposal = Proposal {
            decide: Box::new(move |desk| {
                let (decided, value) = decide(desk)?;
                *kept.lock().expect("one thread") = Some(value);
                Ok(decided)
            }),
            completed: Box::new(|result| {
                result.expect("committing does not fail");
            }),
        };
        assert!(self.path.offer(proposal).is_ok(), "the queue is empty");
        self.path.step(self.now_ms);
        outcome.lock().expect("one thread").take()
    }

    /// Has a request of the county's account decided.
    pub fn county<T: Send + 'static>(
        &mut self,
        decide: impl FnOnce(&Desk, &PersonCell) -> Decides<T> + Send + 'static,
    ) -> Outcome<T> {
        self.account(start::FIRST_ACCOUNT, decide)
    }

    /// Has a request of an account decided.
    pub fn account<T: Send + 'static>(
        &mut self,
        name: &'static str,
        decide: impl FnOnce(&Desk, &PersonCell) -> Decides<T> + Send + 'static,
    ) -> Outcome<T> {
        self.decide(move |desk| {
            let account = read::person_by_code(desk.view, name)?.expect("the account is there");
            decide(desk, &account)
        })
    }

    /// Adds or changes a worker.
    pub fn worker(&mut self, code: &str, areas: &[&str]) {
        let worker = NewWorker {
            code: code.into(),
            name: format!("worker {code}"),
            areas: areas.iter().map(|area| (*area).into()).collect(),
        };
        let done = self.county(move |desk, account| worker::put(desk, account, &worker));
        done.expect("the worker is taken");
    }

    /// Enrols a phone of a worker.
    pub fn phone(&mut self, worker: &str, secret: u8) -> Enrolled {
        let code = format!("code of {worker} {secret}");
        let hash = invitation_hash(&code);
        let request = NewInvitation {
            worker: worker.into(),
            hours: 24,
        };
        let invited = self.county(move |desk, account| device::invite(desk, account, &request, hash));
        invited.expect("the phone is invited");
        let keys = Secret::new([secret; 32]).public();
        self.decide(move |desk| enrol(desk, &hash, &keys))
            .expect("the phone is enrolled")
    }

    /// An op of a phone, in a frame of its own.
    pub fn phone_writes(&mut self, phone: &Enrolled, lane: Lane, body: Body) -> (Dot, Verdict) {
        let (dot, mut verdicts) = self.phone_writes_all(phone, lane, vec![body]);
        (dot, verdicts.remove(0))
    }

    /// Ops of a phone in one frame: the number of the first, and the verdict on each.
    pub fn phone_writes_all(
        &mut self,
        phone: &Enrolled,
        lane: Lane,
        bodies: Vec<Body>,
    ) -> (Dot, Vec<Verdict>) {
        let (device, author, branch) = (phone.device, phone.owner, phone.actors[0]);
        let actor = phone.actors[lane.index()];
        let now_ms = self.now_ms;
        self.decide(move |desk| {
            let cell: ActorCell = read::get(desk.view, &key::actor(actor))?.expect("the actor is there");
            let ops = bodies.into_iter().map(|body| {
                ByteBuf::from(wire::encode(&Op {
                    author,
                    uptime_ms: 0,
                    body,
                }))
            });
            let content = Content {
                actor,
                first_seq: cell.through + 1,
                boot: now_ms as u64,
                wall_minus_uptime_ms: now_ms,
                floors: vec![(0, Stamp::default())],
                ops: ops.collect(),
                origins: vec![],
            };
            let moment = Moment {
                device,
                branch,
                boot: now_ms as u64,
                uptime_ms: 0,
                met_ms: now_ms,
            };
            let writer = Writer::Device {
                moment,
                signature: None,
            };
            let FrameDecision::Commit(act) = decide_frame(desk, &writer, &content)? else {
                panic!("the frame follows the last one");
            };
            let verdicts = act.judged.iter().map(|judged| judged.verdict.clone());
            let verdicts = verdicts.collect();
            let dot = Dot::new(actor, content.first_seq);
            Ok((Some(Act::Frame(*act).into()), (dot, verdicts)))
        })
    }

    /// Sets a row as a damaged table would, or removes it.
    pub fn damage(&mut self, key: &[u8], value: Option<&[u8]>) {
        self.path.damage(key, value);
    }

    /// Has a damaged row folded again.
    pub fn mend(&mut self, key: &[u8]) {
        self.path.mend(key).expect("it can be folded again");
    }

    /// Begins to have a damaged record folded again, if it still is damaged.
    pub fn begin_mending(&mut self, key: &[u8]) -> Option<Reading> {
        self.path.begin_mending(key).expect("the journal can be read")
    }

    /// Has it folded again by what was read.
    pub fn finish_mending(&mut self, read: HasRead) {
        self.path.finish_mending(read).expect("it can be folded again");
    }

    /// How many rows were folded again.
    pub fn mended(&self) -> u64 {
        self.path.mended()
    }

    /// Every row of the state.
    pub fn dump(&self) -> Vec<Row> {
        let reader = self.reader();
        let view = reader.snapshot();
        view.range(&[0], &key_after_prefix(&[]), usize::MAX)
            .expect("the state can be read")
    }

    /// Every row of the state as the journal gives it.
    pub fn dump_of_the_journal(&self) -> Vec<Row> {
        let reader = open(&self.disk).reader();
        let view = reader.snapshot();
        view.range(&[0], &key_after_prefix(&[]), usize::MAX)
            .expect("the state can be read")
    }

    /// The server goes on with another catalogue.
    pub fn use_catalogue(&mut self, catalogue: Catalogue) {
        self.path.use_catalogue(catalogue);
    }

    /// A handle on the durable state.
    pub fn reader(&self) -> Reader {
        self.path.engine().reader()
    }

    /// The commit path, for a thread.
    pub fn into_path(self) -> CommitPath {
        self.path
    }
}

/// The engine over a disk, with an empty table.
fn open(disk: &SimulatedDisk) -> Engine {
    let engine = Engine::rebuild(
        Arc::new(disk.clone()),
        Arc::new(MemoryTables::default()),
        Arc::new(StateFold),
        EngineOptions::new(DatabaseId([1; 16])),
        &mut |_| {},
    );
    engine.expect("the engine opens").0
}

/// A row of an import of areas, with the code for a name.
pub(crate) fn area_row(code: &str) -> AreaRow {
    AreaRow {
        row: 2,
        code: code.into(),
        name: format!("area {code}"),
        level: String::new(),
    }
}

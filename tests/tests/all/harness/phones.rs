//! Phones that reach a real server over real HTTP, on an ideal link and a fast clock.

use super::administration::Administration;
use otor_protocol::area::AreaCode;
use otor_protocol::ids::RecordId;
use otor_protocol::record::Edit;
use otor_protocol::replica::Replica;
use otor_protocol::value::Value;
use otor_sim::check::Written;
use otor_sim::device::{Phone, PhoneClock, PhoneStorage};
use otor_sim::link::{Link, Profile};
use otor_sim::transport::{
    Attempt, AttemptOptions, Outcome, Pace, Route, Severing, SharedLink, SharedPhone, Target, enrol,
    run_until_done, sync_once,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many times as fast as the machine's the phones' clock runs: the waits between attempts last milliseconds.
const SPEED: f64 = 2_000.0;
/// How long a phone keeps trying at most: a day of its own time.
const PATIENCE_US: u64 = 86_400_000_000;

/// A phone and its way to the server.
#[derive(Clone)]
pub struct FieldPhone {
    /// The phone.
    pub shared: SharedPhone,
    /// Its way.
    pub route: Route,
    /// The ops its worker was told are saved.
    written: Arc<Mutex<Written>>,
}

impl FieldPhone {
    /// A phone of `worker`, enrolled with the server at `url` on an invitation's `code`. Its keys follow from
    /// its `name`.
    pub async fn enrolled(url: &str, name: &str, worker: &str, code: &str) -> Self {
        let target = Target::parse(url).expect("a server's address");
        let pace = Pace::of_machine(SPEED);
        let mut phone = Phone::new(name, worker, PhoneClock::booted_at(pace.wall_ms()), 1);
        let secret = phone.fresh_secret();
        let enrolment = enrol(&target, code, secret).await.expect("an enrolment");
        phone
            .enrol(secret, enrolment.reply)
            .expect("a storage without faults");
        phone.server_pin = enrolment.server_pin;
        let ideal = Profile::by_name("ideal").expect("a named profile");
        FieldPhone {
            shared: Arc::new(Mutex::new(phone)),
            route: Route {
                target,
                link: SharedLink::new(Link::new(ideal, 1, 0)),
                pace,
            },
            written: Arc::default(),
        }
    }

    /// The same, invited by the server's first account.
    pub async fn invited(administration: &Administration, url: &str, name: &str, worker: &str) -> Self {
        let code = administration.invite(worker);
        Self::enrolled(url, name, worker, &code).await
    }

    /// The phone, for a moment.
    pub fn lock(&self) -> MutexGuard<'_, Phone> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The worker writes a record.
    pub fn create(&self, kind: &str, grid: &str, fields: &[(&str, Value)]) -> RecordId {
        let edit = Edit {
            set: owned(fields),
            ..Edit::default()
        };
        let area: AreaCode = grid.parse().expect("a grid's code");
        let now_ms = self.route.pace.wall_ms();
        let mut phone = self.lock();
        let name = phone.name.clone();
        let (replica, clock) = phone.desk(now_ms).expect("a running phone");
        let id = replica.create(clock, kind, area, &edit).expect("a good record");
        self.note(&name, replica);
        id
    }

    /// The worker writes a visit with a note.
    pub fn visit(&self, grid: &str, household: &str, note: &str) -> RecordId {
        let visited_at_ms = self.route.pace.wall_ms();
        let fields = [
            ("household", household.into()),
            ("visited_at", Value::Int(visited_at_ms)),
            ("note", note.into()),
        ];
        self.create("visit", grid, &fields)
    }

    /// The worker edits a record that the phone holds.
    pub fn edit(&self, record: RecordId, edit: &Edit) {
        let now_ms = self.route.pace.wall_ms();
        let mut phone = self.lock();
        let name = phone.name.clone();
        let (replica, clock) = phone.desk(now_ms).expect("a running phone");
        replica.edit(clock, record, edit).expect("a good edit");
        self.note(&name, replica);
    }

    fn note(&self, name: &str, replica: &Replica<PhoneStorage>) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.note(name, replica);
    }

    /// The ops its worker was told are saved.
    pub fn written(&self) -> Written {
        self.written
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The phone's process dies and starts again.
    pub fn crash(&self) {
        let mut phone = self.lock();
        phone.crash();
        phone.start().expect("a storage without faults");
    }

    /// The records that the phone shows, in order.
    pub fn records(&self) -> Vec<RecordId> {
        let phone = self.lock();
        phone.replica().expect("a running phone").records().collect()
    }

    /// Tries once to synchronise.
    pub async fn sync_once(&self) -> Attempt {
        self.sync_severed(Severing::Never).await
    }

    /// Tries once to synchronise, over a connection that is severed.
    pub async fn sync_severed(&self, severing: Severing) -> Attempt {
        let options = AttemptOptions {
            severing,
            ..AttemptOptions::default()
        };
        let attempt = sync_once(&self.shared, &self.route, options).await;
        attempt.expect("a running phone")
    }

    /// Synchronises until nothing is left either way, or there is no more hope of it.
    pub async fn try_to_sync(&self) -> Outcome {
        let deadline_us = Some(self.route.pace.now_us() + PATIENCE_US);
        let outcome = run_until_done(&self.shared, &self.route, AttemptOptions::default(), deadline_us).await;
        outcome.expect("a running phone")
    }

    /// Synchronises until nothing is left either way.
    pub async fn sync(&self) {
        let outcome = self.try_to_sync().await;
        assert!(outcome.done, "{outcome:?}");
    }
}

/// All phones synchronise twice: the first time they send, the second time they hear what the others sent.
pub async fn settle(phones: &[FieldPhone]) {
    for _ in 0..2 {
        for phone in phones {
            phone.sync().await;
        }
    }
}

fn owned(fields: &[(&str, Value)]) -> Vec<(String, Value)> {
    fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect()
}

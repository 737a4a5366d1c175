//! A small field under direct control: a server in this process and phones without links between.

use otor_protocol::ids::{Dot, RecordId};
use otor_protocol::keys::Secret;
use otor_protocol::record::Edit;
use otor_protocol::sync::device::ExchangeReport;
use otor_protocol::wire::{EnrolRequest, PROTOCOL_VERSION};
use otor_server::decide::admin;
use otor_server::state::read;
use otor_sim::device::{Crossing, ExchangeFault, Phone, PhoneClock};
use otor_sim::in_process::{LocalCentre, LocalServer};
use otor_sim::replay::centre::Centre;

pub const START_MS: i64 = 1_772_409_600_000;
pub const GRID: &str = "150821100201001";
pub const ELSEWHERE: &str = "150821100201002";
/// Two workers of one grid, and another grid beside it.
pub struct Field {
    pub server: LocalServer,
    pub now_ms: i64,
}

impl Field {
    pub fn new() -> Self {
        let mut server = LocalServer::new(1);
        server.start(START_MS).expect("a server");
        let mut field = Field {
            server,
            now_ms: START_MS,
        };
        for grid in [GRID, ELSEWHERE] {
            field.centre().area(grid, grid, "grid").expect("an area");
        }
        for worker in ["a", "b"] {
            field
                .centre()
                .worker(worker, worker, &[GRID.to_string()])
                .expect("a worker");
        }
        field
    }

    pub fn centre(&mut self) -> LocalCentre<'_> {
        self.now_ms += 1_000;
        LocalCentre {
            server: &mut self.server,
            now_ms: self.now_ms,
        }
    }

    pub fn phone(&mut self, worker: &str) -> Phone {
        let mut phone = Phone::new(worker, worker, PhoneClock::booted_at(START_MS), 1);
        let seed = phone.fresh_secret();
        let secret = Secret::new(seed);
        let code = self.centre().invite(worker).expect("an invitation");
        let keys = secret.public();
        let proof = secret.sign(&EnrolRequest::signed_bytes(&code, &keys)).to_vec();
        let request = EnrolRequest {
            protocol: PROTOCOL_VERSION,
            code,
            keys,
            proof,
        };
        let reply = self.server.enrol(self.now_ms, &request).expect("enrolment");
        phone.enrol(seed, reply).expect("an enrolled phone");
        phone
    }

    /// One exchange, whole, with no bound on the reply.
    pub fn sync(&mut self, phone: &mut Phone) {
        let report = self.exchange(phone, 0, usize::MAX);
        assert!(report.complete && !report.more);
    }

    /// One exchange with a bound on the reply, of which `reply_bytes` arrive.
    pub fn exchange(&mut self, phone: &mut Phone, budget_bytes: u32, reply_bytes: usize) -> ExchangeReport {
        self.now_ms += 1_000;
        let mut exchange = phone
            .begin_exchange(self.now_ms, budget_bytes)
            .expect("a request");
        let mut serving = self.server.open_exchange().expect("a running server");
        let request = exchange.frames().concat();
        let reply = self
            .server
            .receive(&mut serving, &request, self.now_ms)
            .expect("an answer");
        let reply = reply.expect("a whole answer");
        let arrived = &reply[..reply.len().min(reply_bytes)];
        exchange.handle_bytes(phone, arrived).expect("a good reply");
        let crossing = Crossing {
            bytes_up: request.len() as u64,
            bytes_down: arrived.len() as u64,
            body_bytes_up: request.len() as u64,
            took_us: 0,
        };
        exchange.finish(phone, &crossing).expect("durable")
    }

    /// An exchange that the server declines.
    pub fn refused(&mut self, phone: &mut Phone) -> ExchangeFault {
        let mut exchange = phone.begin_exchange(self.now_ms, 0).expect("a request");
        let mut serving = self.server.open_exchange().expect("a running server");
        let request = exchange.frames().concat();
        let reply = self.server.receive(&mut serving, &request, self.now_ms);
        let reply = reply.expect("an answer").expect("a whole answer");
        let fault = exchange.handle_bytes(phone, &reply).expect_err("a refusal");
        exchange.finish(phone, &Crossing::default()).expect("durable");
        fault
    }

    pub fn write(&self, phone: &mut Phone, area: &str) -> RecordId {
        self.write_note(phone, area, "入户")
    }

    pub fn write_note(&self, phone: &mut Phone, area: &str, note: &str) -> RecordId {
        let (replica, clock) = phone.desk(self.now_ms).expect("a running phone");
        let edit = Edit {
            set: vec![("note".into(), note.into())],
            ..Edit::default()
        };
        replica
            .create(clock, "visit", area.parse().expect("a code"), &edit)
            .expect("written")
    }

    pub fn note(&self, phone: &mut Phone, record: RecordId, text: &str) {
        let (replica, clock) = phone.desk(self.now_ms).expect("a running phone");
        let edit = Edit {
            append: vec![("notes".into(), vec![text.into()])],
            ..Edit::default()
        };
        replica.edit(clock, record, &edit).expect("written");
    }

    /// An administrator releases an op that is kept aside.
    pub fn let_in(&mut self, dot: Dot) {
        let released = self.server.decide(self.now_ms, move |desk| {
            let account =
                read::person_by_code(desk.view, admin::start::FIRST_ACCOUNT)?.expect("the first account");
            admin::quarantine::release(desk, &account, dot)
        });
        released.expect("a running server").expect("released");
    }

    pub fn notes_at_server(&mut self, record: RecordId) -> Option<serde_json::Value> {
        let rows = self.centre().rows().expect("rows");
        rows.into_iter()
            .find(|row| row.id == record)
            .map(|row| row.fields["notes"].clone())
    }
}

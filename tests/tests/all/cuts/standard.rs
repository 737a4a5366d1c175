//! The standard exchange: a phone of a two-worker grid comes back after a day offline. 31 ops wait on it, the other
//! worker's 31 changes and 3 tasks at the server.

use crate::field::{Field, GRID, START_MS};
use otor_protocol::ids::RecordId;
use otor_protocol::record::Edit;
use otor_protocol::sync::pace::{ContactEnd, Delivery};
use otor_protocol::value::Value;
use otor_protocol::wire::Packing;
use otor_sim::check::{self, Checked, Written};
use otor_sim::device::{Crossing, Phone, PhoneClock, Snapshot};
use otor_sim::in_process::LocalServer;
use otor_sim::replay::book::Book;
use otor_sim::replay::centre::{Centre, Row};
use otor_sim::replay::expect::by_id;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, json};
use std::collections::BTreeMap;

/// What both workers know from before.
const KNOWN: usize = 10;
/// Records after the exchange: those, both days' visits and reports, the tasks.
pub const RECORDS: usize = KNOWN + 2 * 25 + 3;

/// The server and the phone before the exchange; copied for every run.
pub struct Standard {
    server: LocalServer,
    phone: Snapshot,
    written: Written,
    now_ms: i64,
}

/// A run of it.
pub struct Run {
    pub field: Field,
    pub phone: Phone,
    written: Written,
}

/// Characters of which each is about a tenth as likely as the one in a hundred before it: neither prose nor noise.
fn text(rng: &mut ChaCha8Rng, chars: usize) -> String {
    (0..chars)
        .filter_map(|_| {
            let most = [40, 400, 2_000][rng.random_range(0..3)];
            char::from_u32(0x4e00 + rng.random_range(0..most))
        })
        .collect()
}

fn write(field: &Field, phone: &mut Phone, kind: &str, set: Vec<(String, Value)>) -> RecordId {
    let (replica, clock) = phone.desk(field.now_ms).expect("running");
    let edit = Edit {
        set,
        ..Edit::default()
    };
    let grid = GRID.parse().expect("a grid");
    replica.create(clock, kind, grid, &edit).expect("written")
}

/// 20 visits, 5 reports of which one is urgent, 6 edits.
fn day(field: &mut Field, phone: &mut Phone, known: &[RecordId], rng: &mut ChaCha8Rng) {
    for number in 0..20 {
        field.now_ms += 600_000;
        let note = text(rng, 70);
        let set = vec![
            ("household".into(), format!("{GRID}-{number:03}").as_str().into()),
            ("visited_at".into(), Value::Int(field.now_ms)),
            ("note".into(), note.as_str().into()),
        ];
        write(field, phone, "visit", set);
    }
    for number in 0..5 {
        let set = vec![
            ("title".into(), text(rng, 10).as_str().into()),
            ("description".into(), text(rng, 120).as_str().into()),
            ("severity".into(), Value::Int(if number == 0 { 4 } else { 1 })),
        ];
        write(field, phone, "report", set);
    }
    for record in &known[..6] {
        field.note(phone, *record, &text(rng, 20));
    }
}

impl Standard {
    pub fn new() -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let mut field = Field::new();
        let known: Vec<RecordId> = (0..KNOWN)
            .map(|_| create(&mut field, "visit", json!({"note": text(&mut rng, 30)})))
            .collect();
        let (mut phone, mut other) = (field.phone("a"), field.phone("b"));
        for _ in 0..2 {
            field.sync(&mut phone);
            field.sync(&mut other);
        }
        let morning_ms = field.now_ms;
        day(&mut field, &mut other, &known, &mut rng);
        while field.exchange(&mut other, 0, usize::MAX).progress() {}
        for _ in 0..3 {
            let title = text(&mut rng, 15);
            create(&mut field, "task", json!({"title": title, "assignee": "a"}));
        }
        field.now_ms = morning_ms;
        day(&mut field, &mut phone, &known, &mut rng);
        field.now_ms = START_MS + 86_400_000;
        let mut written = Written::new();
        written.note("phone", phone.replica().expect("running"));
        Standard {
            phone: phone.snapshot().expect("enrolled"),
            server: field.server,
            written,
            now_ms: field.now_ms,
        }
    }

    /// The same with a phone that has met a good link: it packs lightly until it meets a cut.
    pub fn on_a_good_link() -> Self {
        let mut standard = Standard::new();
        let mut phone = restored(&standard.phone, 1);
        let (replica, _) = phone.desk(standard.now_ms).expect("running");
        let delivery = Delivery {
            bytes: 9_000,
            first_bytes: 9_000,
            ms: 0,
        };
        replica.note_delivery(delivery).expect("stored");
        for _ in 0..2 {
            replica.note_contact(9_000, ContactEnd::Well).expect("stored");
        }
        assert_eq!(replica.packing(), Packing::Light);
        standard.phone = phone.snapshot().expect("enrolled");
        standard
    }

    /// It all once more. Phones of different seeds draw different nonces.
    pub fn run(&self, seed: u64) -> Run {
        self.run_from(&self.server, &self.phone, seed)
    }

    /// A run that goes on from where a server and a phone are.
    pub fn run_from(&self, server: &LocalServer, phone: &Snapshot, seed: u64) -> Run {
        let now_ms = self.now_ms + 60_000;
        Run {
            field: Field {
                server: server.copied(now_ms).expect("a copy"),
                now_ms,
            },
            phone: restored(phone, seed),
            written: self.written.clone(),
        }
    }
}

pub fn restored(snapshot: &Snapshot, seed: u64) -> Phone {
    let mut phone = Phone::new("a", "a", PhoneClock::booted_at(START_MS), seed);
    phone.restore(snapshot).expect("a good backup");
    phone
}

fn create(field: &mut Field, kind: &str, fields: serde_json::Value) -> RecordId {
    let fields: Map<_, _> = fields.as_object().expect("fields").clone();
    field.centre().create(kind, GRID, fields).expect("created")
}

/// How much of a request and of its reply crosses before the connection is cut.
#[derive(Clone, Copy, Debug)]
pub struct Crosses {
    pub up: usize,
    pub down: usize,
}

impl Run {
    /// One attempt, cut where `crosses` says. Whether it was complete.
    pub fn attempt(&mut self, crosses: impl FnOnce(usize) -> Crosses) -> bool {
        self.attempt_through(crosses, false, false)
    }

    /// The same through a proxy that holds requests, or replies, back until they are whole.
    pub fn attempt_through(
        &mut self,
        crosses: impl FnOnce(usize) -> Crosses,
        holds_requests: bool,
        holds_replies: bool,
    ) -> bool {
        self.field.now_ms += 5_000;
        let mut exchange = self.phone.begin_exchange(self.field.now_ms, 0).expect("running");
        let crosses = crosses(exchange.request_bytes());
        let now_ms = self.field.now_ms;
        let request = exchange.frames().concat();
        let up = crosses.up.min(request.len());
        let arrived = if holds_requests && up < request.len() {
            &[]
        } else {
            &request[..up]
        };
        let mut serving = self.field.server.open_exchange().expect("running");
        let reply = self.field.server.receive(&mut serving, arrived, now_ms);
        let reply = reply.expect("an answer").unwrap_or_default();
        let came = match crosses.down {
            down if down >= reply.len() => &reply[..],
            _ if holds_replies => &[],
            down => &reply[..down],
        };
        exchange
            .handle_bytes(&mut self.phone, came)
            .expect("a good reply");
        let crossing = Crossing {
            bytes_up: up as u64,
            bytes_down: came.len() as u64,
            body_bytes_up: up as u64,
            took_us: 0,
        };
        let report = exchange.finish(&mut self.phone, &crossing).expect("durable");
        report.complete && !report.more && self.phone.unsent() == Some(0)
    }

    /// Lets it finish without further cuts; how many attempts that took.
    pub fn finish(&mut self) -> usize {
        let whole = |_| Crosses {
            up: usize::MAX,
            down: usize::MAX,
        };
        (1..40)
            .find(|_| self.attempt(whole))
            .expect("an end within forty attempts")
    }

    /// Nothing is lost, nothing doubled, and the phone equals the server; the server's records but for commits.
    pub fn sound(&mut self) -> BTreeMap<RecordId, Map<String, serde_json::Value>> {
        let rows = self.field.centre().rows().expect("rows");
        assert_eq!(rows.len(), RECORDS);
        let through = self.field.centre().through().expect("acknowledged");
        let by_id: BTreeMap<RecordId, Row> = by_id(rows);
        let phones = [Checked {
            name: "a",
            worker: "a",
            replica: self.phone.replica().expect("running"),
        }];
        let mut found = check::lost(&phones, &self.written, &by_id, &through, &BTreeMap::new());
        found.extend(check::differences(&phones, &by_id, &Book::default()));
        assert!(found.is_empty(), "{found:#?}");
        assert_eq!(phones[0].replica.incidents(), []);
        // Whether a task counts as delivered depends on what the phone had the time to show.
        let written = |mut fields: Map<String, serde_json::Value>| {
            fields.remove("status");
            fields
        };
        by_id
            .into_iter()
            .map(|(id, row)| (id, written(row.fields)))
            .collect()
    }
}

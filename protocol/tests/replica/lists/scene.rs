//! A phone, what happens to it, and what stands beside it.

use crate::*;
use otor_protocol::catalogue::Catalogue;
use otor_protocol::ids::{Dot, Level, RecordId};
use otor_protocol::op::{Body, Facts, Op};
use otor_protocol::record::Record;
use otor_protocol::stamp::Stamp;
use otor_protocol::value::Value;
use otor_protocol::wire::{FeedItem, News};
use proptest::prelude::*;

const OTHER_GRID: &str = "150821100201002";
pub(super) const START_MS: i64 = 1_772_409_605_000;
pub(super) const DAY_MS: i64 = 86_400_000;
pub(super) const TEXTS: [&str; 4] = ["桥头水管漏水", "桥头漏水", "村西路灯不亮", "桥头水管又漏了"];

/// Something that happens to a phone.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// The worker creates something of a kind; the number varies it.
    Create(&'static str, usize),
    /// The worker writes on something they see.
    Write(usize, usize),
    /// An exchange in which the server takes, parks or keeps aside what is new.
    Exchange(u8),
    /// Somebody else's record comes.
    Enter(&'static str, usize),
    /// The centre writes on a record that the phone holds.
    Centre(usize, usize),
    /// A record leaves a scope.
    Leave(usize),
    /// A scope is taken away, or given back.
    Scope(bool),
    /// The phone's app is closed and opened.
    Open,
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let kind = prop::sample::select(vec!["visit", "report", "household"]);
    let any_kind = prop::sample::select(vec!["visit", "report", "household", "task"]);
    prop_oneof![
        4 => (kind, 0..16usize).prop_map(|(kind, how)| Step::Create(kind, how)),
        4 => (0..16usize, 0..16usize).prop_map(|(which, how)| Step::Write(which, how)),
        3 => (0..4u8).prop_map(Step::Exchange),
        5 => (any_kind, 0..16usize).prop_map(|(kind, how)| Step::Enter(kind, how)),
        4 => (0..16usize, 0..16usize).prop_map(|(which, how)| Step::Centre(which, how)),
        1 => (0..16usize).prop_map(Step::Leave),
        1 => any::<bool>().prop_map(Step::Scope),
        1 => Just(Step::Open),
    ]
}

fn text(text: &str) -> Value {
    Value::from(text)
}

/// Fields of a new record of a kind.
fn fields(kind: &str, how: usize) -> Vec<(String, Value)> {
    let code = text(["031", "032", "033"][how % 3]);
    let degrees = 1_082_700_000 + (how as i64 % 5) * 9_000;
    let fields = match kind {
        "visit" => vec![("household", code)],
        "household" => vec![
            ("code", code),
            ("place", text(["村东第四排", "桥头5号"][how % 2])),
            (
                "phone",
                text(["10005550111", "10005550122", "10005550133"][how % 3]),
            ),
        ],
        "report" => vec![
            ("title", text(TEXTS[how % TEXTS.len()])),
            ("category", text(["pipe", "light"][how % 2])),
            ("severity", Value::Int(how as i64 % 3 + 1)),
            ("lat", Value::DegreesE7(410_900_000)),
            ("lon", Value::DegreesE7(degrees)),
        ],
        _ => vec![("title", text("查看水井"))],
    };
    fields
        .into_iter()
        .map(|(name, value)| (name.to_string(), value))
        .collect()
}

/// A phone, and what stands beside it.
pub(super) struct Scene {
    pub(super) replica: Replica<Shelf>,
    /// Commits so far, in all feeds.
    commit: u64,
    nonce: u32,
    others: u64,
    pub(super) uptime_ms: i64,
}

impl Scene {
    pub(super) fn new() -> Scene {
        let mut scene = Scene {
            replica: phone(),
            commit: 10,
            nonce: 0,
            others: 0,
            uptime_ms: 5_000,
        };
        scene.pass_through_first_passes();
        scene
    }

    /// Every feed is past its first pass.
    fn pass_through_first_passes(&mut self) {
        let scopes: Vec<ScopeId> = self.replica.scopes().map(|(scope, _)| scope).collect();
        for scope in scopes {
            for lane in Lane::ALL {
                let Ok(_) = self.replica.take_states(&StateFrame {
                    scope,
                    lane,
                    base: self.commit,
                    after: None,
                    as_of: self.commit,
                    states: vec![],
                    last: true,
                    digest: None,
                });
            }
        }
    }

    fn clock(&mut self) -> DeviceClock {
        self.uptime_ms += 1_000;
        DeviceClock {
            uptime_ms: self.uptime_ms,
            ..CLOCK
        }
    }

    pub(super) fn pick(&self, which: usize) -> Option<RecordId> {
        let all: Vec<RecordId> = self.replica.records().collect();
        (!all.is_empty()).then(|| all[which % all.len()])
    }

    pub(super) fn run(&mut self, step: &Step) {
        match step {
            Step::Create(kind, how) => {
                let edit = Edit {
                    set: fields(kind, *how),
                    ..Edit::default()
                };
                let clock = self.clock();
                let grid = GRID.parse().expect("sound in these tests");
                self.replica
                    .create(clock, kind, grid, &edit)
                    .expect("what the worker writes");
            }
            Step::Write(which, how) => self.write(*which, *how),
            Step::Exchange(verdict) => self.exchange(*verdict, None),
            Step::Enter(kind, how) => self.enter(kind, *how),
            Step::Centre(which, how) => self.centre(*which, *how),
            Step::Leave(which) => {
                if let Some(record) = self.pick(*which) {
                    self.tell(record, News::Leave { record });
                }
            }
            Step::Scope(gained) => self.exchange(0, Some(*gained)),
            Step::Open => {
                let replica = std::mem::replace(&mut self.replica, phone());
                self.replica = Replica::open(replica.into_storage()).expect("what was stored");
            }
        }
    }

    pub(super) fn write(&mut self, which: usize, how: usize) {
        let Some(id) = self.pick(which) else { return };
        let Some(seen) = self.replica.view(id) else {
            return;
        };
        let catalogue = Catalogue::built_in();
        let kind = catalogue.kind(seen.kind).expect("a known kind").name;
        let other = self.pick(how).map_or(Value::Int(0), Value::Record);
        let event = |name: &str, args: Vec<(&str, Value)>| {
            let args = args.into_iter().map(|(name, value)| (name.to_string(), value));
            Some((name.to_string(), args.collect()))
        };
        let mut edit = Edit::default();
        match (kind, how % 4) {
            ("report", 0) => edit.event = event("close", vec![("outcome", text("修好了"))]),
            ("report", 1) => edit.event = event("mark_duplicate", vec![("of", other)]),
            ("report", 2) => edit.event = event("unmark_duplicate", vec![("of", other)]),
            ("household", 0 | 1) => edit.set = fields(kind, how).split_off(1),
            ("household", 2) => edit.set = vec![("occupancy".into(), text("vacant"))],
            ("task", 0 | 1) => edit.event = event("complete", vec![]),
            ("visit", 0) => edit.event = event("retract", vec![]),
            _ => edit.append = vec![("notes".into(), vec![text("看过了")])],
        }
        let clock = self.clock();
        // What makes no sense, or has left the phone's areas, is refused: nothing is written then.
        let _ = self.replica.edit(clock, id, &edit);
    }

    fn exchange(&mut self, verdict: u8, scope: Option<bool>) {
        self.nonce += 1;
        let clock = self.clock();
        let Ok(mut exchange) =
            DeviceExchange::begin(&mut self.replica, clock, ExchangeOptions::new(self.nonce));
        let verdict = match verdict {
            0 | 1 => Verdict::Accepted,
            2 => Verdict::Parked,
            _ => Verdict::Quarantined(Reason::OutOfArea),
        };
        let mut told = welcome(&exchange, &verdict);
        self.commit += 1;
        for run in told.acks.iter_mut().flat_map(|ack| &mut ack.runs) {
            run.commit = self.commit;
            run.conflicts = (0..run.count).filter(|at| at % 3 == 1).collect();
        }
        told.point = self.commit;
        let grid = ScopeId::of_area(7);
        match scope {
            Some(false) => told.lost = vec![grid],
            Some(true) => {
                told.gained = vec![ScopeGrant {
                    scope: grid,
                    area: GRID.parse().ok(),
                }];
            }
            None => {}
        }
        let reply = [sealed(&self.replica, &exchange, &told), end()].concat();
        exchange
            .handle_bytes(&mut self.replica, &reply)
            .expect("a sound reply");
        self.pass_through_first_passes();
    }

    fn facts(&self, level: Level) -> Facts {
        let ms = START_MS + self.uptime_ms;
        Facts {
            stamp: Stamp::end_of_ms(ms),
            claimed_ms: ms,
            level,
            uncertain: false,
        }
    }

    pub(super) fn enter(&mut self, kind: &str, how: usize) {
        self.others += 1;
        let catalogue = Catalogue::built_in();
        let spec = catalogue.kind_named(kind).expect("a known kind");
        let centre = kind == "task" || how.is_multiple_of(2);
        let mut set = fields(kind, how);
        if kind == "household" && centre {
            set.push(("care_every_days".into(), Value::Int(how as i64 % 3 + 1)));
        }
        if kind == "task" {
            set.push(("assignee".into(), Value::Person(PersonId(5 + how as u32 % 2))));
            set.push(("due_at".into(), Value::Int(START_MS + how as i64 * DAY_MS)));
        }
        let edit = Edit {
            set,
            ..Edit::default()
        };
        let changes = edit.creating(spec).expect("sound in these tests");
        let lane = spec.lane_of(&changes);
        let area = [GRID, OTHER_GRID][how % 2].parse().expect("sound in these tests");
        let op = Op {
            author: PersonId(9),
            uptime_ms: self.uptime_ms,
            body: Body::Create {
                kind: spec.id,
                area,
                changes,
            },
        };
        let level = if centre { Level::TOWNSHIP } else { Level::WORKER };
        let dot = Dot::new(ActorId(50 + lane.index() as u32), self.others);
        let record = Record::create(dot, lane, &op, self.facts(level)).expect("it creates");
        self.tell(
            record.id,
            News::Enter {
                state: record.encode().into(),
            },
        );
    }

    fn centre(&mut self, which: usize, how: usize) {
        let Some(id) = self.pick(which) else { return };
        let Some(seen) = self.replica.mirrored(id).cloned() else {
            return;
        };
        let catalogue = Catalogue::built_in();
        let spec = catalogue.kind(seen.kind).expect("a known kind");
        let mut edit = Edit::default();
        match (spec.name, how % 4) {
            ("report", 0) => edit.event = Some(named(("close", vec![("outcome".into(), text("另有说法"))]))),
            ("report", 1) => edit.event = Some(named(("supervise", vec![]))),
            ("report", 2) => edit.event = Some(named(("reopen", vec![]))),
            ("household", 0) => edit.set = vec![("phone".into(), text("10005550199"))],
            ("household", _) => edit.set = vec![("care_every_days".into(), Value::Int(how as i64 % 5 + 1))],
            ("task", 0) => edit.set = vec![("assignee".into(), Value::Person(PersonId(6)))],
            ("task", 1) => edit.set = vec![("assignee".into(), Value::Person(PersonId(5)))],
            ("task", 2) => edit.event = Some(named(("cancel", vec![("reason".into(), text("safety"))]))),
            _ => edit.append = vec![("notes".into(), vec![text("收到")])],
        }
        let Ok(changes) = edit.editing(spec, &seen) else {
            return;
        };
        self.others += 1;
        let op = Op {
            author: PersonId(9),
            uptime_ms: self.uptime_ms,
            body: Body::Edit { record: id, changes },
        };
        let dot = Dot::new(ActorId(50 + seen.lane.index() as u32), self.others);
        let news = News::Op {
            dot,
            op: wire::encode(&op).into(),
            facts: self.facts(Level::TOWNSHIP),
            lane: seen.lane,
        };
        self.tell(id, news);
    }

    /// News of a record, in the feed of the grid.
    fn tell(&mut self, record: RecordId, news: News) {
        self.commit += 1;
        let scope = ScopeId::of_area(7);
        let lane = match &news {
            News::Enter { state } => Record::decode(state).expect("sound in these tests").lane,
            _ => self.replica.view(record).map_or(Lane::Rest, |seen| seen.lane),
        };
        let stands = self.replica.scopes().find(|(held, _)| *held == scope);
        let Some((_, state)) = stands else { return };
        let Cursor::At(from) = state.cursors[lane.index()] else {
            return;
        };
        let to = Position::after(self.commit);
        let position = Position::begin(self.commit);
        let frame = ChangeFrame {
            scope,
            lane,
            from,
            to,
            items: vec![FeedItem { position, news }],
            digest: None,
        };
        assert_eq!(self.replica.take_changes(&frame), Ok(true));
    }
}

fn named((name, args): (&str, Vec<(String, Value)>)) -> (String, Vec<(String, Value)>) {
    (name.to_string(), args)
}

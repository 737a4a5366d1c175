//! The day of a plan as a trace: what phones, links, clocks, the centre and the server do, step by step.

mod centre;
mod doubles;
mod field;
mod heal;
mod office;
mod phones;
mod pulls;
mod server;
mod tree;

use super::plan::{Fault, Plan, Size};
use crate::trace::{AreaStep, Create, DeviceAct, Enrol, Pull, Step, Trace, What, WorkerStep};
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use tree::Tree;

/// The moment from which days count: 2 March 2026, 08:00 in China.
const EPOCH_MS: i64 = 1_772_409_600_000;
/// Grids at the beginning, in two villages.
const GRIDS: [&str; 6] = [
    "150821100201001",
    "150821100201002",
    "150821100201003",
    "150821100202001",
    "150821100202002",
    "150821101001001",
];
/// Acts of the centre on a standard day, besides those that are faults.
const CENTRE_ACTS: usize = 30;
/// Of what is to be written some is passed over: the phone does not hold the record, or is not there.
const OPS_TRIED_PERCENT: usize = 130;
/// A synchronisation takes more than one exchange: it goes on until nothing is left, or is tried again.
const SYNCS_DRAWN_PERCENT: usize = 65;
/// Finds on a standard day with rules.
const FINDS: usize = 20;
/// Most milliseconds between two steps.
const GAP_MS: i64 = 60_000;

/// The grids of a day: so many that most have several phones.
fn grids(size: Size) -> &'static [&'static str] {
    &GRIDS[..(size.phones / 2).clamp(2, GRIDS.len())]
}

/// One thing of the day.
#[derive(Clone, Copy, Debug)]
enum Happening {
    Op,
    Sync,
    Centre,
    /// Something that rules made is found, to be acted on.
    Find,
    Fault(Fault),
}

/// A phone of the day.
#[derive(Clone, Debug)]
struct PhoneOfDay {
    name: String,
    worker: String,
    /// Where its worker writes.
    areas: Vec<String>,
}

/// A record of the day.
#[derive(Clone, Debug)]
struct RecordOfDay {
    name: String,
    kind: &'static str,
    /// The area it was written in.
    area: String,
    /// The phone that wrote it; none if the centre did.
    phone: Option<String>,
    /// Whether its phone's worker did not answer for that area when it was written, as far as the day knows.
    strange: bool,
}

/// A day that is being drawn.
struct Day {
    plan: Plan,
    rng: ChaCha8Rng,
    steps: Vec<Step>,
    at_ms: i64,
    phones: Vec<PhoneOfDay>,
    workers: Vec<String>,
    /// Records, in the order in which they were written.
    records: Vec<RecordOfDay>,
    tree: Tree,
    /// Phones' backups: whose, and its name.
    backups: Vec<(String, String)>,
    backed_up: bool,
    table_kept: bool,
    /// Acts that come to an end later: after so many steps, this.
    later: Vec<(usize, What)>,
    revoked: usize,
    /// Whether the server has its newer catalogue.
    upgraded: bool,
    /// How many accounts were made.
    accounts: usize,
    /// Rows of files so far.
    rows: Vec<Create>,
    /// What was pulled so far.
    pulls: Vec<Pull>,
}

/// The trace of a plan, and how many of its steps come before everything heals.
pub(super) fn trace(plan: &Plan) -> (Trace, usize) {
    let mut day = Day::new(plan.clone());
    day.begin();
    day.live();
    day.mark_doubles();
    let before_healing = day.steps.len();
    day.heal();
    let trace = Trace {
        name: format!("soak {}", plan.seed),
        epoch_ms: EPOCH_MS,
        seed: Some(plan.seed),
        steps: day.steps,
    };
    (trace, before_healing)
}

impl Day {
    fn new(plan: Plan) -> Self {
        Day {
            rng: plan.rng.clone(),
            steps: Vec::new(),
            at_ms: 0,
            phones: Vec::new(),
            workers: Vec::new(),
            records: Vec::new(),
            tree: Tree::of(grids(plan.size)),
            backups: Vec::new(),
            backed_up: false,
            table_kept: false,
            later: Vec::new(),
            revoked: 0,
            upgraded: false,
            accounts: 0,
            rows: Vec::new(),
            pulls: Vec::new(),
            plan,
        }
    }

    fn push(&mut self, what: What) {
        self.step(what, false);
    }

    /// A step that is passed over if it cannot be carried out.
    fn try_to(&mut self, what: What) {
        self.step(what, true);
    }

    fn step(&mut self, what: What, if_possible: bool) {
        self.steps.push(Step {
            line: self.steps.len() + 2,
            at_ms: self.at_ms,
            if_possible,
            what,
        });
    }

    /// One of many.
    fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.rng.random_range(0..all.len())].clone()
    }

    fn phone(&mut self) -> PhoneOfDay {
        let place = self.rng.random_range(0..self.phones.len());
        self.phones[place].clone()
    }

    /// A phone that most likely holds a record: the one that wrote it, or another one there.
    fn phone_with(&mut self, record: &RecordOfDay) -> PhoneOfDay {
        let writer = self
            .phones
            .iter()
            .find(|phone| Some(&phone.name) == record.phone.as_ref());
        if let Some(writer) = writer.cloned()
            && self.rng.random_bool(0.6)
        {
            return writer;
        }
        let there: Vec<PhoneOfDay> = self
            .phones
            .iter()
            .filter(|phone| phone.areas.contains(&record.area))
            .cloned()
            .collect();
        if there.is_empty() || self.rng.random_bool(0.1) {
            self.phone()
        } else {
            self.one_of(&there)
        }
    }

    fn on_phone(&mut self, act: DeviceAct) {
        let device = self.phone().name;
        self.try_to(What::Device { device, act });
    }

    /// Areas, workers and the phones they begin the day with.
    fn begin(&mut self) {
        if self.plan.has(Fault::Upgrade) {
            self.push(What::Server(crate::trace::ServerAct::Catalogue(1)));
        }
        for grid in grids(self.plan.size) {
            self.push(What::Area(AreaStep {
                code: (*grid).into(),
                name: (*grid).into(),
                level: "grid".into(),
            }));
        }
        for number in 0..self.plan.size.phones {
            self.add_phone(number);
        }
    }

    fn add_phone(&mut self, number: usize) {
        // Now and then a worker has a second phone.
        let owner = if number % 9 == 8 { number - 1 } else { number };
        let worker = format!("w{owner}");
        let grids = grids(self.plan.size);
        let first = owner % grids.len();
        let mut areas = vec![grids[first].to_string()];
        if owner % 4 == 3 {
            areas.push(grids[(first + 1) % grids.len()].to_string());
        }
        if owner == number {
            self.push(What::Worker(WorkerStep {
                worker: worker.clone(),
                name: worker.clone(),
                areas: areas.clone(),
            }));
            self.workers.push(worker.clone());
        }
        self.enrol(number, worker, areas);
    }

    fn enrol(&mut self, number: usize, worker: String, areas: Vec<String>) {
        let name = format!("d{number}");
        self.try_to(What::Enrol(Enrol {
            device: name.clone(),
            worker: worker.clone(),
            link: None,
        }));
        if self.plan.has(Fault::Upgrade) && self.rng.random_bool(0.5) {
            self.try_to(What::Device {
                device: name.clone(),
                act: DeviceAct::Catalogue(1),
            });
        }
        self.phones.push(PhoneOfDay { name, worker, areas });
    }

    /// Everything of the day, in an order of its own.
    fn happenings(&mut self) -> Vec<Happening> {
        let size = self.plan.size;
        let acts = (CENTRE_ACTS * size.ops).div_ceil(600);
        let mut all = vec![Happening::Op; size.ops * OPS_TRIED_PERCENT / 100];
        all.extend(vec![Happening::Sync; size.exchanges * SYNCS_DRAWN_PERCENT / 100]);
        all.extend(vec![Happening::Centre; acts]);
        if self.plan.has(Fault::Rules) {
            all.extend(vec![Happening::Find; (FINDS * size.ops).div_ceil(600)]);
        }
        for (fault, count) in self.plan.faults.clone() {
            all.extend(vec![Happening::Fault(fault); count]);
        }
        all.shuffle(&mut self.rng);
        all
    }

    fn live(&mut self) {
        if self.plan.trims {
            self.push(What::Server(crate::trace::ServerAct::TrimAtRandom));
        }
        for happening in self.happenings() {
            self.at_ms += self.rng.random_range(0..GAP_MS);
            self.come_due();
            match happening {
                Happening::Op => self.op(),
                Happening::Sync => self.sync(),
                Happening::Centre => self.at_centre(),
                Happening::Find => self.find(),
                Happening::Fault(fault) => self.befall(fault),
            }
        }
    }

    fn befall(&mut self, fault: Fault) {
        match fault {
            Fault::Link
            | Fault::Dark
            | Fault::Crash
            | Fault::Restart
            | Fault::Reboot
            | Fault::Clock
            | Fault::Storage
            | Fault::Damage
            | Fault::PhoneBackup
            | Fault::Clone => self.befall_phone(fault),
            Fault::Kill
            | Fault::PowerCut
            | Fault::DieAt
            | Fault::Disk
            | Fault::Table
            | Fault::ServerClock
            | Fault::Upgrade
            | Fault::ServerBackup
            | Fault::Untold => self.befall_server(fault),
            Fault::Move
            | Fault::Tree
            | Fault::Relocate
            | Fault::Revoke
            | Fault::Erase
            | Fault::Release
            | Fault::Rules
            | Fault::Muster
            | Fault::Grow
            | Fault::Enrol => self.change_at_centre(fault),
            Fault::Account | Fault::Import | Fault::Learn => self.in_office(fault),
            Fault::Pull => self.pull(),
            Fault::Supply => self.supply(),
        }
    }

    /// What was to come to an end by now does.
    fn come_due(&mut self) {
        let mut due = Vec::new();
        self.later.retain_mut(|(left, what)| {
            *left = left.saturating_sub(1);
            if *left == 0 {
                due.push(what.clone());
            }
            *left > 0
        });
        for what in due {
            self.try_to(what);
        }
    }

    /// What has not come to its end yet does now: nobody asks a server for hours that is down.
    fn all_come_due(&mut self) {
        for (_, what) in std::mem::take(&mut self.later) {
            self.try_to(what);
        }
        self.try_to(What::Server(crate::trace::ServerAct::Start));
    }

    /// Something comes to an end after some steps.
    fn some_time_later(&mut self, most: usize, what: What) {
        let left = self.rng.random_range(1..=most);
        self.later.push((left, what));
    }
}

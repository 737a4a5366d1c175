//! A random field day: what phones, links, clocks, the centre and the server may do, drawn from a seed.

use super::tree::Tree;
use otor_sim::trace::{
    AdminAct, AreaStep, Assign, Clock, Create, DeviceAct, Edit, Enrol, Event, Fields, LinkChange, Lists,
    MoveWorker, Release, Relocate, ServerAct, Step, Sync, Trace, What, WorkerStep,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

const GRIDS: [&str; 3] = ["150821100201001", "150821100201002", "150821100202001"];
pub(super) const PHONES: usize = 5;
/// Two workers share the first grid, two the second; the fifth has two grids.
const AREAS: [&[&str]; PHONES] = [
    &[GRIDS[0]],
    &[GRIDS[0]],
    &[GRIDS[1]],
    &[GRIDS[1]],
    &[GRIDS[1], GRIDS[2]],
];
const STEPS: usize = 160;

/// What befalls phones and server besides crashes, cuts and wrong clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing.
    Ordinary,
    /// Phones are cloned, and come back from backups.
    Copies,
    /// The server comes back from backups.
    RestoredServer,
}

pub(super) struct Day {
    pub(super) rng: ChaCha8Rng,
    steps: Vec<Step>,
    at_ms: i64,
    records: Vec<(String, &'static str)>,
    pub(super) server_up: bool,
    tree: Tree,
    /// For each phone, in the order in which they came: the areas of its worker.
    pub(super) phones: Vec<&'static [&'static str]>,
    /// Backups of phones: whose, and its name.
    pub(super) backups: Vec<(usize, String)>,
    /// What befalls phones and server besides.
    trouble: Trouble,
    /// A backup of the server has been taken.
    pub(super) backed_up: bool,
}

fn fields(value: Value) -> Fields {
    value.as_object().expect("fields").clone().into_iter().collect()
}

fn lists(name: &str, values: &[&str]) -> Lists {
    [(
        name.to_string(),
        values.iter().map(|value| json!(value)).collect(),
    )]
    .into()
}

impl Day {
    fn new(seed: u64, trouble: Trouble) -> Self {
        let mut day = Day {
            rng: ChaCha8Rng::seed_from_u64(seed),
            steps: Vec::new(),
            at_ms: 0,
            records: Vec::new(),
            server_up: true,
            tree: Tree::of(&GRIDS),
            phones: AREAS.to_vec(),
            backups: Vec::new(),
            trouble,
            backed_up: false,
        };
        for grid in GRIDS {
            let area = AreaStep {
                code: grid.into(),
                name: grid.into(),
                level: "grid".into(),
            };
            day.push(What::Area(area));
        }
        for (phone, areas) in AREAS.iter().enumerate() {
            let areas = areas.iter().map(|area| area.to_string()).collect();
            let worker = format!("w{phone}");
            day.push(What::Worker(WorkerStep {
                worker: worker.clone(),
                name: worker.clone(),
                areas,
            }));
            day.push(What::Enrol(Enrol {
                device: format!("d{phone}"),
                worker,
                link: None,
            }));
        }
        day
    }

    pub(super) fn push(&mut self, what: What) {
        self.steps.push(Step {
            line: self.steps.len() + 2,
            at_ms: self.at_ms,
            what,
        });
    }

    fn phone(&mut self) -> String {
        format!("d{}", self.rng.random_range(0..self.phones.len()))
    }

    fn on_phone(&mut self, act: DeviceAct) {
        let device = self.phone();
        self.push(What::Device { device, act });
    }

    /// A living grid.
    fn grid(&mut self) -> String {
        self.tree.living[self.rng.random_range(0..self.tree.living.len())].clone()
    }

    fn any_record(&mut self, kinds: &[&str]) -> Option<(String, &'static str)> {
        let known: Vec<_> = self
            .records
            .iter()
            .filter(|(_, kind)| kinds.contains(kind))
            .cloned()
            .collect();
        (!known.is_empty()).then(|| known[self.rng.random_range(0..known.len())].clone())
    }

    fn create(&mut self) {
        let kind = ["visit", "visit", "report", "household"][self.rng.random_range(0..4)];
        let name = format!("r{}", self.records.len());
        let text = format!("note {name}");
        let content = match kind {
            "visit" => json!({"note": text, "resident_count": 3, "tags": ["a", "b"]}),
            "report" => json!({"title": text, "severity": self.rng.random_range(1..=4), "phone": "138"}),
            _ => json!({"code": name, "place": text, "phone": "139"}),
        };
        // Now and then somewhere the worker does not answer for: it is kept aside, not lost.
        let phone = self.rng.random_range(0..self.phones.len());
        let area = if self.rng.random_bool(0.9) {
            self.phones[phone][0].to_string()
        } else {
            self.grid()
        };
        let create = Create {
            record: name.clone(),
            kind: kind.into(),
            area: Some(area),
            fields: fields(content),
        };
        self.records.push((name, kind));
        self.push(What::Device {
            device: format!("d{phone}"),
            act: DeviceAct::Create(create),
        });
    }

    fn edit_of(&mut self, record: String, kind: &str) -> Edit {
        let n = self.rng.random_range(0..1_000);
        let mut edit = Edit {
            record,
            if_held: true,
            ..Edit::default()
        };
        match (kind, self.rng.random_range(0..4)) {
            ("task", _) | (_, 0) => edit.append = lists("notes", &[&format!("n{n}")]),
            ("visit", 1) => edit.set = fields(json!({"resident_count": n})),
            ("visit", 2) => edit.add = lists("tags", &[["a", "b", "c"][n % 3]]),
            ("visit", _) => edit.remove = lists("tags", &[["a", "b", "c"][n % 3]]),
            ("report", 1) => edit.set = fields(json!({"severity": n % 4 + 1})),
            ("report", 2) => edit.set = fields(json!({"category": format!("c{n}")})),
            (_, _) => edit.set = fields(json!({"phone": format!("13{n}")})),
        }
        if edit.set.is_empty() && edit.add.is_empty() && edit.remove.is_empty() && edit.append.is_empty() {
            edit.append = lists("notes", &["again"]);
        }
        edit
    }

    fn edit(&mut self) {
        let Some((record, kind)) = self.any_record(&["visit", "report", "household", "task"]) else {
            return;
        };
        let mut edit = self.edit_of(record, kind);
        if !edit.remove.is_empty() {
            // A member that is not there leaves nothing to write: an entry beside it keeps the step valid.
            edit.append = lists("notes", &["tag taken off"]);
        }
        self.on_phone(DeviceAct::Edit(edit));
    }

    fn event(&mut self) {
        let Some((record, kind)) = self.any_record(&["report", "task"]) else {
            return;
        };
        let names: &[&str] = match kind {
            "report" => &[
                "assign",
                "handle",
                "close",
                "withdraw",
                "request_reopen",
                "escalate",
                "call_back",
            ],
            _ => &["accept", "refuse", "complete"],
        };
        let event = names[self.rng.random_range(0..names.len())].to_string();
        let event = Event {
            record,
            event,
            fields: Fields::new(),
            if_held: true,
        };
        self.on_phone(DeviceAct::Event(event));
    }

    fn at_centre(&mut self) {
        if !self.server_up {
            return;
        }
        let act = match self.rng.random_range(0..7) {
            0 => {
                let name = format!("r{}", self.records.len());
                let worker = format!("w{}", self.rng.random_range(0..PHONES));
                self.records.push((name.clone(), "task"));
                let content = fields(json!({"title": name, "assignee": worker}));
                let area = Some(self.grid());
                AdminAct::Create(Create {
                    record: name,
                    kind: "task".into(),
                    area,
                    fields: content,
                })
            }
            1 => {
                let Some((record, _)) = self.any_record(&["task"]) else {
                    return;
                };
                AdminAct::Assign(Assign {
                    record,
                    to: format!("w{}", self.rng.random_range(0..PHONES)),
                })
            }
            2 => {
                let areas = match self.rng.random_range(0..3) {
                    0 => vec![self.grid()],
                    1 => self.tree.living[1..].to_vec(),
                    _ => self.tree.living.clone(),
                };
                AdminAct::MoveWorker(MoveWorker {
                    worker: format!("w{}", self.rng.random_range(0..PHONES)),
                    areas,
                })
            }
            3 => {
                let kinds = ["visit", "report", "household", "task"];
                let Some((record, _)) = self.any_record(&kinds) else {
                    return;
                };
                let area = self.grid();
                AdminAct::Relocate(Relocate { record, area })
            }
            4 => {
                let Some((record, _)) = self.any_record(&["visit", "report", "household"]) else {
                    return;
                };
                AdminAct::Release(Release { record })
            }
            5 => match self.tree.change(&mut self.rng) {
                Some(act) => act,
                None => return,
            },
            _ => {
                let Some((record, _)) = self.any_record(&["task"]) else {
                    return;
                };
                let reason = ["plain", "safety", "wrong_target"][self.rng.random_range(0..3)];
                let event = Event {
                    record,
                    event: "cancel".into(),
                    fields: fields(json!({"reason": reason})),
                    if_held: false,
                };
                AdminAct::Event(event)
            }
        };
        self.push(What::Admin(act));
    }

    fn server(&mut self) {
        let act = match (self.server_up, self.rng.random_range(0..2)) {
            (true, 0) => ServerAct::Kill,
            (true, _) => ServerAct::PowerCut,
            (false, _) => ServerAct::Start,
        };
        self.server_up = act == ServerAct::Start;
        self.push(What::Server(act));
    }

    fn sync(&mut self) {
        let cut_after_bytes = match self.rng.random_range(0..3) {
            0 => Some(self.rng.random_range(1..6_000)),
            _ => None,
        };
        let cut_reply = self.rng.random_bool(0.15);
        let until_done = self.rng.random_bool(0.3);
        self.on_phone(DeviceAct::Sync(Sync {
            until_done,
            cut_after_bytes,
            cut_reply,
        }));
    }

    fn trouble(&mut self) {
        let act = match self.rng.random_range(0..6) {
            0 => DeviceAct::Crash,
            1 => DeviceAct::Restart,
            2 => DeviceAct::Reboot,
            3 => DeviceAct::Clock(Clock {
                offset_ms: self.rng.random_range(-4_000_000_000..4_000_000_000),
            }),
            4 => DeviceAct::Link(LinkChange::Profile("cut3".into())),
            _ => DeviceAct::Link(LinkChange::Profile("lte_edge".into())),
        };
        self.on_phone(act);
    }

    fn live(&mut self) {
        for _ in 0..STEPS {
            self.at_ms += self.rng.random_range(0..40_000);
            match self.rng.random_range(0..100) {
                0..28 => self.create(),
                28..52 => self.edit(),
                52..62 => self.event(),
                62..72 => self.at_centre(),
                72..92 => self.sync(),
                92..96 => self.trouble(),
                96..98 if self.trouble == Trouble::Copies => self.copies(),
                96..98 if self.trouble == Trouble::RestoredServer => self.backups_of_the_server(),
                _ => self.server(),
            }
        }
    }

    /// Everything heals; each phone synchronises in turn, several times.
    fn heal(&mut self) {
        self.at_ms += 7_200_000;
        if !self.server_up {
            self.push(What::Server(ServerAct::Start));
        }
        for phone in 0..self.phones.len() {
            let device = format!("d{phone}");
            let act = DeviceAct::Link(LinkChange::Profile("ideal".into()));
            self.push(What::Device { device, act });
        }
        for _ in 0..3 {
            for phone in 0..self.phones.len() {
                self.at_ms += 1_800_000;
                let sync = Sync {
                    until_done: true,
                    ..Sync::default()
                };
                self.push(What::Device {
                    device: format!("d{phone}"),
                    act: DeviceAct::Sync(sync),
                });
            }
        }
    }
}

/// The day of a seed as a trace.
pub fn trace(seed: u64, trouble: Trouble) -> Trace {
    let mut day = Day::new(seed, trouble);
    day.live();
    day.heal();
    Trace {
        name: format!("chaos {seed}"),
        epoch_ms: 1_772_409_600_000,
        steps: day.steps,
    }
}

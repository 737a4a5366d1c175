//! What workers do on a day: they write, and their phones synchronise.

use super::{Day, GAP_MS, RecordOfDay};
use crate::soak::plan::Fault;
use crate::trace::{Create, DeviceAct, Edit, Event, Fields, Lists, Sync, What};
use rand::RngExt;
use serde_json::{Value, json};

/// What notes are made of.
const PHRASES: [&str; 8] = [
    "老两口都在，身体还好",
    "家里没人，邻居说去县城了",
    "屋顶漏水，已经报给村里",
    "孩子放假回来，下周返校",
    "门前路灯坏了",
    "低保材料还差一份证明",
    "水渠堵了，约好明天清",
    "灶台旁堆了柴草，当面提醒",
];
/// How many synchronisations go on until nothing is left. Each takes two exchanges and more.
const UNTIL_DONE: f64 = 0.3;
/// How often a phone whose request is late tries again when that has come, before its reply does.
const AGAIN_BEFORE_REPLY: f64 = 0.5;
/// How many of the latest records are written on most.
const FRESH: usize = 40;

pub(super) fn fields(value: Value) -> Fields {
    match value {
        Value::Object(map) => map.into_iter().collect(),
        _ => Fields::new(),
    }
}

fn lists(name: &str, values: &[&str]) -> Lists {
    let values = values.iter().map(|value| json!(value)).collect();
    [(name.to_string(), values)].into()
}

impl Day {
    /// A worker writes something.
    pub(super) fn op(&mut self) {
        match self.rng.random_range(0..100) {
            0..45 => self.create(),
            45..85 => self.edit(),
            _ => self.event(),
        }
    }

    pub(super) fn text(&mut self) -> String {
        let phrase = self.one_of(&PHRASES);
        format!("{phrase}。第{}次", self.rng.random_range(1..1_000))
    }

    /// A record of one of these kinds, more likely a fresh one.
    pub(super) fn any_record(&mut self, kinds: &[&str]) -> Option<(String, &'static str)> {
        let record = self.any_of(kinds)?;
        Some((record.name, record.kind))
    }

    fn any_of(&mut self, kinds: &[&str]) -> Option<RecordOfDay> {
        let fresh = self.records.len().saturating_sub(FRESH);
        let from = if self.rng.random_bool(0.7) { fresh } else { 0 };
        let known: Vec<_> = self.records[from..]
            .iter()
            .filter(|record| kinds.contains(&record.kind))
            .cloned()
            .collect();
        (!known.is_empty()).then(|| self.one_of(&known))
    }

    /// A record that the centre writes, or the phone that is named.
    pub(super) fn new_name(&mut self, kind: &'static str, area: &str, phone: Option<&str>) -> String {
        let name = format!("r{}", self.records.len());
        self.records.push(RecordOfDay {
            name: name.clone(),
            kind,
            area: area.to_owned(),
            phone: phone.map(str::to_owned),
            strange: self.is_strange(area, phone),
        });
        name
    }

    fn is_strange(&self, area: &str, phone: Option<&str>) -> bool {
        let phone = phone.and_then(|name| self.phones.iter().find(|phone| phone.name == name));
        phone.is_some_and(|phone| !phone.areas.iter().any(|own| own == area))
    }

    /// A record that is likely to be kept aside.
    pub(super) fn kept_aside(&mut self) -> Option<String> {
        let strange: Vec<_> = self
            .records
            .iter()
            .filter(|record| record.strange)
            .cloned()
            .collect();
        (!strange.is_empty()).then(|| self.one_of(&strange).name)
    }

    fn create(&mut self) {
        let kinds = ["visit", "visit", "visit", "report", "household", "hazard"];
        // Only the newer catalogue knows the last.
        let known = kinds.len() - usize::from(!self.plan.has(Fault::Upgrade));
        let kind = self.one_of(&kinds[..known]);
        let text = self.text();
        let content = match kind {
            "visit" => {
                json!({"note": text, "resident_count": self.rng.random_range(0..8), "tags": ["a", "b"]})
            }
            "hazard" => json!({"finding": text, "severity_found": self.rng.random_range(1..=3)}),
            "report" => json!({"title": text, "severity": self.rng.random_range(1..=4), "phone": "138"}),
            _ => json!({"code": format!("h{}", self.records.len()), "place": text, "phone": "139"}),
        };
        let phone = self.phone();
        // Now and then somewhere the worker does not answer for: it is kept aside, not lost.
        let area = if self.rng.random_bool(0.93) {
            self.one_of(&phone.areas)
        } else {
            self.grid()
        };
        let create = Create {
            record: self.new_name(kind, &area, Some(&phone.name)),
            kind: kind.into(),
            area: Some(area),
            fields: fields(content),
        };
        self.try_to(What::Device {
            device: phone.name,
            act: DeviceAct::Create(create),
        });
    }

    pub(super) fn edit_of(&mut self, record: String, kind: &str) -> Edit {
        let n = self.rng.random_range(0..1_000);
        let mut edit = Edit {
            record,
            if_held: true,
            ..Edit::default()
        };
        match (kind, self.rng.random_range(0..5)) {
            ("task", _) | (_, 0) => edit.append = lists("notes", &[&self.text()]),
            ("visit", 1) => edit.set = fields(json!({"resident_count": n % 12})),
            ("visit", 2) => edit.set = fields(json!({"category": format!("c{}", n % 7)})),
            ("visit", 3) => edit.add = lists("tags", &[["a", "b", "c", "d"][n % 4]]),
            ("visit", _) => {
                // A member that is not there leaves nothing to write: an entry beside it keeps the step valid.
                edit.remove = lists("tags", &[["a", "b", "c", "d"][n % 4]]);
                edit.append = lists("notes", &["tag taken off"]);
            }
            ("report", 1) => edit.set = fields(json!({"severity": n % 4 + 1})),
            ("report", 2) => edit.set = fields(json!({"category": format!("c{}", n % 7)})),
            (_, _) => edit.set = fields(json!({"phone": format!("13{n}")})),
        }
        edit
    }

    fn edit(&mut self) {
        let kinds = ["visit", "report", "household", "task"];
        let Some(record) = self.any_of(&kinds) else {
            return self.create();
        };
        let device = self.phone_with(&record).name;
        let act = DeviceAct::Edit(self.edit_of(record.name, record.kind));
        self.try_to(What::Device { device, act });
    }

    fn event(&mut self) {
        let Some(record) = self.any_of(&["report", "task"]) else {
            return self.create();
        };
        let names: &[&str] = match record.kind {
            "report" => &[
                "assign",
                "handle",
                "close",
                "withdraw",
                "request_reopen",
                "escalate",
                "call_back",
            ],
            _ => &["accept", "refuse", "complete", "verify"],
        };
        let device = self.phone_with(&record).name;
        let event = Event {
            record: record.name,
            event: self.one_of(names).to_string(),
            fields: Fields::new(),
            if_held: true,
        };
        let act = DeviceAct::Event(event);
        self.try_to(What::Device { device, act });
    }

    /// A phone synchronises, and something may befall that.
    pub(super) fn sync(&mut self) {
        let shares = self.plan.sync;
        let mut sync = Sync {
            until_done: self.rng.random_bool(UNTIL_DONE),
            ..Sync::default()
        };
        let draw = self.rng.random_range(0.0..1.0);
        if draw < shares.cut {
            // Short ones often, to be within the request; long ones to be within the reply.
            let most = self.one_of(&[700, 3_000, 12_000]);
            sync.cut_after_bytes = Some(self.rng.random_range(0..most));
        } else if draw < shares.cut + shares.reply_lost {
            sync.cut_reply = true;
        } else if draw < shares.cut + shares.reply_lost + shares.late {
            sync.late_ms = Some(self.rng.random_range(1_000..1_800_000));
        }
        if self.rng.random_bool(shares.wait) {
            sync.wait_ms = Some(self.rng.random_range(1_000..25_000));
        }
        if self.rng.random_bool(shares.again) {
            sync.again_ms = Some(self.rng.random_range(0..1_800_000));
        }
        // A request that goes astray does not wait.
        if sync.late_ms.is_some() || sync.again_ms.is_some() {
            sync.wait_ms = None;
        }
        let device = self.phone().name;
        self.on(&device, DeviceAct::Sync(sync));
        // Often it tries again while the reply to a request that came late is on its way.
        if let Some(late_ms) = sync.late_ms
            && self.rng.random_bool(AGAIN_BEFORE_REPLY)
        {
            let steps = late_ms as usize * 3 / GAP_MS as usize;
            let act = DeviceAct::Sync(Sync::default());
            self.later.push((steps.max(1), What::Device { device, act }));
        }
    }
}

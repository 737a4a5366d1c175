//! What a worker writes on a day: visits, corrections, a report now and then.

use super::county::{County, Grid, phone};
use super::words::TAGS;
use super::{DAY_MS, EPOCH_MS, MINUTE_MS, Script, Settings, notes};
use crate::trace::step::{Create, DeviceAct, Edit, Event, Fields};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

/// The working day in the field, in milliseconds from 07:00.
const FIELD_MS: std::ops::Range<i64> = 90 * MINUTE_MS..630 * MINUTE_MS;

/// What a worker's day came to.
pub(super) struct Done {
    pub(super) visits: u64,
    /// Reports left for the centre to follow up.
    pub(super) open_reports: Vec<OpenReport>,
}

/// A report that nobody has closed.
pub(super) struct OpenReport {
    pub(super) record: String,
    pub(super) worker: usize,
}

/// Writes a worker's day.
pub(super) fn write(
    script: &mut Script,
    county: &County,
    settings: &Settings,
    worker: usize,
    day: usize,
    rng: &mut ChaCha8Rng,
) -> Done {
    let grid = &county.grids[county.grid_of_worker[worker]];
    let mut writer = Writer {
        script,
        grid,
        worker,
        day,
        start_ms: day as i64 * DAY_MS,
        rng,
    };
    let visits = writer.visits(settings.visits_mean);
    writer.household_edits();
    let report = writer.rng.random_bool(settings.report_share.clamp(0.0, 1.0));
    let open_reports = if report {
        writer.report().into_iter().collect()
    } else {
        Vec::new()
    };
    Done { visits, open_reports }
}

struct Writer<'a> {
    script: &'a mut Script,
    grid: &'a Grid,
    worker: usize,
    day: usize,
    start_ms: i64,
    rng: &'a mut ChaCha8Rng,
}

impl Writer<'_> {
    fn act(&mut self, at_ms: i64, act: DeviceAct) {
        self.script.device(self.start_ms + at_ms, self.worker, act);
    }

    fn chance(&mut self, share: f64) -> bool {
        self.rng.random_bool(share)
    }

    /// The other worker of the grid, if it has two.
    fn partner(&self) -> Option<usize> {
        self.grid
            .workers
            .iter()
            .copied()
            .find(|other| *other != self.worker)
    }

    fn visits(&mut self, mean: u32) -> u64 {
        let spread = mean / 5;
        let count = self.rng.random_range(mean - spread..=mean.saturating_add(spread));
        let mut times: Vec<i64> = (0..count).map(|_| self.rng.random_range(FIELD_MS)).collect();
        times.sort_unstable();
        for (number, at_ms) in times.iter().enumerate() {
            self.visit(number, *at_ms);
        }
        u64::from(count)
    }

    fn visit(&mut self, number: usize, at_ms: i64) {
        let record = format!("v{}-{}-{}", self.day + 1, self.worker + 1, number + 1);
        let (note, category) = notes::visit_note(self.rng);
        let household = self.rng.random_range(1..=self.grid.households);
        let mut fields = self.found_at(at_ms, "visited_at");
        fields.insert("household".into(), self.grid.household_code(household).into());
        fields.insert("note".into(), note.into());
        fields.insert("category".into(), category.into());
        fields.insert("resident_count".into(), self.rng.random_range(1..=6).into());
        let tag = *notes::pick(self.rng, TAGS);
        if self.chance(0.3) {
            fields.insert("tags".into(), json!([tag]));
        }
        if self.chance(0.15) {
            let days = self.rng.random_range(3..15);
            fields.insert(
                "follow_up".into(),
                (EPOCH_MS + self.start_ms + days * DAY_MS).into(),
            );
        }
        let tagged = fields.contains_key("tags").then_some(tag);
        let area = Some(self.grid.code.clone());
        let create = Create {
            record: record.clone(),
            kind: "visit".into(),
            area,
            fields,
        };
        self.act(at_ms, DeviceAct::Create(create));
        if self.chance(0.1) {
            self.correct(&record, at_ms, tagged);
        }
        if let Some(partner) = self.partner()
            && self.chance(0.15)
        {
            self.by_partner(partner, &record, at_ms);
        }
    }

    /// When and where something was found.
    fn found_at(&mut self, at_ms: i64, time: &str) -> Fields {
        let (north, east) = self.grid.middle;
        let mut near = |middle: f64| {
            let millionths = (middle * 1e6) as i64 + self.rng.random_range(-9_000..9_000);
            Value::from(millionths as f64 / 1e6)
        };
        let (lat, lon) = (near(north), near(east));
        let at = Value::from(EPOCH_MS + self.start_ms + at_ms);
        [
            (time.to_string(), at),
            ("lat".to_string(), lat),
            ("lon".to_string(), lon),
        ]
        .into()
    }

    /// The worker thinks again about a visit just written.
    fn correct(&mut self, record: &str, visited_ms: i64, tagged: Option<&str>) {
        let mut edit = Edit {
            record: record.to_string(),
            ..Edit::default()
        };
        match (self.rng.random_range(0..4), tagged) {
            (0, Some(tag)) => {
                edit.remove.insert("tags".into(), vec![tag.into()]);
                edit.add.insert("tags".into(), vec!["checked".into()]);
            }
            (1, _) => {
                edit.append
                    .insert("notes".into(), vec![notes::addition(self.rng).into()]);
            }
            (2, _) => {
                edit.set
                    .insert("resident_count".into(), self.rng.random_range(1..=6).into());
            }
            _ => {
                let (_, category) = notes::visit_note(self.rng);
                edit.set.insert("category".into(), category.into());
            }
        }
        let at_ms = visited_ms + self.rng.random_range(MINUTE_MS..20 * MINUTE_MS);
        self.act(at_ms, DeviceAct::Edit(edit));
    }

    /// The grid's other worker adds to a visit, some hours later, if it has reached their phone.
    fn by_partner(&mut self, partner: usize, record: &str, visited_ms: i64) {
        let at_ms = visited_ms + self.rng.random_range(90 * MINUTE_MS..360 * MINUTE_MS);
        let mut edit = Edit {
            record: record.to_string(),
            if_held: true,
            ..Edit::default()
        };
        edit.add
            .insert("tags".into(), vec![(*notes::pick(self.rng, TAGS)).into()]);
        edit.append
            .insert("notes".into(), vec![notes::addition(self.rng).into()]);
        self.script
            .device(self.start_ms + at_ms, partner, DeviceAct::Edit(edit));
    }

    /// What changes about households in the course of a day.
    fn household_edits(&mut self) {
        for _ in 0..self.rng.random_range(1..=2) {
            let number = *notes::pick(self.rng, &self.grid.recorded);
            let at_ms = self.rng.random_range(FIELD_MS);
            let mut edit = household_edit(self.grid, number);
            match self.rng.random_range(0..3) {
                0 => edit.set.insert("phone".into(), phone(self.rng).into()),
                1 => edit.set.insert("place".into(), notes::place(self.rng).into()),
                _ => edit
                    .append
                    .insert("notes".into(), vec![notes::addition(self.rng).into()])
                    .map(Value::from),
            };
            self.act(at_ms, DeviceAct::Edit(edit));
        }
    }

    /// A report; returned if it is left open.
    fn report(&mut self) -> Option<OpenReport> {
        let record = format!("r{}-{}", self.day + 1, self.worker + 1);
        let at_ms = self.rng.random_range(FIELD_MS);
        let (title, description, category) = notes::report(self.rng);
        let mut fields = self.found_at(at_ms, "reported_at");
        let household = self.rng.random_range(1..=self.grid.households);
        fields.insert("household".into(), self.grid.household_code(household).into());
        fields.insert("title".into(), title.into());
        fields.insert("description".into(), description.into());
        fields.insert("category".into(), category.into());
        fields.insert(
            "severity".into(),
            (*notes::pick(self.rng, &[1, 1, 1, 2, 2, 3, 4])).into(),
        );
        fields.insert("phone".into(), phone(self.rng).into());
        let area = Some(self.grid.code.clone());
        self.act(
            at_ms,
            DeviceAct::Create(Create {
                record: record.clone(),
                kind: "report".into(),
                area,
                fields,
            }),
        );
        self.raise_by_partner(&record, at_ms);
        if self.chance(0.4) {
            self.close(&record, at_ms);
            return None;
        }
        Some(OpenReport {
            record,
            worker: self.worker,
        })
    }

    fn raise_by_partner(&mut self, record: &str, reported_ms: i64) {
        if let Some(partner) = self.partner()
            && self.chance(0.5)
        {
            let mut edit = Edit {
                record: record.to_string(),
                if_held: true,
                ..Edit::default()
            };
            edit.set
                .insert("severity".into(), self.rng.random_range(1..=4).into());
            edit.append
                .insert("notes".into(), vec![notes::addition(self.rng).into()]);
            let at_ms = self.start_ms + reported_ms + 120 * MINUTE_MS;
            self.script.device(at_ms, partner, DeviceAct::Edit(edit));
        }
    }

    /// A small matter does not leave the grid.
    fn close(&mut self, record: &str, reported_ms: i64) {
        let handled_ms = reported_ms + self.rng.random_range(5 * MINUTE_MS..40 * MINUTE_MS);
        self.act(handled_ms, event(record, "handle", Fields::new()));
        let outcome = notes::outcome(self.rng);
        let closed_ms = handled_ms + self.rng.random_range(10 * MINUTE_MS..60 * MINUTE_MS);
        self.act(
            closed_ms,
            event(record, "close", [("outcome".to_string(), outcome.into())].into()),
        );
    }
}

fn event(record: &str, name: &str, fields: Fields) -> DeviceAct {
    DeviceAct::Event(Event {
        record: record.to_string(),
        event: name.to_string(),
        fields,
        if_held: false,
    })
}

fn household_edit(grid: &Grid, number: u32) -> Edit {
    Edit {
        record: grid.household_ref(number),
        if_held: true,
        ..Edit::default()
    }
}

/// Both workers of a grid change the same household on the same day, neither knowing of the other.
pub(super) fn both_edit(script: &mut Script, grid: &Grid, start_ms: i64, rng: &mut ChaCha8Rng) {
    let number = grid.recorded[0];
    for worker in &grid.workers {
        let at_ms = start_ms + rng.random_range(FIELD_MS);
        let mut edit = household_edit(grid, number);
        edit.set.insert("phone".into(), phone(rng).into());
        edit.append
            .insert("notes".into(), vec![notes::addition(rng).into()]);
        if rng.random_bool(0.5) {
            edit.set.insert("place".into(), notes::place(rng).into());
        }
        script.device(at_ms, *worker, DeviceAct::Edit(edit));
    }
}

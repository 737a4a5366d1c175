//! What the township does on a day: tasks given, given anew, called off; yesterday's reports followed up.

use super::county::County;
use super::day::OpenReport;
use super::{DAY_MS, EPOCH_MS, MINUTE_MS, Script, Settings, notes, worker_ref};
use crate::trace::AdminAct;
use crate::trace::admin::Assign;
use crate::trace::step::{Create, DeviceAct, Edit, Event, Fields, What};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// When the centre looks at yesterday's reports, in minutes from 07:00: at 08:20.
const FOLLOW_UP_MINUTE: i64 = 80;
/// When the centre gives out the day's tasks.
const GIVEN_MS: std::ops::Range<i64> = 100 * MINUTE_MS..540 * MINUTE_MS;
/// When it changes its mind about some.
const CHANGED_MINUTE: i64 = 600;
/// When workers deal with the tasks that the evening's first synchronisation brought.
const DONE_MS: std::ops::Range<i64> = 770 * MINUTE_MS..800 * MINUTE_MS;

/// Gives out the tasks of a day and has them dealt with.
pub(super) fn tasks(
    script: &mut Script,
    county: &County,
    settings: &Settings,
    day: usize,
    rng: &mut ChaCha8Rng,
) {
    let start_ms = day as i64 * DAY_MS;
    for worker in 0..settings.workers {
        if !rng.random_bool(settings.task_share.clamp(0.0, 1.0)) {
            continue;
        }
        let record = format!("t{}-{}", day + 1, worker + 1);
        let mut task = Task {
            script,
            county,
            start_ms,
            record,
            worker,
            rng,
        };
        let given_ms = task.rng.random_range(GIVEN_MS);
        task.give(given_ms, None);
        task.fate();
    }
}

/// Takes up the reports that yesterday left open.
pub(super) fn follow_up(
    script: &mut Script,
    county: &County,
    start_ms: i64,
    reports: &[OpenReport],
    rng: &mut ChaCha8Rng,
) {
    for (number, report) in reports.iter().enumerate() {
        let at_ms = FOLLOW_UP_MINUTE * MINUTE_MS + number as i64 * 5_000;
        let to = [("to".to_string(), worker_ref(report.worker).into())].into();
        let assign = Event {
            if_held: false,
            ..event(&report.record, "assign", to)
        };
        script.push(start_ms + at_ms, What::Admin(AdminAct::Event(assign)));
        let record = format!("t-{}", report.record);
        let mut task = Task {
            script,
            county,
            start_ms,
            record,
            worker: report.worker,
            rng,
        };
        task.give(at_ms + 1_000, Some(&report.record));
        let done_ms = task.complete(report.worker);
        let outcome = notes::outcome(task.rng);
        let close = event(
            &report.record,
            "close",
            [("outcome".to_string(), outcome.into())].into(),
        );
        task.script
            .device(start_ms + done_ms + 1_000, report.worker, DeviceAct::Event(close));
    }
}

struct Task<'a> {
    script: &'a mut Script,
    county: &'a County,
    start_ms: i64,
    record: String,
    worker: usize,
    rng: &'a mut ChaCha8Rng,
}

impl Task<'_> {
    fn admin(&mut self, at_ms: i64, act: AdminAct) {
        self.script.push(self.start_ms + at_ms, What::Admin(act));
    }

    fn give(&mut self, at_ms: i64, report: Option<&str>) {
        let (title, description) = notes::task(self.rng);
        let due_ms = EPOCH_MS + self.start_ms + self.rng.random_range(1..5) * DAY_MS;
        let mut fields: Fields = [
            ("title".to_string(), title.into()),
            ("description".to_string(), description.into()),
            ("due_at".to_string(), due_ms.into()),
        ]
        .into();
        fields.extend(report.map(|report| ("report".to_string(), report.into())));
        let area = Some(
            self.county.grids[self.county.grid_of_worker[self.worker]]
                .code
                .clone(),
        );
        let create = Create {
            record: self.record.clone(),
            kind: "task".into(),
            area,
            fields,
        };
        self.admin(at_ms, AdminAct::Create(create));
        self.assign(at_ms + 2_000, self.worker);
    }

    fn assign(&mut self, at_ms: i64, worker: usize) {
        self.admin(
            at_ms,
            AdminAct::Assign(Assign {
                record: self.record.clone(),
                to: worker_ref(worker),
            }),
        );
    }

    /// What becomes of a task.
    fn fate(&mut self) {
        let grid = &self.county.grids[self.county.grid_of_worker[self.worker]];
        let partner = grid.workers.iter().copied().find(|other| *other != self.worker);
        match (self.rng.random_range(0..10), partner) {
            (0, _) => self.call_off(),
            (1, _) => self.refuse(),
            (2..5, Some(partner)) => {
                self.assign(CHANGED_MINUTE * MINUTE_MS, partner);
                self.complete(self.worker);
                self.complete(partner);
            }
            (5, None) => {}
            _ => {
                self.complete(self.worker);
            }
        }
    }

    fn call_off(&mut self) {
        let reason = [("reason".to_string(), "plain".into())].into();
        let cancel = Event {
            if_held: false,
            ..event(&self.record, "cancel", reason)
        };
        self.admin(CHANGED_MINUTE * MINUTE_MS, AdminAct::Event(cancel));
    }

    fn refuse(&mut self) {
        let refuse = event(
            &self.record,
            "refuse",
            [("reason".to_string(), "off_list".into())].into(),
        );
        let at_ms = self.rng.random_range(DONE_MS);
        self.script
            .device(self.start_ms + at_ms, self.worker, DeviceAct::Event(refuse));
    }

    /// A worker accepts and completes, if the task has reached their phone; returns when it is done.
    fn complete(&mut self, worker: usize) -> i64 {
        let at_ms = self.rng.random_range(DONE_MS);
        let start_ms = self.start_ms;
        let outcome = notes::outcome(self.rng);
        let accept = event(&self.record, "accept", Fields::new());
        self.script
            .device(start_ms + at_ms, worker, DeviceAct::Event(accept));
        let mut edit = Edit {
            record: self.record.clone(),
            if_held: true,
            ..Edit::default()
        };
        edit.append
            .insert("notes".into(), vec![notes::addition(self.rng).into()]);
        self.script
            .device(start_ms + at_ms + 60_000, worker, DeviceAct::Edit(edit));
        let complete = event(
            &self.record,
            "complete",
            [("outcome".to_string(), outcome.into())].into(),
        );
        self.script
            .device(start_ms + at_ms + 120_000, worker, DeviceAct::Event(complete));
        at_ms + 120_000
    }
}

/// An event; on a phone, only if it holds the record.
fn event(record: &str, name: &str, fields: Fields) -> Event {
    Event {
        record: record.to_string(),
        event: name.to_string(),
        fields,
        if_held: true,
    }
}

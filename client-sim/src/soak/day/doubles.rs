//! Reports that are marked as doubles of each other on a day, drawn beside it: by workers and by the centre, by two at once,
//! in chains and circles, of reports of elsewhere or that have not come, and taken back; and what then becomes of the other.

use super::field::fields;
use super::{Day, RecordOfDay};
use crate::soak::plan::{Fault, Plan, Size};
use crate::trace::{AdminAct, By, DeviceAct, Erase, Event, Fields, Release, Relocate, Step, What};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;

/// On how many days there are any.
const DAYS: f64 = 0.6;
/// Most on a standard day.
const MARKED: usize = 40;
/// How many of the latest reports are marked most: few, so that marks meet.
const FRESH: usize = 6;
/// How often it is one of those.
const IS_FRESH: f64 = 0.8;
/// How often the phone that wrote a report is the one that says something of it.
const BY_ITS_WRITER: f64 = 0.6;

/// Who draws them: of the day's seed, but no draw of the day itself.
struct Doubles<'a> {
    day: &'a Day,
    rng: ChaCha8Rng,
    /// Reports so far.
    reports: Vec<RecordOfDay>,
    /// Accounts so far.
    accounts: usize,
    /// What was marked as a double of what.
    marked: Vec<(RecordOfDay, RecordOfDay)>,
}

impl Day {
    /// Puts them between what the day has.
    pub(super) fn mark_doubles(&mut self) {
        let rng = ChaCha8Rng::seed_from_u64(self.plan.seed ^ 0xd0b1e);
        let steps = std::mem::take(&mut self.steps);
        self.steps = Doubles {
            day: self,
            rng,
            reports: Vec::new(),
            accounts: 0,
            marked: Vec::new(),
        }
        .among(steps);
    }
}

impl Doubles<'_> {
    fn among(mut self, steps: Vec<Step>) -> Vec<Step> {
        let Plan { size, .. } = self.day.plan;
        let most = (MARKED * size.ops).div_ceil(Size::STANDARD.ops);
        let chance = match self.rng.random_bool(DAYS) {
            true => self.rng.random_range(1..=most) as f64 / steps.len().max(most) as f64,
            false => 0.0,
        };
        let mut all: Vec<Step> = Vec::new();
        for step in steps {
            let at_ms = step.at_ms;
            self.note(&step.what);
            all.push(step);
            if self.reports.len() > 2 && self.rng.random_bool(chance) {
                let more = self.draw().into_iter();
                all.extend(more.map(|what| Step {
                    line: 0,
                    at_ms,
                    if_possible: true,
                    what,
                }));
            }
        }
        for (place, step) in all.iter_mut().enumerate() {
            step.line = place + 2;
        }
        all
    }

    /// Looks at what a step of the day makes.
    fn note(&mut self, what: &What) {
        let made = match what {
            What::Device {
                act: DeviceAct::Create(one),
                ..
            }
            | What::Admin(AdminAct::Create(one)) => vec![&one.record],
            What::Admin(AdminAct::By(By { act, .. })) => match &**act {
                AdminAct::Create(one) => vec![&one.record],
                _ => Vec::new(),
            },
            What::Admin(AdminAct::Import(import)) => import.rows.iter().map(|row| &row.record).collect(),
            What::Admin(AdminAct::Account(_)) => {
                self.accounts += 1;
                Vec::new()
            }
            _ => Vec::new(),
        };
        for name in made {
            let known = self.day.records.iter().find(|record| record.name == *name);
            let is_new = self.reports.iter().all(|report| report.name != *name);
            let report = known.filter(|known| known.kind == "report" && is_new);
            self.reports.extend(report.cloned());
        }
    }

    fn report(&mut self) -> RecordOfDay {
        let fresh = self.reports.len().saturating_sub(FRESH);
        let from = if self.rng.random_bool(IS_FRESH) { fresh } else { 0 };
        self.reports[self.rng.random_range(from..self.reports.len())].clone()
    }

    /// Two that are not one.
    fn two(&mut self) -> (RecordOfDay, RecordOfDay) {
        loop {
            let (one, other) = (self.report(), self.report());
            if one.name != other.name {
                return (one, other);
            }
        }
    }

    fn draw(&mut self) -> Vec<What> {
        let (one, other) = self.two();
        match self.rng.random_range(0..10) {
            0..3 => vec![self.mark(&one, &other)],
            3 => vec![self.mark_at_centre(&one, &other)],
            // Two at once say different things of it.
            4 => {
                let third = self.report();
                let first = self.mark(&one, &other);
                match third.name == one.name {
                    true => vec![first],
                    false => vec![first, self.mark(&one, &third)],
                }
            }
            5 => vec![self.mark(&one, &other), self.mark(&other, &one)],
            6 => {
                let third = self.report();
                let first = self.mark(&one, &other);
                match third.name == other.name {
                    true => vec![first],
                    false => vec![first, self.mark(&other, &third)],
                }
            }
            7 => self.take_back().into_iter().collect(),
            _ => self.change_first().into_iter().collect(),
        }
    }

    /// Somebody marks one as a double of another.
    fn mark(&mut self, one: &RecordOfDay, other: &RecordOfDay) -> What {
        if self.rng.random_bool(0.2) {
            return self.mark_at_centre(one, other);
        }
        self.marked.push((one.clone(), other.clone()));
        self.said_on_phone(one, "mark_duplicate", fields(json!({"of": other.name})))
    }

    /// The centre does, or an account of somewhere.
    fn mark_at_centre(&mut self, one: &RecordOfDay, other: &RecordOfDay) -> What {
        self.marked.push((one.clone(), other.clone()));
        let act = at_centre(one, "mark_duplicate", fields(json!({"of": other.name})));
        if self.accounts > 0 && self.rng.random_bool(0.5) {
            let account = format!("a{}", self.rng.random_range(1..=self.accounts));
            let act = Box::new(act);
            return What::Admin(AdminAct::By(By { account, act }));
        }
        What::Admin(act)
    }

    fn said_on_phone(&mut self, report: &RecordOfDay, event: &str, fields: Fields) -> What {
        let phones = &self.day.phones;
        let there: Vec<&str> = phones
            .iter()
            .filter(|phone| phone.areas.contains(&report.area))
            .map(|phone| phone.name.as_str())
            .collect();
        let any = phones[self.rng.random_range(0..phones.len())].name.clone();
        let by_writer = self.rng.random_bool(BY_ITS_WRITER);
        let device = match &report.phone {
            Some(writer) if by_writer => writer.clone(),
            _ if there.is_empty() => any,
            _ => there[self.rng.random_range(0..there.len())].to_owned(),
        };
        let act = DeviceAct::Event(Event {
            record: report.name.clone(),
            event: event.into(),
            fields,
            if_held: true,
        });
        What::Device { device, act }
    }

    fn earlier(&mut self) -> Option<(RecordOfDay, RecordOfDay)> {
        let count = self.marked.len();
        (count > 0).then(|| self.marked[self.rng.random_range(0..count)].clone())
    }

    /// What was marked is none after all.
    fn take_back(&mut self) -> Option<What> {
        let (one, other) = self.earlier()?;
        let of = fields(json!({"of": other.name}));
        Some(match self.rng.random_bool(0.5) {
            true => self.said_on_phone(&one, "unmark_duplicate", of),
            false => What::Admin(at_centre(&one, "unmark_duplicate", of)),
        })
    }

    /// Something becomes of one that others are doubles of: mostly its end.
    fn change_first(&mut self) -> Option<What> {
        let (one, other) = self.earlier()?;
        let first = if self.rng.random_bool(0.3) { one } else { other };
        let record = first.name.clone();
        let area = self.day.records[self.rng.random_range(0..self.day.records.len())]
            .area
            .clone();
        let may = |fault| self.day.plan.has(fault);
        Some(match self.rng.random_range(0..6) {
            0 if may(Fault::Erase) => What::Admin(AdminAct::Erase(Erase { record })),
            1 if may(Fault::Relocate) => What::Admin(AdminAct::Relocate(Relocate { record, area })),
            2 if may(Fault::Release) => What::Admin(AdminAct::Release(Release { record })),
            3 => What::Admin(at_centre(&first, "reopen", Fields::new())),
            4 => self.said_on_phone(&first, "close", fields(json!({"outcome": "换了接头"}))),
            _ => What::Admin(at_centre(&first, "close", fields(json!({"outcome": "已修好"})))),
        })
    }
}

fn at_centre(report: &RecordOfDay, event: &str, fields: Fields) -> AdminAct {
    AdminAct::Event(Event {
        record: report.name.clone(),
        event: event.into(),
        fields,
        if_held: false,
    })
}

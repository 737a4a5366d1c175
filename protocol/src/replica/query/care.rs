//! Due and overdue households: those that somebody has to look after, by the day of the next visit.

use super::super::{Replica, Storage};
use super::Seen;
use crate::catalogue::built_in::{field_work, household};
use crate::ids::RecordId;
use crate::lifecycle::{DAY_MS, care_due};
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A household that has to be visited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CareDue {
    /// The household.
    pub household: RecordId,
    /// By when somebody has to come, milliseconds since the Unix epoch.
    pub due_ms: i64,
    /// The last visit that the phone knows of.
    pub visited_ms: Option<i64>,
}

impl CareDue {
    /// Whether its day is over.
    pub fn is_overdue(&self, now_ms: i64) -> bool {
        self.due_ms < now_ms
    }
}

/// A household with a cadence of care.
#[derive(Clone, Debug, PartialEq, Eq)]
struct House {
    code: Option<String>,
    /// When it would be due if nobody had ever come.
    unvisited_due_ms: i64,
    cadence_ms: i64,
    due: CareDue,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Care {
    houses: BTreeMap<RecordId, House>,
    by_code: BTreeMap<String, BTreeSet<RecordId>>,
    by_day: BTreeSet<(i64, RecordId)>,
    visits: BTreeMap<RecordId, (String, i64)>,
    visited: BTreeMap<String, BTreeSet<(i64, RecordId)>>,
}

impl Care {
    pub(super) fn note(&mut self, seen: &Seen<'_>) {
        match seen.kind.name {
            "visit" => self.note_visit(seen),
            "household" => self.note_household(seen),
            _ => {}
        }
    }

    fn note_visit(&mut self, seen: &Seen<'_>) {
        let record = seen.record;
        let Some(code) = record.register(field_work::VISITED).and_then(Value::as_text) else {
            return;
        };
        // As the server reckons: when the visit was written down.
        let at_ms = record.creation.facts.stamp.ms();
        self.visits.insert(record.id, (code.to_string(), at_ms));
        self.visited
            .entry(code.to_string())
            .or_default()
            .insert((at_ms, record.id));
        self.reckon(code);
    }

    fn note_household(&mut self, seen: &Seen<'_>) {
        let record = seen.record;
        let Some(unvisited_due_ms) = care_due(record, None) else {
            return;
        };
        let days = record
            .register(household::CARE_EVERY_DAYS)
            .and_then(Value::as_int);
        let code = record.register(household::CODE).and_then(Value::as_text);
        let house = House {
            code: code.map(str::to_string),
            unvisited_due_ms,
            cadence_ms: days.unwrap_or(0).saturating_mul(DAY_MS),
            due: CareDue {
                household: record.id,
                due_ms: unvisited_due_ms,
                visited_ms: None,
            },
        };
        self.by_day.insert((unvisited_due_ms, record.id));
        self.houses.insert(record.id, house);
        if let Some(code) = code {
            self.by_code
                .entry(code.to_string())
                .or_default()
                .insert(record.id);
            self.reckon(code);
        }
    }

    /// Puts the households of a code where their last visit has them.
    fn reckon(&mut self, code: &str) {
        let last = self.visited.get(code).and_then(BTreeSet::last);
        let visited_ms = last.map(|(at_ms, _)| *at_ms);
        for id in self.by_code.get(code).into_iter().flatten() {
            let Some(house) = self.houses.get_mut(id) else {
                continue;
            };
            self.by_day.remove(&(house.due.due_ms, *id));
            let from_visit = visited_ms.map(|at_ms| at_ms.saturating_add(house.cadence_ms));
            house.due.due_ms = house
                .unvisited_due_ms
                .max(from_visit.unwrap_or(house.unvisited_due_ms));
            house.due.visited_ms = visited_ms;
            self.by_day.insert((house.due.due_ms, *id));
        }
    }

    pub(super) fn forget(&mut self, id: RecordId) {
        if let Some((code, at_ms)) = self.visits.remove(&id) {
            if let Some(visits) = self.visited.get_mut(&code) {
                visits.remove(&(at_ms, id));
                if visits.is_empty() {
                    self.visited.remove(&code);
                }
            }
            self.reckon(&code);
        }
        if let Some(house) = self.houses.remove(&id) {
            self.by_day.remove(&(house.due.due_ms, id));
            if let Some(code) = house.code
                && let Some(houses) = self.by_code.get_mut(&code)
            {
                houses.remove(&id);
                if houses.is_empty() {
                    self.by_code.remove(&code);
                }
            }
        }
    }
}

impl<S: Storage> Replica<S> {
    /// The households that have to be visited by `until_ms`, the longest overdue first. With the present time these
    /// are the overdue ones; with that of a week later, what is due this week as well.
    pub fn care_due(&self, until_ms: i64) -> impl Iterator<Item = &CareDue> {
        let care = &self.index.care;
        care.by_day
            .iter()
            .take_while(move |(due_ms, _)| *due_ms < until_ms)
            .filter_map(|(_, id)| care.houses.get(id).map(|house| &house.due))
    }
}

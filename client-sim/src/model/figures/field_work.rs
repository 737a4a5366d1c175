//! What is done in the field, by counting: tasks, households and visits, patrols, activities, roles.

use super::counter::Counter;
use super::moments::{first_ms, last_reason};
use super::{day, is_marked, number, text};
use otor_protocol::catalogue::built_in::task;
use otor_protocol::op::FieldId;
use otor_protocol::value::Value;
use std::collections::{BTreeMap, BTreeSet};

const HAT: u16 = 63;

impl Counter<'_> {
    pub(super) fn tasks(&mut self) {
        let mut done = Vec::new();
        for kept in self.written(4) {
            let refused = kept.record.status() == Some("refused");
            let epoch = kept.record.assigned.map_or(1, |(_, epoch)| epoch.max(1));
            let reason = last_reason(&kept.record, task::REFUSE, epoch);
            let off_list = refused && reason.as_deref() == Some("off_list");
            let overdue = is_marked(&kept.record, "overdue");
            self.put("refusals", "", "tasks", 1);
            self.put("refusals", "", "refused", i64::from(refused));
            self.put("refusals", "", "refused_off_list", i64::from(off_list));
            self.put("overdue", "", "tasks", 1);
            self.put("overdue", "", "tasks_overdue", i64::from(overdue));
            if matches!(kept.record.status(), Some("done" | "verified")) {
                let at = first_ms(&kept.record, task::COMPLETE);
                done.extend(at.map(|at| (at - kept.at_ms).max(0)));
            }
        }
        self.times("assign_to_done", &done);
    }

    /// Of the whole, of each part of the area, of each grid.
    pub(super) fn households_and_visits(&mut self) {
        let mut registered: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for kept in self.of_kind(1) {
            if let Some(code) = text(&kept.record, 1)
                && self.known.first_of_codes.get(&code) == Some(&kept.id)
                && day(kept.at_ms) <= self.question.to_day
            {
                for group in self.groups(kept) {
                    registered.entry(group).or_default().insert(code.clone());
                }
            }
        }
        let mut visited: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for kept in self.written(2) {
            if kept.record.status() == Some("retracted") {
                continue;
            }
            for group in self.groups(kept) {
                self.put("coverage", &group, "visits", 1);
                match text(&kept.record, 1) {
                    Some(code) => drop(visited.entry(group).or_default().insert(code)),
                    None => self.put("coverage", &group, "visits_without_household", 1),
                }
            }
        }
        for group in registered.keys().chain(visited.keys()).collect::<BTreeSet<_>>() {
            let of = |places: &BTreeMap<String, BTreeSet<String>>| places.get(group).cloned();
            let (there, seen) = (
                of(&registered).unwrap_or_default(),
                of(&visited).unwrap_or_default(),
            );
            let both = there.intersection(&seen).count() as i64;
            self.put("coverage", group, "households", there.len() as i64);
            self.put("coverage", group, "households_visited", both);
            self.put(
                "coverage",
                group,
                "unregistered_visited",
                seen.len() as i64 - both,
            );
        }
    }

    fn groups(&self, kept: &super::Kept) -> [String; 3] {
        let area = format!("area:{}", self.part(kept));
        [String::new(), area, format!("grid:{}", self.at_depth(kept, 15))]
    }

    pub(super) fn patrols(&mut self) {
        for kept in self.written(5) {
            let planned = text(&kept.record, 3).unwrap_or_default();
            let planned: BTreeSet<&str> = planned.split_whitespace().collect();
            let notes = kept.record.notes.get(&FieldId(4)).into_iter().flatten();
            let touched: BTreeSet<&str> = notes
                .filter_map(|(_, _, _, value)| value.as_text())
                .filter(|segment| planned.contains(segment))
                .collect();
            self.put("coverage", "", "patrols", 1);
            self.put("coverage", "", "segments_planned", planned.len() as i64);
            self.put("coverage", "", "segments_touched", touched.len() as i64);
        }
    }

    pub(super) fn activities(&mut self) {
        for kept in self.written(10) {
            let record = &kept.record;
            if record.status() == Some("retracted") {
                continue;
            }
            let sort = text(record, 1).unwrap_or_default();
            let mut told = vec![("by_type", format!("activity:{sort}"))];
            if sort == "volunteer" {
                told.push(("volunteers", String::new()));
            }
            for (statistic, group) in told {
                self.put(statistic, &group, "activities", 1);
                self.put(statistic, &group, "sessions", number(record, 6).unwrap_or(1));
                self.put(statistic, &group, "attendance", number(record, 7).unwrap_or(0));
            }
        }
        for name in [
            "volunteer_stations",
            "volunteer_teams",
            "volunteers",
            "volunteer_beneficiaries",
        ] {
            if let Some(supplied) = self.supplied(name, self.question.to_day) {
                self.put_supplied("volunteers", name, supplied);
            }
        }
    }

    /// Visits and activities by role; reports are counted with the cases.
    pub(super) fn roles(&mut self) {
        for (kind, measure) in [(2, "visits"), (10, "activities")] {
            for kept in self.written(kind) {
                let hat = kept.record.values.get(&FieldId(HAT)).and_then(Value::as_text);
                if let Some(hat) = hat.filter(|_| kept.record.status() != Some("retracted")) {
                    self.put("roles", &format!("role_hat:{hat}"), measure, 1);
                }
            }
        }
    }
}

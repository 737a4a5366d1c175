//! Open cases of an area: reports that are not closed yet, those of one matter as one.

use super::super::{Replica, Storage};
use super::Seen;
use crate::area::AreaCode;
use crate::catalogue::LifeCycle;
use crate::catalogue::built_in::report;
use crate::ids::RecordId;
use crate::lifecycle::{self, ReportStatus};
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Reports that are looked at to find the root of one case, at most.
const CASE_MAX: usize = 256;

/// An open case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenCase {
    /// Its report: the case's root, where the phone holds it in the area asked for.
    pub record: RecordId,
    /// The root of the case, whether or not the phone holds it.
    pub case: RecordId,
    /// Other reports of the same matter that the phone holds.
    pub also: Vec<RecordId>,
    /// Its status.
    pub status: ReportStatus,
    /// Its severity, 1 to 4, where somebody has said it.
    pub severity: Option<i64>,
    /// The day by which it has to be closed, milliseconds since the Unix epoch.
    pub due_ms: Option<i64>,
    /// Whether a higher level has asked for it to be done and nobody has answered.
    pub supervised: bool,
}

/// What is kept of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Case {
    area: AreaCode,
    status: ReportStatus,
    severity: Option<i64>,
    due_ms: Option<i64>,
    supervised: bool,
    duplicate_of: Option<RecordId>,
    linked: BTreeSet<RecordId>,
}

impl Case {
    fn is_open(&self) -> bool {
        self.status < ReportStatus::Withdrawn
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cases {
    of: BTreeMap<RecordId, Case>,
    open: BTreeSet<(AreaCode, RecordId)>,
    /// Who is linked to a report, the other way round.
    named_by: BTreeMap<RecordId, BTreeSet<RecordId>>,
}

impl Cases {
    pub(super) fn note(&mut self, seen: &Seen<'_>) {
        if seen.kind.life_cycle != LifeCycle::Report {
            return;
        }
        let record = seen.record;
        let fold = lifecycle::report(record);
        let case = Case {
            area: record.area.val.clone(),
            status: fold.status,
            severity: record.register(report::SEVERITY).and_then(Value::as_int),
            due_ms: record.register(report::DUE).and_then(Value::as_int),
            supervised: fold.overlay.supervised.is_some(),
            duplicate_of: fold.duplicate_of.filter(|other| *other != record.id),
            linked: lifecycle::linked(record),
        };
        if case.is_open() {
            self.open.insert((case.area.clone(), record.id));
        }
        for other in &case.linked {
            self.named_by.entry(*other).or_default().insert(record.id);
        }
        self.of.insert(record.id, case);
    }

    pub(super) fn forget(&mut self, id: RecordId) {
        let Some(case) = self.of.remove(&id) else { return };
        self.open.remove(&(case.area, id));
        for other in case.linked {
            if let Some(naming) = self.named_by.get_mut(&other) {
                naming.remove(&id);
                if naming.is_empty() {
                    self.named_by.remove(&other);
                }
            }
        }
    }

    /// The reports of one matter with `id`, itself among them, as far as the phone can know.
    fn matter(&self, id: RecordId) -> BTreeSet<RecordId> {
        let mut found = BTreeSet::from([id]);
        let mut to_look_at = vec![id];
        while let Some(here) = to_look_at.pop() {
            let named = self.of.get(&here).map(|case| &case.linked);
            let naming = self.named_by.get(&here);
            for other in named.into_iter().chain(naming).flatten() {
                if found.len() < CASE_MAX && self.is_joined(here, *other) && found.insert(*other) {
                    to_look_at.push(*other);
                }
            }
        }
        found
    }

    /// Whether two reports hang together now. A mark that was taken back is none, though the other was told of it;
    /// of a report that the phone does not hold, what was told counts.
    fn is_joined(&self, one: RecordId, other: RecordId) -> bool {
        let marks = |from: RecordId, to: RecordId| {
            self.of
                .get(&from)
                .is_some_and(|case| case.duplicate_of == Some(to))
        };
        let tells = |from: RecordId, to: RecordId| {
            !self.of.contains_key(&to) && self.of.get(&from).is_some_and(|case| case.linked.contains(&to))
        };
        marks(one, other) || marks(other, one) || tells(one, other) || tells(other, one)
    }

    fn entry(&self, id: RecordId, area: Option<&AreaCode>) -> Option<OpenCase> {
        let case = self.of.get(&id)?;
        let matter = self.matter(id);
        let root = *matter.first()?;
        if let Some(first) = self.of.get(&root).filter(|_| root != id) {
            let listed_there = area.is_none_or(|area| area.contains(&first.area));
            if listed_there || !first.is_open() {
                return None;
            }
        }
        let held = matter.into_iter().filter(|other| self.of.contains_key(other));
        Some(OpenCase {
            record: id,
            case: root,
            also: held.filter(|other| *other != id).collect(),
            status: case.status,
            severity: case.severity,
            due_ms: case.due_ms,
            supervised: case.supervised,
        })
    }
}

impl<S: Storage> Replica<S> {
    /// The open cases of an area and what lies in it, or all that the phone holds. Of the reports of one matter the
    /// case's root is listed; if the root is closed, the case is.
    pub fn open_cases(&self, area: Option<&AreaCode>) -> Vec<OpenCase> {
        let cases = &self.index.cases;
        let listed = |(_, id): &(AreaCode, RecordId)| cases.entry(*id, area);
        match area {
            None => cases.open.iter().filter_map(listed).collect(),
            Some(area) => {
                let from = (area.clone(), RecordId::default());
                let inside = cases.open.range(from..);
                inside
                    .take_while(|(place, _)| area.contains(place))
                    .filter_map(listed)
                    .collect()
            }
        }
    }
}

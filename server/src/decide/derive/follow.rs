//! What follows from one record's change, a rule a function. Each looks at the record before and after, and writes
//! only what is not written yet.

use super::super::Desk;
use super::super::dispatch::{self, Matter};
use crate::state::cell::RecordCell;
use crate::state::rules::{HouseholdCell, Rules};
use crate::state::{StateError, doubles, key, read};
use crate::store::engine::View;
use otor_protocol::catalogue::built_in::matters::wish;
use otor_protocol::catalogue::built_in::report::{self, evaluation};
use otor_protocol::catalogue::built_in::together::whistle;
use otor_protocol::catalogue::built_in::{field_work, household};
use otor_protocol::catalogue::{KindSpec, PARTICIPANTS};
use otor_protocol::ids::{PersonId, RecordId};
use otor_protocol::lifecycle;
use otor_protocol::op::{Body, Change, EventId};
use otor_protocol::record::{Edit, Record};
use otor_protocol::value::Value;
use std::collections::BTreeSet;

/// Looks at what an act changed.
pub(super) struct Follow<'a> {
    desk: &'a Desk<'a>,
    after: &'a dyn View,
    rules: Rules,
    /// What the rules write.
    pub(super) bodies: Vec<Body>,
}

impl<'a> Follow<'a> {
    pub(super) fn new(desk: &'a Desk<'a>, after: &'a dyn View) -> Result<Self, StateError> {
        Ok(Follow {
            desk,
            after,
            rules: dispatch::rules(desk.view)?,
            bodies: Vec::new(),
        })
    }

    /// Looks at one record, new with this act or not.
    pub(super) fn on(&mut self, after: &Record, is_new: bool) -> Result<(), StateError> {
        let desk = self.desk;
        let before = match is_new {
            true => None,
            false => record(desk.view, after.id)?,
        };
        let Some(kind) = desk.catalogue.kind(after.kind) else {
            return Ok(());
        };
        match (kind.name, &before) {
            ("report", before) => {
                if before.is_none() {
                    self.dispatch(after)?;
                    self.link_waiting(after)?;
                }
                self.link(before.as_ref(), after)
            }
            ("wish", _) => {
                self.lead(kind, after);
                Ok(())
            }
            ("household", before) => self.occupancy(kind, before.as_ref(), after),
            ("visit", None) => self.care(after),
            ("whistle", before) => self.whistle(kind, before.as_ref(), after),
            ("evaluation", None) => self.evaluate(after),
            _ => Ok(()),
        }
    }

    fn write(&mut self, record: &Record, changes: Vec<Change>) {
        self.bodies.push(Body::Edit {
            record: record.id,
            changes,
        });
    }

    /// An event of this record, of its present round.
    fn say(&mut self, record: &Record, event: EventId, args: Vec<(u8, Value)>) {
        let kind = self.desk.catalogue.kind(record.kind);
        let round = kind.map_or(1, |kind| lifecycle::round(kind, record));
        self.write(record, vec![Change::Event { event, round, args }]);
    }

    /// A report becomes somebody's task, if a rule says so.
    fn dispatch(&mut self, report: &Record) -> Result<(), StateError> {
        let matter = Matter::of(report);
        let plan = dispatch::choose(self.after, &self.rules, &matter)?;
        if let Some(plan) = plan {
            self.bodies.extend(plan.bodies(self.desk, report));
        }
        Ok(())
    }

    /// The report that another is marked as a double of is told, so that phones which hold only that one know of it.
    fn link(&mut self, before: Option<&Record>, after: &Record) -> Result<(), StateError> {
        let target = lifecycle::duplicate_of(after);
        let Some(target) = target.filter(|target| before.and_then(lifecycle::duplicate_of) != Some(*target))
        else {
            return Ok(());
        };
        if let Some(other) = record(self.after, target)?
            && other.kind == after.kind
        {
            self.tell_of(&other, after.id);
        }
        Ok(())
    }

    /// The reports that were marked as doubles of one before it came.
    fn link_waiting(&mut self, report: &Record) -> Result<(), StateError> {
        for double in doubles::marked_as(self.after, report.id)? {
            if double != report.id && record(self.after, double)?.is_some() {
                self.tell_of(report, double);
            }
        }
        Ok(())
    }

    /// A report is told of its doubles, of each once, and of no more than are followed: they would fill its log.
    fn tell_of(&mut self, report: &Record, double: RecordId) {
        let told = lifecycle::told_of(report);
        if told.len() < lifecycle::CASE_MAX && !told.contains(&double) {
            let of = vec![(report::OF, Value::Record(double))];
            self.say(report, report::LINKED, of);
        }
    }

    /// The first who claims a wish leads; when they give up, the next does.
    fn lead(&mut self, kind: &KindSpec, after: &Record) {
        let claimants = lifecycle::claimants(after);
        let lead = match after.register(wish::LEAD) {
            Some(Value::Person(lead)) => Some(*lead),
            _ => None,
        };
        let stands = lead.is_some_and(|lead| claimants.contains(&lead));
        let Some(next) = claimants.first().filter(|_| !stands) else {
            return;
        };
        let edit = Edit {
            set: vec![("lead".into(), Value::Person(*next))],
            ..Edit::default()
        };
        if let Ok(changes) = edit.editing(kind, after) {
            self.write(after, changes);
        }
    }

    /// Where two say different things of a household, somebody has to go and look.
    fn occupancy(
        &mut self,
        kind: &KindSpec,
        before: Option<&Record>,
        after: &Record,
    ) -> Result<(), StateError> {
        let checked = |record: &Record| lifecycle::status(kind, record) == Some("check");
        if !checked(after) || before.is_some_and(checked) {
            return Ok(());
        }
        let latest = after.candidates(household::OCCUPANCY);
        let made_for = latest.first().map(|one| RecordId(one.dot).to_string());
        let assignee = dispatch::of_grid(self.after, &after.area.val, latest.first().map(|one| one.author))?;
        let mut set = vec![
            ("title".to_string(), Value::from("核实住户是否居住")),
            ("basis".into(), "occupancy_check".into()),
            ("about".into(), Value::Record(after.id)),
        ];
        set.extend(made_for.map(|dot| ("made_for".to_string(), Value::Text(format!("occupancy {dot}")))));
        set.extend(assignee.map(|person| ("assignee".to_string(), Value::Person(person))));
        self.create("task", after, set);
        Ok(())
    }

    fn create(&mut self, kind: &str, beside: &Record, set: Vec<(String, Value)>) {
        let edit = Edit {
            set,
            ..Edit::default()
        };
        if let Some(kind) = self.desk.catalogue.kind_named(kind)
            && let Ok(changes) = edit.creating(kind)
        {
            self.bodies.push(Body::Create {
                kind: kind.id,
                area: beside.area.val.clone(),
                changes,
            });
        }
    }

    /// A visit that was made in time, or late, takes a household off the list of those overdue.
    fn care(&mut self, visit: &Record) -> Result<(), StateError> {
        let Some(code) = visit.register(field_work::VISITED).and_then(Value::as_text) else {
            return Ok(());
        };
        let cell = read::get::<HouseholdCell>(self.after, &key::household(code))?;
        let Some(household) = cell.and_then(|cell| cell.record) else {
            return Ok(());
        };
        let Some(household) = record(self.after, household)? else {
            return Ok(());
        };
        let visited_ms = visit.creation.facts.stamp.ms();
        if let Some((due, met)) = lifecycle::care_missed(&household)
            && met.is_none_or(|met| met > visited_ms)
        {
            let args = vec![
                (household::DUE_AT, Value::Int(due)),
                (household::AT, Value::Int(visited_ms)),
            ];
            self.say(&household, household::CARE_MET, args);
        }
        Ok(())
    }

    /// A whistle holds its case open until it is over; the people of the departments called hear it.
    fn whistle(
        &mut self,
        kind: &KindSpec,
        before: Option<&Record>,
        after: &Record,
    ) -> Result<(), StateError> {
        let known = after.members(PARTICIPANTS);
        let mut officers = BTreeSet::new();
        for department in lifecycle::slots(after).into_keys() {
            officers.extend(self.officers(&department)?);
        }
        let missing: Vec<Value> = officers
            .into_iter()
            .map(Value::Person)
            .filter(|officer| !known.contains_key(officer))
            .collect();
        if !missing.is_empty() {
            let edit = Edit {
                add: vec![("participants".into(), missing)],
                ..Edit::default()
            };
            if let Ok(changes) = edit.editing(kind, after) {
                self.write(after, changes);
            }
        }
        let Some(Value::Record(case)) = after.register(whistle::REPORT) else {
            return Ok(());
        };
        let Some(case) = record(self.after, *case)? else {
            return Ok(());
        };
        let (was, is) = (
            before.is_some_and(lifecycle::whistle_is_over),
            lifecycle::whistle_is_over(after),
        );
        let of = vec![(report::OF, Value::Record(after.id))];
        if before.is_none() {
            self.say(&case, report::WHISTLE_BLOWN, of.clone());
        }
        if is && !was {
            self.say(&case, report::WHISTLE_SOLVED, of);
        }
        Ok(())
    }

    fn officers(&self, department: &str) -> Result<Vec<PersonId>, StateError> {
        let mut officers = Vec::new();
        for code in self
            .rules
            .department(department)
            .into_iter()
            .flat_map(|department| &department.officers)
        {
            officers.extend(read::person_by_code(self.after, code)?.map(|person| person.id));
        }
        Ok(officers)
    }

    /// What a caller said of a case by another way is said of it.
    fn evaluate(&mut self, evaluation: &Record) -> Result<(), StateError> {
        let Some(Value::Record(case)) = evaluation.register(evaluation::CASE) else {
            return Ok(());
        };
        let Some(case) = record(self.after, *case)? else {
            return Ok(());
        };
        let value = |field| evaluation.register(field).cloned();
        let (caller, result) = (value(evaluation::CALLER), value(evaluation::RESULT));
        if let (Some(caller), Some(result), "report") = (caller, result, self.name_of(&case)) {
            let round = value(evaluation::ROUND).and_then(|round| u32::try_from(round.as_int()?).ok());
            let event = Change::Event {
                event: report::EVALUATE,
                round: round.unwrap_or_else(|| lifecycle::report(&case).round),
                args: vec![(report::CALLER, caller), (report::RESULT, result)],
            };
            self.write(&case, vec![event]);
        }
        Ok(())
    }

    fn name_of(&self, record: &Record) -> &'static str {
        self.desk.catalogue.kind(record.kind).map_or("", |kind| kind.name)
    }
}

/// A record of a view.
fn record(view: &dyn View, id: RecordId) -> Result<Option<Record>, StateError> {
    let cell = read::record(view, id)?;
    cell.map(|cell| decoded(id, &cell)).transpose()
}

fn decoded(id: RecordId, cell: &RecordCell) -> Result<Record, StateError> {
    let damaged = |_| StateError::Damaged { key: key::record(id) };
    cell.record().map_err(damaged)
}

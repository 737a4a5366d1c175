//! A field made of facts alone: records by the ten thousand, each through the rows that folding writes.

use super::super::{Asked, Figure, Period, report};
use crate::state::entry::{Act, AreaAct, Entry};
use crate::state::fact::{Fact, facts_of};
use crate::state::rules::HouseholdCell;
use crate::state::{Draft, StateError, add_facts, apply_entry};
use crate::store::engine::{Row, RowKey, View, ViewError};
use otor_protocol::catalogue::Catalogue;
use otor_protocol::ids::{ActorId, Dot, Lane, Level, PersonId, RecordId};
use otor_protocol::lifecycle;
use otor_protocol::op::{Body, Facts, Op};
use otor_protocol::record::{Edit, Record};
use otor_protocol::stamp::Stamp;
use otor_protocol::value::Value;
use std::collections::BTreeMap;

/// 2026-03-02 08:00 in China.
pub(super) const MORNING_MS: i64 = 1_772_409_600_000;
/// A minute.
pub(super) const MINUTE_MS: i64 = 60_000;
/// The actor whose records these are.
const ACTOR: ActorId = ActorId(7);

/// Rows in memory.
#[derive(Default)]
pub(super) struct Rows(BTreeMap<RowKey, Vec<u8>>);

impl View for Rows {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, ViewError> {
        Ok(self.0.get(key).cloned())
    }

    fn range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Row>, ViewError> {
        let rows = self
            .0
            .range(RowKey::from_slice(from)..RowKey::from_slice(to))
            .take(limit);
        Ok(rows.map(|(key, value)| (key.clone(), value.clone())).collect())
    }
}

/// The field.
#[derive(Default)]
pub(super) struct Scene {
    rows: Rows,
    /// The last commit.
    pub commit: u64,
    seq: u64,
    households: u32,
}

/// One record, as it is made before it is counted many times over.
pub(super) struct Made(Record);

impl Scene {
    /// With areas of these codes.
    pub fn with_areas<'a>(codes: impl IntoIterator<Item = &'a str>) -> Scene {
        let mut scene = Scene::default();
        let areas = codes.into_iter().zip(1..).map(|(code, handle)| AreaAct {
            handle,
            code: code.parse().expect("a code"),
            name: code.into(),
        });
        scene.act(Act::Areas(areas.collect()));
        scene
    }

    /// An act, folded as in a server.
    pub fn act(&mut self, act: Act) {
        self.commit += 1;
        let entry = Entry {
            at_ms: MORNING_MS,
            act,
            answer: None,
            derived: Vec::new(),
            by: None,
        };
        let commit = self.commit;
        self.write(|draft| apply_entry(draft, commit, &entry));
    }

    fn write(&mut self, write: impl FnOnce(&mut Draft) -> Result<(), StateError>) {
        let mut draft = Draft::new(&self.rows);
        write(&mut draft).expect("the state can be read");
        for (key, value) in draft.into_writes() {
            match value {
                Some(value) => drop(self.rows.0.insert(key, value.into())),
                None => drop(self.rows.0.remove(&key)),
            }
        }
    }

    /// So many records like one, in a commit. What it says of a household is said of as many households.
    pub fn add(&mut self, made: &Made, how_many: usize) -> Vec<RecordId> {
        self.commit += 1;
        let (commit, kind) = (self.commit, made.0.kind.0);
        let with_household = kind <= 2;
        let shared = facts_of(&made.0, None);
        let mut ids = Vec::with_capacity(how_many);
        let mut added: Vec<(RecordId, Vec<Fact>)> = Vec::with_capacity(how_many);
        for _ in 0..how_many {
            self.seq += 1;
            let id = RecordId(Dot::new(ACTOR, self.seq));
            let facts = if with_household {
                self.households += 1;
                let cell = HouseholdCell {
                    record: Some(made.0.id),
                    visited_ms: None,
                    number: self.households,
                };
                facts_of(&made.0, Some(&cell))
            } else {
                shared.clone()
            };
            ids.push(id);
            added.push((id, facts));
        }
        // Few at a time: a draft holds all it has written.
        for some in added.chunks(4_096) {
            self.write(|draft| {
                some.iter()
                    .try_for_each(|(id, facts)| add_facts(draft, commit, *id, None, facts))
            });
        }
        ids
    }

    /// Visits to the households that were added first.
    pub fn visit_first(&mut self, made: &Made, how_many: u32) {
        let households = std::mem::take(&mut self.households);
        self.add(made, how_many as usize);
        self.households = households;
    }

    /// Records that were like one become like another, in a commit.
    pub fn change(&mut self, ids: &[RecordId], before: &Made, after: &Made) {
        self.commit += 1;
        let commit = self.commit;
        let (old, new) = (facts_of(&before.0, None), facts_of(&after.0, None));
        for some in ids.chunks(4_096) {
            self.write(|draft| {
                some.iter()
                    .try_for_each(|id| add_facts(draft, commit, *id, Some(&old), &new))
            });
        }
    }

    /// Figures of an area, or of the whole tree, for some days, as known after a commit.
    pub fn figures(
        &self,
        statistic: &str,
        area: Option<&str>,
        days: (&str, &str),
        cut_off: u64,
    ) -> Vec<Figure> {
        let asked = Asked {
            area: area.map(|area| area.parse().expect("a code")),
            period: Period::read(days.0, days.1).expect("a period"),
            cut_off,
            statistics: vec![statistic.to_string()],
            by_grid: false,
        };
        report(&self.rows, &asked).expect("the state can be read").figures
    }

    /// The whole tree in March 2026 as known now.
    pub fn march(&self, statistic: &str) -> Vec<Figure> {
        self.figures(statistic, None, ("2026-03-01", "2026-03-31"), self.commit)
    }
}

/// A value of a figure as text, of the whole or of a part.
pub(super) fn value(figures: &[Figure], group: Option<&str>, measure: &str) -> String {
    let found = figures
        .iter()
        .find(|figure| figure.measure == measure && figure.group.as_deref() == group);
    let found = found.unwrap_or_else(|| panic!("no {measure} of {group:?} in {figures:#?}"));
    let bound = if found.at_least { "≥" } else { "" };
    found
        .value
        .map_or_else(|| "–".into(), |value| format!("{bound}{value}"))
}

/// Several values of the whole.
pub(super) fn values<const N: usize>(figures: &[Figure], measures: [&str; N]) -> [String; N] {
    measures.map(|measure| value(figures, None, measure))
}

impl Made {
    /// A record with these fields.
    pub fn new(kind: &str, area: &str, at_ms: i64, fields: &[(&str, Value)]) -> Made {
        let catalogue = Catalogue::built_in();
        let kind = catalogue.kind_named(kind).expect("a kind");
        let edit = Edit {
            set: fields
                .iter()
                .map(|(name, value)| ((*name).to_string(), value.clone()))
                .collect(),
            ..Edit::default()
        };
        let body = Body::Create {
            kind: kind.id,
            area: area.parse().expect("a code"),
            changes: edit.creating(kind).expect("the fields are there"),
        };
        let op = Op {
            author: PersonId(1),
            uptime_ms: 0,
            body,
        };
        let facts = facts(at_ms, Level::WORKER);
        let record = Record::create(Dot::new(ACTOR, 1), Lane::Rest, &op, facts);
        Made(record.expect("an op that creates"))
    }

    /// The same with an event that came after it.
    pub fn then(&self, event: &str, at_ms: i64, args: &[(&str, Value)]) -> Made {
        let catalogue = Catalogue::built_in();
        let kind = catalogue.kind(self.0.kind).expect("a kind");
        let spec = kind.event_named(event).expect("an event");
        let args = args.iter().map(|(name, value)| {
            let arg = spec.args.iter().find(|arg| arg.name == *name);
            (arg.expect("an argument").id, value.clone())
        });
        let change = otor_protocol::op::Change::Event {
            event: spec.id,
            round: lifecycle::round(kind, &self.0),
            args: args.collect(),
        };
        self.edited(at_ms, vec![change])
    }

    /// The same after an edit by a centre.
    pub fn edited(&self, at_ms: i64, changes: Vec<otor_protocol::op::Change>) -> Made {
        let op = Op {
            author: PersonId(2),
            uptime_ms: 0,
            body: Body::Edit {
                record: self.0.id,
                changes,
            },
        };
        let mut record = self.0.clone();
        // Any number above those before: each edit is an op of its own.
        let seq = 1_000_000 + at_ms.unsigned_abs() % 1_000_000_007;
        record.apply(Dot::new(ActorId(8), seq), &op, facts(at_ms, Level::COUNTY));
        Made(record)
    }
}

fn facts(at_ms: i64, level: Level) -> Facts {
    Facts {
        stamp: Stamp::at_ms(at_ms),
        claimed_ms: at_ms,
        level,
        uncertain: false,
    }
}

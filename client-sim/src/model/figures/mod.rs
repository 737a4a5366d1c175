//! Statistics by counting: every record of a history looked at anew for each figure, by plain maps. Slow, and sharing
//! nothing with what the server counts by.

mod cases;
mod counter;
mod field_work;
mod matters;
pub(super) mod moments;
mod places;
mod shares;
mod together;
mod tree;

use super::history::{Commit, History};
use super::merging::{Expected, predict_each};
use cases::Doubles;
use counter::Counter;
use otor_protocol::ids::RecordId;
use otor_protocol::op::FieldId;
use otor_protocol::value::Value;
use std::collections::BTreeMap;
pub(crate) use tree::Tree;

/// What is asked of both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The area's code; every area for an empty one.
    pub area: String,
    /// The first day, counted from 1970 in China Standard Time.
    pub from_day: i64,
    /// The last day.
    pub to_day: i64,
    /// The last commit that counts.
    pub cut_off: u64,
}

/// Figures, as they are written, by statistic, group (empty for the whole, else `division:part`) and measure.
pub type Counted = BTreeMap<(String, String, String), String>;

/// Behind a figure's name, as a figure of its own: the part of a share.
pub const PART: &str = "/part";
/// Of how many a share or a median is, behind its name.
pub const WHOLE: &str = "/whole";
/// 1 if a figure may be more, behind its name.
pub const AT_LEAST: &str = "/at_least";

const CHINA_MS: i64 = 8 * 3_600_000;
const DAY_MS: i64 = 24 * 3_600_000;

/// A record, with when it was written.
struct Kept {
    id: RecordId,
    at_ms: i64,
    record: Expected,
}

/// Everything that was known after a commit.
pub struct Known {
    /// What was journaled, but for the ops.
    history: History,
    /// The rules as they were written last.
    rules: Option<serde_json::Value>,
    tree: Tree,
    records: Vec<Kept>,
    /// Of the records with a household's code, that which came first.
    first_of_codes: BTreeMap<String, RecordId>,
    doubles: Doubles,
}

impl Known {
    /// What a history had made known by its commit of this number.
    pub fn after(history: &History, cut_off: u64) -> Known {
        let mut records = Vec::new();
        predict_each(history, cut_off, |id, creation, record| {
            let at_ms = creation.stamp.ms();
            let record = counted_of(record);
            records.push(Kept { id, at_ms, record });
        });
        let commits = || history.commits.iter().filter(|commit| commit.number <= cut_off);
        let known = History {
            commits: commits().map(without_ops).collect(),
        };
        let order = commits().flat_map(|commit| {
            let again = commit.again.iter().map(|(dot, _)| RecordId(*dot));
            commit.ops.iter().map(|op| RecordId(op.dot)).chain(again)
        });
        Known {
            rules: known.rules().cloned(),
            tree: Tree::of(&known),
            first_of_codes: first_of_codes(&records, order),
            doubles: Doubles::of(&records),
            history: known,
            records,
        }
    }

    /// Counts every figure.
    pub fn count(&self, question: &Question) -> Counted {
        let mut counter = Counter::new(self, question);
        counter.always();
        counter.cases();
        counter.tasks();
        counter.households_and_visits();
        counter.patrols();
        counter.activities();
        counter.roles();
        counter.matters();
        counter.musters();
        counter.campaigns();
        counter.communities();
        counter.grids();
        counter.told()
    }
}

/// What is counted of a record: of visits, of which there are the most, that is little.
fn counted_of(mut record: Expected) -> Expected {
    record.written.clear();
    if record.kind.0 == 2 {
        record.values.retain(|field, _| matches!(field.0, 1 | 63));
        record.members.clear();
        record.candidates.clear();
        record.notes.clear();
        record.events.clear();
    }
    record
}

fn without_ops(commit: &Commit) -> Commit {
    Commit {
        number: commit.number,
        at_ms: commit.at_ms,
        grown: commit.grown.clone(),
        ended: commit.ended.clone(),
        answering: commit.answering.clone(),
        rules: commit.rules.clone(),
        supplied: commit.supplied.clone(),
        ..Commit::default()
    }
}

/// For each code of a household the record that came first in the order in which ops came.
fn first_of_codes(records: &[Kept], order: impl Iterator<Item = RecordId>) -> BTreeMap<String, RecordId> {
    let households = records.iter().filter(|kept| kept.record.kind.0 == 1);
    let mut codes: BTreeMap<RecordId, String> = households
        .filter_map(|kept| Some((kept.id, text(&kept.record, 1)?)))
        .collect();
    let mut first = BTreeMap::new();
    for id in order {
        if let Some(code) = codes.remove(&id) {
            first.entry(code).or_insert(id);
        }
    }
    first
}

fn text(record: &Expected, field: u16) -> Option<String> {
    let value = record.values.get(&FieldId(field));
    value.and_then(Value::as_text).map(str::to_string)
}

fn number(record: &Expected, field: u16) -> Option<i64> {
    record.values.get(&FieldId(field)).and_then(Value::as_int)
}

fn is_marked(record: &Expected, mark: &str) -> bool {
    let life = record.life.as_ref();
    life.and_then(|life| life.marks.get(mark)) == Some(&true)
}

/// A number that is reckoned beside a status.
fn told(record: &Expected, name: &str) -> i64 {
    let life = record.life.as_ref();
    let value = life.and_then(|life| life.told.get(name));
    value.and_then(Value::as_int).unwrap_or(0)
}

fn day(ms: i64) -> i64 {
    (ms + CHINA_MS).div_euclid(DAY_MS)
}

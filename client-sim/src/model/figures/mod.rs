//! Statistics by counting: every record of a history looked at anew for each figure, by plain maps. Slow, and sharing
//! nothing with what the server counts by.

mod cases;
mod counter;
mod field_work;
mod matters;
mod moments;
mod places;
mod shares;
mod together;
mod tree;

use super::history::History;
use super::merging::{Expected, predict};
use cases::Doubles;
use counter::Counter;
use otor_protocol::ids::RecordId;
use otor_protocol::op::{Body, FieldId};
use otor_protocol::value::Value;
use std::collections::BTreeMap;
use tree::Tree;

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
    history: History,
    tree: Tree,
    records: Vec<Kept>,
    /// Of the records with a household's code, that which came first.
    first_of_codes: BTreeMap<String, RecordId>,
    doubles: Doubles,
}

impl Known {
    /// What a history had made known by its commit of this number.
    pub fn after(history: &History, cut_off: u64) -> Known {
        let mut known = history.clone();
        known.commits.retain(|commit| commit.number <= cut_off);
        let mut written: BTreeMap<RecordId, i64> = BTreeMap::new();
        let mut order: Vec<RecordId> = Vec::new();
        for (_, op) in known.ops() {
            if let Some(Body::Create { .. }) = op.decoded().map(|op| op.body) {
                written
                    .entry(RecordId(op.dot))
                    .or_insert_with(|| op.facts.stamp.ms());
            }
        }
        for commit in &known.commits {
            order.extend(commit.ops.iter().map(|op| RecordId(op.dot)));
            order.extend(commit.again.iter().map(|(dot, _)| RecordId(*dot)));
        }
        let records = predict(&known);
        let mut first_of_codes = BTreeMap::new();
        for id in order {
            if let Some(record) = records.get(&id).filter(|record| record.kind.0 == 1)
                && let Some(code) = text(record, 1)
            {
                first_of_codes.entry(code).or_insert(id);
            }
        }
        let doubles = Doubles::of(&records);
        let records = records
            .into_iter()
            .filter_map(|(id, record)| {
                let at_ms = *written.get(&id)?;
                Some(Kept { id, at_ms, record })
            })
            .collect();
        Known {
            tree: Tree::of(&known),
            history: known,
            records,
            first_of_codes,
            doubles,
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

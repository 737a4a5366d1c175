//! Statuses, and what is reckoned beside them, equal what the model makes of the accepted events: in rows, and on every
//! phone.

use super::Checked;
use crate::model::{History, Life, predict};
use crate::replay::centre::Row;
use otor_protocol::catalogue::Catalogue;
use otor_protocol::ids::RecordId;
use otor_protocol::lifecycle::{self, Folded, Told};
use otor_protocol::record::Record;
use otor_protocol::replica::Storage;
use otor_protocol::value::Value;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// One line for everything that is otherwise.
pub fn statuses<S: Storage>(
    phones: &[Checked<S>],
    history: &History,
    rows: &BTreeMap<RecordId, Row>,
) -> Vec<String> {
    let expected = predict(history);
    let mut found = Vec::new();
    for (id, expected) in &expected {
        let Some(should) = &expected.life else { continue };
        let shown = rows.get(id).map(in_row).unwrap_or_default();
        let wrong = shown.differs(should);
        found.extend(wrong.map(|what| format!("record {id} is shown {what}")));
    }
    for phone in phones.iter().filter(|phone| !phone.replica.is_revoked()) {
        for record in phone.replica.mirror() {
            let life = expected
                .get(&record.id)
                .and_then(|expected| expected.life.as_ref());
            let state = rows.get(&record.id).and_then(|row| row.state.as_deref());
            let wrong = life.and_then(|life| on_phone(record, life, state));
            found.extend(wrong.map(|what| format!("{} shows {} {what}", phone.name, record.id)));
        }
    }
    found
}

/// A phone that has not heard of everything yet, as the server has it in `state`, shows the status all the same.
fn on_phone(record: &Record, should: &Life, state: Option<&[u8]>) -> Option<String> {
    let catalogue = Catalogue::built_in();
    let folded = lifecycle::fold(catalogue.kind(record.kind)?, record)?;
    let is_behind = || state != Some(record.encode().as_slice());
    if folded.status == should.status && is_behind() {
        return None;
    }
    Shown::from(&folded).differs(should)
}

/// What is shown of a record's life.
#[derive(Default)]
struct Shown {
    status: Option<String>,
    told: BTreeMap<String, Json>,
    marks: BTreeSet<String>,
}

impl Shown {
    /// What is shown otherwise than it is.
    fn differs(&self, should: &Life) -> Option<String> {
        // That a task has reached its assignee is no event of its history.
        let delivered = should.status == "issued" && self.status.as_deref() == Some("delivered");
        if self.status.as_deref() != Some(should.status) && !delivered {
            return Some(format!("as {:?}, and is {}", self.status, should.status));
        }
        for (name, value) in &should.told {
            let value = match value {
                Value::Int(number) => json!(number),
                other => json!(other.as_text()),
            };
            if self.told.get(*name) != Some(&value) {
                let shown = self.told.get(*name);
                return Some(format!("with {name} {shown:?}, and it is {value}"));
            }
        }
        let wrong = should
            .marks
            .iter()
            .find(|(mark, so)| self.marks.contains(**mark) != **so)?;
        let (mark, so) = wrong;
        Some(match so {
            true => format!("without the mark {mark}"),
            false => format!("with the mark {mark}, and should not be"),
        })
    }
}

fn in_row(row: &Row) -> Shown {
    let marks = row.fields.get("marks").and_then(Json::as_array);
    let text = |value: &Json| value.as_str().map(str::to_owned);
    Shown {
        status: row.fields.get("status").and_then(text),
        told: row
            .fields
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        marks: marks.into_iter().flatten().filter_map(text).collect(),
    }
}

impl From<&Folded> for Shown {
    fn from(folded: &Folded) -> Shown {
        let mut told: BTreeMap<String, Json> = BTreeMap::new();
        told.extend(folded.round.map(|round| ("round".to_owned(), json!(round))));
        for (name, value) in &folded.more {
            let value = match value {
                Told::Text(text) => json!(text),
                Told::Number(number) => json!(number),
                _ => continue,
            };
            told.insert((*name).to_owned(), value);
        }
        Shown {
            status: Some(folded.status.to_owned()),
            told,
            marks: folded.marks.iter().map(|mark| (*mark).to_owned()).collect(),
        }
    }
}

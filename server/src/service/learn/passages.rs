//! The texts that may be learned from, read page by page from the state as it is: a bounded sample of all notes and
//! reports.

use crate::state::cell::RecordCell;
use crate::state::{StateError, key, read};
use crate::store::engine::{RowKey, View};
use otor_protocol::area::AreaCode;
use otor_protocol::catalogue::{Catalogue, KindSpec};
use otor_protocol::ids::{PersonId, RecordId};
use otor_protocol::record::{Entry, Record};
use otor_protocol::value::Value;
use sha2::{Digest, Sha256};
use std::collections::BinaryHeap;

/// Fields that are learned from, by kind. A field is not until it is named here. Nothing of a household: its place,
/// its telephone, and what is noted about who lives there.
const LEARNED: [(&str, &[&str]); 3] = [
    ("visit", &["note", "notes"]),
    ("report", &["title", "description", "notes"]),
    ("task", &["title", "description", "notes"]),
];
/// Records read under one view: a checkpoint waits no longer than for these.
const PAGE_RECORDS: usize = 64;
/// Most passages kept: about 2 million characters.
const PASSAGES_MAX: usize = 30_000;
/// Digits of a grid's code.
const GRID_DIGITS: usize = 15;

/// A text that somebody wrote.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Passage {
    /// Who.
    pub author: PersonId,
    /// In a record of which grid.
    pub grid: AreaCode,
    /// What.
    pub text: String,
}

/// Gathers passages over many views, and keeps an even sample of them: those whose hashes are smallest. The same
/// records give the same sample.
#[derive(Debug)]
pub struct Gathering {
    from: RowKey,
    kept: BinaryHeap<([u8; 16], Passage)>,
}

impl Default for Gathering {
    fn default() -> Self {
        Gathering {
            from: key::records(),
            kept: BinaryHeap::new(),
        }
    }
}

impl Gathering {
    /// Reads the next page of records; whether there are more.
    ///
    /// # Errors
    /// [`StateError`] if the state cannot be read.
    pub fn page(&mut self, view: &dyn View, catalogue: &Catalogue) -> Result<bool, StateError> {
        let end = key::end_of(&key::records());
        let page: Vec<(RowKey, RecordCell)> = read::range(view, &self.from, &end, PAGE_RECORDS)?;
        let Some((last, _)) = page.last() else {
            return Ok(false);
        };
        self.from = last.clone();
        self.from.push(0);
        let more = page.len() == PAGE_RECORDS;
        for (place, cell) in page {
            let record = cell.record().map_err(|_| StateError::Damaged { key: place })?;
            if let Some(kind) = catalogue.kind(record.kind) {
                self.take(kind, &record);
            }
        }
        Ok(more)
    }

    fn take(&mut self, kind: &KindSpec, record: &Record) {
        let Some(grid) = grid_of(&record.area.val) else {
            return;
        };
        for (author, text) in texts(kind, record) {
            let name = place_in_sample(record.id, author, &text);
            let grid = grid.clone();
            self.kept.push((name, Passage { author, grid, text }));
            if self.kept.len() > PASSAGES_MAX {
                self.kept.pop();
            }
        }
    }

    /// The passages.
    pub fn passages(self) -> Vec<Passage> {
        self.kept
            .into_sorted_vec()
            .into_iter()
            .map(|(_, passage)| passage)
            .collect()
    }
}

/// The grid an area is, or lies in. What is filed above the grids stands in none.
fn grid_of(area: &AreaCode) -> Option<AreaCode> {
    area.as_str().get(..GRID_DIGITS)?.parse().ok()
}

fn place_in_sample(record: RecordId, author: PersonId, text: &str) -> [u8; 16] {
    let digest = Sha256::new()
        .chain_update(record.0.actor.0.to_be_bytes())
        .chain_update(record.0.seq.to_be_bytes())
        .chain_update(author.0.to_be_bytes())
        .chain_update(text)
        .finalize();
    std::array::from_fn(|place| digest[place])
}

/// The texts of a record that are learned from, each with who wrote it.
fn texts(kind: &KindSpec, record: &Record) -> Vec<(PersonId, String)> {
    let learned = LEARNED.iter().find(|(name, _)| *name == kind.name);
    let mut texts = Vec::new();
    for field in kind
        .fields
        .iter()
        .filter(|field| learned.is_some_and(|(_, names)| names.contains(&field.name)))
    {
        if let Some(Value::Text(text)) = record.register(field.id) {
            texts.push((record.creation.author, text.clone()));
        }
        for entry in record.entries(field.id) {
            if let Entry::Note(Value::Text(text)) = entry.what {
                texts.push((entry.author, text));
            }
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_that_is_learned_from_exists_and_is_written_once_or_appended() {
        let catalogue = Catalogue::built_in();
        for (kind, fields) in LEARNED {
            let kind = catalogue.kind_named(kind).unwrap();
            for name in fields {
                let field = kind.fields.iter().find(|field| field.name == *name).unwrap();
                // Of these two it is known who wrote them.
                let rule = field.rule;
                assert!(
                    matches!(
                        rule,
                        otor_protocol::catalogue::Rule::Once | otor_protocol::catalogue::Rule::Log
                    ),
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn nothing_of_a_household_and_no_place_or_telephone_is_learned_from() {
        for (kind, fields) in LEARNED {
            assert_ne!(kind, "household");
            assert!(
                !fields
                    .iter()
                    .any(|field| ["place", "phone", "code", "household"].contains(field))
            );
        }
    }
}

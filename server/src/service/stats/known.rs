//! Facts as they were known after a commit.

use super::tree::Tree;
use crate::state::cell::RecordCell;
use crate::state::fact::{BUNDLE_SEQS, Bundled, Matter, day_of};
use crate::state::{StateError, key, read};
use crate::store::engine::{Reader, Row, RowKey, View, ViewError, key_after};
use otor_protocol::area::AreaCode;
use otor_protocol::ids::RecordId;
use serde::de::DeserializeOwned;
use serde_bytes::ByteBuf;
use std::collections::BTreeMap;
use std::ops::Range;

/// Rows read at once.
const PAGE_ROWS: usize = 1_000;

/// The durable state, read page by page without holding checkpoints up. What was known after a commit does not change,
/// so pages of different moments fit together.
pub struct Paged(pub Reader);

impl View for Paged {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, ViewError> {
        self.0.snapshot().get(key)
    }

    fn range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Row>, ViewError> {
        self.0.snapshot().range(from, to, limit)
    }
}

/// A fact as it was known.
pub struct Seen<'a, T> {
    /// About which record.
    pub record: RecordId,
    /// On which day.
    pub day: u32,
    /// Filed where.
    pub area: &'a AreaCode,
    /// What it says.
    pub fact: T,
}

/// What was known after a commit, of an area.
pub struct Known<'a> {
    /// The state.
    pub view: &'a dyn View,
    /// The last commit that counts.
    pub cut_off: u64,
    /// The tree after it.
    pub tree: Tree,
    /// The area; none for the whole tree.
    pub area: Option<AreaCode>,
    filed_in: Vec<AreaCode>,
}

impl<'a> Known<'a> {
    /// Of an area, or of the whole tree.
    ///
    /// # Errors
    /// [`StateError`] if the state cannot be read.
    pub fn of(view: &'a dyn View, cut_off: u64, area: Option<AreaCode>) -> Result<Self, StateError> {
        let tree = Tree::as_of(view, cut_off)?;
        let filed_in = area.as_ref().map(|area| tree.filed_in(area)).unwrap_or_default();
        Ok(Known {
            view,
            cut_off,
            tree,
            area,
            filed_in,
        })
    }

    /// Every fact about a matter on some days.
    ///
    /// # Errors
    /// [`StateError`] if the state cannot be read, or `take` says so.
    pub fn each<T: DeserializeOwned>(
        &self,
        matter: Matter,
        days: Range<u32>,
        mut take: impl FnMut(Seen<T>),
    ) -> Result<(), StateError> {
        let mut own: BTreeMap<(u32, AreaCode, RecordId), ByteBuf> = BTreeMap::new();
        self.rows(false, matter, days.clone(), |place, row| {
            let (day, area, record, commit) = key::fact_named(place).ok_or_else(|| damaged(place))?;
            // Rows about one record at one place follow one another by commit: the last that counts stays.
            if commit <= self.cut_off {
                own.insert((day, area, record), read_row(place, row)?);
            }
            Ok(())
        })?;
        if matter.is_bundled() {
            self.rows(true, matter, days, |place, row| {
                let (day, area, first) = key::bundle_named(place).ok_or_else(|| damaged(place))?;
                for (low, commit, content) in read_row::<Vec<Bundled>>(place, row)? {
                    let mut record = first;
                    record.0.seq += u64::from(low) % BUNDLE_SEQS;
                    let again = !own.is_empty() && own.contains_key(&(day, area.clone(), record));
                    if commit <= self.cut_off && !again {
                        let fact = decoded(place, &content)?;
                        let area = &area;
                        take(Seen {
                            record,
                            day,
                            area,
                            fact,
                        });
                    }
                }
                Ok(())
            })?;
        }
        for ((day, area, record), content) in own.iter().filter(|(_, content)| !content.is_empty()) {
            let fact = decoded(b"f", content)?;
            take(Seen {
                record: *record,
                day: *day,
                area,
                fact,
            });
        }
        Ok(())
    }

    /// Every row of facts about a matter on some days, of whatever commit.
    pub(super) fn rows(
        &self,
        bundled: bool,
        matter: Matter,
        days: Range<u32>,
        mut take: impl FnMut(&[u8], &[u8]) -> Result<(), StateError>,
    ) -> Result<(), StateError> {
        if self.area.is_none() {
            let (from, to) = key::facts_between(bundled, matter, days.start, days.end);
            return self.pages(from, &to, &mut take);
        }
        for area in &self.filed_in {
            let mut next = self.day_with_rows(bundled, matter, days.clone())?;
            while let Some(day) = next {
                let (from, to) = key::facts_on(bundled, matter, day, area);
                self.pages(from, &to, &mut |place, row| {
                    // A shorter code with zeros behind it stands where this one does.
                    let filed = key::area_of_fact(place).ok_or_else(|| damaged(place))?;
                    if area.contains(&filed) {
                        take(place, row)?;
                    }
                    Ok(())
                })?;
                next = self.day_with_rows(bundled, matter, day.saturating_add(1)..days.end)?;
            }
        }
        Ok(())
    }

    /// The first of some days on which there is any row: days without one cost nothing.
    fn day_with_rows(
        &self,
        bundled: bool,
        matter: Matter,
        days: Range<u32>,
    ) -> Result<Option<u32>, StateError> {
        if days.is_empty() {
            return Ok(None);
        }
        let (from, to) = key::facts_between(bundled, matter, days.start, days.end);
        let rows = self.view.range(&from, &to, 1)?;
        Ok(rows.first().and_then(|(place, _)| key::day_of_fact(place)))
    }

    fn pages(
        &self,
        mut from: RowKey,
        to: &[u8],
        take: &mut impl FnMut(&[u8], &[u8]) -> Result<(), StateError>,
    ) -> Result<(), StateError> {
        loop {
            let page = self.view.range(&from, to, PAGE_ROWS)?;
            for (place, row) in &page {
                take(place, row)?;
            }
            match page.last() {
                Some((last, _)) if page.len() == PAGE_ROWS => from = key_after(last),
                _ => return Ok(()),
            }
        }
    }

    /// What was known about one record, wherever it was filed.
    ///
    /// # Errors
    /// [`StateError`] if the state cannot be read.
    pub fn about<T: DeserializeOwned>(&self, matter: Matter, id: RecordId) -> Result<Option<T>, StateError> {
        let Some(cell) = read::get::<RecordCell>(self.view, &key::record(id))? else {
            return Ok(None);
        };
        let record = cell.record().map_err(|_| damaged(&key::record(id)))?;
        let day = day_of(record.creation.facts.stamp.ms());
        for area in std::iter::once(&record.area.val).chain(&cell.past_areas) {
            let from = key::fact(matter, day, area, id, 0);
            let to = key::fact(matter, day, area, id, self.cut_off.saturating_add(1));
            let rows = read::range::<ByteBuf>(self.view, &from, &to, usize::MAX)?;
            if let Some((place, content)) = rows.last().filter(|(_, content)| !content.is_empty()) {
                return Ok(Some(decoded(place, content)?));
            }
        }
        Ok(None)
    }
}

fn damaged(place: &[u8]) -> StateError {
    StateError::Damaged { key: place.into() }
}

fn read_row<T: DeserializeOwned>(place: &[u8], row: &[u8]) -> Result<T, StateError> {
    read::value(place, row)
}

fn decoded<T: DeserializeOwned>(place: &[u8], content: &[u8]) -> Result<T, StateError> {
    otor_protocol::wire::decode(content).map_err(|_| damaged(place))
}

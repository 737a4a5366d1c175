//! Which reports are one case, by the marks that stand now or stood after a commit. Whatever a report was told of the
//! marks of others, they are found from either side.

use super::key::{self, Way};
use super::{StateError, read};
use crate::store::engine::View;
use otor_protocol::ids::RecordId;
use otor_protocol::lifecycle::{CASE_MAX, root_of};
use std::collections::{BTreeMap, BTreeSet};

/// Rows read at once.
const PAGE_ROWS: usize = 256;

/// The root of a report's case, by the marks that stood after a commit.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn case_root(view: &dyn View, id: RecordId, through: u64) -> Result<RecordId, StateError> {
    root_of(id, |id| {
        let marks = marks(view, id, through)?;
        Ok(marks.into_iter().map(|(other, _)| other))
    })
}

/// The reports that are marked as doubles of one; of very many the first.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn marked_as(view: &dyn View, id: RecordId) -> Result<BTreeSet<RecordId>, StateError> {
    let marks = marks(view, id, u64::MAX)?.into_iter();
    let theirs = marks.filter(|(_, way)| *way == Way::MarkedBy);
    Ok(theirs.map(|(other, _)| other).collect())
}

/// The marks between a report and others that stand, by the others' ids: all that are followed in one case.
fn marks(view: &dyn View, id: RecordId, through: u64) -> Result<BTreeSet<(RecordId, Way)>, StateError> {
    let prefix = key::marks_of(id);
    let (mut from, end) = (prefix.clone(), key::end_of(&prefix));
    let mut standing = BTreeMap::new();
    loop {
        let page = read::range::<bool>(view, &from, &end, PAGE_ROWS)?;
        for (place, stands) in &page {
            let damaged = || StateError::Damaged { key: place.clone() };
            let (other, way, commit) = key::mark_named(place).ok_or_else(damaged)?;
            if commit <= through {
                standing.insert((other, way), *stands);
            }
        }
        let found = standing.values().filter(|stands| **stands).count();
        match page.last() {
            // Each of them may be there twice, and the last one not be whole yet.
            Some((last, _)) if page.len() == PAGE_ROWS && found <= 2 * CASE_MAX => {
                from = key::end_of(last);
            }
            _ => break,
        }
    }
    let standing = standing.into_iter().filter(|(_, stands)| *stands);
    Ok(standing.map(|(mark, _)| mark).collect())
}

#[cfg(test)]
mod tests;

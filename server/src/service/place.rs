//! An area as it is asked for: itself and what lies in it, and whatever these took over.

use crate::state::{StateError, key, lineage};
use crate::store::engine::{RowKey, View};
use otor_protocol::area::AreaCode;

/// Rows that are read at a time.
const PAGE_ROWS: usize = 1_000;

/// An area with the retired ones whose place it took, or a place in it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    area: AreaCode,
    taken_over: Vec<AreaCode>,
}

impl Place {
    /// The place that an area is now.
    ///
    /// # Errors
    /// [`StateError`] if the state cannot be read.
    pub fn of(view: &dyn View, area: &AreaCode) -> Result<Place, StateError> {
        Ok(Place {
            area: area.clone(),
            taken_over: lineage::taken_over(view, area)?,
        })
    }

    /// Calls for every row under the prefixes of this place's areas, each once.
    ///
    /// # Errors
    /// [`StateError`] if the state cannot be read.
    pub fn each_row(
        &self,
        view: &dyn View,
        prefix: fn(&str) -> RowKey,
        mut call: impl FnMut(&[u8], &[u8]) -> Result<(), StateError>,
    ) -> Result<(), StateError> {
        let all = || std::iter::once(&self.area).chain(&self.taken_over);
        let outermost = all().filter(|area| !all().any(|other| other != *area && other.contains(area)));
        for area in outermost {
            let mut from = prefix(area.as_str());
            let end = key::end_of(&from);
            loop {
                let rows = view.range(&from, &end, PAGE_ROWS)?;
                for (place, value) in &rows {
                    call(place, value)?;
                }
                match rows.last() {
                    Some((last, _)) if rows.len() == PAGE_ROWS => from = key::end_of(last),
                    _ => break,
                }
            }
        }
        Ok(())
    }

    /// Whether what is filed under `code` counts here.
    pub fn contains(&self, code: &AreaCode) -> bool {
        self.area.contains(code) || self.taken_over.iter().any(|area| area.contains(code))
    }
}

//! An area as it is asked for: itself and what lies in it, and whatever these took over.

use crate::state::{StateError, lineage};
use crate::store::engine::View;
use otor_protocol::area::AreaCode;

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

    /// Whether what is filed under `code` counts here.
    pub fn contains(&self, code: &AreaCode) -> bool {
        self.area.contains(code) || self.taken_over.iter().any(|area| area.contains(code))
    }
}

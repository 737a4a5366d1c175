//! Descent of areas: what a living area took over, and where a retired one leads. Areas only ever lead to areas
//! that were alive then, so no descent runs in a circle.

use super::cell::AreaCell;
use super::draft::StateError;
use super::{key, read};
use crate::store::engine::View;
use otor_protocol::area::AreaCode;
use std::collections::BTreeSet;

/// The areas outside `area` that it, or a place in it, took over, however far back; sorted.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn taken_over(view: &dyn View, area: &AreaCode) -> Result<Vec<AreaCode>, StateError> {
    let mut found = BTreeSet::new();
    let mut to_look_at = vec![area.clone()];
    while let Some(next) = to_look_at.pop() {
        for (_, cell) in read::under::<AreaCell>(view, &key::areas_under(next.as_str()))? {
            for before in cell.follows {
                if !area.contains(&before) && found.insert(before.clone()) {
                    to_look_at.push(before);
                }
            }
        }
    }
    Ok(found.into_iter().collect())
}

/// Whether `place` lies in `area`, or was retired and led there. `read` finds an area.
///
/// # Errors
/// Whatever `read` says.
pub fn leads_into(
    area: &AreaCode,
    place: &AreaCode,
    read: impl Fn(&AreaCode) -> Result<Option<AreaCell>, StateError>,
) -> Result<bool, StateError> {
    let mut seen = BTreeSet::new();
    let mut to_look_at = vec![place.clone()];
    while let Some(next) = to_look_at.pop() {
        if area.contains(&next) {
            return Ok(true);
        }
        let mut above = Some(next);
        while let Some(code) = above {
            if let Some(retired) = read(&code)?.and_then(|cell| cell.retired) {
                for successor in retired.successors {
                    if seen.insert(successor.clone()) {
                        to_look_at.push(successor);
                    }
                }
            }
            above = code.parent();
        }
    }
    Ok(false)
}

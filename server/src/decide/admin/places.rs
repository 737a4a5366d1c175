//! Which areas a worker may be given: living ones, with what they took over, and no more than a phone holds.

use super::refusal::{Stop, conflict, invalid};
use crate::state::cell::{AreaCell, Ending};
use crate::state::{StateError, key, lineage, read};
use crate::store::engine::{View, key_after};
use otor_protocol::area::{AreaCode, GRID_DIGITS};
use otor_protocol::limits::SCOPES_MAX;
use std::collections::BTreeSet;

/// Most places a worker's areas may expand to: a phone holds so many scopes besides its owner's inbox.
const PLACES_MAX: usize = SCOPES_MAX - 1;

/// Some areas, sorted, none within another.
fn outermost(areas: BTreeSet<AreaCode>) -> Vec<AreaCode> {
    // Sorted, an area comes right before those within it.
    let mut outermost: Vec<AreaCode> = Vec::new();
    for code in areas {
        if !outermost.last().is_some_and(|last| last.contains(&code)) {
            outermost.push(code);
        }
    }
    outermost
}

/// What somebody answers for who answers for `areas`: these and all that they took over, so that the records of
/// a grid that was split stay with those who serve its parts.
pub(super) fn with_taken_over(
    view: &dyn View,
    areas: impl IntoIterator<Item = AreaCode>,
) -> Result<Vec<AreaCode>, StateError> {
    let mut all: BTreeSet<AreaCode> = BTreeSet::new();
    for area in areas {
        all.extend(lineage::taken_over(view, &area)?);
        all.insert(area);
    }
    Ok(outermost(all))
}

/// Refuses areas that are more than a phone holds. `added` are areas about to be there.
pub(super) fn expect_fits_a_phone<'a>(
    view: &dyn View,
    areas: &[AreaCode],
    added: impl IntoIterator<Item = &'a AreaCode>,
) -> Result<(), Stop> {
    let mut places: BTreeSet<AreaCode> = added
        .into_iter()
        .filter(|code| is_place(code) && areas.iter().any(|area| area.scope_area().contains(code)))
        .cloned()
        .collect();
    for area in areas {
        let prefix = key::areas_under(area.scope_area().as_str());
        let end = key::end_of(&prefix);
        let mut from = prefix;
        loop {
            let page = read::range::<AreaCell>(view, &from, &end, PLACES_MAX)?;
            let last_page = page.len() < PLACES_MAX;
            for (place, cell) in page {
                if is_place(&cell.code) {
                    places.insert(cell.code);
                }
                from = key_after(&place);
            }
            if places.len() > PLACES_MAX {
                return Err(invalid(format!(
                    "the areas hold more than {PLACES_MAX} grids and places above them: more than a phone \
                     synchronises; use pull for larger areas"
                )));
            }
            if last_page {
                break;
            }
        }
    }
    Ok(())
}

fn is_place(code: &AreaCode) -> bool {
    code.as_str().len() <= GRID_DIGITS
}

/// Refuses an area that is retired, or lies in one that is: nothing new begins there.
pub(super) fn expect_living(view: &dyn View, code: &AreaCode) -> Result<(), Stop> {
    let mut above = Some(code.clone());
    while let Some(code) = above {
        if let Some(retired) = read::area(view, &code)?.and_then(|cell| cell.retired) {
            return Err(conflict(retired_in_words(
                &code,
                retired.ending,
                &retired.successors,
            )));
        }
        above = code.parent();
    }
    Ok(())
}

/// What became of an area, as a sentence.
fn retired_in_words(code: &AreaCode, ending: Ending, successors: &[AreaCode]) -> String {
    let successors: Vec<String> = successors.iter().map(ToString::to_string).collect();
    let successors = successors.join(", ");
    match ending {
        Ending::Split => format!("{code} was split into {successors}"),
        Ending::Merged => format!("{code} was merged into {successors}"),
        Ending::Moved => format!("{code} was moved and is {successors} now"),
        Ending::Closed => format!("{code} was closed"),
    }
}

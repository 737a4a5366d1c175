//! Published ledgers: what was published, whether it comes out the same, and what is known now.

use super::period::Period;
use super::{Asked, Figure, Report, day_as_text, report};
use crate::service::time::rfc3339;
use crate::state::ledger::LedgerCell;
use crate::state::{StateError, key, read};
use crate::store::engine::View;
use otor_protocol::area::AreaCode;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// What is told of a ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ledger {
    /// Its number.
    pub number: u32,
    /// What it is called.
    pub title: String,
    /// The area; none for the whole tree.
    pub area: Option<String>,
    /// The first day.
    pub from: String,
    /// The last day.
    pub to: String,
    /// The last commit that counts.
    pub cut_off: u64,
    /// The history of the server in which that is meant.
    pub history: String,
    /// The version of the definitions.
    pub definitions: u32,
    /// SHA-256 of its figures, in hexadecimal digits.
    pub hash: String,
    /// Who published it.
    pub published_by: String,
    /// When.
    pub published_at: String,
}

impl Ledger {
    /// As it is told.
    ///
    /// # Errors
    /// [`StateError`] if the state cannot be read.
    pub fn of(view: &dyn View, cell: &LedgerCell) -> Result<Ledger, StateError> {
        let by = read::person(view, cell.by)?;
        Ok(Ledger {
            number: cell.number,
            title: cell.title.clone(),
            area: cell.area.as_ref().map(ToString::to_string),
            from: day_as_text(cell.from_day),
            to: day_as_text(cell.to_day),
            cut_off: cell.cut_off,
            history: format!("{:016x}", cell.incarnation),
            definitions: cell.definitions,
            hash: data_encoding::HEXLOWER.encode(&cell.hash),
            published_by: by.map_or_else(String::new, |person| person.code),
            published_at: rfc3339(cell.at_ms),
        })
    }
}

/// All ledgers, oldest first, that are of an area in the one given.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn ledgers(view: &dyn View, within: Option<&AreaCode>) -> Result<Vec<LedgerCell>, StateError> {
    let mut cells: Vec<LedgerCell> = read::under(view, &key::ledgers())?
        .into_iter()
        .map(|(_, cell)| cell)
        .collect();
    cells.retain(|cell: &LedgerCell| sees(within, cell));
    Ok(cells)
}

/// A ledger by its number, if it is of an area in the one given.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn ledger(
    view: &dyn View,
    within: Option<&AreaCode>,
    number: u32,
) -> Result<Option<LedgerCell>, StateError> {
    let cell: Option<LedgerCell> = read::get(view, &key::ledger(number))?;
    Ok(cell.filter(|cell| sees(within, cell)))
}

fn sees(within: Option<&AreaCode>, cell: &LedgerCell) -> bool {
    within.is_none_or(|within| cell.area.as_ref().is_some_and(|area| within.contains(area)))
}

/// What a ledger asks, as known after a commit.
pub fn asked(cell: &LedgerCell, cut_off: u64) -> Asked {
    Asked {
        area: cell.area.clone(),
        period: Period {
            from: cell.from_day,
            to: cell.to_day,
        },
        cut_off,
        statistics: Vec::new(),
        by_grid: false,
    }
}

/// A ledger reckoned again: its figures, and whether they are those that were published.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn as_published(view: &dyn View, cell: &LedgerCell) -> Result<(Report, bool), StateError> {
    let report = report(view, &asked(cell, cell.cut_off))?;
    let same = digest(&report.figures) == cell.hash;
    Ok((report, same))
}

/// SHA-256 of figures as JSON.
pub fn digest(figures: &[Figure]) -> [u8; 32] {
    // Figures are plain data with text for keys: they always have a JSON form.
    let bytes = serde_json::to_vec(figures).expect("figures are plain data");
    Sha256::digest(bytes).into()
}

/// A figure as it was published, and as it is known now; none where it was, or is, not told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// Of which statistic.
    pub statistic: &'static str,
    /// By what it is divided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<&'static str>,
    /// Which part of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// What is measured.
    pub measure: &'static str,
    /// As published.
    pub published: Option<super::Decimal>,
    /// As now known.
    pub now: Option<super::Decimal>,
}

/// The figures that are otherwise now.
pub fn changed(published: &[Figure], now: &[Figure]) -> Vec<Changed> {
    type Name<'a> = (&'static str, Option<&'static str>, Option<&'a str>, &'static str);
    fn name(figure: &Figure) -> Name<'_> {
        (
            figure.statistic,
            figure.by,
            figure.group.as_deref(),
            figure.measure,
        )
    }
    let mut both: BTreeMap<Name, (Option<&Figure>, Option<&Figure>)> = BTreeMap::new();
    for figure in published {
        both.entry(name(figure)).or_default().0 = Some(figure);
    }
    for figure in now {
        both.entry(name(figure)).or_default().1 = Some(figure);
    }
    let mut changed = Vec::new();
    for ((statistic, by, group, measure), (before, after)) in both {
        if before != after {
            changed.push(Changed {
                statistic,
                by,
                group: group.map(str::to_string),
                measure,
                published: before.and_then(|figure| figure.value),
                now: after.and_then(|figure| figure.value),
            });
        }
    }
    changed
}

//! Statistics: every figure of an area and a period as it was known after a commit, exact, and the same whenever it
//! is asked. docs/statistics.md defines each.

mod cases;
mod closure;
mod figure;
mod known;
mod late;
mod ledgers;
mod names;
mod period;
mod places;
mod sheet;
mod table;
#[cfg(test)]
mod tests;
mod together;
mod tree;
mod vocabulary;

pub use figure::{Decimal, Figure, Figures, Unit};
pub use known::Paged;
pub use late::{Late, LateList, late};
pub use ledgers::{Changed, Ledger, as_published, asked, changed, digest, ledger, ledgers};
pub use period::{Period, day_as_text, read_day};
pub use table::csv;
pub use vocabulary::SUPPLIED;

use crate::state::{StateError, read};
use crate::store::engine::View;
use known::Known;
use otor_protocol::area::AreaCode;
use serde::Serialize;
use sheet::Sheet;
use std::collections::BTreeMap;

/// Version of the definitions. A published ledger keeps the one that it was reckoned by; one that changes a number
/// gets another version, and the former stays beside it.
pub const DEFINITIONS: u32 = 1;

/// Tells a statistic's figures.
type Tell = fn(&Sheet, &mut Figures) -> Result<(), StateError>;

/// A statistic.
pub struct Statistic {
    /// Its name in requests and answers.
    pub id: &'static str,
    /// Its number in the requirements; none for what they ask beside.
    pub number: &'static str,
    /// What it tells.
    pub title: &'static str,
    tell: Tell,
}

const fn one(id: &'static str, number: &'static str, title: &'static str, tell: Tell) -> Statistic {
    Statistic {
        id,
        number,
        title,
        tell,
    }
}

/// All statistics, in the order in which they are told.
pub const STATISTICS: [Statistic; 24] = [
    one(
        "appeals",
        "F1",
        "Appeals and their closure (channel appeal)",
        |sheet, figures| closure::intake(sheet, figures, "appeals", &["appeal"]),
    ),
    one(
        "micro_governance",
        "F2",
        "Micro-governance: collected and done (channel four_micro)",
        |sheet, figures| closure::intake(sheet, figures, "micro_governance", &["four_micro"]),
    ),
    one(
        "disputes",
        "F3",
        "Disputes of the online chain (channel online_chain)",
        |sheet, figures| closure::intake(sheet, figures, "disputes", &["online_chain"]),
    ),
    one(
        "matters",
        "F4",
        "All matters found and solved, whatever their channel",
        |sheet, figures| closure::intake(sheet, figures, "matters", &[]),
    ),
    one("hazards", "F5", "Hazards rectified", together::hazards),
    one("whistles", "F6", "Whistles solved", together::whistles),
    one(
        "property",
        "F7",
        "Property disputes settled; unmanaged compounds",
        together::property,
    ),
    one(
        "community_share",
        "F8",
        "Share of resolutions that did not leave the community",
        closure::community_share,
    ),
    one(
        "service_items",
        "F9",
        "Service items: direct, helped, by proxy",
        closure::service_items,
    ),
    one(
        "flagged_communities",
        "F10",
        "Communities with a supplied flag",
        places::flagged,
    ),
    one(
        "grid_norm",
        "F11",
        "Workers and households of grids against the norm",
        places::grid_norm,
    ),
    one(
        "by_type",
        "F12",
        "Problems, conflicts, wishes, activities by type",
        together::by_type,
    ),
    one("volunteers", "F13", "Volunteer activity", together::volunteers),
    one(
        "responsibility",
        "F14",
        "Departments against banners",
        closure::responsibility,
    ),
    one("muster", "F15", "Musters: who came in time", together::muster),
    one(
        "same_day",
        "F16",
        "Hotline reports done on the same day",
        closure::same_day,
    ),
    one(
        "turnout",
        "F17",
        "Campaigns: registration against its threshold",
        together::turnout,
    ),
    one(
        "coverage",
        "F18",
        "Households visited, segments patrolled",
        places::coverage,
    ),
    one(
        "closure",
        "",
        "Closure by category, level, channel, department, area, grid",
        closure::closure,
    ),
    one(
        "durations",
        "",
        "Median and nine tenths: report to assign, to done, to close",
        closure::durations,
    ),
    one("overdue", "", "What was not in time", closure::overdue),
    one(
        "refusals",
        "",
        "Tasks refused as not on the list of duties",
        closure::refusals,
    ),
    one(
        "satisfaction",
        "",
        "What callers say, where enough of them do",
        closure::satisfaction,
    ),
    one("roles", "", "Work by role (six roles)", together::roles),
];

/// A statistic by its name or its number.
pub fn named(name: &str) -> Option<&'static Statistic> {
    STATISTICS
        .iter()
        .find(|one| one.id == name || (!one.number.is_empty() && one.number.eq_ignore_ascii_case(name)))
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Of which area; none for the whole tree.
    pub area: Option<AreaCode>,
    /// Of which days.
    pub period: Period,
    /// As known after which commit.
    pub cut_off: u64,
    /// Which statistics, by name; all if none is named.
    pub statistics: Vec<String>,
    /// Whether closure and coverage are told by grid as well.
    pub by_grid: bool,
}

/// What every figure of a report is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Frame {
    /// The first day.
    pub from: String,
    /// The last day.
    pub to: String,
    /// The area's code; none for the whole tree.
    pub area: Option<String>,
    /// The last commit that changed the area tree, up to the cut-off.
    pub region_version: u64,
    /// The last commit that counts.
    pub cut_off: u64,
    /// The history of the server in which commits are meant.
    pub history: String,
    /// Version of the definitions.
    pub definitions: u32,
}

/// A report: figures and what they are of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What every figure is of.
    #[serde(flatten)]
    pub frame: Frame,
    /// The figures.
    pub figures: Vec<Figure>,
    /// What the areas and departments among them are called now, by their codes.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, String>,
}

/// Reckons a report.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn report(view: &dyn View, asked: &Asked) -> Result<Report, StateError> {
    let known = Known::of(view, asked.cut_off, asked.area.clone())?;
    let frame = Frame {
        from: day_as_text(asked.period.from),
        to: day_as_text(asked.period.to),
        area: asked.area.as_ref().map(ToString::to_string),
        region_version: known.tree.version,
        cut_off: asked.cut_off,
        history: format!("{:016x}", read::server(view)?.incarnation),
        definitions: DEFINITIONS,
    };
    let sheet = Sheet::new(known, asked.period, asked.by_grid);
    let mut figures = Figures::default();
    for statistic in &STATISTICS {
        if asked.statistics.is_empty() || asked.statistics.iter().any(|name| name == statistic.id) {
            (statistic.tell)(&sheet, &mut figures)?;
        }
    }
    Ok(Report {
        names: names::names(&sheet, &figures.all)?,
        frame,
        figures: figures.all,
    })
}

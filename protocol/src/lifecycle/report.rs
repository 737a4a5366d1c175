//! The case loop of a report: found < reported < assigned < handling < withdrawn < closed < called_back <
//! archived, by round. A lower rank that arrives late stays in the history and changes nothing.

use super::overlay::{self, Overlay};
use super::{Event, Folded, Told, duplicates, events, round_after};
use crate::catalogue::built_in::report as numbers;
use crate::ids::{Level, PersonId, RecordId};
use crate::mutation::{self, Mutation};
use crate::record::{Entry, Record};

/// Status of a report, in rank order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReportStatus {
    /// Written down.
    Reported,
    /// Given to someone (交办).
    Assigned,
    /// Worked on (处置).
    Handling,
    /// Taken back by its reporter.
    Withdrawn,
    /// Closed with an outcome (结案).
    Closed,
    /// The reporter was asked (回访).
    CalledBack,
    /// Archived (归档).
    Archived,
}

impl ReportStatus {
    /// The name in traces and exports.
    pub fn name(self) -> &'static str {
        match self {
            ReportStatus::Reported => "reported",
            ReportStatus::Assigned => "assigned",
            ReportStatus::Handling => "handling",
            ReportStatus::Withdrawn => "withdrawn",
            ReportStatus::Closed => "closed",
            ReportStatus::CalledBack => "called_back",
            ReportStatus::Archived => "archived",
        }
    }
}

/// What the events of a report come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportFold {
    /// The status in the current round.
    pub status: ReportStatus,
    /// The round, from 1; each reopening begins one.
    pub round: u32,
    /// Outcome of the closing that counts.
    pub outcome: Option<String>,
    /// Who closed it.
    pub closed_by: Option<PersonId>,
    /// When that was, milliseconds since the Unix epoch.
    pub closed_ms: Option<i64>,
    /// The report this one is marked a duplicate of.
    pub duplicate_of: Option<RecordId>,
    /// What does not move the status: level, supervision, publication, evaluation.
    pub overlay: Overlay,
    /// What somebody should look at: `after_closing`, `late_event`, `reopen_requested`, `two_closings`, and those of
    /// the overlay.
    pub marks: Vec<&'static str>,
}

impl ReportFold {
    /// In the form in which rows and phones show it.
    pub(super) fn folded(self, record: &Record) -> Folded {
        let case = duplicates::linked(record)
            .into_iter()
            .min()
            .map_or(record.id, |least| least.min(record.id));
        let folded = Folded {
            round: Some(self.round),
            marks: self.marks,
            ..Folded::of(self.status.name())
        };
        self.overlay.add_to(
            folded
                .maybe("outcome", self.outcome.map(Told::Text))
                .maybe("closed_by", self.closed_by.map(Told::Person))
                .maybe("duplicate_of", self.duplicate_of.map(Told::Record))
                .with("case", Told::Record(case)),
        )
    }
}

/// Folds a report's events.
pub(super) fn fold(record: &Record) -> ReportFold {
    let events = events(record);
    let round = round_after(&events, numbers::REOPEN);
    let current: Vec<&Event> = events.iter().filter(|event| event.round == round).collect();
    let (closings, too_early) = effective_closings(&events, &current);
    let closing = closings.first().copied();
    let status = status(&current, closing);
    let mut marks = Vec::new();
    if let Some(closing) = closing {
        mark_after_closing(record, &current, closing, &mut marks);
        let differ = closings.iter().any(|other| !same_outcome(other, closing));
        if differ && !reviewed(&current, &closings) {
            marks.push("two_closings");
        }
    }
    if closing.is_none() && too_early {
        marks.push("closed_before_whistle");
    }
    if closing.is_some() && (still_asked(&current) || escalated_past(&current, closing)) {
        marks.push("reopen_requested");
    }
    let overlay = overlay::fold(record, &events, &current, status);
    marks.extend(&overlay.marks);
    ReportFold {
        status,
        round,
        outcome: closing.and_then(|event| event.arg(numbers::OUTCOME)?.as_text().map(str::to_string)),
        closed_by: closing.map(|event| event.entry.author),
        closed_ms: closing.map(|event| event.entry.stamp.ms()),
        duplicate_of: duplicates::target(&events),
        overlay,
        marks,
    }
}

/// Whether a request to reopen has not been answered.
fn still_asked(current: &[&Event]) -> bool {
    let last = |id| {
        let said = current.iter().filter(|event| event.event == id);
        said.map(|event| event.entry.stamp).max()
    };
    let (asked, declined) = (last(numbers::REQUEST_REOPEN), last(numbers::DECLINE_REOPEN));
    asked.is_some() && asked > declined
}

/// Whether somebody has looked at all the closings.
fn reviewed(current: &[&Event], closings: &[&Event]) -> bool {
    let last = closings.iter().map(|event| event.entry.stamp).max();
    current
        .iter()
        .any(|event| event.event == numbers::REVIEWED && Some(event.entry.stamp) > last)
}

/// The closings that count, the one that shows first: the highest level's, else the earliest. A grid worker
/// closes what has stayed in the grid (小事不出格); an escalation before it takes that away. Nobody closes while a
/// whistle is unsolved: whether somebody tried is told beside.
fn effective_closings<'a>(events: &[Event], current: &[&'a Event]) -> (Vec<&'a Event>, bool) {
    let first_escalation = current
        .iter()
        .filter(|event| event.event == numbers::ESCALATE)
        .map(|event| event.entry.stamp)
        .min();
    let mut closings: Vec<&Event> = current
        .iter()
        .copied()
        .filter(|event| event.event == numbers::CLOSE)
        .filter(|event| {
            event.entry.level > Level::WORKER
                || first_escalation.is_none_or(|escalated| event.entry.stamp < escalated)
        })
        .collect();
    let tried = closings.len();
    closings.retain(|event| !overlay::whistled_at(events, event.entry.stamp));
    let too_early = closings.len() < tried;
    closings.sort_by_key(|event| {
        (
            std::cmp::Reverse(event.entry.level),
            event.entry.stamp,
            event.entry.dot,
        )
    });
    (closings, too_early)
}

fn status(current: &[&Event], closing: Option<&Event>) -> ReportStatus {
    let called_back = current.iter().any(|event| event.event == numbers::CALL_BACK);
    current
        .iter()
        .filter_map(|event| match event.event {
            numbers::ASSIGN => Some(ReportStatus::Assigned),
            numbers::HANDLE => Some(ReportStatus::Handling),
            numbers::WITHDRAW => Some(ReportStatus::Withdrawn),
            numbers::CALL_BACK => closing.map(|_| ReportStatus::CalledBack),
            // Archiving needs a call-back; a centre that archives without one waives it.
            numbers::ARCHIVE if called_back || event.entry.level > Level::WORKER => {
                closing.map(|_| ReportStatus::Archived)
            }
            _ => None,
        })
        .chain(closing.map(|_| ReportStatus::Closed))
        .reduce(|one, other| match mutation::active(Mutation::LateEventCounts) {
            true => one.min(other),
            false => one.max(other),
        })
        .unwrap_or(ReportStatus::Reported)
}

fn same_outcome(one: &Event, other: &Event) -> bool {
    one.arg(numbers::OUTCOME) == other.arg(numbers::OUTCOME)
}

/// Whether an escalation is left that the closing did not answer: it was written after the closing, or it
/// asks for a higher level than closed and nobody had sent it back down.
fn escalated_past(current: &[&Event], closing: Option<&Event>) -> bool {
    let Some(closing) = closing else { return false };
    let returned = current
        .iter()
        .filter(|event| event.event == numbers::RETURN)
        .map(|event| event.entry.stamp)
        .max();
    current
        .iter()
        .filter(|event| event.event == numbers::ESCALATE)
        .any(|event| {
            let beyond = level_asked(event).is_some_and(|level| level > closing.entry.level)
                && returned.is_none_or(|returned| returned < event.entry.stamp);
            event.entry.stamp > closing.entry.stamp || beyond
        })
}

/// The level an escalation asks for, where its code is a level of the area tree.
fn level_asked(escalation: &Event) -> Option<Level> {
    match escalation.arg(numbers::LEVEL)?.as_text()? {
        "village" | "community" => Some(Level::VILLAGE),
        "township" | "street" | "town" => Some(Level::TOWNSHIP),
        "county" | "district" | "banner" => Some(Level::COUNTY),
        "league" | "city" => Some(Level::LEAGUE),
        _ => None,
    }
}

fn mark_after_closing(record: &Record, current: &[&Event], closing: &Event, marks: &mut Vec<&'static str>) {
    let late_note = record.fields.keys().any(|field| {
        record
            .entries(*field)
            .iter()
            .any(|entry| matches!(entry.what, Entry::Note(_)) && entry.stamp > closing.entry.stamp)
    });
    if late_note {
        marks.push("after_closing");
    }
    let late_event = current.iter().any(|event| {
        matches!(event.event, numbers::ASSIGN | numbers::HANDLE | numbers::WITHDRAW)
            && event.entry.stamp > closing.entry.stamp
    });
    if late_event {
        marks.push("late_event");
    }
}

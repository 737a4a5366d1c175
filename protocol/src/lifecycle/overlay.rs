//! What lies over a case and does not move its status: the level that handles it (小事不出格、大事不出镇、难事不出县),
//! supervision (督办), departments called to it, publication, what callers say of its end.

use super::report::ReportStatus;
use super::{Event, Folded, Told};
use crate::catalogue::built_in::report as numbers;
use crate::ids::RecordId;
use crate::record::Record;
use crate::stamp::Stamp;
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The levels that may handle a case, lowest first, by the names that area trees have for them.
const LEVELS: [(&str, &[&str]); 5] = [
    ("grid", &["grid", "micro-grid"]),
    ("village", &["village", "community", "gacha"]),
    ("township", &["township", "street", "town", "sumu"]),
    ("county", &["county", "district", "banner"]),
    ("league", &["league", "city"]),
];

/// What callers have said of the end of a round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Satisfied.
    pub satisfied: u32,
    /// Neither.
    pub neutral: u32,
    /// Unhappy.
    pub unhappy: u32,
}

/// The overlay of a case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overlay {
    /// The level that handles it: grid, village, township, county or league.
    pub level: &'static str,
    /// A demand that has not been answered: until when, if it says so.
    pub supervised: Option<Option<i64>>,
    /// Whether its result is public.
    pub published: bool,
    /// What callers say, each once; who says several things is unhappy if one of them is.
    pub evaluations: Tally,
    /// What somebody should look at: `supervised`, `supervision_overdue`, `overdue`, `whistled`, `unhappy`.
    pub marks: Vec<&'static str>,
}

impl Overlay {
    pub(super) fn add_to(self, folded: Folded) -> Folded {
        let Tally {
            satisfied,
            neutral,
            unhappy,
        } = self.evaluations;
        let any = satisfied + neutral + unhappy > 0;
        let count = |number: u32| any.then_some(Told::Number(i64::from(number)));
        folded
            .with("handling_level", self.level)
            .maybe("supervised_until", self.supervised.flatten().map(Told::Number))
            .maybe("published", self.published.then_some("yes".into()))
            .maybe("satisfied", count(satisfied))
            .maybe("neutral", count(neutral))
            .maybe("unhappy", count(unhappy))
    }
}

/// Folds it, of the present round; demands and whistles of the whole case.
pub(super) fn fold(record: &Record, events: &[Event], current: &[&Event], status: ReportStatus) -> Overlay {
    let open = status < ReportStatus::Withdrawn;
    let supervised = supervision(events).filter(|_| status < ReportStatus::CalledBack);
    let overdue = |due: Option<i64>| {
        due.is_some()
            && events
                .iter()
                .any(|event| event.event == numbers::OVERDUE && event.number(numbers::DUE_AT) == due)
    };
    let evaluations = tally(current);
    let mut marks = Vec::new();
    let due = record.register(numbers::DUE).and_then(Value::as_int);
    for (mark, so) in [
        ("supervised", supervised.is_some()),
        ("supervision_overdue", overdue(supervised.flatten())),
        ("overdue", open && overdue(due)),
        (
            "whistled",
            open && whistles(events).values().any(|(_, until)| until.is_none()),
        ),
        ("unhappy", evaluations.unhappy > 0),
    ] {
        if so {
            marks.push(mark);
        }
    }
    Overlay {
        level: level(current),
        supervised,
        published: status >= ReportStatus::Closed && published(current),
        evaluations,
        marks,
    }
}

/// The level that handles a case: what was escalated to last, less what was sent back.
fn level(current: &[&Event]) -> &'static str {
    let mut path = vec![0];
    for event in current {
        let here = path.last().copied().unwrap_or(0);
        match event.event {
            numbers::ESCALATE => {
                let asked = event.arg(numbers::LEVEL).and_then(Value::as_text).and_then(rank);
                let next = asked.unwrap_or(here + 1).min(LEVELS.len() - 1);
                if next > here {
                    path.push(next);
                }
            }
            numbers::RETURN if path.len() > 1 => {
                path.pop();
            }
            _ => {}
        }
    }
    path.last().map_or("grid", |rank| LEVELS[*rank].0)
}

/// The rank of a level by one of its names.
pub(super) fn rank(name: &str) -> Option<usize> {
    LEVELS.iter().position(|(_, names)| names.contains(&name))
}

/// Whether a level has this name.
pub fn is_level(name: &str) -> bool {
    rank(name).is_some()
}

/// Whether two names are of one level.
pub fn is_same_level(one: &str, other: &str) -> bool {
    rank(one).is_some() && rank(one) == rank(other)
}

/// The level above another, by name; none above the highest.
pub fn level_above(name: &str) -> Option<&'static str> {
    LEVELS.get(rank(name)? + 1).map(|(name, _)| *name)
}

/// The last demand, if nobody has answered it since.
fn supervision(events: &[Event]) -> Option<Option<i64>> {
    let last = |id| events.iter().rfind(move |event| event.event == id);
    let demand = last(numbers::SUPERVISE)?;
    let answered =
        last(numbers::ANSWER_SUPERVISION).is_some_and(|answer| answer.entry.stamp > demand.entry.stamp);
    (!answered).then(|| demand.number(numbers::DUE_AT))
}

/// The whistles blown on a case, each with when it began to hold the case open, and when it ceased to.
fn whistles(events: &[Event]) -> BTreeMap<RecordId, (Stamp, Option<Stamp>)> {
    let mut whistles = BTreeMap::new();
    for event in events {
        let Some(Value::Record(of)) = event.arg(numbers::OF) else {
            continue;
        };
        match event.event {
            numbers::WHISTLE_BLOWN => {
                whistles.entry(*of).or_insert((event.entry.stamp, None));
            }
            numbers::WHISTLE_SOLVED => {
                if let Some((_, until)) = whistles.get_mut(of) {
                    *until = Some(event.entry.stamp);
                }
            }
            _ => {}
        }
    }
    whistles
}

/// The whistles that hold a case open.
pub fn open_whistles(record: &Record) -> BTreeSet<RecordId> {
    whistles(&super::events(record))
        .into_iter()
        .filter(|(_, (_, until))| until.is_none())
        .map(|(whistle, _)| whistle)
        .collect()
}

/// Whether a whistle held the case open at a moment.
pub(super) fn whistled_at(events: &[Event], at: Stamp) -> bool {
    whistles(events)
        .values()
        .any(|(since, until)| *since < at && until.is_none_or(|until| at < until))
}

/// What was made public of the end of a case: the text that was published, or the outcome if none was given. None if
/// nothing is public.
pub fn published_result(record: &Record) -> Option<String> {
    let fold = super::report(record);
    let events = super::events(record);
    let said = events
        .iter()
        .rfind(|event| event.event == numbers::PUBLISH && event.round == fold.round)?;
    let text = said.arg(numbers::TEXT).and_then(Value::as_text);
    let result = text.map(str::to_string).or(fold.outcome);
    result.filter(|_| fold.overlay.published)
}

fn published(current: &[&Event]) -> bool {
    let last = |id| {
        let said = current.iter().filter(|event| event.event == id);
        said.map(|event| event.entry.stamp).max()
    };
    let (published, unpublished) = (last(numbers::PUBLISH), last(numbers::UNPUBLISH));
    published.is_some() && published > unpublished
}

/// One word of each caller: unhappy wins, else the latest.
fn tally(current: &[&Event]) -> Tally {
    let mut words: BTreeMap<&str, &str> = BTreeMap::new();
    for event in current.iter().filter(|event| event.event == numbers::EVALUATE) {
        let text = |id| event.arg(id).and_then(Value::as_text);
        if let (Some(caller), Some(result)) = (text(numbers::CALLER), text(numbers::RESULT)) {
            let word = words.entry(caller).or_insert(result);
            if *word != "unhappy" {
                *word = result;
            }
        }
    }
    let mut tally = Tally::default();
    for word in words.values() {
        match *word {
            "satisfied" => tally.satisfied += 1,
            "unhappy" => tally.unhappy += 1,
            _ => tally.neutral += 1,
        }
    }
    tally
}

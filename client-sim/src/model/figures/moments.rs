//! When, by the events of a record, what is counted happened: by the table of required outcomes.

use crate::model::merging::{Event, Expected};
use otor_protocol::catalogue::built_in::matters::{hazard, mediation};
use otor_protocol::catalogue::built_in::report;
use otor_protocol::catalogue::built_in::together::whistle;
use otor_protocol::ids::{Level, RecordId};
use otor_protocol::op::EventId;
use otor_protocol::value::Value;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// The first event of a sort.
pub(super) fn first_ms(record: &Expected, event: EventId) -> Option<i64> {
    let ones = record.events.iter().filter(|one| one.event == event);
    ones.map(|one| one.stamp.ms()).min()
}

fn round(record: &Expected, reopening: EventId) -> u32 {
    let mut round = 1;
    while record
        .events
        .iter()
        .any(|event| event.event == reopening && event.round == round)
    {
        round += 1;
    }
    round
}

fn arg(event: &Event, id: u8) -> Option<&Value> {
    let found = event.args.iter().find(|(number, _)| *number == id);
    found.map(|(_, value)| value)
}

/// When a report was closed in its present round.
pub(super) fn closing_ms(record: &Expected) -> Option<i64> {
    closing(record).map(|closing| closing.stamp.ms())
}

/// With which words a report was closed in its present round.
pub(in crate::model) fn outcome(record: &Expected) -> Option<&str> {
    arg(closing(record)?, report::OUTCOME)?.as_text()
}

/// The closing of a report's present round that shows: the highest level's, else the first.
fn closing(record: &Expected) -> Option<&Event> {
    let round = round(record, report::REOPEN);
    let current: Vec<&Event> = record
        .events
        .iter()
        .filter(|event| event.round == round)
        .collect();
    let counts = |closing: &&&Event| {
        let escalated = current
            .iter()
            .any(|one| one.event == report::ESCALATE && one.stamp <= closing.stamp);
        let held = record.events.iter().any(|blown| {
            let solved = record.events.iter().any(|solved| {
                solved.event == report::WHISTLE_SOLVED
                    && arg(solved, report::OF) == arg(blown, report::OF)
                    && solved.stamp <= closing.stamp
            });
            blown.event == report::WHISTLE_BLOWN && blown.stamp < closing.stamp && !solved
        });
        closing.event == report::CLOSE && (closing.level > Level::WORKER || !escalated) && !held
    };
    let shown = current.iter().filter(counts);
    let shown = shown.min_by_key(|closing| (Reverse(closing.level), closing.stamp, closing.dot));
    shown.copied()
}

const LEVELS: [&[&str]; 5] = [
    &["grid", "micro-grid"],
    &["village", "community", "gacha"],
    &["township", "street", "town", "sumu"],
    &["county", "district", "banner"],
    &["league", "city"],
];

/// The level that a report was raised to, less what was sent back.
pub(super) fn level(record: &Expected) -> &'static str {
    let round = round(record, report::REOPEN);
    let mut raised: Vec<usize> = Vec::new();
    for event in record.events.iter().filter(|event| event.round == round) {
        let here = raised.last().copied().unwrap_or(0);
        if event.event == report::ESCALATE {
            let named = arg(event, report::LEVEL).and_then(Value::as_text);
            let asked = named.and_then(|name| LEVELS.iter().position(|names| names.contains(&name)));
            let to = asked.unwrap_or((here + 1).min(4));
            if to > here {
                raised.push(to);
            }
        } else if event.event == report::RETURN {
            raised.pop();
        }
    }
    LEVELS[raised.last().copied().unwrap_or(0)][0]
}

/// What a report is marked as a double of.
pub(in crate::model) fn duplicate_of(record: &Expected) -> Option<RecordId> {
    let mut words: Vec<&Event> = record
        .events
        .iter()
        .filter(|event| matches!(event.event, report::MARK_DUPLICATE | report::UNMARK_DUPLICATE))
        .collect();
    words.sort_by_key(|word| (word.level, word.stamp, word.dot));
    let last = words.last()?;
    match arg(last, report::OF) {
        Some(Value::Record(other)) if last.event == report::MARK_DUPLICATE => Some(*other),
        _ => None,
    }
}

/// When a hazard was removed in its present round.
pub(super) fn hazard_removed_ms(record: &Expected) -> Option<i64> {
    let round = round(record, hazard::REOPEN);
    let removals = record
        .events
        .iter()
        .filter(|event| event.event == hazard::RECTIFY && event.round == round);
    removals.map(|event| event.stamp.ms()).min()
}

/// When the last department of a whistle answered, if all have and nobody called it off.
pub(super) fn whistle_solved_ms(record: &Expected) -> Option<i64> {
    if record.status() != Some("solved") {
        return None;
    }
    let invited = record.members.get(&whistle::INVITED).into_iter().flatten();
    let called: BTreeSet<&Value> = invited.chain(record.values.get(&whistle::LEAD)).collect();
    let answers = called.into_iter().map(|department| {
        let by_it = record.events.iter().filter(|event| {
            matches!(event.event, whistle::REPLY | whistle::EXCUSE)
                && arg(event, whistle::DEPARTMENT) == Some(department)
        });
        by_it.map(|event| event.stamp.ms()).min()
    });
    answers.collect::<Option<Vec<i64>>>()?.into_iter().max()
}

/// When a mediation ended, and whether the parties agreed.
pub(super) fn mediation_end(record: &Expected) -> Option<(i64, bool)> {
    let ends = record.events.iter().filter(|event| {
        matches!(
            event.event,
            mediation::AGREE | mediation::FAIL | mediation::TRANSFER
        )
    });
    let counted = ends.min_by_key(|event| (Reverse(event.level), event.stamp, event.dot))?;
    Some((counted.stamp.ms(), counted.event == mediation::AGREE))
}

/// The reason of the last event of a sort in a round.
pub(super) fn last_reason(record: &Expected, event: EventId, round: u64) -> Option<String> {
    let ones = record.events.iter();
    let ones = ones.filter(|one| one.event == event && u64::from(one.round) == round);
    let last = ones.max_by_key(|one| (one.stamp, one.dot))?;
    let reason = arg(last, otor_protocol::catalogue::built_in::task::REASON_ARG)?;
    reason.as_text().map(str::to_string)
}

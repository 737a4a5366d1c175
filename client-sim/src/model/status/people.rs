//! Households and residents.

use super::{DUE_AT, Life};
use crate::model::{Event, Expected};
use otor_protocol::catalogue::built_in::household as numbers;
use otor_protocol::catalogue::built_in::household::resident;
use otor_protocol::ids::Dot;
use otor_protocol::op::FieldId;
use otor_protocol::stamp::Stamp;

/// The field with a resident's name.
const NAME: FieldId = FieldId(2);

/// Who lives there by the latest word, unless one says that somebody does and another that nobody does; and whether
/// the last day that passed without a visit was made good.
pub(super) fn household(record: &Expected) -> Life {
    let mut words: Vec<(Stamp, Dot, &str)> = Vec::new();
    for (dot, value) in record.candidates.get(&numbers::OCCUPANCY).into_iter().flatten() {
        let word = match value.as_text() {
            Some("away") => "away",
            Some("moved_out") => "moved_out",
            Some("vacant") => "vacant",
            _ => "occupied",
        };
        words.push((record.written[dot], *dot, word));
    }
    words.sort();
    let is_gone = |word: &str| word == "moved_out" || word == "vacant";
    let gone = words.iter().filter(|(_, _, word)| is_gone(word)).count();
    let status = match words.last() {
        _ if gone > 0 && gone < words.len() => "check",
        Some((_, _, "away")) => "away",
        Some((_, _, "moved_out")) => "moved_out",
        Some((_, _, "vacant")) => "vacant",
        _ => "occupied",
    };
    let missed = record.said(numbers::CARE_OVERDUE);
    let missed = missed.iter().filter_map(|event| event.number(DUE_AT)).max();
    let of_that_day = |event: &&Event| event.number(DUE_AT) == missed;
    let visits = record.said(numbers::CARE_MET).into_iter().filter(of_that_day);
    let made = visits.filter_map(|event| event.number(numbers::AT)).min();
    Life::of(status)
        .marked("care_overdue", missed.is_some() && made.is_none())
        .marked("care_late", missed.is_some() && made > missed)
}

/// Erased for good; taken off, as far as whoever did so had seen everything; dead; gone.
pub(super) fn resident(record: &Expected) -> Life {
    let removed = record.happened(resident::REMOVE);
    let stands = record.members.contains_key(&resident::PRESENT);
    let moves = record
        .events
        .iter()
        .filter(|event| event.event == resident::MOVED_IN || event.event == resident::MOVED_AWAY);
    let last = moves.max_by_key(|event| (event.stamp, event.dot));
    let erased = record.erased.contains(&NAME);
    let status = match () {
        () if erased => "erased",
        () if removed && !stands => "removed",
        () if record.happened(resident::DECEASED) => "deceased",
        () if last.is_some_and(|event| event.event == resident::MOVED_AWAY) => "moved",
        () => "current",
    };
    Life::of(status).marked("removal_not_seen_by_all", removed && stands && !erased)
}

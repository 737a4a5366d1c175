//! Visits, activities and patrols.

use super::Life;
use crate::model::Expected;
use otor_protocol::catalogue::built_in::field_work as numbers;
use otor_protocol::ids::ActorId;
use otor_protocol::patrol::Points;
use std::collections::BTreeSet;

/// Its author takes it back, or a station or a centre does.
pub(super) fn retractable(record: &Expected) -> Life {
    let retractions = record.said(numbers::RETRACT);
    let counts = retractions
        .iter()
        .any(|event| event.author == record.author || event.is_of_a_centre());
    Life::of(if counts { "retracted" } else { "submitted" })
}

/// A segment that was planned and touched once stays touched.
pub(super) fn patrol(record: &Expected) -> Life {
    let planned: BTreeSet<&str> = record
        .text(numbers::PLANNED)
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let notes = record.notes.get(&numbers::TOUCHED).into_iter().flatten();
    let touched: BTreeSet<&str> = notes
        .filter_map(|(_, _, _, segment)| segment.as_text())
        .filter(|segment| planned.contains(segment))
        .collect();
    let ended = record.happened(numbers::END);
    Life::of(if ended { "ended" } else { "open" })
        .counted("segments_planned", planned.len())
        .counted("segments_touched", touched.len())
        .counted("points_marked", points(record).len())
}

/// The points that were marked before the first end, each by who wrote it under which number.
fn points(record: &Expected) -> BTreeSet<(ActorId, u16)> {
    let ended = record.said(numbers::END).iter().map(|event| event.stamp).min();
    let notes = record.notes.get(&numbers::POINTS).into_iter().flatten();
    notes
        .filter(|(stamp, ..)| ended.is_none_or(|ended| *stamp < ended))
        .filter_map(|(_, dot, _, text)| Some((dot.actor, Points::unpack(text.as_text()?)?)))
        .flat_map(|(actor, points)| {
            let seqs = (points.first_seq..).take(points.points.len());
            seqs.map(move |seq| (actor, seq))
        })
        .collect()
}

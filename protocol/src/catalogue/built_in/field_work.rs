//! What a worker does on a day: visits, patrols, activities.

use super::super::{FieldSpec, KindSpec, LifeCycle, Rule, ValueType};
use super::spec::*;
use crate::op::{EventId, FieldId};

/// A visit or an activity is taken back by its author.
pub const RETRACT: EventId = EventId(1);
/// A patrol ends.
pub const END: EventId = EventId(1);
/// The household a visit was to, by its code.
pub const VISITED: FieldId = FieldId(1);
/// In which of the six roles the work was done.
pub const ROLE_HAT: FieldId = FieldId(63);
/// What an activity was.
pub const ACTIVITY_TYPE: FieldId = FieldId(1);
/// How many sessions an activity had.
pub const SESSIONS: FieldId = FieldId(6);
/// How many came to an activity.
pub const HEADCOUNT: FieldId = FieldId(7);
/// The planned segments of a patrol, by their codes, parted by spaces.
pub const PLANNED: FieldId = FieldId(3);
/// The segments that a patrol has touched.
pub const TOUCHED: FieldId = FieldId(4);
/// The points that were marked on a patrol, packed.
pub const POINTS: FieldId = FieldId(6);

pub(super) const VISIT: KindSpec = KindSpec {
    life_cycle: LifeCycle::Retractable,
    events: &[said(1, "retract", &[REASON])],
    ..plain(
        2,
        "visit",
        &[
            code(1, "household", Rule::Once),
            field(2, "visited_at", Rule::Once, ValueType::Plain),
            field(3, "lat", Rule::Once, ValueType::Degrees),
            field(4, "lon", Rule::Once, ValueType::Degrees),
            personal(5, "note", Rule::Once, crate::limits::TEXT_CHARS_MAX),
            code(6, "category", Rule::Latest),
            field(7, "follow_up", Rule::Latest, ValueType::Plain),
            field(
                8,
                "resident_count",
                Rule::Latest,
                ValueType::Int { min: 0, max: 10_000 },
            ),
            TAGS,
            NOTES,
            code(9, "purpose", Rule::Once),
            code(10, "outcome", Rule::Once),
            field(11, "ended_at", Rule::Once, ValueType::Plain),
            personal(12, "answers", Rule::Once, crate::limits::TEXT_CHARS_MAX),
            PHOTOS,
            HAT,
            CAMPAIGN,
            // Whom a household was referred to; when to come again says follow_up.
            code(13, "referred_to", Rule::Latest),
            // A check of numbers: what was counted, how many there were, and how many there may be. Nothing follows from it.
            code(14, "counted", Rule::Once),
            field(15, "count", Rule::Once, COUNT),
            field(16, "count_most", Rule::Once, COUNT),
        ],
    )
};

const COUNT: ValueType = ValueType::Int {
    min: 0,
    max: 10_000_000,
};

pub(super) const PATROL: KindSpec = KindSpec {
    life_cycle: LifeCycle::Patrol,
    events: &[said(1, "end", &[])],
    ..plain(
        5,
        "patrol",
        &[
            code(1, "plan", Rule::Once),
            field(2, "started_at", Rule::Once, ValueType::Plain),
            text(3, "planned", Rule::Once, 2_000),
            code(4, "touched", Rule::Log),
            NOTES,
            PHOTOS,
            HAT,
            CAMPAIGN,
            FieldSpec {
                personal: true,
                ..field(6, "points", Rule::Log, ValueType::Points)
            },
        ],
    )
};

pub(super) const ACTIVITY: KindSpec = KindSpec {
    life_cycle: LifeCycle::Retractable,
    events: &[said(1, "retract", &[REASON])],
    ..plain(
        10,
        "activity",
        &[
            code(1, "type", Rule::Once),
            text(2, "title", Rule::Once, 200),
            field(3, "held_at", Rule::Once, ValueType::Plain),
            text(4, "place", Rule::Latest, 200),
            field(6, "sessions", Rule::Latest, ValueType::Int { min: 1, max: 1_000 }),
            field(
                7,
                "headcount",
                Rule::Latest,
                ValueType::Int {
                    min: 0,
                    max: 1_000_000,
                },
            ),
            code(8, "team", Rule::Once),
            NOTES,
            PHOTOS,
            HAT,
            CAMPAIGN,
        ],
    )
};

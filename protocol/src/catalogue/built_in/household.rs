//! Households, and the little that is kept of residents: a name and a telephone number, no number of identity,
//! nothing of health, faith, income or conduct.

use super::super::{KindSpec, LifeCycle, Rule, ValueType};
use super::spec::*;
use crate::op::{EventId, FieldId};

/// The day by which somebody should have come has passed.
pub const CARE_OVERDUE: EventId = EventId(1);
/// A visit that was due has been made; written when it comes to the server late.
pub const CARE_MET: EventId = EventId(2);
/// Argument of what concerns care: the day it was due.
pub const DUE_AT: u8 = 5;
/// Argument of a visit made: when.
pub const AT: u8 = 6;
/// The field that says how many days may pass between two visits.
pub const CARE_EVERY_DAYS: FieldId = FieldId(7);
/// Who lives there: occupied, away, moved_out or vacant; several where people who had not seen one another's word
/// differ.
pub const OCCUPANCY: FieldId = FieldId(8);
/// The field with a household's code.
pub const CODE: FieldId = FieldId(1);
/// Where it is, in words.
pub const PLACE: FieldId = FieldId(2);
/// Its telephone number; several until somebody settles them.
pub const PHONE: FieldId = FieldId(3);

pub(super) const HOUSEHOLD: KindSpec = KindSpec {
    life_cycle: LifeCycle::Household,
    events: &[
        derived(1, "care_overdue", &[DUE]),
        derived(2, "care_met", &[DUE, arg(AT, "at", ValueType::Plain)]),
    ],
    ..plain(
        1,
        "household",
        &[
            code(1, "code", Rule::Once),
            personal(2, "place", Rule::Latest, 200),
            personal(3, "phone", Rule::All, 40),
            NOTES,
            personal(6, "seasonal_places", Rule::Set, 200),
            field(
                7,
                "care_every_days",
                Rule::Highest { by_value: false },
                ValueType::Int { min: 1, max: 366 },
            ),
            code(8, "occupancy", Rule::All),
            SOURCE_ROW,
        ],
    )
};

/// Events of a resident.
pub mod resident {
    use crate::op::{EventId, FieldId};
    /// They live in this household now.
    pub const MOVED_IN: EventId = EventId(1);
    /// They have moved away.
    pub const MOVED_AWAY: EventId = EventId(2);
    /// They have died.
    pub const DECEASED: EventId = EventId(3);
    /// The record is taken off, as an error or a double.
    pub const REMOVE: EventId = EventId(4);
    /// The set that every edit renews and a removal empties as far as its author saw it.
    pub const PRESENT: FieldId = FieldId(4);
    /// Argument of moved_in: the household's code.
    pub const HOUSEHOLD: u8 = 3;
}

pub(super) const RESIDENT: KindSpec = KindSpec {
    life_cycle: LifeCycle::Resident,
    presence: Some(resident::PRESENT),
    events: &[
        said(
            1,
            "moved_in",
            &[
                arg(resident::HOUSEHOLD, "household", ValueType::Code),
                arg(6, "from", ValueType::Plain),
            ],
        ),
        said(2, "moved_away", &[arg(6, "from", ValueType::Plain)]),
        said(3, "deceased", &[]),
        said(4, "remove", &[REASON]),
    ],
    ..plain(
        15,
        "resident",
        &[
            code(1, "households", Rule::Set),
            personal(2, "name", Rule::Latest, 100),
            personal(3, "phone", Rule::All, 40),
            code(4, "present", Rule::Set),
            NOTES,
        ],
    )
};

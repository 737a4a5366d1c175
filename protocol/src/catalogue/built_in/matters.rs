//! Matters between people: wishes, hazards, mediations.

use super::super::{KindSpec, LifeCycle, Rule, ValueType};
use super::spec::*;
use crate::limits::TEXT_CHARS_MAX;
use crate::op::{EventId, FieldId};

/// Events of a wish.
pub mod wish {
    use super::{EventId, FieldId};
    /// Somebody will fulfil it.
    pub const CLAIM: EventId = EventId(1);
    /// Somebody will not after all.
    pub const UNCLAIM: EventId = EventId(2);
    /// It is fulfilled.
    pub const DELIVER: EventId = EventId(3);
    /// Who had it says so.
    pub const CONFIRM: EventId = EventId(4);
    /// Its day has passed, and nobody had taken it up.
    pub const LAPSE: EventId = EventId(5);
    /// It is taken back.
    pub const WITHDRAW: EventId = EventId(6);
    /// Argument of lapse: the day.
    pub const DUE_AT: u8 = 5;
    /// The day on which it lapses.
    pub const LAPSES: FieldId = FieldId(4);
    /// What it is about.
    pub const CATEGORY: FieldId = FieldId(3);
    /// Who leads: the first whose claim came to the server.
    pub const LEAD: FieldId = FieldId(5);
}

pub(super) const WISH: KindSpec = KindSpec {
    life_cycle: LifeCycle::Wish,
    assignee: Some(wish::LEAD),
    events: &[
        said(1, "claim", &[]),
        said(2, "unclaim", &[]),
        said(3, "deliver", &[arg(1, "outcome", ValueType::Text)]),
        said(4, "confirm", &[]),
        ruled(5, "lapse", &[DUE]),
        said(6, "withdraw", &[]),
        ruled(7, "seen", &[]),
    ],
    ..plain(
        6,
        "wish",
        &[
            personal(1, "text", Rule::Once, 500),
            code(2, "household", Rule::Once),
            code(3, "category", Rule::Latest),
            field(4, "lapses_at", Rule::Centre, ValueType::Plain),
            field(5, "lead", Rule::Centre, ValueType::Person),
            NOTES,
            PHOTOS,
        ],
    )
};

/// Events of a hazard.
pub mod hazard {
    use super::{EventId, FieldId};
    /// Somebody judges how bad it is.
    pub const ASSESS: EventId = EventId(1);
    /// Its removal is ordered.
    pub const ORDER: EventId = EventId(2);
    /// It is removed, says who removed it.
    pub const RECTIFY: EventId = EventId(3);
    /// It is removed, says somebody else.
    pub const VERIFY: EventId = EventId(4);
    /// It is there again, or was never removed.
    pub const REOPEN: EventId = EventId(5);
    /// Its day has passed.
    pub const OVERDUE: EventId = EventId(6);
    /// Argument of assess: how bad, 1 to 4.
    pub const SEVERITY: u8 = 3;
    /// Argument of rectify: what was done.
    pub const OUTCOME: u8 = 1;
    /// Argument of overdue: the day.
    pub const DUE_AT: u8 = 5;
    /// How bad it was when it was found.
    pub const FOUND_SEVERITY: FieldId = FieldId(7);
    /// What it is.
    pub const CATEGORY: FieldId = FieldId(9);
    /// The day by which it has to be removed.
    pub const DUE: FieldId = FieldId(8);
}

const SEVERITY: ValueType = ValueType::Int { min: 1, max: 4 };

pub(super) const HAZARD: KindSpec = KindSpec {
    life_cycle: LifeCycle::Hazard,
    lane: crate::ids::Lane::Reports,
    assignee: Some(super::TASK_ASSIGNEE),
    events: &[
        said(1, "assess", &[arg(3, "severity", SEVERITY)]),
        ruled(2, "order", &[WHY]),
        said(3, "rectify", &[arg(1, "outcome", ValueType::Text)]),
        said(4, "verify", &[]),
        ruled(5, "reopen", &[WHY]),
        derived(6, "overdue", &[DUE]),
        ruled(7, "seen", &[]),
    ],
    ..plain(
        7,
        "hazard",
        &[
            personal(1, "finding", Rule::Once, TEXT_CHARS_MAX),
            personal(2, "place", Rule::Once, 200),
            field(3, "lat", Rule::Once, ValueType::Degrees),
            field(4, "lon", Rule::Once, ValueType::Degrees),
            field(5, "assignee", Rule::Centre, ValueType::Person),
            code(6, "household", Rule::Once),
            field(7, "severity_found", Rule::Once, SEVERITY),
            field(8, "due_at", Rule::Centre, ValueType::Plain),
            code(9, "category", Rule::Highest { by_value: false }),
            TAGS,
            NOTES,
            PHOTOS,
            HAT,
            CAMPAIGN,
        ],
    )
};

/// Events of a mediation.
pub mod mediation {
    use super::{EventId, FieldId};
    /// What it is about.
    pub const TYPE: FieldId = FieldId(3);
    /// A mediator takes it up.
    pub const ACCEPT: EventId = EventId(1);
    /// The parties met.
    pub const SESSION: EventId = EventId(2);
    /// They agreed; the paper is kept elsewhere, its hash here.
    pub const AGREE: EventId = EventId(3);
    /// They did not.
    pub const FAIL: EventId = EventId(4);
    /// Somebody else takes it over.
    pub const TRANSFER: EventId = EventId(5);
    /// What was agreed has been done.
    pub const FULFIL: EventId = EventId(6);
    /// Argument of agree: the hash of the sealed paper.
    pub const SEALED: u8 = 3;
}

pub(super) const MEDIATION: KindSpec = KindSpec {
    life_cycle: LifeCycle::Mediation,
    events: &[
        said(1, "accept", &[]),
        said(2, "session", &[arg(6, "held_at", ValueType::Plain)]),
        said(3, "agree", &[arg(3, "sealed", ValueType::Code)]),
        said(4, "fail", &[WHY]),
        said(5, "transfer", &[arg(2, "to", ValueType::Code)]),
        said(6, "fulfil", &[]),
    ],
    ..plain(
        8,
        "mediation",
        &[
            personal(1, "title", Rule::Once, 200),
            personal(2, "parties", Rule::Once, 500),
            code(3, "type", Rule::Once),
            field(4, "report", Rule::Once, ValueType::Record),
            PARTICIPANTS,
            NOTES,
            CAMPAIGN,
        ],
    )
};

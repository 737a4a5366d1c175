//! Who works, in what form: teams, the post of each worker, experts to turn to, shifts of duty. Numbers and names, no roll
//! of who attended and no account of how anybody did.

use super::super::{KindSpec, LifeCycle, Rule, ValueType};
use super::spec::*;

const MANY: ValueType = ValueType::Int {
    min: 0,
    max: 1_000_000,
};

/// Micro-organisations, volunteers, patrol teams; the team of a grid (`1+2+X`).
pub(super) const TEAM: KindSpec = KindSpec {
    life_cycle: LifeCycle::Retractable,
    events: &[ruled(1, "retract", &[REASON])],
    ..plain(
        16,
        "team",
        &[
            text(1, "name", Rule::Centre, 100),
            code(2, "type", Rule::Centre),
            text(3, "place", Rule::Latest, 200),
            code(4, "composition", Rule::Centre),
            field(6, "leader", Rule::Centre, ValueType::Person),
            field(7, "headcount", Rule::Latest, MANY),
            code(8, "code", Rule::Once),
            field(9, "members", Rule::Set, ValueType::Person),
            NOTES,
        ],
    )
};

/// An expert, a mediator, a lawyer, whom a case may be referred to: their sort, and how they are reached.
pub(super) const EXPERT: KindSpec = KindSpec {
    life_cycle: LifeCycle::Retractable,
    events: &[ruled(1, "retract", &[REASON])],
    ..plain(
        17,
        "expert",
        &[
            personal(1, "name", Rule::Centre, 100),
            code(2, "type", Rule::Centre),
            personal(3, "phone", Rule::All, 40),
            text(4, "organisation", Rule::Centre, 200),
            field(6, "worker", Rule::Centre, ValueType::Person),
            code(7, "team", Rule::Centre),
        ],
    )
};

/// A shift of duty: at a checkpoint, at a gate, on a dyke. How many were there, and no word on anybody's health: it has no
/// notes.
pub(super) const DUTY: KindSpec = KindSpec {
    life_cycle: LifeCycle::Retractable,
    events: &[said(1, "retract", &[REASON])],
    ..plain(
        18,
        "duty",
        &[
            code(1, "type", Rule::Once),
            text(2, "place", Rule::Latest, 200),
            field(3, "begins_at", Rule::Centre, ValueType::Plain),
            field(4, "ends_at", Rule::Centre, ValueType::Plain),
            field(7, "headcount", Rule::Latest, MANY),
            code(8, "team", Rule::Once),
            PARTICIPANTS,
            CAMPAIGN,
        ],
    )
};

/// In what form a worker is engaged: full-time or part-time, of which tier, in which roles.
pub(super) const POST: KindSpec = KindSpec {
    life_cycle: LifeCycle::Retractable,
    events: &[ruled(1, "retract", &[REASON])],
    ..plain(
        19,
        "post",
        &[
            field(1, "worker", Rule::Once, ValueType::Person),
            code(2, "engagement", Rule::Centre),
            field(3, "tier", Rule::Centre, ValueType::Int { min: 1, max: 9 }),
            text(4, "hats", Rule::Centre, 200),
            code(8, "team", Rule::Centre),
        ],
    )
};

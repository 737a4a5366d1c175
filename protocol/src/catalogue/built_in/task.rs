//! Tasks: work that a centre, or a rule, gives to a worker.

use super::super::{KindSpec, LifeCycle, Rule, ValueType};
use super::spec::*;
use crate::ids::Lane;
use crate::limits::TEXT_CHARS_MAX;
use crate::op::{EventId, FieldId};

/// The assignee will do it.
pub const ACCEPT: EventId = EventId(1);
/// The assignee refuses (off the duties list).
pub const REFUSE: EventId = EventId(2);
/// Done.
pub const COMPLETE: EventId = EventId(3);
/// The centre has checked it.
pub const VERIFY: EventId = EventId(4);
/// Called off; the reason is plain, safety or wrong_target.
pub const CANCEL: EventId = EventId(5);
/// Its day has passed.
pub const OVERDUE: EventId = EventId(6);
/// It lapses: nobody is to do it any more.
pub const EXPIRE: EventId = EventId(7);
/// The phone of its assignee has been silent for too long.
pub const SILENT: EventId = EventId(8);
/// Argument of complete: the outcome.
pub const OUTCOME: u8 = 1;
/// Argument of refuse and cancel: the reason.
pub const REASON_ARG: u8 = 2;
/// Argument of what is about a deadline.
pub const DUE_AT: u8 = 5;
/// The report it comes from.
pub const REPORT: FieldId = FieldId(3);
/// The day by which it has to be done.
pub const DUE: FieldId = FieldId(4);
/// The department that has it.
pub const DEPARTMENT: FieldId = FieldId(9);
/// What it is for, where a rule made it: it is made once.
pub const MADE_FOR: FieldId = FieldId(7);

pub(super) const TASK: KindSpec = KindSpec {
    life_cycle: LifeCycle::Task,
    lane: Lane::Urgent,
    assignee: Some(super::TASK_ASSIGNEE),
    events: &[
        said(1, "accept", &[]),
        said(2, "refuse", &[REASON]),
        said(3, "complete", &[arg(1, "outcome", ValueType::Text)]),
        ruled(4, "verify", &[]),
        ruled(5, "cancel", &[REASON]),
        derived(6, "overdue", &[super::spec::DUE]),
        ruled(7, "expire", &[super::spec::DUE]),
        derived(8, "silent", &[]),
    ],
    ..plain(
        4,
        "task",
        &[
            personal(1, "title", Rule::Once, 200),
            personal(2, "description", Rule::Once, TEXT_CHARS_MAX),
            field(3, "report", Rule::Once, ValueType::Record),
            field(4, "due_at", Rule::Centre, ValueType::Plain),
            field(5, "assignee", Rule::Centre, ValueType::Person),
            NOTES,
            code(6, "basis", Rule::Once),
            code(7, "made_for", Rule::Once),
            field(8, "about", Rule::Once, ValueType::Record),
            code(9, "department", Rule::Centre),
            PHOTOS,
            HAT,
        ],
    )
};

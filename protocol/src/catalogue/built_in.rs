//! The kinds of this version: household, visit, report, task (fields and rules: the trace format; states:
//! the field's own case loop, 排查→上报→交办→处置→督办→结案→回访→归档).

use super::{ArgSpec, EventSpec, FieldSpec, KindSpec, LifeCycle, Rule, ValueType};
use crate::ids::{Lane, Level};
use crate::limits::TEXT_CHARS_MAX;
use crate::op::{EventId, FieldId, KindId};

/// Version of the built-in catalogue.
pub const VERSION: u32 = 1;

const fn field(id: u16, name: &'static str, rule: Rule, value_type: ValueType) -> FieldSpec {
    FieldSpec {
        id: FieldId(id),
        name,
        rule,
        value_type,
        chars_max: TEXT_CHARS_MAX,
        personal: false,
    }
}

const fn code(id: u16, name: &'static str, rule: Rule) -> FieldSpec {
    FieldSpec {
        id: FieldId(id),
        name,
        rule,
        value_type: ValueType::Code,
        chars_max: 64,
        personal: false,
    }
}

const fn personal(id: u16, name: &'static str, rule: Rule, chars_max: usize) -> FieldSpec {
    FieldSpec {
        id: FieldId(id),
        name,
        rule,
        value_type: ValueType::Text,
        chars_max,
        personal: true,
    }
}

const fn event(id: u16, name: &'static str, level_min: Level, args: &'static [ArgSpec]) -> EventSpec {
    EventSpec {
        id: EventId(id),
        name,
        level_min,
        args,
    }
}

const fn arg(id: u8, name: &'static str, value_type: ValueType) -> ArgSpec {
    ArgSpec { id, name, value_type }
}

const NOTES: u16 = 60;
const TAGS: u16 = 61;

const HOUSEHOLD: KindSpec = KindSpec {
    id: KindId(1),
    name: "household",
    life_cycle: LifeCycle::None,
    lane: Lane::Rest,
    severity: None,
    assignee: None,
    fields: &[
        code(1, "code", Rule::Once),
        personal(2, "place", Rule::Latest, 200),
        personal(3, "phone", Rule::All, 40),
        personal(NOTES, "notes", Rule::Log, TEXT_CHARS_MAX),
    ],
    events: &[],
};

const VISIT: KindSpec = KindSpec {
    id: KindId(2),
    name: "visit",
    life_cycle: LifeCycle::None,
    lane: Lane::Rest,
    severity: None,
    assignee: None,
    fields: &[
        code(1, "household", Rule::Once),
        field(2, "visited_at", Rule::Once, ValueType::Plain),
        field(3, "lat", Rule::Once, ValueType::Degrees),
        field(4, "lon", Rule::Once, ValueType::Degrees),
        personal(5, "note", Rule::Once, TEXT_CHARS_MAX),
        code(6, "category", Rule::Latest),
        field(7, "follow_up", Rule::Latest, ValueType::Plain),
        field(
            8,
            "resident_count",
            Rule::Latest,
            ValueType::Int { min: 0, max: 10_000 },
        ),
        code(TAGS, "tags", Rule::Set),
        personal(NOTES, "notes", Rule::Log, TEXT_CHARS_MAX),
    ],
    events: &[],
};

/// Numbers of the report's events.
pub mod report {
    use crate::op::EventId;
    /// Withdrawn by its reporter.
    pub const WITHDRAW: EventId = EventId(1);
    /// Assigned to someone (交办).
    pub const ASSIGN: EventId = EventId(2);
    /// Being handled (处置).
    pub const HANDLE: EventId = EventId(3);
    /// Closed with an outcome (结案).
    pub const CLOSE: EventId = EventId(4);
    /// The reporter was called back (回访).
    pub const CALL_BACK: EventId = EventId(5);
    /// Archived (归档).
    pub const ARCHIVE: EventId = EventId(6);
    /// Somebody says it is not solved.
    pub const REQUEST_REOPEN: EventId = EventId(7);
    /// A new round opens.
    pub const REOPEN: EventId = EventId(8);
    /// Raised to a higher level.
    pub const ESCALATE: EventId = EventId(9);
    /// Sent back down.
    pub const RETURN: EventId = EventId(10);
    /// The same matter as another report.
    pub const MARK_DUPLICATE: EventId = EventId(11);
    /// Argument of close: the outcome.
    pub const OUTCOME: u8 = 1;
    /// Argument of escalate: the level asked for, by its name in the area tree (township, county …).
    pub const LEVEL: u8 = 3;
    /// Argument of mark_duplicate: the other report.
    pub const OF: u8 = 4;
}

/// Numbers of the task's events.
pub mod task {
    use crate::op::EventId;
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
    /// Argument of complete: the outcome.
    pub const OUTCOME: u8 = 1;
    /// Argument of refuse and cancel: the reason.
    pub const REASON: u8 = 2;
}

/// The field of a task that names its assignee.
pub const TASK_ASSIGNEE: FieldId = FieldId(5);

const REPORT: KindSpec = KindSpec {
    id: KindId(3),
    name: "report",
    life_cycle: LifeCycle::Report,
    lane: Lane::Reports,
    severity: Some(FieldId(8)),
    assignee: None,
    fields: &[
        code(1, "household", Rule::Once),
        personal(2, "title", Rule::Once, 200),
        personal(3, "description", Rule::Once, TEXT_CHARS_MAX),
        field(4, "reported_at", Rule::Once, ValueType::Plain),
        field(5, "lat", Rule::Once, ValueType::Degrees),
        field(6, "lon", Rule::Once, ValueType::Degrees),
        code(7, "category", Rule::Highest { by_value: false }),
        field(
            8,
            "severity",
            Rule::Highest { by_value: true },
            ValueType::Int { min: 1, max: 4 },
        ),
        personal(9, "phone", Rule::All, 40),
        code(TAGS, "tags", Rule::Set),
        personal(NOTES, "notes", Rule::Log, TEXT_CHARS_MAX),
    ],
    events: &[
        event(1, "withdraw", Level::WORKER, &[]),
        event(2, "assign", Level::WORKER, &[arg(2, "to", ValueType::Code)]),
        event(3, "handle", Level::WORKER, &[]),
        event(4, "close", Level::WORKER, &[arg(1, "outcome", ValueType::Text)]),
        event(
            5,
            "call_back",
            Level::WORKER,
            &[arg(1, "result", ValueType::Text)],
        ),
        event(6, "archive", Level::VILLAGE, &[]),
        event(
            7,
            "request_reopen",
            Level::WORKER,
            &[arg(1, "reason", ValueType::Text)],
        ),
        event(8, "reopen", Level::VILLAGE, &[arg(1, "reason", ValueType::Text)]),
        event(
            9,
            "escalate",
            Level::WORKER,
            &[
                arg(3, "level", ValueType::Code),
                arg(1, "reason", ValueType::Text),
            ],
        ),
        event(10, "return", Level::VILLAGE, &[arg(1, "reason", ValueType::Text)]),
        event(
            11,
            "mark_duplicate",
            Level::WORKER,
            &[arg(4, "of", ValueType::Record)],
        ),
    ],
};

const TASK: KindSpec = KindSpec {
    id: KindId(4),
    name: "task",
    life_cycle: LifeCycle::Task,
    lane: Lane::Urgent,
    severity: None,
    assignee: Some(TASK_ASSIGNEE),
    fields: &[
        personal(1, "title", Rule::Once, 200),
        personal(2, "description", Rule::Once, TEXT_CHARS_MAX),
        field(3, "report", Rule::Once, ValueType::Record),
        field(4, "due_at", Rule::Centre, ValueType::Plain),
        field(5, "assignee", Rule::Centre, ValueType::Person),
        personal(NOTES, "notes", Rule::Log, TEXT_CHARS_MAX),
    ],
    events: &[
        event(1, "accept", Level::WORKER, &[]),
        event(2, "refuse", Level::WORKER, &[arg(2, "reason", ValueType::Code)]),
        event(
            3,
            "complete",
            Level::WORKER,
            &[arg(1, "outcome", ValueType::Text)],
        ),
        event(4, "verify", Level::VILLAGE, &[]),
        event(5, "cancel", Level::VILLAGE, &[arg(2, "reason", ValueType::Code)]),
    ],
};

/// All kinds.
pub const KINDS: &[KindSpec] = &[HOUSEHOLD, VISIT, REPORT, TASK];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_unique_within_each_kind() {
        for kind in KINDS {
            for (index, one) in kind.fields.iter().enumerate() {
                assert_ne!(one.id, super::super::EVENTS, "{}.{}", kind.name, one.name);
                for other in &kind.fields[index + 1..] {
                    assert!(
                        one.id != other.id && one.name != other.name,
                        "{}.{}",
                        kind.name,
                        one.name
                    );
                }
            }
            for (index, one) in kind.events.iter().enumerate() {
                for other in &kind.events[index + 1..] {
                    assert!(
                        one.id != other.id && one.name != other.name,
                        "{}.{}",
                        kind.name,
                        one.name
                    );
                }
            }
        }
    }
}

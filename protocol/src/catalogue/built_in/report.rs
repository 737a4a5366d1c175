//! Reports of residents and workers: cases (states: the field's own loop, 排查→上报→交办→处置→督办→结案→回访→归档), and
//! what their callers say of the end.

use super::super::{KindSpec, LifeCycle, Rule, ValueType};
use super::spec::*;
use crate::ids::Lane;
use crate::limits::TEXT_CHARS_MAX;
use crate::op::{EventId, FieldId};

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
/// Not the same matter after all.
pub const UNMARK_DUPLICATE: EventId = EventId(12);
/// Demanded by a higher level, by a day (督办).
pub const SUPERVISE: EventId = EventId(13);
/// The answer to a demand.
pub const ANSWER_SUPERVISION: EventId = EventId(14);
/// The result is made public (结果公开).
pub const PUBLISH: EventId = EventId(15);
/// It is public no longer.
pub const UNPUBLISH: EventId = EventId(16);
/// A request to reopen is not granted.
pub const DECLINE_REOPEN: EventId = EventId(17);
/// Two different closings were looked at, and the one that shows stands.
pub const REVIEWED: EventId = EventId(18);
/// Departments were called to it: it cannot be closed before they are done.
pub const WHISTLE_BLOWN: EventId = EventId(19);
/// They are done.
pub const WHISTLE_SOLVED: EventId = EventId(20);
/// Its day has passed.
pub const OVERDUE: EventId = EventId(21);
/// What a caller says of the end (评价).
pub const EVALUATE: EventId = EventId(22);
/// Another report is marked as a duplicate of this one.
pub const LINKED: EventId = EventId(23);
/// Somebody of a station or a centre has seen it.
pub const SEEN: EventId = EventId(24);

/// Argument of assign: to whom, by code.
pub const TO: u8 = 2;
/// Argument of close: the outcome.
pub const OUTCOME: u8 = 1;
/// Argument of publish: what is made public.
pub const TEXT: u8 = 1;
/// Argument of escalate: the level asked for, by its name in the area tree (township, county …).
pub const LEVEL: u8 = 3;
/// Argument of mark_duplicate: the other report. Of what concerns a whistle: the whistle.
pub const OF: u8 = 4;
/// Argument of what has a day by which it is due.
pub const DUE_AT: u8 = 5;
/// Argument of evaluate: who says so, by a code that names nobody.
pub const CALLER: u8 = 6;
/// Argument of evaluate: satisfied, neutral or unhappy.
pub const RESULT: u8 = 7;
/// The household it concerns, by its code.
pub const HOUSEHOLD: FieldId = FieldId(1);
/// Its title.
pub const TITLE: FieldId = FieldId(2);
/// What is the matter.
pub const DESCRIPTION: FieldId = FieldId(3);
/// Where it is: latitude.
pub const LAT: FieldId = FieldId(5);
/// Where it is: longitude.
pub const LON: FieldId = FieldId(6);
/// The day by which it has to be closed.
pub const DUE: FieldId = FieldId(10);
/// The category.
pub const CATEGORY: FieldId = FieldId(7);
/// The severity.
pub const SEVERITY: FieldId = FieldId(8);
/// The way it came in.
pub const CHANNEL: FieldId = FieldId(11);
/// Whether it was served directly, with help or by proxy (直办、帮办、代办).
pub const SERVICE_MODE: FieldId = FieldId(12);
/// The department that answers for it.
pub const DEPARTMENT: FieldId = FieldId(14);
/// The number it has where it came from.
pub const EXTERNAL_ID: FieldId = FieldId(13);
/// The role in which it was found.
pub const ROLE_HAT: FieldId = FieldId(63);

pub(super) const REPORT: KindSpec = KindSpec {
    life_cycle: LifeCycle::Report,
    lane: Lane::Reports,
    severity: Some(SEVERITY),
    events: &[
        said(1, "withdraw", &[]),
        said(2, "assign", &[arg(2, "to", ValueType::Code)]),
        said(3, "handle", &[]),
        said(4, "close", &[arg(1, "outcome", ValueType::Text)]),
        said(5, "call_back", &[arg(1, "result", ValueType::Text)]),
        ruled(6, "archive", &[]),
        said(7, "request_reopen", &[WHY]),
        ruled(8, "reopen", &[WHY]),
        said(9, "escalate", &[arg(3, "level", ValueType::Code), WHY]),
        ruled(10, "return", &[WHY]),
        said(11, "mark_duplicate", &[arg(4, "of", ValueType::Record)]),
        said(12, "unmark_duplicate", &[arg(4, "of", ValueType::Record)]),
        ruled(
            13,
            "supervise",
            &[arg(1, "demand", ValueType::Text), super::spec::DUE],
        ),
        said(14, "answer_supervision", &[arg(1, "reply", ValueType::Text)]),
        ruled(15, "publish", &[arg(1, "text", ValueType::Text)]),
        ruled(16, "unpublish", &[WHY]),
        ruled(17, "decline_reopen", &[WHY]),
        ruled(18, "reviewed", &[]),
        derived(19, "whistle_blown", &[arg(4, "of", ValueType::Record)]),
        derived(20, "whistle_solved", &[arg(4, "of", ValueType::Record)]),
        derived(21, "overdue", &[super::spec::DUE]),
        said(
            22,
            "evaluate",
            &[
                arg(6, "caller", ValueType::Code),
                arg(7, "result", ValueType::Code),
            ],
        ),
        derived(23, "linked", &[arg(4, "of", ValueType::Record)]),
        ruled(24, "seen", &[]),
    ],
    ..plain(
        3,
        "report",
        &[
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
            TAGS,
            NOTES,
            field(10, "due_at", Rule::Centre, ValueType::Plain),
            code(11, "channel", Rule::Once),
            code(12, "service_mode", Rule::Latest),
            code(13, "external_id", Rule::Once),
            code(14, "department", Rule::Centre),
            personal(15, "reporter", Rule::Once, 100),
            PHOTOS,
            HAT,
            CAMPAIGN,
            SOURCE_ROW,
        ],
    )
};

/// What a caller said of a case, where it came apart from the case: by hotline, on paper. Without a case: what somebody
/// answered to a survey, on satisfaction or on whether they know of a policy.
pub mod evaluation {
    use crate::op::FieldId;
    /// The case.
    pub const CASE: FieldId = FieldId(1);
    /// Its round.
    pub const ROUND: FieldId = FieldId(2);
    /// Who said so, by a code that names nobody.
    pub const CALLER: FieldId = FieldId(3);
    /// Satisfied, neutral or unhappy; aware or unaware.
    pub const RESULT: FieldId = FieldId(4);
    /// What a survey is about, where there is no case: `satisfaction`, `policy`, or a code of the deployment's own.
    pub const TOPIC: FieldId = FieldId(5);
}

pub(super) const EVALUATION: KindSpec = plain(
    12,
    "evaluation",
    &[
        field(1, "case", Rule::Once, ValueType::Record),
        field(2, "round", Rule::Once, ValueType::Int { min: 1, max: 10_000 }),
        code(3, "caller", Rule::Once),
        code(4, "result", Rule::Once),
        NOTES,
        // 5 is an assignee's number where it holds a person; here it holds a code.
        code(5, "topic", Rule::Once),
    ],
);

//! What brings several together: whistles for departments, alerts, announcements, campaigns.

use super::super::{KindSpec, LifeCycle, Rule, ValueType};
use super::spec::*;
use crate::ids::Lane;
use crate::limits::TEXT_CHARS_MAX;
use crate::op::{EventId, FieldId};

/// Events of a whistle (吹哨报到).
pub mod whistle {
    use super::{EventId, FieldId};
    /// A department's people are on the spot.
    pub const ARRIVE: EventId = EventId(1);
    /// A department answers.
    pub const REPLY: EventId = EventId(2);
    /// A department need not answer.
    pub const EXCUSE: EventId = EventId(3);
    /// It is called off.
    pub const CALL_OFF: EventId = EventId(4);
    /// Its day has passed.
    pub const OVERDUE: EventId = EventId(5);
    /// Argument: the department, by its code.
    pub const DEPARTMENT: u8 = 2;
    /// Argument of reply: what it says.
    pub const TEXT: u8 = 1;
    /// Argument of overdue: the day.
    pub const DUE_AT: u8 = 5;
    /// The case.
    pub const REPORT: FieldId = FieldId(2);
    /// The department that leads.
    pub const LEAD: FieldId = FieldId(3);
    /// The day by which all have to have answered.
    pub const DUE: FieldId = FieldId(4);
    /// The departments invited.
    pub const INVITED: FieldId = FieldId(6);
}

const DEPARTMENT: super::super::ArgSpec = arg(2, "department", ValueType::Code);

pub(super) const WHISTLE: KindSpec = KindSpec {
    life_cycle: LifeCycle::Whistle,
    lane: Lane::Urgent,
    events: &[
        said(1, "arrive", &[DEPARTMENT]),
        said(2, "reply", &[DEPARTMENT, arg(1, "text", ValueType::Text)]),
        ruled(3, "excuse", &[DEPARTMENT, WHY]),
        ruled(4, "call_off", &[WHY]),
        derived(5, "overdue", &[DUE]),
    ],
    ..plain(
        9,
        "whistle",
        &[
            personal(1, "reason", Rule::Once, TEXT_CHARS_MAX),
            field(2, "report", Rule::Once, ValueType::Record),
            code(3, "lead", Rule::Once),
            field(4, "due_at", Rule::Centre, ValueType::Plain),
            code(6, "invited", Rule::Set),
            PARTICIPANTS,
            NOTES,
            PHOTOS,
        ],
    )
};

/// Events of an alert: one person called to a muster (应急响应), or, without an assignee, the muster itself.
pub mod alert {
    use super::{EventId, FieldId};
    /// They have read it and come.
    pub const ACKNOWLEDGE: EventId = EventId(1);
    /// They are there.
    pub const ARRIVE: EventId = EventId(2);
    /// They cannot come.
    pub const DECLINE: EventId = EventId(3);
    /// It is over.
    pub const STAND_DOWN: EventId = EventId(4);
    /// The time is up, and it has never reached their phone.
    pub const UNREACHABLE: EventId = EventId(5);
    /// The time is up.
    pub const TIME_UP: EventId = EventId(6);
    /// Argument of what is about the limit.
    pub const DUE_AT: u8 = 5;
    /// The zone, by which its limit goes.
    pub const ZONE: FieldId = FieldId(7);
    /// The muster that it is a call to.
    pub const MUSTER: FieldId = FieldId(6);
    /// Until when one has to be there, milliseconds since the Unix epoch.
    pub const DUE: FieldId = FieldId(4);
}

pub(super) const ALERT: KindSpec = KindSpec {
    life_cycle: LifeCycle::Alert,
    lane: Lane::Urgent,
    assignee: Some(super::TASK_ASSIGNEE),
    events: &[
        said(1, "acknowledge", &[]),
        said(2, "arrive", &[]),
        said(3, "decline", &[REASON]),
        ruled(4, "stand_down", &[]),
        derived(5, "unreachable", &[DUE]),
        derived(6, "time_up", &[DUE]),
    ],
    ..plain(
        14,
        "alert",
        &[
            text(1, "title", Rule::Once, 200),
            text(2, "description", Rule::Once, TEXT_CHARS_MAX),
            text(3, "place", Rule::Once, 200),
            field(4, "due_at", Rule::Centre, ValueType::Plain),
            field(5, "assignee", Rule::Centre, ValueType::Person),
            field(6, "muster", Rule::Once, ValueType::Record),
            code(7, "zone", Rule::Once),
            NOTES,
        ],
    )
};

/// Events of an announcement.
pub mod announcement {
    use super::{EventId, FieldId};
    /// The text may be published.
    pub const APPROVE: EventId = EventId(1);
    /// It is published.
    pub const PUBLISH: EventId = EventId(2);
    /// It is taken back.
    pub const WITHDRAW: EventId = EventId(3);
    /// Who is named in it agrees; the paper is kept elsewhere, its hash here.
    pub const CONSENT: EventId = EventId(4);
    /// It hangs somewhere.
    pub const POSTED: EventId = EventId(5);
    /// Whether it names somebody: `person`, or anything else.
    pub const ABOUT: FieldId = FieldId(3);
    /// Its texts, oldest first; the last one counts.
    pub const TEXTS: FieldId = FieldId(2);
}

pub(super) const ANNOUNCEMENT: KindSpec = KindSpec {
    life_cycle: LifeCycle::Announcement,
    events: &[
        ruled(1, "approve", &[]),
        ruled(2, "publish", &[]),
        ruled(3, "withdraw", &[WHY]),
        said(4, "consent", &[arg(3, "sealed", ValueType::Code)]),
        said(5, "posted", &[arg(1, "place", ValueType::Text)]),
    ],
    ..plain(
        11,
        "announcement",
        &[
            text(1, "title", Rule::Once, 200),
            text(2, "texts", Rule::Log, TEXT_CHARS_MAX),
            code(3, "about", Rule::Once),
            code(4, "type", Rule::Once),
            PHOTOS,
        ],
    )
};

/// Events of a campaign.
pub mod campaign {
    use super::{EventId, FieldId};
    /// It has begun.
    pub const START: EventId = EventId(1);
    /// It is over.
    pub const END: EventId = EventId(2);
    /// A household was asked.
    pub const CONTACTED: EventId = EventId(3);
    /// A household has registered.
    pub const REGISTERED: EventId = EventId(4);
    /// A household would not.
    pub const DECLINED: EventId = EventId(5);
    /// Argument: the household, by its code.
    pub const HOUSEHOLD: u8 = 2;
    /// What it is for.
    pub const TYPE: FieldId = FieldId(2);
    /// How many households it concerns.
    pub const HOUSEHOLDS: FieldId = FieldId(5);
    /// Numerator of the share that has to register.
    pub const THRESHOLD_OF: FieldId = FieldId(6);
    /// Denominator of it.
    pub const THRESHOLD_IN: FieldId = FieldId(7);
}

const HOUSEHOLD: super::super::ArgSpec = arg(2, "household", ValueType::Code);
const MANY: ValueType = ValueType::Int {
    min: 1,
    max: 10_000_000,
};

pub(super) const CAMPAIGN_KIND: KindSpec = KindSpec {
    life_cycle: LifeCycle::Campaign,
    events: &[
        ruled(1, "start", &[]),
        ruled(2, "end", &[]),
        said(3, "contacted", &[HOUSEHOLD]),
        said(4, "registered", &[HOUSEHOLD]),
        said(5, "declined", &[HOUSEHOLD]),
    ],
    ..plain(
        13,
        "campaign",
        &[
            text(1, "name", Rule::Once, 200),
            code(2, "type", Rule::Once),
            field(3, "begins_at", Rule::Centre, ValueType::Plain),
            field(4, "ends_at", Rule::Centre, ValueType::Plain),
            // 5 is an assignee's number where it holds a person; here it holds a number.
            field(5, "households", Rule::Centre, MANY),
            field(6, "threshold_of", Rule::Once, MANY),
            field(7, "threshold_in", Rule::Once, MANY),
            field(8, "part_of", Rule::Once, ValueType::Record),
            NOTES,
        ],
    )
};

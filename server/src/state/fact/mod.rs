//! Facts: what statistics count, a few small rows beside each record. Rows are only ever added, each with the commit
//! that made it known, so that what was known at a commit can be told for ever.

mod cells;
mod derive;

pub use cells::{
    ActivityFact, CallFact, CampaignFact, HouseholdFact, MatterFact, PatrolFact, ReportFact, TaskFact,
    VisitFact,
};
pub use derive::facts_of;

use otor_protocol::area::AreaCode;
use serde::Serialize;
use serde_bytes::ByteBuf;

/// What a fact is about. The number is part of its key and never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Matter {
    /// A visit, by the day on which it was written.
    Visit = 1,
    /// A household, by the day on which it was registered.
    Household = 2,
    /// A report, by the day on which it was written.
    Report = 3,
    /// A report, by the day on which it was closed.
    ReportClosed = 4,
    /// A task, by the day on which it was given.
    Task = 5,
    /// A hazard, by the day on which it was found.
    Hazard = 6,
    /// A hazard, by the day on which it was removed.
    HazardRectified = 7,
    /// A whistle, by the day on which it was blown.
    Whistle = 8,
    /// A whistle, by the day on which it was solved.
    WhistleSolved = 9,
    /// A mediation, by the day on which it was begun.
    Mediation = 10,
    /// A mediation, by the day on which it ended.
    MediationEnded = 11,
    /// A wish, by the day on which it was written.
    Wish = 12,
    /// An activity, by the day on which it was written down.
    Activity = 13,
    /// A patrol, by the day on which it was begun.
    Patrol = 14,
    /// A person called to a muster, by the day of the call.
    Call = 15,
    /// A campaign, by the day on which it was written.
    Campaign = 16,
}

impl Matter {
    /// All of them, in order.
    pub const ALL: [Matter; 16] = [
        Matter::Visit,
        Matter::Household,
        Matter::Report,
        Matter::ReportClosed,
        Matter::Task,
        Matter::Hazard,
        Matter::HazardRectified,
        Matter::Whistle,
        Matter::WhistleSolved,
        Matter::Mediation,
        Matter::MediationEnded,
        Matter::Wish,
        Matter::Activity,
        Matter::Patrol,
        Matter::Call,
        Matter::Campaign,
    ];

    /// Its name in lists of what came late.
    pub fn name(self) -> &'static str {
        match self {
            Matter::Visit => "visit",
            Matter::Household => "household",
            Matter::Report => "report",
            Matter::ReportClosed => "report_closed",
            Matter::Task => "task",
            Matter::Hazard => "hazard",
            Matter::HazardRectified => "hazard_rectified",
            Matter::Whistle => "whistle",
            Matter::WhistleSolved => "whistle_solved",
            Matter::Mediation => "mediation",
            Matter::MediationEnded => "mediation_ended",
            Matter::Wish => "wish",
            Matter::Activity => "activity",
            Matter::Patrol => "patrol",
            Matter::Call => "call",
            Matter::Campaign => "campaign",
        }
    }

    /// Whether the first facts about records of one actor share rows: there are many of them, and they seldom change.
    pub fn is_bundled(self) -> bool {
        matches!(self, Matter::Visit | Matter::Household)
    }
}

/// A fact about one record: what about, on which day, where, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What about.
    pub matter: Matter,
    /// The day, counted from 1970 in the time of the field.
    pub day: u32,
    /// The area the record is filed under.
    pub area: AreaCode,
    /// What it says, encoded.
    pub content: ByteBuf,
}

impl Fact {
    /// A fact of the day in which a moment lies.
    pub fn new<T: Serialize>(matter: Matter, at_ms: i64, area: AreaCode, said: &T) -> Fact {
        Fact {
            matter,
            day: day_of(at_ms),
            area,
            content: ByteBuf::from(otor_protocol::wire::encode(said)),
        }
    }
}

/// The field's days begin so many milliseconds before those of universal time: China Standard Time.
pub const DAY_OFFSET_MS: i64 = 8 * 3_600_000;

/// The day of the field in which a moment lies, counted from 1970.
pub fn day_of(ms: i64) -> u32 {
    let day = ms
        .saturating_add(DAY_OFFSET_MS)
        .div_euclid(otor_protocol::lifecycle::DAY_MS);
    // Stamps lie between 1970 and the year 10889.
    u32::try_from(day.max(0)).unwrap_or(u32::MAX)
}

/// One of the first facts that share a row: the low bits of the record's seq, the commit, what it says.
pub type Bundled = (u8, u64, ByteBuf);

/// How many records of one actor, by their seqs, share a row at most.
pub const BUNDLE_SEQS: u64 = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_field_begin_at_midnight_in_china() {
        // 2026-03-02 00:00 and a millisecond before, in China.
        assert_eq!(day_of(1_772_380_800_000), 20_514);
        assert_eq!(day_of(1_772_380_799_999), 20_513);
        assert_eq!(day_of(i64::MIN), 0);
    }

    #[test]
    fn matters_are_numbered_in_order_and_named_apart() {
        let numbers: Vec<u8> = Matter::ALL.iter().map(|matter| *matter as u8).collect();
        assert_eq!(numbers, (1..=16).collect::<Vec<u8>>());
        let names: std::collections::BTreeSet<_> = Matter::ALL.iter().map(|matter| matter.name()).collect();
        assert_eq!(names.len(), 16);
    }
}

//! What facts say, a structure for each matter. Encoded as MessagePack, fields in order; times are milliseconds since
//! the Unix epoch.

use serde::{Deserialize, Serialize};

/// A visit that stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitFact {
    /// The number of the household's code; 0 if it names none.
    pub household: u32,
    /// In which role.
    pub hat: Option<String>,
}

/// A household that is registered: the record that its code leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HouseholdFact {
    /// The number of its code.
    pub household: u32,
}

/// A report, by the day on which it was received, and by that on which it was closed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportFact {
    /// When it was written.
    pub received_ms: i64,
    /// Its status.
    pub status: String,
    /// Its category, as it counts now.
    pub category: Option<String>,
    /// The way it came in.
    pub channel: Option<String>,
    /// Direct, helped or proxy.
    pub service_mode: Option<String>,
    /// The department that answers for it.
    pub department: Option<String>,
    /// In which role it was found.
    pub hat: Option<String>,
    /// The level that handles it.
    pub level: String,
    /// Its round.
    pub round: u32,
    /// When it was first given to somebody.
    pub assigned_ms: Option<i64>,
    /// When it was closed, if it is.
    pub closed_ms: Option<i64>,
    /// Its day has passed.
    pub overdue: bool,
    /// A higher level demands an answer.
    pub supervised: bool,
    /// What callers say: satisfied, neutral, unhappy.
    pub said: (u32, u32, u32),
}

/// A task, by the day on which it was given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskFact {
    /// When it was given.
    pub issued_ms: i64,
    /// Its status, delivery aside.
    pub status: String,
    /// The department that has it.
    pub department: Option<String>,
    /// When it was first done, if it counts as done.
    pub done_ms: Option<i64>,
    /// Its day has passed.
    pub overdue: bool,
    /// Its assignee refuses it as work that is not on the list of duties.
    pub off_list: bool,
}

/// Something with a beginning, a status, perhaps an end, and one code: a hazard, a whistle, a mediation, a wish.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatterFact {
    /// When it was written.
    pub begun_ms: i64,
    /// Its status.
    pub status: String,
    /// Its category or type.
    pub code: Option<String>,
    /// When it ended, if it did.
    pub ended_ms: Option<i64>,
    /// Its day has passed.
    pub overdue: bool,
}

/// An activity that stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityFact {
    /// What it was.
    pub code: Option<String>,
    /// How many sessions; one where nothing is said.
    pub sessions: u64,
    /// How many came.
    pub headcount: u64,
    /// In which role.
    pub hat: Option<String>,
}

/// A patrol.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatrolFact {
    /// Segments planned.
    pub planned: u64,
    /// Of these, touched.
    pub touched: u64,
}

/// One person called to a muster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallFact {
    /// Its zone.
    pub zone: Option<String>,
    /// Its status.
    pub status: String,
    /// Whether they came within the limit; none where they did not come.
    pub in_time: Option<bool>,
}

/// A campaign.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignFact {
    /// Its status.
    pub status: String,
    /// What it is for.
    pub code: Option<String>,
    /// How many households it concerns.
    pub households: Option<i64>,
    /// Numerator and denominator of the share asked for.
    pub threshold: Option<(i64, i64)>,
    /// Households asked.
    pub contacted: u64,
    /// Households that registered.
    pub registered: u64,
    /// Households that would not.
    pub declined: u64,
}

//! The report of a replay (trace format, version 1).

use super::centre::Row;
use super::conclusion::Figures;
use super::coverage::Coverage;
use crate::device::Statistics;
use serde::Serialize;

/// What a replay came to.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// The trace's name.
    pub trace: String,
    /// No failed expectation, nothing lost, nothing doubled.
    pub ok: bool,
    /// The seed.
    pub seed: u64,
    /// Failed expectations and checks, a line each.
    pub failures: Vec<String>,
    /// The phones' ops.
    pub ops: Ops,
    /// Whether every phone holds what the server has in its scopes.
    pub converged: bool,
    /// One for each phone.
    pub devices: Vec<DeviceReport>,
    /// The same sums over all.
    pub totals: Statistics,
    /// The server at the end.
    pub server: ServerReport,
    /// Which figures were compared, if statistics were held against a count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub figures: Option<Figures>,
    /// Where phones and server differ, a line each; not part of the JSON.
    #[serde(skip)]
    pub differences: Vec<String>,
    /// What does not hold, each line with the name of its checker; not part of the JSON.
    #[serde(skip)]
    pub broken: Vec<(&'static str, String)>,
    /// What really happened, in process; not part of the JSON.
    #[serde(skip)]
    pub coverage: Coverage,
    /// Everything that happened, if it was asked for; not part of the JSON.
    #[serde(skip)]
    pub log: Option<String>,
    /// The merged records; not part of the JSON.
    #[serde(skip)]
    pub rows: Vec<Row>,
}

/// Counts of ops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ops {
    /// Made durable on a phone.
    pub written: u64,
    /// Acknowledged.
    pub acked: u64,
    /// Kept aside with a reason.
    pub quarantined: u64,
    /// Waiting for their record.
    pub parked: u64,
    /// Acknowledged and absent from the merged records, or written and found nowhere.
    pub lost: u64,
    /// Applied more than once.
    pub duplicated: u64,
}

/// One phone's part of the report.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DeviceReport {
    /// The trace's name for it.
    #[serde(rename = "ref")]
    pub device: String,
    /// Its traffic.
    #[serde(flatten)]
    pub traffic: Statistics,
}

/// The server at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ServerReport {
    /// Its last commit.
    pub commits: u64,
    /// Its records.
    pub records: u64,
}

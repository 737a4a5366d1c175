//! Expectations: what a trace may check at a moment.

use super::lists::{ListsCheck, ReceiptCheck};
use super::step::{Fields, Lists};
use serde::{Deserialize, Serialize};

/// One check. A line with several is read as several steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expect {
    /// A record as the server has it.
    Record(RecordCheck),
    /// How many records the server has, of those this replay made.
    Records(RecordsCheck),
    /// Something on a phone.
    Device {
        /// The phone.
        device: String,
        /// What.
        check: DeviceCheck,
    },
    /// What a resident is told.
    Receipt(ReceiptCheck),
    /// Ops in quarantine at the server, of those this replay made.
    Quarantined(u64),
    /// Ops parked at the server, of those this replay made.
    Parked(u64),
    /// Whether every phone's mirror equals the server's records in its scopes, and no outbox holds anything.
    Converged(bool),
}

/// What is expected of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordCheck {
    /// The record.
    #[serde(rename = "ref")]
    pub record: String,
    /// Values that fields have.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub fields: Fields,
    /// Members that lists have among others.
    #[serde(default, skip_serializing_if = "Lists::is_empty")]
    pub contains: Lists,
}

/// What is expected of the number of records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordsCheck {
    /// The name of the kind.
    pub kind: String,
    /// Only records of this area and below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<String>,
    /// Count the different values of this field instead of the records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distinct: Option<String>,
    /// Exactly so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// So many or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u64>,
    /// So many or fewer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<u64>,
}

impl RecordsCheck {
    /// Whether a number is as expected.
    pub fn admits(&self, number: u64) -> bool {
        self.count.is_none_or(|count| number == count)
            && self.at_least.is_none_or(|least| number >= least)
            && self.at_most.is_none_or(|most| number <= most)
    }
}

/// What is expected of a phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceCheck {
    /// It holds all of these records.
    Holds(Vec<String>),
    /// It holds none of these records.
    Lacks(Vec<String>),
    /// Ops not yet acknowledged.
    Outbox(u64),
    /// Own ops in quarantine, still shown to the worker.
    Tray(u64),
    /// A record as the worker sees it.
    View(RecordCheck),
    /// What the phone's lists show.
    Lists(ListsCheck),
}

/// An expectation as it stands on the line.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawExpect {
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    record: Option<String>,
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    fields: Fields,
    #[serde(default, skip_serializing_if = "Lists::is_empty")]
    contains: Lists,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    records: Option<RecordsCheck>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    holds: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lacks: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outbox: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tray: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    view: Option<RecordCheck>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lists: Option<ListsCheck>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    receipt: Option<ReceiptCheck>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    quarantined: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parked: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    converged: Option<bool>,
}

impl RawExpect {
    /// Takes the line's checks apart; the error says what the line lacks.
    pub(super) fn checks(self) -> Result<Vec<Expect>, String> {
        let mut checks = Vec::new();
        match self.record {
            Some(record) => {
                checks.push(Expect::Record(RecordCheck {
                    record,
                    fields: self.fields,
                    contains: self.contains,
                }));
            }
            None if self.fields.is_empty() && self.contains.is_empty() => {}
            None => return Err("fields or contains without a record: give its name as \"ref\"".into()),
        }
        checks.extend(self.records.map(Expect::Records));
        let on_device: Vec<DeviceCheck> = [
            self.holds.map(DeviceCheck::Holds),
            self.lacks.map(DeviceCheck::Lacks),
            self.outbox.map(DeviceCheck::Outbox),
            self.tray.map(DeviceCheck::Tray),
            self.view.map(DeviceCheck::View),
            self.lists.map(DeviceCheck::Lists),
        ]
        .into_iter()
        .flatten()
        .collect();
        match self.device {
            Some(device) if on_device.is_empty() => {
                return Err(format!(
                    "nothing to check on {device}: add holds, lacks, outbox, tray, view or lists"
                ));
            }
            Some(device) => checks.extend(on_device.into_iter().map(|check| Expect::Device {
                device: device.clone(),
                check,
            })),
            None if on_device.is_empty() => {}
            None => {
                return Err(
                    "holds, lacks, outbox, tray, view and lists need the phone: add \"device\"".into(),
                );
            }
        }
        checks.extend(self.receipt.map(Expect::Receipt));
        checks.extend(self.quarantined.map(Expect::Quarantined));
        checks.extend(self.parked.map(Expect::Parked));
        checks.extend(self.converged.map(Expect::Converged));
        if checks.is_empty() {
            return Err("an expectation that checks nothing: see TRACE.md for what may be expected".into());
        }
        Ok(checks)
    }
}

impl From<Expect> for RawExpect {
    fn from(expect: Expect) -> Self {
        let mut raw = RawExpect::default();
        match expect {
            Expect::Record(check) => {
                raw.record = Some(check.record);
                raw.fields = check.fields;
                raw.contains = check.contains;
            }
            Expect::Records(check) => raw.records = Some(check),
            Expect::Device { device, check } => {
                raw.device = Some(device);
                match check {
                    DeviceCheck::Holds(records) => raw.holds = Some(records),
                    DeviceCheck::Lacks(records) => raw.lacks = Some(records),
                    DeviceCheck::Outbox(ops) => raw.outbox = Some(ops),
                    DeviceCheck::Tray(ops) => raw.tray = Some(ops),
                    DeviceCheck::View(check) => raw.view = Some(check),
                    DeviceCheck::Lists(check) => raw.lists = Some(check),
                }
            }
            Expect::Receipt(check) => raw.receipt = Some(check),
            Expect::Quarantined(ops) => raw.quarantined = Some(ops),
            Expect::Parked(ops) => raw.parked = Some(ops),
            Expect::Converged(converged) => raw.converged = Some(converged),
        }
        raw
    }
}

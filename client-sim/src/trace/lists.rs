//! Expectations of what a phone's lists show its worker, and of what a resident is told by a receipt number.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the lists of a phone show. A list is compared as a whole, in any order; one that is left out is not looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListsCheck {
    /// What its worker has to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub my_tasks: Option<Vec<String>>,
    /// Households whose day is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub care_overdue: Option<Vec<String>>,
    /// Households that have to be visited within a week, those whose day is over among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub care_due: Option<Vec<String>>,
    /// Open cases, by their roots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_cases: Option<Vec<String>>,
    /// Records with conflicts or with own work that is kept aside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_look_at: Option<Vec<String>>,
    /// Records with work that is only on the phone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsent: Option<Vec<String>>,
    /// How far records have come: `on_phone`, `at_server` or `seen_by_centre`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub states: BTreeMap<String, String>,
    /// For a report or household: those that are suggested to whoever writes it down again.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub like: BTreeMap<String, Vec<String>>,
}

impl ListsCheck {
    /// The records it names.
    pub fn records(&self) -> impl Iterator<Item = &String> {
        let lists = [
            &self.my_tasks,
            &self.care_overdue,
            &self.care_due,
            &self.open_cases,
            &self.to_look_at,
            &self.unsent,
        ];
        lists
            .into_iter()
            .flatten()
            .flatten()
            .chain(self.states.keys())
            .chain(self.like.keys())
            .chain(self.like.values().flatten())
    }
}

/// What is told by the receipt number that a phone gave when it wrote a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptCheck {
    /// The report.
    #[serde(rename = "ref")]
    pub record: String,
    /// The status of its case; nothing at all is told where this is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// What was made public; nothing if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
}

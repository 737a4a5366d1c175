//! The steps of an administrator.

use super::step::{Create, Edit, Event};
use serde::{Deserialize, Serialize};

/// What an administrator does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdminAct {
    /// Writes a record.
    Create(Create),
    /// Changes a record.
    Edit(Edit),
    /// Adds a life-cycle event to a record.
    Event(Event),
    /// Gives a task to a worker.
    Assign(Assign),
    /// Gives a worker other areas.
    MoveWorker(MoveWorker),
    /// Files a record under another area.
    Relocate(Relocate),
    /// Cuts an area into several.
    SplitArea(SplitArea),
    /// Makes one area of several.
    MergeAreas(MergeAreas),
    /// Gives an area, with all that lies in it, another code.
    MoveArea(MoveArea),
    /// Closes an area.
    RetireArea(RetireArea),
    /// Shuts a phone out.
    Revoke(Revoke),
    /// Lets a quarantined op in.
    Release(Release),
    /// Removes what a record holds of persons.
    Erase(Erase),
    /// Makes these the rules by which the server acts.
    Rules(serde_json::Value),
    /// Supplies a figure that others gather, for statistics.
    Supply(Supply),
    /// Calls everybody who answers for an area.
    Muster(Muster),
    /// Gives a name to a record that the server's rules made.
    Find(Find),
    /// Makes an account.
    Account(Account),
    /// Closes an account: its token opens nothing any more.
    CloseAccount(String),
    /// An account of a trace's own does something.
    By(By),
    /// Brings records from another system.
    Import(Import),
    /// Fetches what changed of the merged records.
    Pull(Pull),
}

/// A pull. Those of one account, kind and area are a series: each goes on from the cursor that the last one gave.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pull {
    /// Whose; the first account's, which is over the whole tree, if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Only records of this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Only records of this area.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<String>,
    /// It stops reading once so many rows have come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u32>,
}

/// A new account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The trace's name for it, and its own.
    #[serde(rename = "ref")]
    pub account: String,
    /// Its level: `desk`, `auditor`, `village`, `township`, `county` or `league`.
    pub level: String,
    /// The area that it is over.
    pub area: String,
}

/// Something that an account does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct By {
    /// The account.
    pub account: String,
    /// A record's creation, edit or event, or a task's assignment.
    pub act: Box<AdminAct>,
}

/// Records that another system has. A row that was brought before is known again there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// The rows of the file.
    pub rows: Vec<Create>,
}

/// A muster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Muster {
    /// The trace's name for its record; each call is named after it and the worker: `m1/w2`.
    #[serde(rename = "ref")]
    pub record: String,
    /// What it is about.
    pub title: String,
    /// The area whose workers are called.
    pub area: String,
    /// Minutes within which to be there.
    pub within_minutes: i64,
    /// Its zone: `centre`, `banner` or `whole`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
}

/// A figure of an area that others gather.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Supply {
    /// What it tells.
    pub name: String,
    /// The area.
    pub area: String,
    /// From which day on: `2026-03-02`.
    pub day: String,
    /// How many.
    pub value: i64,
    /// Whether there may be more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub at_least: bool,
}

/// A record that the server's rules made, and what it is known by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Find {
    /// The trace's name for it from now on.
    #[serde(rename = "ref")]
    pub record: String,
    /// The name of its kind.
    pub kind: String,
    /// Values that fields of it have.
    pub fields: super::step::Fields,
}

/// A task given to a worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assign {
    /// The task.
    #[serde(rename = "ref")]
    pub record: String,
    /// The worker.
    pub to: String,
}

/// A worker's new areas.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoveWorker {
    /// The worker.
    #[serde(rename = "ref")]
    pub worker: String,
    /// All the areas they serve from now on.
    pub areas: Vec<String>,
}

/// A phone shut out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revoke {
    /// The phone.
    pub device: String,
}

/// A record filed under another area.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relocate {
    /// The record.
    #[serde(rename = "ref")]
    pub record: String,
    /// Where it belongs from now on.
    pub area: String,
}

/// An area that takes the place of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Successor {
    /// Its code.
    pub code: String,
    /// Its name, if it is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// An area cut into several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitArea {
    /// The area that ends.
    pub area: String,
    /// Its parts.
    pub into: Vec<Successor>,
}

/// Several areas made one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MergeAreas {
    /// The areas that end.
    pub areas: Vec<String>,
    /// What they become.
    pub into: Successor,
}

/// An area that gets another code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoveArea {
    /// The area that ends.
    pub area: String,
    /// What it becomes.
    pub to: Successor,
}

/// An area that is closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetireArea {
    /// The area that ends.
    pub area: String,
}

/// A quarantined op let in: the first on a record that waits behind no other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// The record.
    #[serde(rename = "ref")]
    pub record: String,
}

/// A record whose personal data is removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erase {
    /// The record.
    #[serde(rename = "ref")]
    pub record: String,
}

impl AdminAct {
    /// What takes the place of an area that ends with this act; none if it does not end.
    pub fn successors_of(&self, code: &str) -> Option<Vec<String>> {
        match self {
            AdminAct::SplitArea(split) if split.area == code => {
                Some(split.into.iter().map(|part| part.code.clone()).collect())
            }
            AdminAct::MergeAreas(merge) if merge.areas.iter().any(|area| area == code) => {
                Some(vec![merge.into.code.clone()])
            }
            AdminAct::MoveArea(moved) => {
                let rest = code.strip_prefix(moved.area.as_str())?;
                Some(vec![format!("{}{rest}", moved.to.code)])
            }
            AdminAct::RetireArea(retired) if retired.area == code => Some(Vec::new()),
            _ => None,
        }
    }

    /// The record that it is about, where it is one that was there before.
    pub fn record(&self) -> Option<&str> {
        match self {
            AdminAct::Edit(Edit { record, .. })
            | AdminAct::Event(Event { record, .. })
            | AdminAct::Assign(Assign { record, .. })
            | AdminAct::Relocate(Relocate { record, .. })
            | AdminAct::Erase(Erase { record }) => Some(record),
            _ => None,
        }
    }

    /// Whether it is of accounts beside the first one, or of other systems.
    pub fn is_of_an_office(&self) -> bool {
        matches!(
            self,
            AdminAct::Account(_) | AdminAct::CloseAccount(_) | AdminAct::By(_) | AdminAct::Import(_)
        )
    }

    /// Whether it changes the area tree.
    pub fn reshapes(&self) -> bool {
        matches!(
            self,
            AdminAct::SplitArea(_)
                | AdminAct::MergeAreas(_)
                | AdminAct::MoveArea(_)
                | AdminAct::RetireArea(_)
        )
    }

    /// The areas that a worker of `areas` serves after this act, not counting those that have ended.
    pub fn areas_after(&self, areas: &[String]) -> Vec<String> {
        let mut after: Vec<String> = Vec::new();
        for area in areas {
            let now = self.successors_of(area).unwrap_or_else(|| vec![area.clone()]);
            for code in now {
                if !after.contains(&code) {
                    after.push(code);
                }
            }
        }
        after
    }
}

//! What a replay asks of the administrators' side, in process or over the API.

use crate::model::History;
use crate::model::figures::{Counted, Question};
use crate::trace::{AdminAct, Muster, Supply};
use otor_protocol::area::AreaCode;
use otor_protocol::ids::{ActorId, DeviceId, Dot, PersonId, RecordId};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// One merged record as an administrator sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The record.
    pub id: RecordId,
    /// Name of its kind.
    pub kind: String,
    /// Code of its area.
    pub area: String,
    /// What its author is called.
    pub created_by: String,
    /// The commit that changed it last.
    pub commit: u64,
    /// Its fields, derived ones too.
    pub fields: Map<String, Value>,
    /// Fields whose candidates disagree.
    pub conflicts: Vec<String>,
    /// Edits that were merged with conflict.
    pub merge_conflicts: usize,
    /// Whether the time of writing is a guess.
    pub time_uncertain: bool,
    /// Canonical bytes, where they can be had.
    pub state: Option<Vec<u8>>,
}

/// How many ops are kept aside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// With a reason.
    pub quarantined: u64,
    /// Waiting for their record.
    pub parked: u64,
}

/// What only a server in this process can show of itself.
#[derive(Clone, Debug, Default)]
pub struct Inside {
    /// What it has journaled.
    pub history: History,
    /// The ops that it keeps aside.
    pub held: BTreeSet<Dot>,
    /// Where folding the journal again gives another state, a line each.
    pub unlike: Vec<String>,
    /// What its statistics tell, if they were asked for.
    pub statistics: Vec<(Question, Counted)>,
}

/// An edit by field names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FieldEdit {
    /// Fields to set.
    pub set: Map<String, Value>,
    /// Members to add.
    pub add: Map<String, Value>,
    /// Members to remove.
    pub remove: Map<String, Value>,
    /// Entries to append.
    pub append: Map<String, Value>,
}

/// The administrators' side of a server. Every call is an error if the server does not answer, or declines.
pub trait Centre {
    /// Adds an area.
    ///
    /// # Errors
    /// If it is declined.
    fn area(&mut self, code: &str, name: &str, level: &str) -> anyhow::Result<()>;
    /// Adds a worker.
    ///
    /// # Errors
    /// If it is declined.
    fn worker(&mut self, code: &str, name: &str, areas: &[String]) -> anyhow::Result<()>;
    /// Invites a phone of a worker; the one-time code.
    ///
    /// # Errors
    /// If it is declined.
    fn invite(&mut self, worker: &str) -> anyhow::Result<String>;
    /// Creates a record.
    ///
    /// # Errors
    /// If it is declined.
    fn create(&mut self, kind: &str, area: &str, fields: Map<String, Value>) -> anyhow::Result<RecordId>;
    /// Edits a record.
    ///
    /// # Errors
    /// If it is declined.
    fn edit(&mut self, record: RecordId, edit: FieldEdit) -> anyhow::Result<()>;
    /// Adds an event to a record.
    ///
    /// # Errors
    /// If it is declined.
    fn event(&mut self, record: RecordId, event: &str, fields: Map<String, Value>) -> anyhow::Result<()>;
    /// What a resident is told by a receipt number; none if nothing is.
    ///
    /// # Errors
    /// If there is no answer.
    fn receipt(&mut self, number: &str) -> anyhow::Result<Option<Value>>;
    /// Gives a task to a worker.
    ///
    /// # Errors
    /// If it is declined.
    fn assign(&mut self, record: RecordId, worker: &str) -> anyhow::Result<()>;
    /// Gives a worker other areas.
    ///
    /// # Errors
    /// If it is declined.
    fn move_worker(&mut self, worker: &str, areas: &[String]) -> anyhow::Result<()>;
    /// Files a record under another area.
    ///
    /// # Errors
    /// If it is declined.
    fn relocate(&mut self, record: RecordId, area: &str) -> anyhow::Result<()>;
    /// Changes the area tree; `act` is one of those that do.
    ///
    /// # Errors
    /// If it is declined.
    fn reshape(&mut self, act: &AdminAct) -> anyhow::Result<()>;
    /// Lets in the first quarantined op on a record that waits behind no other.
    ///
    /// # Errors
    /// If there is none, or it is declined.
    fn release(&mut self, record: RecordId) -> anyhow::Result<()>;
    /// Makes these the rules by which the server acts.
    ///
    /// # Errors
    /// If it is declined.
    fn rules(&mut self, rules: &Value) -> anyhow::Result<()>;
    /// Supplies a figure that others gather.
    ///
    /// # Errors
    /// If it is declined.
    fn supply(&mut self, supply: &Supply) -> anyhow::Result<()>;
    /// Calls everybody who answers for an area: the muster's record, and each worker's call.
    ///
    /// # Errors
    /// If it is declined.
    fn muster(&mut self, muster: &Muster) -> anyhow::Result<(RecordId, Vec<(String, RecordId)>)>;
    /// Shuts a phone out.
    ///
    /// # Errors
    /// If it is declined.
    fn revoke(&mut self, device: DeviceId) -> anyhow::Result<()>;
    /// Removes what a record holds of persons.
    ///
    /// # Errors
    /// If it is declined.
    fn erase(&mut self, record: RecordId) -> anyhow::Result<()>;
    /// All merged records.
    ///
    /// # Errors
    /// If they cannot be read.
    fn rows(&mut self) -> anyhow::Result<Vec<Row>>;
    /// The merged records of an area: in it, and in those that it took over.
    ///
    /// # Errors
    /// If they cannot be read.
    fn rows_in(&mut self, area: &str) -> anyhow::Result<Vec<Row>>;
    /// Whether a record that nobody of this replay created was made by the server's rules in it, and not before.
    fn is_new(&self, _record: RecordId) -> bool {
        true
    }
    /// What is kept aside.
    ///
    /// # Errors
    /// If it cannot be read.
    fn held(&mut self) -> anyhow::Result<Held>;
    /// How far each phone's actor is acknowledged.
    ///
    /// # Errors
    /// If it cannot be read.
    fn through(&mut self) -> anyhow::Result<BTreeMap<ActorId, u64>>;
    /// What persons are called.
    ///
    /// # Errors
    /// If it cannot be read.
    fn persons(&mut self) -> anyhow::Result<BTreeMap<PersonId, String>>;
    /// The areas a worker answers for.
    ///
    /// # Errors
    /// If it cannot be read.
    fn areas_of(&mut self, worker: &str) -> anyhow::Result<Vec<AreaCode>>;
    /// The last commit.
    ///
    /// # Errors
    /// If it cannot be read.
    fn commits(&mut self) -> anyhow::Result<u64>;
    /// What does not agree in the server's own state, and how often phones asked where they differ from it, a line
    /// each. Nothing where only the API can be asked.
    ///
    /// # Errors
    /// If it cannot be read.
    fn disagreements(&mut self) -> anyhow::Result<Vec<String>> {
        Ok(Vec::new())
    }
    /// What the server shows of itself; none where only the API can be asked.
    ///
    /// # Errors
    /// If it cannot be read.
    fn inside(&mut self) -> anyhow::Result<Option<Inside>> {
        Ok(None)
    }
}

//! The steps of a trace: what may happen in the field, at the centre and to the server.

use super::admin::AdminAct;
use super::expect::Expect;
use super::fault::{DieAt, DiskFault, StorageFault, TableFault};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Values by the name of their field, as the trace has them.
pub type Fields = BTreeMap<String, Value>;

/// Several values by the name of their field.
pub type Lists = BTreeMap<String, Vec<Value>>;

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A node of the area tree; missing ancestors come with it.
    Area(AreaStep),
    /// A worker and the areas they serve.
    Worker(WorkerStep),
    /// Enrols a phone, over an ideal link whatever its own will be.
    Enrol(Enrol),
    /// Something that happens to a phone or is done on it.
    Device {
        /// The phone, by the trace's name.
        device: String,
        /// What.
        act: DeviceAct,
    },
    /// Done at the server by an administrator.
    Admin(AdminAct),
    /// The server dies or comes back.
    Server(ServerAct),
    /// Checked at that moment.
    Expect(Expect),
}

/// A node of the area tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AreaStep {
    /// Its code; the length is its depth.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The label of its depth.
    pub level: String,
}

/// A worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkerStep {
    /// The trace's name for them.
    #[serde(rename = "ref")]
    pub worker: String,
    /// Their name.
    pub name: String,
    /// Codes of the areas they serve.
    pub areas: Vec<String>,
}

/// The enrolment of a phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrol {
    /// The trace's name for it.
    #[serde(rename = "ref")]
    pub device: String,
    /// Its owner.
    pub worker: String,
    /// Its link afterwards; absent: ideal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkChange>,
}

/// What a phone's link becomes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum LinkChange {
    /// No link at all.
    Down,
    /// What it was before it went down (ideal if it never was anything else).
    Up,
    /// A link of the profile of this name.
    Profile(String),
}

impl From<String> for LinkChange {
    fn from(text: String) -> Self {
        match text.as_str() {
            "down" => LinkChange::Down,
            "up" => LinkChange::Up,
            _ => LinkChange::Profile(text),
        }
    }
}

impl From<LinkChange> for String {
    fn from(link: LinkChange) -> Self {
        match link {
            LinkChange::Down => "down".into(),
            LinkChange::Up => "up".into(),
            LinkChange::Profile(name) => name,
        }
    }
}

/// What happens to a phone or is done on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceAct {
    /// The worker writes a record.
    Create(Create),
    /// The worker changes a record.
    Edit(Edit),
    /// The worker adds a life-cycle event to a record.
    Event(Event),
    /// The phone tries to synchronise.
    Sync(Sync),
    /// Its link changes.
    Link(LinkChange),
    /// Its wall clock jumps.
    Clock(Clock),
    /// Its process restarts in good order.
    Restart,
    /// Its process dies and loses what its storage had not made durable.
    Crash,
    /// It boots anew.
    Reboot,
    /// A backup of its storage is taken, under this name.
    Snapshot(String),
    /// It comes back from the backup of this name.
    Restore(String),
    /// It is new, and a copy of this phone as that is now.
    Clone(String),
    /// Something befalls its storage.
    Storage(StorageFault),
    /// Its app becomes one that has this version of the catalogue.
    Catalogue(u32),
}

/// A new record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Create {
    /// The trace's name for it.
    #[serde(rename = "ref")]
    pub record: String,
    /// The name of its kind.
    pub kind: String,
    /// Where it belongs; absent: the one area of the worker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<String>,
    /// Its first content; sets and logs as arrays.
    #[serde(default)]
    pub fields: Fields,
}

/// One atomic edit of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// The record.
    #[serde(rename = "ref")]
    pub record: String,
    /// New values of fields that hold one (or candidates for one).
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub set: Fields,
    /// Members added to sets.
    #[serde(default, skip_serializing_if = "Lists::is_empty")]
    pub add: Lists,
    /// Members removed from sets.
    #[serde(default, skip_serializing_if = "Lists::is_empty")]
    pub remove: Lists,
    /// Entries appended to logs.
    #[serde(default, skip_serializing_if = "Lists::is_empty")]
    pub append: Lists,
    /// Pass over the step if the phone does not hold the record; else the step fails.
    #[serde(default, skip_serializing_if = "is_false")]
    pub if_held: bool,
}

/// A life-cycle event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// The record.
    #[serde(rename = "ref")]
    pub record: String,
    /// The event's name within the record's kind.
    pub event: String,
    /// Its arguments.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub fields: Fields,
    /// Pass over the step if the phone does not hold the record; else the step fails.
    #[serde(default, skip_serializing_if = "is_false")]
    pub if_held: bool,
}

/// A try to synchronise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sync {
    /// Keep trying, by the phone's own retry rule, until nothing is left either way.
    #[serde(default, skip_serializing_if = "is_false")]
    pub until_done: bool,
    /// Cut the first try's connection after so many bytes, both directions together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut_after_bytes: Option<u64>,
    /// On the first try the server gets the whole request and nothing of its reply comes back.
    #[serde(default, skip_serializing_if = "is_false")]
    pub cut_reply: bool,
    /// On the first try the phone loses the connection as it has sent everything, and so much later, in milliseconds,
    /// the request is at the server after all; so much later again its reply is at the phone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_ms: Option<u64>,
    /// So much later, in milliseconds, the first try's request is at the server a second time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again_ms: Option<u64>,
    /// On the first try the server may hold its reply so long, in milliseconds, until there is something to tell. A
    /// phone whose worker writes meanwhile gives the wait up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u16>,
}

/// A jump of a phone's wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// What it shows from now on, less the true time, in milliseconds.
    pub offset_ms: i64,
}

/// What happens to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerAct {
    /// Its process is killed.
    Kill,
    /// It starts again.
    Start,
    /// The machine loses power, and with it what was not flushed to disk.
    PowerCut,
    /// A backup of its data is taken, in place of an earlier one.
    Backup,
    /// It comes back from the backup, and its operator says so.
    Restore,
    /// It comes back from the backup, and nobody says so.
    RestoreUntold,
    /// It writes a checkpoint.
    Checkpoint,
    /// From now on it trims its feeds at random, far sooner than it ever should.
    TrimAtRandom,
    /// It dies at a point of its work.
    DieAt(DieAt),
    /// Something befalls its disk.
    Disk(DiskFault),
    /// Something befalls its table.
    Table(TableFault),
    /// Its wall clock jumps: what it shows from now on, less the true time, in milliseconds.
    Clock(i64),
    /// From its next start on it is a server with this version of the catalogue. One that runs is started anew.
    Catalogue(u32),
    /// It learns a dictionary, as if many workers had written alike; the number says what.
    Learn(u32),
    /// Its machine is sound again: of what earlier steps brought upon it nothing goes on, and nothing is still to come.
    Sound,
}

fn is_false(value: &bool) -> bool {
    !*value
}

//! Tasks from the centre: creating, assigning, cancelling them.

use super::Done;
use super::names::ViewNames;
use super::reach::acting;
use super::record::{Created, NewRecord, create, standing};
use super::refusal::{Decides, Stop, conflict, invalid, settle};
use super::worker::worker_called;
use crate::decide::{Decided, Desk};
use crate::state::cell::PersonCell;
use otor_protocol::ids::RecordId;
use otor_protocol::record::{Edit, Names};
use otor_protocol::value::Value;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// The kind of record a task is.
const TASK: &str = "task";

/// A task to be created.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewTask {
    /// What is to be done.
    pub title: String,
    /// More about it.
    #[serde(default)]
    pub description: Option<String>,
    /// Code of its area.
    pub area: String,
    /// Code of the worker who is to do it.
    #[serde(default)]
    pub assignee: Option<String>,
    /// By when, as text or a number, kept as given.
    #[serde(default)]
    pub due_at: Option<Json>,
    /// The report it comes from, by id or receipt number.
    #[serde(default)]
    pub report: Option<String>,
}

/// Why a task is called off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    /// It is not needed: work done all the same counts.
    Plain,
    /// For somebody's safety: work done all the same is evidence, not completion.
    Safety,
    /// It named the wrong place or person: as for safety.
    WrongTarget,
}

impl CancelReason {
    fn code(self) -> &'static str {
        match self {
            CancelReason::Plain => "plain",
            CancelReason::Safety => "safety",
            CancelReason::WrongTarget => "wrong_target",
        }
    }
}

/// Creates a task.
///
/// # Errors
/// [`crate::state::StateError`] if the state cannot be read.
pub fn create_task(desk: &Desk, account: &PersonCell, request: &NewTask) -> Decides<Created> {
    if let Some(report) = &request.report
        && ViewNames::new(desk.view).record(report).is_none()
    {
        return settle(Err(invalid(format!(
            "{report:?} is no record's id or receipt number"
        ))));
    }
    if let Some(assignee) = &request.assignee
        && let Err(stop) = worker_called(desk, assignee)
    {
        return settle(Err(stop));
    }
    let text = |text: &Option<String>| text.clone().map(Json::from);
    let fields: Map<String, Json> = [
        ("title", Some(Json::from(request.title.as_str()))),
        ("description", text(&request.description)),
        ("assignee", text(&request.assignee)),
        ("due_at", request.due_at.clone()),
        ("report", text(&request.report)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_string(), value?)))
    .collect();
    let request = NewRecord {
        kind: TASK.into(),
        area: request.area.clone(),
        fields,
    };
    create(desk, account, &request)
}

/// Gives a task to a worker, whoever had it before.
///
/// # Errors
/// [`crate::state::StateError`] if the state cannot be read.
pub fn assign(desk: &Desk, account: &PersonCell, id: RecordId, to: &str) -> Decides<Done> {
    settle(assign_one(desk, account, id, to))
}

fn assign_one(
    desk: &Desk,
    account: &PersonCell,
    id: RecordId,
    to: &str,
) -> Result<(Option<Decided>, Done), Stop> {
    acting(account)?;
    let worker = worker_called(desk, to)?;
    let edit = Edit {
        set: vec![("assignee".into(), Value::Person(worker.id))],
        ..Edit::default()
    };
    edit_task(desk, account, id, &edit)
}

/// Calls a task off.
///
/// # Errors
/// [`crate::state::StateError`] if the state cannot be read.
pub fn cancel(desk: &Desk, account: &PersonCell, id: RecordId, reason: CancelReason) -> Decides<Done> {
    let args = vec![("reason".into(), Value::from(reason.code()))];
    let edit = Edit {
        event: Some(("cancel".into(), args)),
        ..Edit::default()
    };
    settle(edit_task(desk, account, id, &edit))
}

fn edit_task(
    desk: &Desk,
    account: &PersonCell,
    id: RecordId,
    edit: &Edit,
) -> Result<(Option<Decided>, Done), Stop> {
    let standing = standing(desk, account, id)?;
    if standing.kind_name() != TASK {
        return Err(conflict(format!("record {id} is a {}", standing.kind_name())));
    }
    standing.edit(desk, account, edit)
}

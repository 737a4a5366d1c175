//! `otor task`: work given to workers.

use super::connection::Group;
use super::failure::Failure;
use super::records::{Selection, list};
use super::{print, say};
use serde_json::{Map, Value, json};

/// Commands on tasks.
#[derive(clap::Subcommand)]
pub(super) enum TaskCommand {
    /// Create a task, for a worker or yet for nobody
    #[command(after_long_help = "\
Example:
  otor task create --title 'Check the well' --area 150821100201001 --assignee w-017 \\
      --due 2026-12-01T10:00:00+08:00")]
    Create {
        /// What is to be done, in a few words
        #[arg(long)]
        title: String,
        /// The area it belongs to
        #[arg(long, value_name = "CODE")]
        area: String,
        /// What is to be done, at length
        #[arg(long)]
        description: Option<String>,
        /// The worker who is to do it
        #[arg(long, value_name = "WORKER")]
        assignee: Option<String>,
        /// Until when (RFC 3339)
        #[arg(long, value_name = "TIME")]
        due: Option<String>,
        /// The report it is about
        #[arg(long, value_name = "ID")]
        report: Option<String>,
    },
    /// Give a task to a worker, or to another one
    Assign {
        /// The task's id or receipt number
        id: String,
        /// The worker's code
        #[arg(long, value_name = "WORKER")]
        to: String,
    },
    /// Call a task off
    Cancel {
        /// The task's id or receipt number
        id: String,
        /// Why
        #[arg(long, value_enum, default_value_t = CancelReason::Plain)]
        reason: CancelReason,
    },
    /// List tasks
    List(TaskSelection),
}

/// Why a task is called off.
#[derive(Clone, Copy, clap::ValueEnum)]
pub(super) enum CancelReason {
    /// It is not needed any more
    Plain,
    /// Going there is dangerous
    Safety,
    /// It names the wrong place or person
    WrongTarget,
}

/// Which tasks.
#[derive(clap::Args)]
pub(super) struct TaskSelection {
    /// Only those of this area and the areas in it
    #[arg(long, value_name = "CODE")]
    area: Option<String>,
    /// How many at most
    #[arg(long, default_value_t = 100)]
    limit: u32,
    /// Go on after this place, as the list before said
    #[arg(long, value_name = "PLACE")]
    after: Option<String>,
}

const COLUMNS: [print::Column; 7] = [
    ("id", |task| print::text(task, "id")),
    ("title", |task| print::field(task, "title")),
    ("area", |task| print::text(task, "area")),
    ("assignee", |task| print::field(task, "assignee")),
    ("status", |task| print::field(task, "status")),
    ("due", |task| print::field(task, "due_at")),
    ("created by", |task| print::text(task, "created_by")),
];

pub(super) fn run(group: Group<TaskCommand>) -> Result<(), Failure> {
    let (client, as_json) = (group.connection.client()?, group.connection.json);
    match group.command {
        TaskCommand::Create {
            title,
            area,
            description,
            assignee,
            due,
            report,
        } => {
            let mut body = Map::new();
            body.insert("title".into(), json!(title));
            body.insert("area".into(), json!(area));
            let optional = [
                ("description", description),
                ("assignee", assignee),
                ("due_at", due),
                ("report", report),
            ];
            for (name, value) in optional {
                if let Some(value) = value {
                    body.insert(name.into(), json!(value));
                }
            }
            let answer = client.post(&["tasks"], &Value::Object(body))?;
            print::done(&answer, as_json, super::records::created(&answer))
        }
        TaskCommand::Assign { id, to } => {
            let answer = client.post(&["tasks", &id, "assign"], &json!({"to": to}))?;
            print::done(&answer, as_json, say!("say-task-given", id = id, to = to))
        }
        TaskCommand::Cancel { id, reason } => {
            let answer = client.post(&["tasks", &id, "cancel"], &json!({"reason": reason.name()}))?;
            print::done(&answer, as_json, say!("say-task-cancelled", id = id))
        }
        TaskCommand::List(selection) => {
            let selection = Selection {
                kind: None,
                conflicts: false,
                area: selection.area,
                limit: selection.limit,
                after: selection.after,
            };
            list(&client, &["tasks"], &selection, &COLUMNS, as_json)
        }
    }
}

impl CancelReason {
    fn name(self) -> &'static str {
        match self {
            CancelReason::Plain => "plain",
            CancelReason::Safety => "safety",
            CancelReason::WrongTarget => "wrong_target",
        }
    }
}

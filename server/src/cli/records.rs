//! `otor records`: households, visits, reports, tasks.

use super::assignment::{Assignment, lists, object};
use super::client::Client;
use super::connection::{Group, read_file_or_stdin};
use super::failure::Failure;
use super::{print, say, tongue};
use serde_json::{Map, Value, json};

const FIELDS_HELP: &str = "\
A field is given as name=text, or as name:=JSON for a number or a list; codes are text.

Examples:
  otor records create report --area 150821100201001 --set title='Broken lamp' --set severity:=2
  otor records edit 17-203 --set category=C-12 --add tags=elderly --append notes='called back'";

/// Commands on records.
#[derive(clap::Subcommand)]
pub(super) enum RecordsCommand {
    /// List records
    List(Selection),
    /// Show one record
    Show {
        /// Its id (17-203) or receipt number
        id: String,
    },
    /// Bring reports or households from another system, each once however often it is sent
    #[command(after_long_help = "\
One JSON object a line: its kind, area and fields, as for creating. A report is known again by its channel and \
external_id, a household by its code; a line that has changed since it was last brought changes its record, one that \
has not leaves it as it is. Lines that are wrong are printed as `row 17: …`; the others are brought, and the exit status \
is 1.

Example:
  otor records import --dry-run hotline.jsonl")]
    Import {
        /// Say what would come of it, with nothing written
        #[arg(long)]
        dry_run: bool,
        /// The file of JSON lines, or - for standard input
        file: std::path::PathBuf,
    },
    /// Create a record
    #[command(after_long_help = FIELDS_HELP)]
    Create {
        /// Its kind: household, visit, report, task
        kind: String,
        /// The area it belongs to
        #[arg(long, value_name = "CODE")]
        area: String,
        /// A field: name=text or name:=JSON
        #[arg(long = "set", value_name = "FIELD")]
        fields: Vec<Assignment>,
    },
    /// Change fields of a record
    #[command(after_long_help = FIELDS_HELP)]
    Edit {
        /// Its id or receipt number
        id: String,
        /// Set a field: name=text or name:=JSON
        #[arg(long, value_name = "FIELD")]
        set: Vec<Assignment>,
        /// Add a member to a set: tags=elderly
        #[arg(long, value_name = "FIELD")]
        add: Vec<Assignment>,
        /// Remove a member from a set
        #[arg(long, value_name = "FIELD")]
        remove: Vec<Assignment>,
        /// Append an entry to a log: notes=text
        #[arg(long, value_name = "FIELD")]
        append: Vec<Assignment>,
    },
    /// Write an event of a report's or a task's life: assign, handle, close, verify, …
    #[command(after_long_help = "\
Example:
  otor records event 17-203 close --set outcome=repaired")]
    Event {
        /// The record's id or receipt number
        id: String,
        /// The event
        event: String,
        /// What belongs to it: name=text or name:=JSON
        #[arg(long = "set", value_name = "FIELD")]
        fields: Vec<Assignment>,
    },
    /// File a record under another area
    Relocate {
        /// Its id or receipt number
        id: String,
        /// The new area
        #[arg(long, value_name = "CODE")]
        area: String,
    },
    /// Erase what is personal in a record, here and on every phone; it cannot be undone
    Erase {
        /// Its id or receipt number
        id: String,
        /// Do it without asking
        #[arg(long)]
        yes: bool,
    },
}

/// Which records.
#[derive(clap::Args)]
pub(super) struct Selection {
    /// Only those of this kind
    #[arg(long)]
    pub kind: Option<String>,
    /// Only those of this area and the areas in it
    #[arg(long, value_name = "CODE")]
    pub area: Option<String>,
    /// Only those with several truths, or with edits merged with conflict
    #[arg(long)]
    pub conflicts: bool,
    /// How many at most
    #[arg(long, default_value_t = 100)]
    pub limit: u32,
    /// Go on after this place, as the list before said
    #[arg(long, value_name = "PLACE")]
    pub after: Option<String>,
}

const COLUMNS: [print::Column; 8] = [
    ("id", |record| print::text(record, "id")),
    ("receipt", |record| print::text(record, "receipt")),
    ("kind", |record| print::text(record, "kind")),
    ("area", |record| print::text(record, "area")),
    ("status", |record| print::field(record, "status")),
    ("created by", |record| print::text(record, "created_by")),
    ("received", |record| print::text(record, "received_at")),
    ("conflicts", conflicts),
];

/// Fields with several truths, and how many edits were merged with conflict.
fn conflicts(record: &Value) -> String {
    let edits = record
        .get("merge_conflicts")
        .and_then(Value::as_array)
        .map_or(0, Vec::len);
    let fields = print::text(record, "conflicts");
    match (fields.as_str(), edits) {
        (_, 0) => fields,
        ("", edits) => say!("say-edits", count = edits),
        (_, edits) => format!("{fields}; {}", say!("say-edits", count = edits)),
    }
}

pub(super) fn run(group: Group<RecordsCommand>) -> Result<(), Failure> {
    let as_json = group.connection.json;
    if let RecordsCommand::Erase { yes: false, id } = &group.command {
        return Err(Failure::BadInput(say!("fail-erase-unasked", id = id)));
    }
    let client = group.connection.client()?;
    match group.command {
        RecordsCommand::List(selection) => list(&client, &["records"], &selection, &COLUMNS, as_json),
        RecordsCommand::Show { id } => show(&client.get(&["records", &id], &[])?, as_json),
        RecordsCommand::Import { dry_run, file } => {
            let lines = read_file_or_stdin(&file)?;
            let query: &[(&str, &str)] = if dry_run { &[("dry_run", "true")] } else { &[] };
            print::import(
                &client.upload_with(&["records", "import"], query, &lines)?,
                as_json,
            )
        }
        RecordsCommand::Create { kind, area, fields } => {
            let body = json!({"kind": kind, "area": area, "fields": object(&fields)?});
            let answer = client.post(&["records"], &body)?;
            print::done(&answer, as_json, created(&answer))
        }
        RecordsCommand::Edit {
            id,
            set,
            add,
            remove,
            append,
        } => {
            let parts = [
                ("set", object(&set)?),
                ("add", lists(&add)),
                ("remove", lists(&remove)),
                ("append", lists(&append)),
            ];
            let answer = client.patch(&["records", &id], &edit(parts)?)?;
            print::done(&answer, as_json, say!("say-record-changed", id = id))
        }
        RecordsCommand::Event { id, event, fields } => {
            let body = json!({"event": event, "fields": object(&fields)?});
            let answer = client.post(&["records", &id, "events"], &body)?;
            print::done(&answer, as_json, say!("say-written", event = event, id = id))
        }
        RecordsCommand::Relocate { id, area } => {
            let answer = client.post(&["records", &id, "relocate"], &json!({"area": area}))?;
            print::done(&answer, as_json, say!("say-record-filed", id = id, area = area))
        }
        RecordsCommand::Erase { id, .. } => {
            let answer = client.post(&["records", &id, "erase"], &json!({}))?;
            print::done(&answer, as_json, say!("say-record-erased", id = id))
        }
    }
}

fn edit(parts: [(&str, Map<String, Value>); 4]) -> Result<Value, Failure> {
    let mut body = Map::new();
    for (name, fields) in parts {
        if !fields.is_empty() {
            body.insert(name.into(), Value::Object(fields));
        }
    }
    if body.is_empty() {
        return Err(Failure::BadInput(say!("fail-nothing-to-change")));
    }
    Ok(Value::Object(body))
}

/// Lists records of a path, and says how to go on where there are more.
pub(super) fn list(
    client: &Client,
    path: &[&str],
    selection: &Selection,
    columns: &[print::Column],
    as_json: bool,
) -> Result<(), Failure> {
    let limit = selection.limit.to_string();
    let given = [
        ("kind", selection.kind.as_deref()),
        ("area", selection.area.as_deref()),
        ("conflicts", selection.conflicts.then_some("true")),
        ("after", selection.after.as_deref()),
        ("limit", Some(limit.as_str())),
    ];
    let query: Vec<(&str, &str)> = given
        .iter()
        .filter_map(|(name, value)| Some((*name, (*value)?)))
        .collect();
    let answer = client.get(path, &query)?;
    print::listing(&answer, "records", columns, as_json)?;
    match answer.get("next") {
        Some(next) if !next.is_null() && !as_json => {
            print::line(say!("say-more-records", place = print::plain(next)))
        }
        _ => Ok(()),
    }
}

/// How a new record is told.
pub(super) fn created(answer: &Value) -> String {
    say!(
        "say-created",
        id = print::text(answer, "id"),
        receipt = print::text(answer, "receipt")
    )
}

fn show(record: &Value, as_json: bool) -> Result<(), Failure> {
    if as_json {
        return print::json(record);
    }
    show_one(record)?;
    let others = record.get("renumbered").and_then(Value::as_array);
    for other in others.into_iter().flatten() {
        print::line(format!("\n{}", say!("say-renumbered")))?;
        show_one(other)?;
    }
    Ok(())
}

fn show_one(record: &Value) -> Result<(), Failure> {
    let Some(members) = record.as_object() else {
        return print::json(record);
    };
    let kind = print::text(record, "kind");
    let parts = members
        .iter()
        .filter(|(name, _)| !["fields", "renumbered"].contains(&name.as_str()))
        .map(|(name, value)| tongue::part(&kind, name, value));
    let fields = members.get("fields").and_then(Value::as_object);
    let fields = fields.into_iter().flatten();
    let rows: Vec<Value> = parts
        .chain(fields.map(|(name, value)| tongue::field(&kind, name, value)))
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    let columns: [print::Column; 2] = [
        ("field", |row| print::text(row, "name")),
        ("value", |row| print::text(row, "value")),
    ];
    print::line(print::table(&columns, &rows))
}

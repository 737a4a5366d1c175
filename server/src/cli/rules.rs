//! `otor rules`, `otor muster`, `otor due`: what the server does by itself, whom it calls, what is due.

use super::connection::Group;
use super::failure::Failure;
use super::{print, say};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

const SET_HELP: &str = "\
Example of a file of rules:
  {\"dispatch\": [{\"name\": \"water\", \"categories\": [\"pipe\"], \"severity_min\": 2,
                 \"to\": {\"department\": \"housing\"}, \"due_minutes\": 2880, \"level\": \"township\"},
                {\"name\": \"all else\", \"to\": \"grid\"}],
   \"departments\": [{\"code\": \"housing\", \"name\": \"Housing\", \"officers\": [\"w-201\"]},
                   {\"code\": \"police-12\", \"name\": \"Police\", \"sort\": \"police\", \"areas\": [\"150821100201\"]}],
   \"escalation\": [{\"from\": \"grid\", \"to\": \"village\", \"due_minutes\": 1440}],
   \"silent_days\": 14}
The first rule that fits counts. A task goes to grid, station, level, {\"worker\": CODE}, {\"department\": CODE}, or \
{\"department_of\": SORT}: the department of this sort that answers for the area.";

/// Commands on rules.
#[derive(clap::Subcommand)]
pub(super) enum RulesCommand {
    /// Show the rules that are so
    Show,
    /// Make those of a file the rules from now on
    #[command(after_long_help = SET_HELP)]
    Set {
        /// A file in JSON, all rules in it; - for standard input
        file: PathBuf,
    },
    /// List the departments; of an area, those that answer for it, the nearest first
    Departments {
        /// Only those that answer for this area
        #[arg(long, value_name = "CODE")]
        area: Option<String>,
    },
    /// Say what would come of a report, with nothing written
    Try {
        /// The area it lies in
        #[arg(long, value_name = "CODE")]
        area: String,
        /// Its category
        #[arg(long)]
        category: Option<String>,
        /// How bad it is, 1 to 4
        #[arg(long)]
        severity: Option<i64>,
        /// The role in which it was found
        #[arg(long)]
        role_hat: Option<String>,
        /// The worker who found it
        #[arg(long, value_name = "WORKER")]
        author: Option<String>,
        /// Try the rules of this file instead of those that are so
        #[arg(long, value_name = "FILE")]
        rules: Option<PathBuf>,
    },
}

/// Commands on musters.
#[derive(clap::Subcommand)]
pub(super) enum MusterCommand {
    /// Call everybody who answers for an area
    Call {
        /// What it is about
        #[arg(long)]
        title: String,
        /// The area
        #[arg(long, value_name = "CODE")]
        area: String,
        /// Where to come
        #[arg(long)]
        place: Option<String>,
        /// The zone: centre (one hour), banner (two), whole (three)
        #[arg(long, default_value = "centre")]
        zone: String,
        /// Minutes within which to be there, where it is not the zone's limit
        #[arg(long, value_name = "MINUTES")]
        within: Option<i64>,
    },
}

/// Commands on what is due.
#[derive(clap::Subcommand)]
pub(super) enum DueCommand {
    /// List what is due
    List {
        /// Only in this area and the areas in it
        #[arg(long, value_name = "CODE")]
        area: Option<String>,
    },
}

fn read_json(file: &Path) -> Result<Value, Failure> {
    let bytes = super::connection::read_file_or_stdin(file)?;
    serde_json::from_slice(&bytes).map_err(|error| Failure::BadInput(format!("{}: {error}", file.display())))
}

/// Those of some optional values that are there.
fn given(values: Vec<(&str, Option<Value>)>) -> Map<String, Value> {
    let there = values
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_string(), value?)));
    there.collect()
}

pub(super) fn run(group: Group<RulesCommand>) -> Result<(), Failure> {
    let (client, as_json) = (group.connection.client()?, group.connection.json);
    match group.command {
        RulesCommand::Show => print::json(&client.get(&["rules"], &[])?),
        RulesCommand::Set { file } => {
            let answer = client.put_with(&["rules"], &[], &read_json(&file)?)?;
            print::done(&answer, as_json, say!("say-rules-set"))
        }
        RulesCommand::Departments { area } => {
            let query: Vec<(&str, &str)> = area.iter().map(|code| ("area", code.as_str())).collect();
            let columns: [print::Column; 4] = [
                ("code", |department| print::text(department, "code")),
                ("name", |department| print::text(department, "name")),
                ("kind", |department| print::text(department, "sort")),
                ("areas", |department| print::text(department, "areas")),
            ];
            print::listing(
                &client.get(&["departments"], &query)?,
                "departments",
                &columns,
                as_json,
            )
        }
        RulesCommand::Try {
            area,
            category,
            severity,
            role_hat,
            author,
            rules,
        } => {
            let rules = rules.as_deref().map(read_json).transpose()?;
            let body = given(vec![
                ("area", Some(json!(area))),
                ("category", category.map(Value::from)),
                ("severity", severity.map(Value::from)),
                ("role_hat", role_hat.map(Value::from)),
                ("author", author.map(Value::from)),
                ("rules", rules),
            ]);
            let answer = client.post(&["rules", "try"], &Value::Object(body))?;
            if as_json {
                return print::json(&answer);
            }
            match answer["rule"].as_str() {
                None => print::line(say!("say-rule-none")),
                Some(rule) => print::line(say!(
                    "say-rule-fits",
                    rule = rule,
                    assignee = print::text(&answer, "assignee"),
                    department = print::text(&answer, "department"),
                    minutes = print::text(&answer, "due_minutes"),
                    level = print::text(&answer, "level"),
                )),
            }
        }
    }
}

pub(super) fn muster(group: Group<MusterCommand>) -> Result<(), Failure> {
    let (client, as_json) = (group.connection.client()?, group.connection.json);
    let MusterCommand::Call {
        title,
        area,
        place,
        zone,
        within,
    } = group.command;
    let body = given(vec![
        ("title", Some(json!(title))),
        ("area", Some(json!(area))),
        ("zone", Some(json!(zone))),
        ("place", place.map(Value::from)),
        ("within_minutes", within.map(Value::from)),
    ]);
    let answer = client.post(&["musters"], &Value::Object(body))?;
    let calls = answer["calls"].as_array().map_or(0, Vec::len);
    let told = say!("say-muster", id = print::text(&answer, "muster"), count = calls);
    print::done(&answer, as_json, told)
}

pub(super) fn due(group: Group<DueCommand>) -> Result<(), Failure> {
    let (client, as_json) = (group.connection.client()?, group.connection.json);
    let DueCommand::List { area } = group.command;
    let query: Vec<(&str, &str)> = area.iter().map(|code| ("area", code.as_str())).collect();
    let columns: [print::Column; 5] = [
        ("at", |due| print::text(due, "at")),
        ("id", |due| print::text(due, "id")),
        ("kind", |due| print::text(due, "kind")),
        ("area", |due| print::text(due, "area")),
        ("event", |due| print::text(due, "event")),
    ];
    print::listing(&client.get(&["due"], &query)?, "due", &columns, as_json)
}

//! `otor workers`: the workers and the areas they answer for.

use super::areas::{dry_run, phones};
use super::connection::{Group, read_file_or_stdin};
use super::failure::Failure;
use super::{print, say};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Commands on workers.
#[derive(clap::Subcommand)]
pub(super) enum WorkersCommand {
    /// Add or change workers from a CSV file with the columns code, name, areas
    #[command(after_long_help = "\
The first line names the columns; several areas are separated by ; or a space. A byte order mark and Windows \
line ends are fine. Rows that are wrong are printed as `row 17: …`; the others are imported, and the exit status \
is 1.

Example:
  otor workers import workers.csv
  printf 'code,name,areas\\nw-017,Li Hua,150821100201001;150821100201002\\n' | otor workers import -")]
    Import {
        /// The CSV file, or - for standard input
        file: PathBuf,
        /// Only show what would happen, and which phones of workers who would be moved may still hold unsent work
        #[arg(long)]
        preview: bool,
    },
    /// Add a worker, or change one
    Set {
        /// What the worker is called in imports and exports
        code: String,
        /// The worker's name
        #[arg(long)]
        name: String,
        /// Areas the worker answers for, separated by commas
        #[arg(long, value_name = "CODE", value_delimiter = ',', required = true)]
        areas: Vec<String>,
        /// Only show what would happen, and which of the worker's phones may still hold unsent work
        #[arg(long)]
        preview: bool,
    },
    /// Give a worker other areas; what the phone still holds of the old ones is taken in first
    #[command(after_long_help = "\
With --preview nothing is changed: you see which phones may still hold unsent work, how many ops it was when they \
were last met, and how many records leave and come.

Example:
  otor workers move w-017 --areas 150821100201003,150821100201004 --preview
  otor workers move w-017 --areas 150821100201003,150821100201004")]
    Move {
        /// The worker's code
        code: String,
        /// Areas the worker answers for from now on, separated by commas
        #[arg(
            long,
            value_name = "CODE",
            value_delimiter = ',',
            required_unless_present = "helper"
        )]
        areas: Vec<String>,
        /// They answer for no area, and have only what they are given: a volunteer
        #[arg(long, conflicts_with = "areas")]
        helper: bool,
        /// Only show what would happen
        #[arg(long)]
        preview: bool,
    },
    /// List workers
    List,
}

pub(super) fn run(group: Group<WorkersCommand>) -> Result<(), Failure> {
    let (client, as_json) = (group.connection.client()?, group.connection.json);
    match group.command {
        WorkersCommand::Import { file, preview } => {
            let csv = read_file_or_stdin(&file)?;
            let answer = client.upload_with(&["workers", "import"], dry_run(preview), &csv)?;
            if preview && !as_json {
                would_move(&answer)?;
            }
            print::import(&answer, as_json)
        }
        WorkersCommand::Set {
            code,
            name,
            areas,
            preview,
        } => {
            let body = json!({"code": code, "name": name, "areas": areas});
            if preview {
                let answer = client.post_with(&["workers"], dry_run(true), &body)?;
                return if as_json {
                    print::json(&answer)
                } else {
                    would_move(&answer)
                };
            }
            let answer = client.post(&["workers"], &body)?;
            print::done(
                &answer,
                as_json,
                say!("say-answers-for", code = code, areas = areas.join(", ")),
            )
        }
        WorkersCommand::Move {
            code, areas, preview, ..
        } => {
            let body = json!({"areas": areas});
            let answer = client.put_with(&["workers", &code, "areas"], dry_run(preview), &body)?;
            moved(&code, &answer, as_json)
        }
        WorkersCommand::List => {
            let columns: [print::Column; 3] = [
                ("code", |worker| print::text(worker, "code")),
                ("name", |worker| print::text(worker, "name")),
                ("areas", |worker| print::text(worker, "areas")),
            ];
            print::listing(&client.get(&["workers"], &[])?, "workers", &columns, as_json)
        }
    }
}

/// Reports who would be moved.
fn would_move(answer: &Value) -> Result<(), Failure> {
    let moved = answer.get("moved").and_then(Value::as_array);
    let moved = moved.map_or(&[][..], Vec::as_slice);
    for worker in moved {
        print::line(say!(
            "say-would-answer-for",
            code = print::text(worker, "code"),
            areas = print::text(worker, "areas")
        ))?;
    }
    if moved.is_empty() {
        return print::line(say!("say-nobody-moved"));
    }
    phones(answer)
}

/// Reports a move, or what it would mean.
fn moved(code: &str, answer: &Value, as_json: bool) -> Result<(), Failure> {
    if as_json {
        return print::json(answer);
    }
    let areas = print::text(answer, "areas");
    print::line(match answer.get("commit") {
        Some(_) => say!("say-answers-for", code = code, areas = areas),
        None => say!("say-would-answer-for", code = code, areas = areas),
    })?;
    print::line(say!(
        "say-records-go-and-come",
        leaving = print::text(answer, "leaving"),
        entering = print::text(answer, "entering")
    ))?;
    phones(answer)
}

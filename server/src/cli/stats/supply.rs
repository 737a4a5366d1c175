//! `otor stats supply`: figures that others gather, from a CSV file.

use super::super::client::Client;
use super::super::connection::read_file_or_stdin;
use super::super::failure::Failure;
use super::super::{print, say};
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::PathBuf;

pub(in crate::cli) const HELP: &str = "\
The file has the columns area, day, value and, if it may be more, at_least (yes). A figure counts from its day on, \
until another of the same name and area takes its place. What is supplied for an area has all in it: nothing below it \
is added. Figures are of places, never of persons.

Names that statistics read: flagged_community (1 or 0, of a community), unmanaged_compounds, volunteer_stations, \
volunteer_teams, volunteers, volunteer_beneficiaries.

Example:
  printf 'area,day,value,at_least\\n150821,2026-03-01,150000,yes\\n' | otor stats supply volunteers -";

/// Most figures of one request.
const AT_ONCE: usize = 500;

/// Arguments of `otor stats supply`.
#[derive(clap::Args)]
pub(in crate::cli) struct SupplyArgs {
    /// What the figures tell
    name: String,
    /// A CSV file, or - for standard input
    file: PathBuf,
}

#[derive(Deserialize)]
struct Row {
    area: String,
    day: String,
    value: i64,
    #[serde(default)]
    at_least: String,
}

/// What is wrong with a row, without what a reader of CSV calls it.
fn in_words(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Deserialize { err, .. } => {
            format!(
                "{}; area, day, value (a whole number) and perhaps at_least (yes) are needed",
                err.kind()
            )
        }
        _ => error.to_string(),
    }
}

pub(super) fn run(client: &Client, args: &SupplyArgs, as_json: bool) -> Result<(), Failure> {
    let bytes = read_file_or_stdin(&args.file)?;
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text);
    let mut figures = Vec::new();
    for (row, number) in reader.deserialize::<Row>().zip(2..) {
        let row = row.map_err(|error| Failure::BadInput(format!("row {number}: {}", in_words(&error))))?;
        let at_least = match row.at_least.to_lowercase().as_str() {
            "" | "no" | "false" => false,
            "yes" | "true" => true,
            other => {
                return Err(Failure::BadInput(format!(
                    "row {number}: at_least is yes or no, not {other:?}"
                )));
            }
        };
        figures.push(json!({"area": row.area, "day": row.day, "value": row.value, "at_least": at_least}));
    }
    if figures.is_empty() {
        return Err(Failure::BadInput(say!("fail-no-figures")));
    }
    tell_if_unread(client, &args.name)?;
    let mut answer = Value::Null;
    for (part, some) in figures.chunks(AT_ONCE).enumerate() {
        let body = json!({"name": args.name, "figures": some});
        answer = client
            .for_part(&part.to_string())
            .post(&["stats", "supplied"], &body)?;
    }
    print::done(&answer, as_json, say!("say-figures-kept", count = figures.len()))
}

/// A name that no statistic reads is kept all the same, and may be a slip.
fn tell_if_unread(client: &Client, name: &str) -> Result<(), Failure> {
    let definitions = client.get(&["stats", "definitions"], &[])?;
    let names = definitions["supplied"].as_array().into_iter().flatten();
    let names: Vec<&str> = names.filter_map(Value::as_str).collect();
    if !names.is_empty() && !names.contains(&name) {
        let known = names.join(", ");
        let unread = say!("say-nothing-reads", name = name, known = known);
        print::note(&format!("otor: {unread}"));
    }
    Ok(())
}

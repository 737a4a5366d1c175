//! `otor pull`: what has changed since the last time, into a file or a pipe.

mod output;
mod state_file;
#[cfg(test)]
mod tests;

use super::client::Client;
use super::connection::Connection;
use super::failure::Failure;
use super::{say, tongue};
pub(super) use output::Output;
use state_file::{Selection, StateFile};
use std::path::PathBuf;
use ureq::Body;
use ureq::http::Response;

pub(super) const EXAMPLES: &str = "\
With --state, each run fetches exactly what has changed since the one before: the file keeps the place, and \
moves on only when everything has arrived and the output is safely written. A run that breaks off is simply \
repeated; what it had already written to a pipe comes again then. --output is replaced as a whole, or not at all.

With --lang, names of fields, kinds, statuses and codes come in that language, for people; without it by the names that \
programs know, whatever the system speaks. What somebody wrote stays as it is.

A record that was filed elsewhere, out of what is selected, comes as a row with the state `left`; one whose \
personal fields were erased, with the state `erased`.

Examples:
  otor pull --state visits.state --kind visit --format csv --output visits-$(date +%F).csv
  otor pull --state all.state | jq .id
  otor pull --area 150821100 --since 2026-11-01T00:00:00+08:00";

/// Format of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// One JSON object a line
    Ndjson,
    /// A table with a column for each field; needs --kind
    Csv,
}

/// Arguments of `otor pull`.
#[derive(clap::Args)]
pub(super) struct PullArgs {
    #[command(flatten)]
    connection: Connection,
    /// File that keeps the place from one run to the next; everything is fetched where it is not there yet
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// How rows are written
    #[arg(long, value_enum, default_value_t = Format::Ndjson)]
    format: Format,
    /// Only records of this kind
    #[arg(long)]
    kind: Option<String>,
    /// Only records of this area and the areas in it
    #[arg(long, value_name = "CODE")]
    area: Option<String>,
    /// Only records changed at or after this time (RFC 3339)
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Only records changed before this time (RFC 3339)
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Where to write; standard output without it
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &PullArgs) -> Result<(), Failure> {
    if args.format == Format::Csv && args.kind.is_none() {
        return Err(Failure::BadInput(say!("fail-csv-needs-kind")));
    }
    let selection = Selection {
        kind: args.kind.clone(),
        area: args.area.clone(),
        since: args.since.clone(),
        until: args.until.clone(),
    };
    let mut state = args
        .state
        .as_deref()
        .map(|path| StateFile::open(path, selection.clone()))
        .transpose()?;
    let client = args.connection.client()?;
    let cursor = state.as_ref().and_then(StateFile::cursor).map(str::to_owned);
    let mut response = request(&client, args.format, &selection, cursor.as_deref())?;
    let next = next_cursor(&response)?;
    let mut output = Output::begin(args.output.as_deref())?;
    output.copy(&mut response.body_mut().as_reader())?;
    output.finish()?;
    match &mut state {
        Some(state) => state.advance(&next),
        None => Ok(()),
    }
}

fn request(
    client: &Client,
    format: Format,
    selection: &Selection,
    cursor: Option<&str>,
) -> Result<Response<Body>, Failure> {
    let format = match format {
        Format::Ndjson => "ndjson",
        Format::Csv => "csv",
    };
    let given = [
        ("format", Some(format)),
        ("cursor", cursor),
        ("kind", selection.kind.as_deref()),
        ("area", selection.area.as_deref()),
        ("since", selection.since.as_deref()),
        ("until", selection.until.as_deref()),
        ("lang", tongue::of_exports()),
    ];
    let query: Vec<(&str, &str)> = given
        .iter()
        .filter_map(|(name, value)| Some((*name, (*value)?)))
        .collect();
    let response = client.open(&["pull"], &query)?;
    let is_delimited = ["transfer-encoding", "content-length"]
        .iter()
        .any(|name| response.headers().contains_key(*name));
    if is_delimited {
        Ok(response)
    } else {
        // Without either, an answer that breaks off looks like a whole one.
        Err(Failure::Failed(
            "the answer does not say where it ends: is there an old proxy in between?".into(),
        ))
    }
}

fn next_cursor(response: &Response<Body>) -> Result<String, Failure> {
    response
        .headers()
        .get("otor-next-cursor")
        .and_then(|cursor| cursor.to_str().ok())
        .map(str::to_owned)
        .ok_or_else(|| Failure::Failed("the answer has no otor-next-cursor: is this an otor server?".into()))
}

//! `otor stats ledger`: what was published, whether it comes out the same, what is known now.

use super::super::client::Client;
use super::super::failure::Failure;
use super::super::{print, say, tongue};
use super::{Asked, Written, definitions, show, table};
use serde_json::{Value, json};

/// Commands on ledgers.
#[derive(clap::Subcommand)]
pub(in crate::cli) enum LedgerCommand {
    /// Publish a ledger: its figures are fixed by its cut-off
    Publish {
        /// What it is called
        #[arg(long)]
        title: String,
        #[command(flatten)]
        asked: Asked,
    },
    /// List the ledgers that were published
    List,
    /// Reckon a ledger again, as published
    Show {
        /// Its number
        number: u32,
        #[command(flatten)]
        written: Written,
    },
    /// Hold a ledger against what is known now: figures that differ, records that came late or were corrected
    Compare {
        /// Its number
        number: u32,
        /// Against what was known after this commit
        #[arg(long, value_name = "COMMIT")]
        as_of: Option<u64>,
        /// List at most so many records
        #[arg(long, value_name = "NUMBER")]
        limit: Option<usize>,
    },
}

pub(super) fn run(client: &Client, command: LedgerCommand, as_json: bool) -> Result<(), Failure> {
    match command {
        LedgerCommand::Publish { title, asked } => {
            let (from, to) = asked.days()?;
            let mut body = json!({"title": title, "from": from, "to": to});
            if let Some(area) = asked.area {
                body["area"] = json!(area);
            }
            if let Some(commit) = asked.as_of {
                body["as_of"] = json!(commit);
            }
            let answer = client.post(&["stats", "ledgers"], &body)?;
            let number = print::text(&answer, "number");
            print::done(&answer, as_json, say!("say-ledger-published", number = number))
        }
        LedgerCommand::List => {
            let columns: [print::Column; 8] = [
                ("number", |one| print::text(one, "number")),
                ("title", |one| print::text(one, "title")),
                ("area", |one| print::text(one, "area")),
                ("from", |one| print::text(one, "from")),
                ("to", |one| print::text(one, "to")),
                ("cut-off", |one| print::text(one, "cut_off")),
                ("published by", |one| print::text(one, "published_by")),
                ("at", |one| print::text(one, "published_at")),
            ];
            let answer = client.get(&["stats", "ledgers"], &[])?;
            print::listing(&answer, "ledgers", &columns, as_json)
        }
        LedgerCommand::Show { number, written } => {
            let number = number.to_string();
            let path = ["stats", "ledgers", number.as_str()];
            show(client, &path, Vec::new(), &written, as_json, |answer| {
                print::line(heading(answer))?;
                table::report(&answer["report"], &definitions(client)?)
            })
        }
        LedgerCommand::Compare { number, as_of, limit } => {
            let (number, as_of) = (number.to_string(), as_of.map(|commit| commit.to_string()));
            let limit = limit.map(|limit| limit.to_string());
            let mut query: Vec<(&str, &str)> = Vec::new();
            query.extend(as_of.as_deref().map(|commit| ("as_of", commit)));
            query.extend(limit.as_deref().map(|limit| ("limit", limit)));
            let answer = client.get(&["stats", "ledgers", &number, "compare"], &query)?;
            if as_json {
                print::json(&answer)
            } else {
                compared(&answer)
            }
        }
    }
}

fn heading(answer: &Value) -> String {
    let same = match answer["same"].as_bool() {
        Some(true) => say!("say-ledger-same"),
        _ => say!("say-ledger-not-same"),
    };
    let ledger = &answer["ledger"];
    let heading = say!(
        "say-ledger",
        number = print::text(ledger, "number"),
        title = print::text(ledger, "title"),
        by = print::text(ledger, "published_by"),
        at = print::text(ledger, "published_at"),
    );
    format!("{heading}\n{same}")
}

fn compared(answer: &Value) -> Result<(), Failure> {
    print::line(heading(answer))?;
    print::line(say!(
        "say-ledger-and-now",
        published = print::text(&answer["ledger"], "cut_off"),
        now = print::text(&answer["now"], "cut_off"),
    ))?;
    // A share of which only the whole is another is told as it was.
    let changed = answer["changed"].as_array().into_iter().flatten();
    let changed: Vec<Value> = changed
        .filter(|one| one["published"] != one["now"])
        .cloned()
        .collect();
    if changed.is_empty() {
        print::line(say!("say-no-figure-differs"))?;
    } else {
        let columns: [print::Column; 6] = [
            ("statistic", |one| {
                tongue::called("statistic", &print::text(one, "statistic"))
            }),
            ("by", |one| tongue::called("division", &print::text(one, "by"))),
            ("group", |one| {
                tongue::group(&print::text(one, "by"), &print::text(one, "group"))
            }),
            ("measure", |one| {
                tongue::called("measure", &print::text(one, "measure"))
            }),
            ("as published", |one| print::text(one, "published")),
            ("as now known", |one| print::text(one, "now")),
        ];
        print::line(print::table(&columns, &changed))?;
    }
    let late = &answer["late"];
    let events = late["events"].as_array().map_or(&[][..], Vec::as_slice);
    if events.is_empty() {
        return print::line(say!("say-none-late"));
    }
    let columns: [print::Column; 6] = [
        ("record", |one| print::text(one, "record")),
        ("matter", |one| {
            tongue::called("matter", &print::text(one, "matter"))
        }),
        ("day", |one| print::text(one, "day")),
        ("area", |one| print::text(one, "area")),
        ("how", |one| tongue::called("lateness", &print::text(one, "how"))),
        ("commit", |one| print::text(one, "commit")),
    ];
    print::line(print::table(&columns, events))?;
    match late["left_out"].as_u64() {
        Some(0) | None => Ok(()),
        Some(more) => print::line(say!("say-more-late", count = more)),
    }
}

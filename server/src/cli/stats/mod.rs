//! `otor stats`: what happened in an area and a period, in numbers; published ledgers; supplied figures.

mod ledger;
mod supply;
mod table;

use super::client::Client;
use super::connection::Group;
use super::failure::Failure;
use super::{print, say, tongue};
use serde_json::Value;
use std::path::PathBuf;

pub(super) const HELP: &str = "\
A report tells every figure of an area (with all that lies in it) for whole days, first and last included, in China's \
time: as it is known now, or with --as-of as it was known after that commit. The same commit gives the same figures, \
for ever: a published ledger is such a commit with a title.

Examples:
  otor stats definitions                                     which statistics there are
  otor stats report --area 150821 --month 2026-03            all of them for March
  otor stats report F2 coverage --area 150821100 --from 2026-03-02 --to 2026-03-08
  otor stats report closure --month 2026-03 --by-grid --csv > march.csv
  otor stats ledger publish --title 'March' --area 150821 --month 2026-03
  otor stats ledger show 1                                   as published, reckoned again
  otor stats ledger compare 1                                what came late, or was corrected, since
  otor stats supply flagged_community flags.csv              figures that others gather";

/// Commands on statistics.
#[derive(clap::Subcommand)]
pub(super) enum StatsCommand {
    /// List the statistics
    Definitions,
    /// Tell the figures of an area and a period
    Report {
        /// Statistics by name or number (closure, F18 …); all if none is named
        #[arg(value_name = "STATISTIC")]
        statistics: Vec<String>,
        #[command(flatten)]
        asked: Asked,
        /// Tell closure and coverage by grid as well
        #[arg(long)]
        by_grid: bool,
        #[command(flatten)]
        written: Written,
    },
    /// Publish ledgers, and look at published ones
    #[command(subcommand)]
    Ledger(ledger::LedgerCommand),
    /// Supply figures that others gather: flagged communities, unmanaged compounds, volunteers
    #[command(after_long_help = supply::HELP)]
    Supply(supply::SupplyArgs),
}

/// Which figures.
#[derive(clap::Args)]
pub(super) struct Asked {
    /// The area; yours, or the whole tree, without it
    #[arg(long, value_name = "CODE")]
    area: Option<String>,
    /// The first day (2026-03-02)
    #[arg(long, value_name = "DAY", requires = "to", conflicts_with = "month")]
    from: Option<String>,
    /// The last day
    #[arg(long, value_name = "DAY", requires = "from", conflicts_with = "month")]
    to: Option<String>,
    /// A whole month (2026-03), in place of --from and --to
    #[arg(long, value_name = "MONTH")]
    month: Option<String>,
    /// As it was known after this commit; as it is known now without it
    #[arg(long, value_name = "COMMIT")]
    as_of: Option<u64>,
}

/// How a report is written.
#[derive(clap::Args)]
pub(super) struct Written {
    /// Write CSV that opens in a spreadsheet: a line a figure
    #[arg(long)]
    csv: bool,
    /// Where to write the CSV; standard output without it
    #[arg(long, value_name = "FILE", requires = "csv")]
    output: Option<PathBuf>,
}

impl Asked {
    /// The first and the last day.
    fn days(&self) -> Result<(String, String), Failure> {
        if let (Some(from), Some(to)) = (&self.from, &self.to) {
            return Ok((from.clone(), to.clone()));
        }
        let Some(month) = &self.month else {
            return Err(Failure::BadInput(say!("fail-no-days")));
        };
        let first: jiff::civil::Date = format!("{month}-01")
            .parse()
            .map_err(|_| Failure::BadInput(say!("fail-no-month", month = format!("{month:?}"))))?;
        Ok((first.to_string(), first.last_of_month().to_string()))
    }
}

pub(super) fn run(group: Group<StatsCommand>) -> Result<(), Failure> {
    let (client, as_json) = (group.connection.client()?, group.connection.json);
    match group.command {
        StatsCommand::Definitions => {
            let columns: [print::Column; 3] = [
                ("number", |one| print::text(one, "number")),
                ("statistic", |one| print::text(one, "id")),
                ("what it tells", title),
            ];
            let answer = client.get(&["stats", "definitions"], &[])?;
            print::listing(&answer, "statistics", &columns, as_json)
        }
        StatsCommand::Report {
            statistics,
            asked,
            by_grid,
            written,
        } => {
            let (from, to) = asked.days()?;
            let as_of = asked.as_of.map(|commit| commit.to_string());
            let named = statistics.join(",");
            let mut query = vec![("from", from.as_str()), ("to", to.as_str())];
            query.extend(asked.area.as_deref().map(|area| ("area", area)));
            query.extend(as_of.as_deref().map(|commit| ("as_of", commit)));
            query.extend((!named.is_empty()).then_some(("statistics", named.as_str())));
            query.extend(by_grid.then_some(("by_grid", "true")));
            show(&client, &["stats"], query, &written, as_json, |answer| {
                table::report(answer, &definitions(&client)?)
            })
        }
        StatsCommand::Ledger(command) => ledger::run(&client, command, as_json),
        StatsCommand::Supply(args) => supply::run(&client, &args, as_json),
    }
}

/// What a statistic tells; in the words of the server where the command line speaks its language.
fn title(one: &Value) -> String {
    let id = print::text(one, "id");
    match tongue::called("statistic", &id) {
        none if none == id => print::text(one, "title"),
        title => title,
    }
}

/// What each statistic tells.
fn definitions(client: &Client) -> Result<Value, Failure> {
    client.get(&["stats", "definitions"], &[])
}

/// Fetches something and writes it as CSV, JSON or tables.
fn show(
    client: &Client,
    path: &[&str],
    mut query: Vec<(&str, &str)>,
    written: &Written,
    as_json: bool,
    tables: impl FnOnce(&Value) -> Result<(), Failure>,
) -> Result<(), Failure> {
    if written.csv && as_json {
        return Err(Failure::BadInput(say!("fail-csv-or-json")));
    }
    if written.csv {
        query.push(("format", "csv"));
        query.extend(tongue::of_exports().map(|lang| ("lang", lang)));
        let mut response = client.open(path, &query)?;
        let mut output = super::pull::Output::begin(written.output.as_deref())?;
        output.copy(&mut response.body_mut().as_reader())?;
        return output.finish();
    }
    let answer = client.get(path, &query)?;
    if as_json {
        print::json(&answer)
    } else {
        tables(&answer)
    }
}

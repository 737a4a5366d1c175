//! `otor-sim grow`: how the cost of an exchange grows, as pictures.

mod picture;

use super::failure::{Failure, print_line};
use super::progress::Teller;
use crate::in_process::cost::growth::{Along, point};
use std::path::PathBuf;

pub(super) const EXAMPLES: &str = "\
Each point is a database of its own, measured as otor-sim cost does. Both axes of the pictures are logarithmic, except \
that nothing is drawn as the least.

Examples:
  otor-sim grow --out docs/pictures                         all, up to 1,000,000 records
  otor-sim grow --out /tmp/p --records 100000 --only area   one of them";

/// What `grow` is given.
#[derive(clap::Args)]
pub(super) struct GrowArgs {
    /// Folder that the pictures go to, as growth-NAME.svg
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,

    /// Most records in the database; a million take about 1 GB of disk and some minutes
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(10_000..=10_000_000))]
    records: u64,

    /// Only this: area, database, phones, cursor or writers
    #[arg(long, value_name = "NAME")]
    only: Option<String>,

    /// Where the databases are made; a temporary folder without it
    #[arg(long, value_name = "FOLDER")]
    work: Option<PathBuf>,

    /// Seed of all that is drawn
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// Print all points as JSON in the last line
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &GrowArgs) -> Result<(), Failure> {
    let wanted = |along: &Along| args.only.as_deref().is_none_or(|only| only == along.name());
    let series: Vec<Along> = Along::ALL.into_iter().filter(wanted).collect();
    if series.is_empty() {
        let named = "there is no such picture: give area, database, phones, cursor or writers";
        return Err(Failure::Wrong(named.into()));
    }
    let temporary = tempfile::tempdir().map_err(|error| Failure::Broken(error.into()))?;
    let work = args.work.clone().unwrap_or_else(|| temporary.path().to_owned());
    std::fs::create_dir_all(&args.out).map_err(|error| Failure::file("make", &args.out, &error))?;
    let mut teller = Teller::new();
    let records_max = usize::try_from(args.records).unwrap_or(usize::MAX);
    let mut result = Vec::new();
    for along in series {
        let mut points = Vec::new();
        print_line(&format!("{}:", along.axis()))?;
        for at in along.points(records_max) {
            teller.tell(|| format!("{}: {at}", along.axis()));
            let measured = point(&work, along, at, args.seed)?;
            print_line(&format!(
                "{at:>10}  without table {:.3} ms, with table {:.3} ms, nothing new {:.3} ms",
                measured.without_table_ms, measured.with_table_ms, measured.nothing_new_ms
            ))?;
            points.push(measured);
        }
        let path = args.out.join(format!("growth-{}.svg", along.name()));
        picture::draw(&path, along, &points)?;
        result.push((along.name(), points));
    }
    teller.end();
    if args.json {
        let json = serde_json::to_string(&result).map_err(|error| Failure::Broken(error.into()))?;
        print_line(&json)?;
    }
    Ok(())
}

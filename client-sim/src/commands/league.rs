//! `otor-sim league`: a league's month of statistics, checked and timed.

use super::failure::{Failure, print_line};
use super::progress::Teller;
use crate::in_process::cost::league::{League, LeagueSize};
use cpu_time::ProcessTime;
use std::path::PathBuf;
use std::time::Duration;

pub(super) const EXAMPLES: &str = "\
Facts are written as folding writes them, on a real folder that is removed afterwards; what is written is counted \
beside, and has to come out. Times are of the processor: nothing here waits for anything else.

Examples:
  otor-sim league                       12,000 grids, 30 days: 864,000 visits and 3,360 cases (some minutes to write)
  otor-sim league --grids 1402 --days 7";

/// What `league` is given.
#[derive(clap::Args)]
pub(super) struct LeagueArgs {
    /// Grids, each with a worker and 40 households
    #[arg(long, value_name = "N", default_value_t = LeagueSize::MONTH.grids as u64, value_parser = clap::value_parser!(u64).range(1..=12_000))]
    grids: u64,

    /// Days
    #[arg(long, value_name = "N", default_value_t = LeagueSize::MONTH.days as u64, value_parser = clap::value_parser!(u64).range(1..=31))]
    days: u64,

    /// Where the database is made; a temporary folder without it
    #[arg(long, value_name = "FOLDER")]
    work: Option<PathBuf>,
}

/// What is asked, and of what.
const ASKED: [(&str, Option<&str>, &[&str]); 6] = [
    ("all statistics", None, &[]),
    ("all of the league", Some("1522"), &[]),
    ("all of a banner", Some("152201"), &[]),
    ("all of a village", Some("152201001001"), &[]),
    ("coverage", None, &["coverage"]),
    ("closure", None, &["closure"]),
];

pub(super) fn run(args: &LeagueArgs) -> Result<(), Failure> {
    let temporary = tempfile::tempdir().map_err(|error| Failure::Broken(error.into()))?;
    let work = args.work.clone().unwrap_or_else(|| temporary.path().to_owned());
    let size = LeagueSize {
        grids: args.grids as usize,
        days: args.days as usize,
    };
    let mut teller = Teller::new();
    teller.tell(|| format!("writing {} visits", size.visits()));
    let league = League::load(&work, size).map_err(Failure::Broken)?;
    teller.end();
    league.check().map_err(Failure::Broken)?;
    print_line(&format!(
        "{} grids, {} days, {} visits: every figure is what was written",
        size.grids,
        size.days,
        size.visits()
    ))?;
    for (name, area, statistics) in ASKED {
        let mut times: Vec<Duration> = Vec::new();
        for _ in 0..5 {
            let begun = ProcessTime::now();
            league
                .reckon(area, statistics)
                .map_err(|error| Failure::Broken(error.into()))?;
            times.push(begun.elapsed());
        }
        times.sort();
        print_line(&format!(
            "{name:<18} median {:>7.1} ms, least {:>7.1} ms of processor",
            times[2].as_secs_f64() * 1e3,
            times[0].as_secs_f64() * 1e3
        ))?;
    }
    Ok(())
}

//! `otor-sim league`: a league's month of statistics, checked and timed.

use super::failure::{Failure, print_line};
use super::progress::Teller;
use crate::in_process::cost::league::{League, LeagueSize, statistics};
use cpu_time::ProcessTime;
use std::path::PathBuf;
use std::time::{Duration, Instant};

pub(super) const EXAMPLES: &str = "\
Facts are written as folding writes them, on a real folder that is removed afterwards; what is written is counted \
beside, and has to come out. Each statistic is told with what it took by the clock and of the processor; nothing here \
waits for anything else, so that on an idle machine the two are alike.

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

/// Areas of which everything is asked.
const AREAS: [(&str, Option<&str>); 4] = [
    ("everything", None),
    ("everything of the league", Some("1522")),
    ("everything of a banner", Some("152201")),
    ("everything of a village", Some("152201001001")),
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
    print_line(&format!(
        "{:<26} {:>10} {:>10} {:>10} {:>10}",
        "ms, median and least of 5", "wall", "least", "processor", "least"
    ))?;
    for (name, area) in AREAS {
        timed(&league, name, area, &[])?;
    }
    for statistic in statistics() {
        timed(&league, statistic, None, &[statistic])?;
    }
    Ok(())
}

/// Reckons five times, and tells how long it took.
fn timed(league: &League, name: &str, area: Option<&str>, statistics: &[&str]) -> Result<(), Failure> {
    let (mut wall, mut processor): (Vec<Duration>, Vec<Duration>) = Default::default();
    for _ in 0..5 {
        let (begun, begun_processor) = (now(), ProcessTime::now());
        league
            .reckon(area, statistics)
            .map_err(|error| Failure::Broken(error.into()))?;
        wall.push(begun.elapsed());
        processor.push(begun_processor.elapsed());
    }
    wall.sort();
    processor.sort();
    let ms = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1e3);
    print_line(&format!(
        "{name:<26} {:>10} {:>10} {:>10} {:>10}",
        ms(wall[2]),
        ms(wall[0]),
        ms(processor[2]),
        ms(processor[0])
    ))
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the outermost shell: it tells people how long its own work takes"
)]
fn now() -> Instant {
    Instant::now()
}

//! `otor-sim trace make`: a county's days, made up.

use super::failure::{Failure, print_line};
use super::links::expect_known;
use crate::trace::make::{Settings, make_with, read_areas};
use std::path::PathBuf;

/// The county and the league that come with the simulator.
const WUYUAN: &str = include_str!("../../data/areas-wuyuan.csv");
const XINGAN: &str = include_str!("../../data/areas-xingan.csv");

/// Commands on traces.
#[derive(clap::Subcommand)]
pub(super) enum TraceCommand {
    /// Make up ordinary days of a county: visits, reports, tasks, edits of the same records by two people
    #[command(after_long_help = "\
The same areas, numbers and seed give the same trace.

Examples:
  otor-sim trace make --workers 100 --out day.jsonl
  otor-sim trace make --areas areas.csv --workers 20 --days 3 --seed 7 --link gprs_rural | otor-sim replay -
  otor-sim trace make --league --workers 12912 --days 30 --out month.jsonl")]
    Make(MakeArgs),
}

/// What `trace make` is given.
#[derive(clap::Args)]
pub(super) struct MakeArgs {
    /// Areas (CSV: code,name,level) down to villages; the county of Wuyuan without it
    #[arg(long, value_name = "FILE")]
    areas: Option<PathBuf>,

    /// How many workers, with a phone each
    #[arg(long, value_name = "N")]
    workers: usize,

    /// How many days
    #[arg(long, value_name = "N", default_value_t = 1)]
    days: usize,

    /// A league's month: Xing'an (real down to its villages) in place of Wuyuan; two visits a worker's day, all else as
    /// rare as there, and phones that are dark on all days on which nothing but visits passed
    #[arg(long)]
    league: bool,

    /// Seed of all that is made up
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// The link of all phones wherever they have one; drawn for each without it
    #[arg(long, value_name = "PROFILE")]
    link: Option<String>,

    /// Visits of a worker's day, in the mean; 20 without it, or 2 in a league's month
    #[arg(long, value_name = "N")]
    visits: Option<u32>,

    /// A hard week: rules that give every report away, departments called, cases raised and opened again, grids cut,
    /// workers moved
    #[arg(long)]
    matters: bool,

    /// Write the trace to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn run(command: &TraceCommand) -> Result<(), Failure> {
    let TraceCommand::Make(args) = command;
    expect_known(args.link.as_deref())?;
    let text = match &args.areas {
        Some(path) => std::fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?,
        None if args.league => XINGAN.to_owned(),
        None => WUYUAN.to_owned(),
    };
    let areas = read_areas(&text).map_err(|errors| Failure::Wrong(errors.to_string()))?;
    let made = match args.league {
        true => Settings::sparse(args.workers, args.days, args.seed),
        false => Settings::ordinary(args.workers, args.days, args.seed),
    };
    let settings = Settings {
        link: args.link.clone(),
        visits_mean: args.visits.unwrap_or(made.visits_mean),
        matters: args.matters || made.matters,
        ..made
    };
    let trace = make_with(&areas, &settings).map_err(|error| Failure::Wrong(error.to_string()))?;
    let text = trace.write();
    match &args.out {
        None => print_line(text.trim_end()),
        Some(path) => std::fs::write(path, text).map_err(|error| Failure::file("write", path, &error)),
    }
}

//! `otor-sim cost`: what an exchange costs the server, stage by stage, beside what the machine could do at best.

use super::failure::{Failure, print_line};
use super::progress::Teller;
use crate::in_process::cost::{self, Cost, CostOptions, Limits};
use otor_protocol::wire::Packing;
use serde::Serialize;

pub(super) const EXAMPLES: &str = "\
The server's own parts, on a real folder that is removed afterwards, without HTTP; sixteen exchanges share an \
fdatasync. Times are of the processor, so that other load on the machine changes little. With HTTP: see otor-sim storm.

Each exchange is packed by models first, as on a weak link, and then by zstd, as on a good one.

Examples:
  otor-sim cost                       the standard exchange: 31 ops up, 34 records down
  otor-sim cost --exchanges 2000      with less chance in it
  otor-sim cost --no-limits --json    the last line is the result as JSON";

/// What `cost` is given.
#[derive(clap::Args)]
pub(super) struct CostArgs {
    /// Exchanges to measure
    #[arg(long, value_name = "N", default_value_t = 400, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    exchanges: u64,

    /// Ops up in each
    #[arg(long, value_name = "N", default_value_t = 31, value_parser = clap::value_parser!(u64).range(1..=5_000))]
    ops: u64,

    /// Records down in each
    #[arg(long, value_name = "N", default_value_t = 34, value_parser = clap::value_parser!(u64).range(0..=2_000))]
    down: u64,

    /// Leave out what the machine could do at best
    #[arg(long)]
    no_limits: bool,

    /// Seed of all that is drawn
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// Print the whole result as JSON in the last line
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Told {
    /// Packed by models, as on a weak link.
    cost: Cost,
    /// Packed by zstd, as on a good one.
    light: Cost,
    limits: Option<Limits>,
}

pub(super) fn run(args: &CostArgs) -> Result<(), Failure> {
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let options = CostOptions {
        ops: count(args.ops),
        down: count(args.down),
        ..CostOptions::standard(count(args.exchanges), args.seed)
    };
    let folder = tempfile::tempdir().map_err(|error| Failure::Broken(error.into()))?;
    let mut teller = Teller::new();
    let mut tell = |what: &str| teller.tell(|| what.to_owned());
    let mut measure = |packing, name: &str| {
        let options = CostOptions { packing, ..options };
        cost::measure(&folder.path().join(name), options, &mut tell)
    };
    let cost = measure(Packing::Modelled, "models")?;
    let light = measure(Packing::Light, "zstd")?;
    let limits = match args.no_limits {
        true => None,
        false => Some(cost::limits::measure(folder.path())?),
    };
    teller.end();
    for (name, cost) in [("models", &cost), ("zstd", &light)] {
        print_line(&format!("packed by {name}"))?;
        cost.lines().iter().try_for_each(|line| print_line(line))?;
    }
    if let Some(limits) = &limits {
        limits.lines().iter().try_for_each(|line| print_line(line))?;
    }
    if args.json {
        let told = Told { cost, light, limits };
        let json = serde_json::to_string(&told).map_err(|error| Failure::Broken(error.into()))?;
        print_line(&json)?;
    }
    Ok(())
}

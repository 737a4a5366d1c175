//! `otor-sim soak`: day after day with everything going wrong.

use super::failure::{Failure, print_line};
use super::progress::Teller;
use crate::soak::{self, Outcome, Plan, Size, Tally};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub(super) const EXAMPLES: &str = "\
Each seed draws a day: 20 phones, 600 ops, 80 exchanges, and its own mix and rates of faults of links, phones, server \
and disk; then everything heals, and all must have drained and agree within a bound. The same seed gives the same \
day, whatever the number of threads.

The first day that fails is made short and written as a trace file, with the command that replays it. The last line \
is a summary. A soak of many days fails, too, if some fault never happened.

Examples:
  otor-sim soak --seeds 0..1000
  otor-sim soak --minutes 60 --json
  otor-sim soak --seeds 17..18 --log day.log";

/// How many failed days are told of, at most; then the soak ends.
const FAILURES_MAX: usize = 20;
/// How many runs making a failed day short may take.
const SHRINK_TRIES: usize = 600;

/// What `soak` is given.
#[derive(clap::Args)]
pub(super) struct SoakArgs {
    /// The seeds: from A up to, but without, B
    #[arg(long, value_name = "A..B", value_parser = seeds, required_unless_present = "minutes")]
    seeds: Option<(u64, u64)>,

    /// For so long, from seed 0 on or those of --seeds
    #[arg(long, value_name = "N", value_parser = super::replay::positive)]
    minutes: Option<f64>,

    /// Small days: 5 phones, 90 ops, 30 exchanges
    #[arg(long)]
    small: bool,

    /// How many days at once; as many as there are cores, if left out
    #[arg(long, value_name = "N")]
    threads: Option<usize>,

    /// Write everything that happens on all days, in the order of seeds, to a file
    #[arg(long, value_name = "FILE", requires = "seeds")]
    log: Option<PathBuf>,

    /// Folder for the trace of the first day that fails
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,

    /// The summary as one line of JSON
    #[arg(long)]
    json: bool,
}

/// Reads `A..B`.
pub(super) fn seeds(text: &str) -> Result<(u64, u64), String> {
    let wrong = || format!("{text:?} is no range of seeds: write it like 0..1000");
    let (first, end) = text.split_once("..").ok_or_else(wrong)?;
    match (first.parse(), end.parse()) {
        (Ok(first), Ok(end)) if first < end => Ok((first, end)),
        _ => Err(wrong()),
    }
}

/// The last line.
#[derive(Serialize)]
struct Summary {
    ok: bool,
    days: u64,
    days_an_hour: u64,
    threads: usize,
    exchanges: u64,
    ops: u64,
    commits: u64,
    failed_seeds: Vec<u64>,
    never_happened: Vec<String>,
    coverage: BTreeMap<String, u64>,
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the outermost shell: it ends in time, and tells people how fast it is"
)]
fn now() -> Instant {
    Instant::now()
}

pub(super) fn run(args: &SoakArgs) -> Result<(), Failure> {
    let size = if args.small { Size::SMALL } else { Size::STANDARD };
    let options = soak::Options {
        size,
        log: args.log.is_some(),
    };
    let threads = args
        .threads
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let began = now();
    let time = args
        .minutes
        .map(|minutes| Duration::from_secs_f64(minutes * 60.0));
    let failures = std::sync::atomic::AtomicUsize::new(0);
    let goes_on = || {
        failures.load(std::sync::atomic::Ordering::Relaxed) < FAILURES_MAX
            && time.is_none_or(|time| now().duration_since(began) < time)
    };
    let mut teller = Teller::new();
    let mut logs = BTreeMap::new();
    let tally = soak::many(
        args.seeds.unwrap_or((0, u64::MAX)),
        threads,
        &options,
        &goes_on,
        &mut |outcome, tally| {
            if !outcome.failures.is_empty() {
                failures.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                teller.end();
                tell_failed(outcome);
            }
            if let Some(log) = &outcome.log {
                logs.insert(outcome.seed, log.clone());
            }
            teller.tell(|| {
                format!(
                    "{} days, {} an hour, {} failed",
                    tally.days,
                    an_hour(tally.days, now().duration_since(began)),
                    failures.load(std::sync::atomic::Ordering::Relaxed)
                )
            });
        },
    );
    teller.end();
    if let Some(path) = &args.log {
        let text: String = logs.into_values().collect();
        std::fs::write(path, text).map_err(|error| Failure::file("write", path, &error))?;
    }
    let days_an_hour = an_hour(tally.days, now().duration_since(began));
    if let Some(first) = tally.failed.first() {
        write_shrunk(first, &options, &args.out)?;
    }
    conclude(args, tally, (days_an_hour, threads))
}

fn an_hour(days: u64, took: Duration) -> u64 {
    // Both are far below what a float holds exactly; a negative rate there is none.
    (days as f64 * 3_600.0 / took.as_secs_f64().max(0.001)) as u64
}

fn tell_failed(outcome: &Outcome) {
    let mut out = std::io::stderr().lock();
    // Where standard error is gone, the summary and the status tell.
    let _ = writeln!(out, "seed {} failed:", outcome.seed);
    for failure in outcome.failures.iter().take(5) {
        let _ = writeln!(out, "  {failure}");
    }
}

/// Makes a failed day short, writes it, and says how to replay it.
fn write_shrunk(outcome: &Outcome, options: &soak::Options, folder: &Path) -> Result<(), Failure> {
    let (trace, before_healing) = Plan::of(outcome.seed, options.size).trace_and_healing();
    let options = soak::Options {
        log: false,
        ..*options
    };
    let short = soak::shrink(&trace, before_healing, outcome, &options, SHRINK_TRIES);
    let path = folder.join(format!("soak-{}.jsonl", outcome.seed));
    std::fs::write(&path, short.write()).map_err(|error| Failure::file("write", &path, &error))?;
    let mut out = std::io::stderr().lock();
    let _ = writeln!(
        out,
        "seed {}, made short from {} to {} steps: otor-sim replay {}",
        outcome.seed,
        trace.steps.len(),
        short.steps.len(),
        path.display()
    );
    Ok(())
}

fn conclude(args: &SoakArgs, tally: Tally, (days_an_hour, threads): (u64, usize)) -> Result<(), Failure> {
    let never_happened = if tally.days >= soak::SEEDS_ENOUGH && !args.small {
        soak::missing(&tally.coverage)
    } else {
        Vec::new()
    };
    let summary = Summary {
        ok: tally.failed.is_empty() && never_happened.is_empty(),
        days: tally.days,
        days_an_hour,
        threads,
        exchanges: tally.exchanges,
        ops: tally.ops,
        commits: tally.commits,
        failed_seeds: tally.failed.iter().map(|outcome| outcome.seed).collect(),
        never_happened,
        coverage: tally
            .coverage
            .iter()
            .map(|(name, times)| (name.to_owned(), times))
            .collect(),
    };
    if args.json {
        print_line(&serde_json::to_string(&summary).map_err(|error| Failure::Broken(error.into()))?)?;
    } else {
        for (name, times) in &summary.coverage {
            print_line(&format!("{times:>12}  {name}"))?;
        }
        for name in &summary.never_happened {
            print_line(&format!("       never  {name}"))?;
        }
        print_line(&format!(
            "{}: {} days ({} an hour on {} threads), {} exchanges, {} ops, {} commits, {} days failed",
            if summary.ok { "ok" } else { "FAILED" },
            summary.days,
            summary.days_an_hour,
            summary.threads,
            summary.exchanges,
            summary.ops,
            summary.commits,
            summary.failed_seeds.len()
        ))?;
    }
    if summary.ok { Ok(()) } else { Err(Failure::NotOk) }
}

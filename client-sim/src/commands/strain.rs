//! `otor-sim strain`: trials of a server of our own.

mod picture;

use super::failure::{Failure, print_line};
use super::progress::Teller;
use crate::in_process::child::{Launch, ServerChild};
use crate::storm::PHONES_MAX;
use crate::storm::trials::steady::SteadyOptions;
use crate::storm::trials::{Told, overload, starve, steady};
use clap::Subcommand;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const OVERLOAD_EXAMPLES: &str = "\
First so many arrive at once that it shows what the server can do; then lots of phones arrive at that rate, at twice \
and at three times that rate, and at that rate again. At three times as much it has to do four fifths of what it does \
at best, take no more than a quarter more memory, and lose no phone; else the exit status is 1.

Example:
  otor-sim strain overload --phones 40000";

const STARVE_EXAMPLES: &str = "\
Phones with a day's work arrive at two fifths of what the server can do: first alone, then while phones with 6,000 \
records take in all of them, one after the other, and everything is exported over and over. Their 99th of a hundred \
has to wait at most twice as long; else the exit status is 1.

Example:
  otor-sim strain starve --phones 5000";

const STEADY_EXAMPLES: &str = "\
Phones write and synchronise at random times, at a part of what they and the server come to on this machine. What is \
new is pulled every half minute, everything is exported every five minutes, checkpoints come of themselves, and in the \
middle the server ends in order, its table is folded again, and it starts. Memory, open files and disk are looked at \
every five seconds and drawn.

Example:
  otor-sim strain steady --minutes 30 --out docs/pictures/steady.svg";

/// The trials.
#[derive(Subcommand)]
pub(super) enum StrainCommand {
    /// Three times as many phones as the server can serve
    #[command(after_long_help = OVERLOAD_EXAMPLES)]
    Overload(PhonesArgs),
    /// Small exchanges beside large work
    #[command(after_long_help = STARVE_EXAMPLES)]
    Starve(PhonesArgs),
    /// A usual load for a long time
    #[command(after_long_help = STEADY_EXAMPLES)]
    Steady(SteadyArgs),
}

/// What `overload` and `starve` are given.
#[derive(clap::Args)]
pub(super) struct PhonesArgs {
    /// How many phones are prepared
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(100..=PHONES_MAX as u64))]
    phones: u64,

    #[command(flatten)]
    own: OwnArgs,
}

/// What `steady` is given.
#[derive(clap::Args)]
pub(super) struct SteadyArgs {
    /// For how long
    #[arg(long, value_name = "MINUTES", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=1_440))]
    minutes: u64,

    /// The part of what they can do, in hundredths
    #[arg(long, value_name = "PERCENT", default_value_t = 70, value_parser = clap::value_parser!(u64).range(1..=100))]
    load: u64,

    /// How many phones are at work; others come in their place
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(100..=PHONES_MAX as u64))]
    phones: u64,

    /// The picture that is drawn
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    #[command(flatten)]
    own: OwnArgs,
}

/// The server of our own.
#[derive(clap::Args)]
pub(super) struct OwnArgs {
    /// Where its folder lies, and stays; a temporary one without it
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,

    /// Seed of all that is drawn
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// Print the whole result as JSON in the last line
    #[arg(long)]
    json: bool,
}

/// A server of our own that has not started, and the folder it lies in unless it is to stay.
fn child(own: &OwnArgs) -> Result<(ServerChild, tempfile::TempDir), Failure> {
    let temporary = tempfile::tempdir().map_err(|error| Failure::Broken(error.into()))?;
    let data = own
        .data
        .clone()
        .unwrap_or_else(|| temporary.path().join("server"));
    let token = format!("strain-{:032x}", rand::random::<u128>());
    let child = ServerChild::new(Launch::own_executable()?, &data, &token);
    Ok((child, temporary))
}

pub(super) fn run(command: &StrainCommand) -> Result<(), Failure> {
    let teller = Mutex::new(Teller::new());
    let told: Told = Arc::new(move |line| {
        // Whoever finds it taken is told of anyway.
        if let Ok(mut teller) = teller.try_lock() {
            teller.tell(|| line);
        }
    });
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    match command {
        StrainCommand::Overload(args) => {
            let (child, _folder) = child(&args.own)?;
            let result = overload::run(child, count(args.phones), args.own.seed, &told)?;
            end(&result.lines(), &result, &args.own, result.ok)
        }
        StrainCommand::Starve(args) => {
            let (child, _folder) = child(&args.own)?;
            let result = starve::run(child, count(args.phones), args.own.seed, &told)?;
            end(&result.lines(), &result, &args.own, result.ok)
        }
        StrainCommand::Steady(args) => {
            let (child, _folder) = child(&args.own)?;
            let options = SteadyOptions {
                phones: count(args.phones),
                over: Duration::from_secs(args.minutes * 60),
                load: args.load as f64 / 100.0,
                seed: args.own.seed,
            };
            let result = steady::run(child, options, &told)?;
            if let Some(path) = &args.out {
                picture::draw(path, &result.samples)?;
            }
            end(&result.lines(), &result, &args.own, result.ok)
        }
    }
}

fn end(lines: &[String], result: &impl Serialize, own: &OwnArgs, ok: bool) -> Result<(), Failure> {
    lines.iter().try_for_each(|line| print_line(line))?;
    if own.json {
        let json = serde_json::to_string(result).map_err(|error| Failure::Broken(error.into()))?;
        print_line(&json)?;
    }
    if ok { Ok(()) } else { Err(Failure::NotOk) }
}

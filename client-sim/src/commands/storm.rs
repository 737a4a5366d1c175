//! `otor-sim storm`: many phones at once against a real server.

use super::failure::{Failure, print_line};
use super::progress::Teller;
use super::server::ServerArgs;
use crate::in_process::child::{Launch, ServerChild};
use crate::storm::{self, Options, PHONES_MAX, Stormed};
use otor_protocol::wire::Packing;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

pub(super) const EXAMPLES: &str = "\
Without --server one is started, in a process of its own, on a temporary folder that is made beforehand: phones \
enrolled, brought to the end of their feeds and their requests written. With --server all of that is done over HTTP. \
Then they arrive at random times, whatever \
the server does. Use a server for tests: places and people are added to it. What is not acknowledged, not there or \
not delivered at the end makes the exit status 1.

Examples:
  otor-sim storm --phones 2000 --ops 31 --over 20        some villages
  otor-sim storm --phones 67000 --ops 31 --over 300      a city at eight in the morning
  otor-sim storm --phones 67000 --over 300 --records 5000000   on a database that is full already
  otor-sim storm --phones 500 --ops 31 --over 5 --json   the last line is the result as JSON";

/// What `storm` is given.
#[derive(clap::Args)]
pub(super) struct StormArgs {
    /// How many phones arrive
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=PHONES_MAX as u64))]
    phones: u64,

    /// Ops that each brings
    #[arg(long, value_name = "K", default_value_t = 31, value_parser = clap::value_parser!(u64).range(1..=5_000))]
    ops: u64,

    /// Records that wait for each
    #[arg(long, value_name = "N", default_value_t = 34, value_parser = clap::value_parser!(u64).range(0..=2_000))]
    down: u64,

    /// Within how many seconds they arrive
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    over: u64,

    /// One phone in so many takes in all that comes to it, record by record
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..))]
    check_every: u64,

    /// Records of other grids that the database of a server of our own holds before
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with_all = ["server", "baseline"])]
    records: u64,

    #[command(flatten)]
    server: ServerArgs,

    /// Process of that server, if it is on this machine: its CPU and memory are told
    #[arg(long, value_name = "PID", requires = "server", help_heading = "Server")]
    server_pid: Option<u32>,

    /// Data folder of that server, if it is on this machine: what lies in it is told
    #[arg(long, value_name = "FOLDER", requires = "server", help_heading = "Server")]
    server_data: Option<PathBuf>,

    /// Storm the baseline instead, as the executable otor-baseline beside this one
    #[arg(long, conflicts_with = "server")]
    baseline: bool,

    /// Where the folder of a server of our own lies, and stays; a temporary one without it
    #[arg(long, value_name = "FOLDER", conflicts_with = "server")]
    data: Option<PathBuf>,

    /// How phones pack: by models, as on a weak link, or by zstd, as on a good one
    #[arg(long, value_enum, default_value_t = PackingArg::Zstd)]
    packing: PackingArg,

    /// Seed of all that is drawn
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// Print the whole result as JSON in the last line
    #[arg(long)]
    json: bool,
}

/// How phones pack.
#[derive(Clone, Copy, clap::ValueEnum)]
enum PackingArg {
    Models,
    Zstd,
}

pub(super) fn run(args: &StormArgs) -> Result<(), Failure> {
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let options = Options {
        phones: count(args.phones),
        ops: count(args.ops),
        down: count(args.down),
        over: Duration::from_secs(args.over),
        check_every: count(args.check_every),
        records: count(args.records),
        packing: match args.packing {
            PackingArg::Models => Packing::Modelled,
            PackingArg::Zstd => Packing::Light,
        },
        seed: args.seed,
    };
    let temporary = tempfile::tempdir().map_err(|error| Failure::Broken(error.into()))?;
    let stormed = match args.server.access()? {
        Some(access) => Stormed::Running {
            url: access.url,
            token: access.token,
            pid: args.server_pid,
            data: args.server_data.clone(),
        },
        None => {
            let data = args
                .data
                .clone()
                .unwrap_or_else(|| temporary.path().join("server"));
            let token = format!("storm-{:032x}", rand::random::<u128>());
            let own = Launch::own_executable()?;
            if args.baseline {
                let program = own.program.with_file_name("otor-baseline");
                let launch = Launch {
                    program,
                    arguments: Vec::new(),
                };
                Stormed::Baseline(Box::new(ServerChild::new(launch, &data, &token)))
            } else {
                Stormed::Own(Box::new(ServerChild::new(own, &data, &token)))
            }
        }
    };
    let teller = Mutex::new(Teller::new());
    let tell = move |line: String| {
        // Whoever finds it taken is told of anyway.
        if let Ok(mut teller) = teller.try_lock() {
            teller.tell(|| line);
        }
    };
    let result = storm::run(&options, stormed, tell)?;
    result.lines().iter().try_for_each(|line| print_line(line))?;
    if args.json {
        let json = serde_json::to_string(&result).map_err(|error| Failure::Broken(error.into()))?;
        print_line(&json)?;
    }
    if result.ok { Ok(()) } else { Err(Failure::NotOk) }
}

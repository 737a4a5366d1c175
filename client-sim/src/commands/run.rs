//! `otor-sim run`: phones against a running server for a time.

use super::failure::Failure;
use super::links::expect_known;
use super::progress::{Teller, clock};
use super::replay::{Destination, positive, tell};
use super::server::ServerArgs;
use crate::remote::{self, AckLog, Load, Options, Progress, ServerChoice};
use std::path::PathBuf;

pub(super) const EXAMPLES: &str = "\
Workers and grids of their own are added to the server, and a phone is enrolled for each; two phones share a grid. At \
the end all synchronise until they agree with the server, and everything is checked: use a server for tests.

Examples:
  otor-sim run --phones 50 --seconds 60 --server http://127.0.0.1:8340 --token-file token
  otor-sim run --phones 200 --seconds 3600 --link gprs_rural --speed 60 --server http://127.0.0.1:8340 --token T";

/// What `run` is given.
#[derive(clap::Args)]
pub(super) struct RunArgs {
    /// How many phones
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=29_600))]
    phones: u64,

    /// For how long they write, in seconds of the field's time
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,

    #[command(flatten)]
    server: ServerArgs,

    /// Their link; an ideal one without it
    #[arg(long, value_name = "PROFILE")]
    link: Option<String>,

    /// How many times as fast as real time the field's time runs
    #[arg(long, value_name = "N", default_value = "1", value_parser = positive)]
    speed: f64,

    /// Seconds between two writings of a phone
    #[arg(long, value_name = "S", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..))]
    write_every: u64,

    /// Seconds between two synchronisations of a phone
    #[arg(long, value_name = "S", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..))]
    sync_every: u64,

    /// Seed of all that is drawn
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// Append each acknowledgement that a phone receives to a file, before anything else happens: milliseconds since
    /// 1970, the actor, the number up to which it is acknowledged; `otor device list --json` shows the server's
    #[arg(long, value_name = "FILE")]
    ack_log: Option<PathBuf>,

    /// Write the report to a file instead
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

pub(super) fn run(args: &RunArgs) -> Result<(), Failure> {
    expect_known(args.link.as_deref())?;
    let needed = || Failure::Wrong("say which server: --server http://127.0.0.1:8340".into());
    let server = ServerChoice::Running(args.server.access()?.ok_or_else(needed)?);
    let options = Options {
        seed: args.seed,
        speed: args.speed,
        cuts_idleness: false,
        ..Options::new(server)
    };
    let load = Load {
        phones: usize::try_from(args.phones).unwrap_or(usize::MAX),
        seconds: args.seconds,
        link: args.link.clone(),
        write_every_s: args.write_every,
        sync_every_s: args.sync_every,
    };
    let destination = Destination::open(args.report.as_deref())?;
    let open = |path: &PathBuf| AckLog::open(path).map_err(|error| Failure::file("open", path, &error));
    let acks = args.ack_log.as_ref().map(open).transpose()?;
    let mut teller = Teller::new();
    let report = remote::run(options, &load, acks, &mut |progress: &Progress| {
        teller.tell(|| {
            let Progress {
                steps_done,
                steps,
                trace_ms,
                syncing,
            } = progress;
            format!(
                "{steps_done} of {steps} acts, {} in the field, {syncing} phones syncing",
                clock(*trace_ms)
            )
        });
    });
    teller.end();
    let report = report?;
    tell(&report);
    destination.write(&report)?;
    if report.ok && report.converged {
        Ok(())
    } else {
        Err(Failure::NotOk)
    }
}

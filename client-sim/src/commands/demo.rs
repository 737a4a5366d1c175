//! `otor-sim demo`: a county's day from end to end.

use super::failure::{Failure, print_line};
use crate::demo::{self, DemoOptions};
use std::io::Write;
use std::path::PathBuf;

pub(super) const EXAMPLES: &str = "\
A real server (this very program, as a child process) on a new folder; Wuyuan County's real areas; phones that write \
visits and reports offline and synchronise over real HTTP through emulated bad links; tasks from the centre. In the \
middle the server is killed with SIGKILL and started again. In the end every phone comes in, the merged records are \
pulled, and it is checked that nothing was lost, nothing doubled, and every phone agrees with the server.

Examples:
  otor-sim demo
  otor-sim demo --json --seed 7
  otor-sim demo --phones 100 --keep ./county";

/// What `demo` is given.
#[derive(clap::Args)]
pub(super) struct DemoArgs {
    /// Workers, one phone each
    #[arg(long, value_name = "N", default_value_t = 40, value_parser = clap::value_parser!(u16).range(4..=500))]
    phones: u16,

    /// Seed of all that is drawn
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// How many times as fast as in the field time runs
    #[arg(long, value_name = "N", default_value = "1200", value_parser = super::replay::positive)]
    speed: f64,

    /// Folder for the server's data and the pulled records, which must not be there yet; else a temporary one
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,

    /// Print the report as one line of JSON, last
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &DemoArgs) -> Result<(), Failure> {
    let folder = folder(args)?;
    let options = DemoOptions {
        phones: args.phones.into(),
        seed: args.seed,
        speed: args.speed,
        folder,
    };
    let outcome = demo::run(&options, &mut |line| {
        // Progress that cannot be shown is not missed.
        let _ = writeln!(std::io::stderr(), "· {line}");
    })?;
    if args.json {
        let json = serde_json::to_string(&outcome.report).map_err(|error| Failure::Broken(error.into()))?;
        super::replay::tell(&outcome.report);
        print_line(&json)?;
    } else {
        print_line(&demo::summary(&outcome)?)?;
        super::replay::tell(&outcome.report);
    }
    if outcome.report.ok {
        return Ok(());
    }
    let again = format!(
        "seed {}: otor-sim demo --phones {} --seed {} --speed {}",
        args.seed, args.phones, args.seed, args.speed
    );
    // Where standard error is gone, the status tells.
    let _ = writeln!(std::io::stderr(), "a check failed; to repeat it, {again}");
    Err(Failure::NotOk)
}

fn folder(args: &DemoArgs) -> Result<PathBuf, Failure> {
    match &args.keep {
        Some(path) if path.exists() => Err(Failure::Wrong(format!(
            "{} is there already: give a new folder",
            path.display()
        ))),
        Some(path) => {
            std::fs::create_dir_all(path).map_err(|error| Failure::file("make", path, &error))?;
            Ok(path.clone())
        }
        None => {
            let made = tempfile::Builder::new().prefix("otor-demo-").tempdir();
            Ok(made.map_err(|error| Failure::Broken(error.into()))?.keep())
        }
    }
}

//! `otor-sim replay`: a trace against a server in this process, one of our own, or a running one.

use super::failure::{Failure, print_line};
use super::progress::{Teller, clock};
use super::server::ServerArgs;
use crate::in_process::child::Launch;
use crate::link::recorded::{Opportunities, RecordedLink};
use crate::remote::{self, Progress, ServerChoice};
use crate::replay::report::Report;
use crate::trace::Trace;
use crate::world;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

pub(super) const EXAMPLES: &str = "\
Without --server and --spawn the server, the links and the phones live in this process under virtual time: the same \
trace and seed give the same run. With them everything goes over real HTTP in real time, --speed times as fast, \
and no two runs are quite alike.

The report is printed as one line of JSON, last; or goes to --report. Failed expectations are told on standard \
error, each with its line of the trace. The format of traces is described in client-sim/TRACE.md.

Examples:
  otor-sim replay day.jsonl
  otor-sim replay day.jsonl --statistics
  otor-sim replay month.jsonl --only-statistics
  otor-sim replay day.jsonl --spawn --speed 2000 --report report.json
  otor-sim replay day.jsonl --server http://127.0.0.1:8340 --token-file token";

/// Most lines told of where phones and server differ.
const DIFFERENCES_MAX: usize = 20;

/// What `replay` is given.
#[derive(clap::Args)]
pub(super) struct ReplayArgs {
    /// The trace, or - for standard input
    trace: PathBuf,

    #[command(flatten)]
    server: ServerArgs,

    /// Start a server of our own as a process: in a folder that is removed afterwards, or in --data
    #[arg(long, conflicts_with = "server", help_heading = "Server")]
    spawn: bool,

    /// Folder for the server of --spawn, in which none has run; kept afterwards
    #[arg(long, value_name = "DIR", requires = "spawn", help_heading = "Server")]
    data: Option<PathBuf>,

    /// How many times as fast as in the field time runs against a real server
    #[arg(long, value_name = "N", default_value = "600", value_parser = positive)]
    speed: f64,

    /// Let the server of --spawn and the phones go by the trace's time, so that days pass in which things are due
    #[arg(long, requires = "spawn", help_heading = "Server")]
    field_time: bool,

    /// Seed of all that is drawn; the trace's own if left out, or 1
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// A recorded link (mahimahi: a line is a millisecond at which 1,500 bytes may cross) from the phones to the
    /// server, in place of the rates and outages of their profiles; needs --recorded-down
    #[arg(long, value_name = "FILE", requires = "recorded_down", conflicts_with_all = ["spawn", "server"])]
    recorded_up: Option<PathBuf>,

    /// The same from the server to the phones
    #[arg(long, value_name = "FILE", requires = "recorded_up")]
    recorded_down: Option<PathBuf>,

    /// Hold the server's statistics, of many areas, periods and commits, against a count of its whole history
    #[arg(long, conflicts_with_all = ["spawn", "server"])]
    statistics: bool,

    /// The same, and hardly anything else: for a league's month, which would not fit into memory with all other checks
    #[arg(long, conflicts_with_all = ["spawn", "server", "statistics", "log"])]
    only_statistics: bool,

    /// Write everything that happens to a file, a line each
    #[arg(long, value_name = "FILE", conflicts_with_all = ["spawn", "server"])]
    log: Option<PathBuf>,

    /// Write the report to a file instead
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

impl ReplayArgs {
    fn seed_for(&self, trace: &Trace) -> u64 {
        self.seed.or(trace.seed).unwrap_or(1)
    }
}

/// A number above zero.
pub(super) fn positive(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| format!("{text:?} is not a number"))?;
    if number.is_finite() && number > 0.0 {
        Ok(number)
    } else {
        Err("give a number above 0".into())
    }
}

pub(super) fn run(args: &ReplayArgs) -> Result<(), Failure> {
    let trace = read_trace(&args.trace)?;
    let destination = Destination::open(args.report.as_deref())?;
    let report = match (args.server.access()?, args.spawn) {
        (Some(access), _) => against(&trace, args, ServerChoice::Running(access))?,
        (None, true) => spawned(&trace, args)?,
        (None, false) if args.only_statistics => {
            let options = world::Options {
                seed: args.seed_for(&trace),
                recording: recording(args)?,
                ..world::Options::default()
            };
            world::figures(trace, &options)?
        }
        (None, false) => {
            let options = world::Options {
                seed: args.seed_for(&trace),
                recording: recording(args)?,
                log: args.log.is_some(),
                statistics: args.statistics,
                ..world::Options::default()
            };
            let mut report = world::replay(&trace, &options)?;
            if let (Some(path), Some(log)) = (&args.log, report.log.take()) {
                std::fs::write(path, log).map_err(|error| Failure::file("write", path, &error))?;
            }
            report
        }
    };
    tell(&report);
    destination.write(&report)?;
    if report.ok { Ok(()) } else { Err(Failure::NotOk) }
}

fn recording(args: &ReplayArgs) -> Result<Option<RecordedLink>, Failure> {
    let (Some(up), Some(down)) = (&args.recorded_up, &args.recorded_down) else {
        return Ok(None);
    };
    let read = |path: &Path| {
        let text = std::fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?;
        Opportunities::parse(&text).map_err(|error| Failure::Wrong(format!("{}: {error}", path.display())))
    };
    Ok(Some(RecordedLink {
        up: read(up)?,
        down: read(down)?,
    }))
}

pub(super) fn read_trace(path: &Path) -> Result<Trace, Failure> {
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin()
            .read_to_string(&mut text)
            .map_err(|error| Failure::file("read", path, &error))?;
    } else {
        text = std::fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?;
    }
    Trace::parse(&text, &super::links::names())
        .map_err(|errors| Failure::Wrong(format!("{}:\n{errors}", path.display())))
}

fn spawned(trace: &Trace, args: &ReplayArgs) -> Result<Report, Failure> {
    let launch = Launch::own_executable()?;
    match &args.data {
        Some(data) => against(
            trace,
            args,
            ServerChoice::Spawned {
                data: data.clone(),
                launch,
            },
        ),
        None => {
            let folder = tempfile::tempdir().map_err(|error| Failure::Broken(error.into()))?;
            let data = folder.path().join("otor-data");
            against(trace, args, ServerChoice::Spawned { data, launch })
        }
    }
}

fn against(trace: &Trace, args: &ReplayArgs, server: ServerChoice) -> Result<Report, Failure> {
    remote::check_support(trace, &server).map_err(|unsupported| Failure::Wrong(unsupported.to_string()))?;
    let options = remote::Options {
        seed: args.seed_for(trace),
        speed: args.speed,
        field_epoch_ms: args.field_time.then_some(trace.epoch_ms),
        ..remote::Options::new(server)
    };
    let mut teller = Teller::new();
    let report = remote::replay(trace, options, &mut |progress: &Progress| {
        teller.tell(|| {
            let Progress {
                steps_done,
                steps,
                trace_ms,
                syncing,
            } = progress;
            format!(
                "{steps_done} of {steps} steps, {} in the field, {syncing} phones syncing",
                clock(*trace_ms)
            )
        });
    });
    teller.end();
    Ok(report?)
}

/// Tells people what is wrong; the report itself is for programs.
pub(super) fn tell(report: &Report) {
    let mut lines = report.failures.clone();
    if !report.converged {
        let differences = report.differences.len();
        lines.push(format!("phones and server differ in {differences} things"));
        lines.extend(report.differences.iter().take(DIFFERENCES_MAX).cloned());
    }
    let mut out = std::io::stderr().lock();
    for line in lines {
        // Where standard error is gone, the report and the status tell.
        let _ = writeln!(out, "{line}");
    }
}

/// Where a report goes: opened before the run, so that nothing has run for nothing.
pub(super) struct Destination(Option<(PathBuf, File)>);

impl Destination {
    /// A file, or the last line of standard output.
    pub fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else {
            return Ok(Destination(None));
        };
        let file = File::create(path).map_err(|error| Failure::file("write", path, &error))?;
        Ok(Destination(Some((path.to_owned(), file))))
    }

    /// Writes the report.
    pub fn write(self, report: &Report) -> Result<(), Failure> {
        let json = serde_json::to_string(report).map_err(|error| Failure::Broken(error.into()))?;
        match self.0 {
            None => print_line(&json),
            Some((path, mut file)) => {
                writeln!(file, "{json}").map_err(|error| Failure::file("write", &path, &error))
            }
        }
    }
}

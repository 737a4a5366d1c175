//! The demonstration: a county's field day over real HTTP and bad links, a real server that is killed in the
//! middle, and the merged records at the end, none lost, none doubled.

mod table;

pub use table::summary;

use crate::in_process::child::Launch;
use crate::remote::{Options, Runner, ServerChoice};
use crate::replay::centre::Centre;
use crate::replay::expect::by_id;
use crate::replay::report::Report;
use crate::trace::make::{Settings, make_with, read_areas};
use crate::trace::{AreaStep, Trace, What};
use anyhow::{Context, ensure};
use otor_protocol::ids::RecordId;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Wuyuan County's real areas (五原县); see `client-sim/data/README.md` for where they come from.
const AREAS: &str = include_str!("../../data/areas-wuyuan.csv");
/// Phones that are to be synchronising when the server is killed; fewer, the longer that does not come about.
const SYNCING_WHEN_KILLED: usize = 3;
/// How long they have been at it by then, in virtual time: long enough to have connected, too short to be done.
const INTO_SYNCS_MS: u64 = 1_500;
/// How long the server stays away, in virtual time.
const AWAY_MS: u64 = 3 * 60_000;
/// How long phones may take to drain in the end, in virtual time.
const SETTLE_MS: u64 = 48 * 3_600_000;

/// How likely a worker has a report that day, and gets a task: more than on an ordinary day, so that both are seen.
const REPORT_SHARE: f64 = 0.5;
const TASK_SHARE: f64 = 0.5;

/// How the demonstration is run.
#[derive(Clone, Debug, PartialEq)]
pub struct DemoOptions {
    /// Workers, one phone each.
    pub phones: usize,
    /// The seed of all that is drawn.
    pub seed: u64,
    /// How many times as fast as real time the field's time runs.
    pub speed: f64,
    /// Where the server's data and the pulled records go: a new folder.
    pub folder: PathBuf,
}

/// What the demonstration came to.
#[derive(Clone, Debug)]
pub struct DemoOutcome {
    /// The report of a replay, with the demonstration's own checks among its failures.
    pub report: Report,
    /// Phones that were synchronising when the server was killed.
    pub syncing_when_killed: usize,
    /// Ops acknowledged when it was killed.
    pub acked_when_killed: usize,
    /// The server's data.
    pub data: PathBuf,
    /// All merged records, one a line.
    pub pulled: PathBuf,
    /// The visits as a table.
    pub visits: PathBuf,
}

/// Runs the demonstration, telling what happens line by line.
///
/// # Errors
/// If the server does not start or answer, or a file cannot be written.
pub fn run(options: &DemoOptions, tell: &mut dyn FnMut(&str)) -> anyhow::Result<DemoOutcome> {
    let rows = read_areas(AREAS).map_err(|errors| anyhow::anyhow!("{errors}"))?;
    let settings = Settings {
        report_share: REPORT_SHARE,
        task_share: TASK_SHARE,
        ..Settings::ordinary(options.phones, 1, options.seed)
    };
    let trace = make_with(&rows, &settings)?;
    let data = options.folder.join("otor-data");
    let server = ServerChoice::Spawned {
        data: data.clone(),
        launch: Launch::own_executable()?,
    };
    let mut runner = Runner::new(Options {
        seed: options.seed,
        speed: options.speed,
        waits_for_syncs: false,
        ..Options::new(server)
    })?;
    tell("a server is up, on a new folder");
    let areas: Vec<AreaStep> = rows
        .iter()
        .map(|row| AreaStep {
            code: row.code.clone(),
            name: row.name.clone(),
            level: row.level.clone(),
        })
        .collect();
    runner.centre().areas(&areas)?;
    tell(&format!("{} areas of Wuyuan County (五原县) are in", areas.len()));
    let (syncing_when_killed, acked_when_killed) = field_day(&mut runner, &trace, tell)?;
    tell("the day is over: every phone comes in until all agree");
    if !runner.settle(SETTLE_MS)? {
        runner.note_failure("the phones and the server do not agree in the end".into());
    }
    let pulled = options.folder.join("records.ndjson");
    let visits = options.folder.join("visits.csv");
    pull(runner.centre(), "format=ndjson", &pulled)?;
    pull(runner.centre(), "format=csv&kind=visit", &visits)?;
    for failure in check_pulled(&mut runner, &pulled)? {
        runner.note_failure(failure);
    }
    let mut report = runner.report("demo")?;
    runner.stop_server().context("the server did not stop in order")?;
    report.ok = report.ok && report.converged && report.ops.acked == report.ops.written;
    Ok(DemoOutcome {
        report,
        syncing_when_killed,
        acked_when_killed,
        data,
        pulled,
        visits,
    })
}

/// The day, with the server killed in the middle of it. How many phones were synchronising then, and how many
/// ops were acknowledged.
fn field_day(
    runner: &mut Runner,
    trace: &Trace,
    tell: &mut dyn FnMut(&str),
) -> anyhow::Result<(usize, usize)> {
    let middle = trace
        .steps
        .iter()
        .filter(|step| matches!(step.what, What::Device { .. }))
        .count()
        / 2;
    let (mut left, mut device_steps, mut quarters) = (trace.steps.as_slice(), 0, 0);
    let mut killed: Option<(usize, usize)> = None;
    let mut enrolled = false;
    while let Some(next) = left.first() {
        if !enrolled && matches!(next.what, What::Device { .. }) {
            enrolled = true;
            tell(&format!(
                "{} phones are enrolled; the field day begins",
                runner.phones().count()
            ));
        }
        let done = runner.next_steps(left);
        device_steps += left[..done]
            .iter()
            .filter(|step| matches!(step.what, What::Device { .. }))
            .count();
        left = &left[done..];
        if device_steps * 4 / (middle * 2).max(1) > quarters {
            quarters += 1;
            let (written, unsent) = runner.ops();
            tell(&format!(
                "{} h in the field: {written} ops written, {unsent} still on phones",
                hours(runner)
            ));
        }
        // Past the middle, at the first moment when enough phones are at it; one less with every tenth of the day.
        let past_tenths = device_steps.saturating_sub(middle) * 5 / middle.max(1);
        let wanted = SYNCING_WHEN_KILLED.saturating_sub(past_tenths);
        if killed.is_none() && device_steps >= middle && runner.syncing() >= wanted {
            runner.pass(INTO_SYNCS_MS);
            let busy = runner.syncing();
            let (written, unsent) = runner.ops();
            runner.kill_server()?;
            killed = Some((busy, written - unsent));
            tell(&format!(
                "the server is killed (SIGKILL): {busy} phones were synchronising, {} ops acknowledged",
                written - unsent
            ));
            runner.pass(AWAY_MS);
            runner.start_server()?;
            tell("the server is up again, on the same folder");
        }
    }
    killed.context("the day was too short to kill the server in its middle")
}

fn hours(runner: &Runner) -> String {
    format!("{:.1}", runner.trace_ms() as f64 / 3_600_000.0)
}

fn pull(centre: &crate::remote::HttpCentre, query: &str, path: &Path) -> anyhow::Result<()> {
    let mut file = BufWriter::new(File::create(path).with_context(|| path.display().to_string())?);
    centre.pull_into(query, &mut file)?;
    file.flush()?;
    Ok(())
}

/// The pulled file against the records: each once.
fn check_pulled(runner: &mut Runner, path: &Path) -> anyhow::Result<Vec<String>> {
    let rows = by_id(runner.centre().rows()?);
    let mut seen = BTreeSet::new();
    let mut failures = Vec::new();
    for line in BufReader::new(File::open(path)?).lines() {
        let row: serde_json::Value = serde_json::from_str(&line?)?;
        let Some(id) = row.get("id").and_then(serde_json::Value::as_str) else {
            continue;
        };
        let id: RecordId = id.parse()?;
        if !seen.insert(id) {
            failures.push(format!("record {id} was pulled twice"));
        }
    }
    let missing = rows.keys().filter(|id| !seen.contains(id)).count();
    if missing > 0 {
        failures.push(format!("{missing} records are missing from the pulled file"));
    }
    ensure!(!seen.is_empty(), "the pulled file is empty");
    Ok(failures)
}

/// Counts of the merged records by kind, from the pulled file.
///
/// # Errors
/// If the file cannot be read.
pub fn kinds(pulled: &Path) -> anyhow::Result<std::collections::BTreeMap<String, u64>> {
    let mut kinds = std::collections::BTreeMap::new();
    for line in BufReader::new(File::open(pulled)?).lines() {
        let row: serde_json::Value = serde_json::from_str(&line?)?;
        if let Some(kind) = row.get("kind").and_then(serde_json::Value::as_str) {
            *kinds.entry(kind.to_string()).or_default() += 1;
        }
    }
    Ok(kinds)
}

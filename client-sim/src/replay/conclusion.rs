//! The end of a replay: the checks of what phones and server hold, and the report.

use super::book::Book;
use super::centre::{Centre, Inside, Row};
use super::coverage::Coverage;
use super::expect;
use super::report::{DeviceReport, Ops, Report, ServerReport};
use crate::check::{self, Checked, Watch, Written};
use crate::device::Statistics;
use crate::model::figures::{Counted, Question};
use otor_protocol::ids::{Dot, RecordId};
use otor_protocol::op::Facts;
use otor_protocol::record::Names;
use otor_protocol::replica::Storage;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What a replay has noted on its way.
pub struct Notes<'a> {
    /// The trace's name.
    pub trace: &'a str,
    /// The seed.
    pub seed: u64,
    /// Steps that failed, a line each.
    pub failures: &'a [String],
    /// What phones have made durable.
    pub written: &'a Written,
    /// Records that no phone of this replay created.
    pub others: &'a BTreeSet<RecordId>,
    /// Names.
    pub book: &'a Book,
    /// What was watched on the way, where it was.
    pub watch: Option<&'a Watch>,
    /// What did not hold of pulls, a line each.
    pub pulled: &'a [String],
}

/// Checks everything and reports. `traffic` has every phone by name.
///
/// # Errors
/// If the centre does not answer.
pub fn conclude<S: Storage>(
    notes: &Notes,
    centre: &mut dyn Centre,
    phones: &[Checked<S>],
    traffic: impl IntoIterator<Item = (String, Statistics)>,
) -> anyhow::Result<Report> {
    let written = notes.written;
    let rows = centre.rows()?;
    let through = centre.through()?;
    let held = centre.held()?;
    let server = ServerReport {
        commits: centre.commits()?,
        records: rows.len() as u64,
    };
    let inside = centre.inside()?;
    let mut others = notes.others.clone();
    if let Some(inside) = &inside {
        // The answer to the creation of a record may have been lost, where the server died over it.
        others.extend(inside.history.created_at_centre());
    }
    let mut doubled = check::doubled(&rows, written, &others);
    doubled.extend(check::twice(phones));
    let rows = expect::by_id(rows);
    let decided_again = decided_again(notes, inside.as_ref());
    let lost = check::lost(phones, written, &rows, &through, &decided_again);
    let mut differences = check::differences(phones, &rows, notes.book);
    differences.extend(check::scopes(phones, centre, notes.book.damaged())?);
    differences.extend(centre.disagreements()?);
    let told = inside.as_ref().map_or(&[][..], |inside| &inside.statistics);
    let mut coverage = figures_told(told);
    let figures = (!told.is_empty()).then(|| Figures::of(&coverage));
    let cases = inside
        .as_ref()
        .map(|inside| check::cases(phones, &inside.history, &rows));
    let (wrong_cases, cases_met) = cases.unwrap_or_default();
    coverage.absorb(&cases_met);
    let mut broken = broken(notes, inside, phones, &rows);
    broken.extend(wrong_cases.into_iter().map(|line| ("cases", line)));
    let names: BTreeSet<Dot> = written.ops().map(|(dot, _)| dot).collect();
    let acked = names
        .iter()
        .filter(|dot| through.get(&dot.actor) >= Some(&dot.seq))
        .count() as u64;
    let mut report = Report {
        trace: notes.trace.to_string(),
        ok: notes.failures.is_empty() && lost.is_empty() && doubled.is_empty() && broken.is_empty(),
        seed: notes.seed,
        failures: notes.failures.to_vec(),
        ops: Ops {
            written: written.count(),
            acked,
            quarantined: held.quarantined,
            parked: held.parked,
            lost: lost.len() as u64,
            duplicated: doubled.len() as u64,
        },
        converged: differences.is_empty(),
        server,
        differences,
        rows: rows.into_values().collect(),
        coverage,
        figures,
        ..Report::default()
    };
    let named = |checker: &'static str, lines: &[String]| {
        let named = |line: &String| (checker, line.clone());
        lines.iter().map(named).collect::<Vec<_>>()
    };
    report.broken = [
        named("lost", &lost),
        named("doubled", &doubled),
        named("converged", &report.differences),
        broken,
    ]
    .concat();
    let broken = report
        .broken
        .iter()
        .filter(|(checker, _)| *checker != "converged");
    report.failures.extend(broken.map(|(_, line)| line.clone()));
    for (device, traffic) in traffic {
        report.totals += traffic;
        report.devices.push(DeviceReport { device, traffic });
    }
    Ok(report)
}

/// What a server that came back from a backup has decided on ops: perhaps otherwise than before.
fn decided_again(notes: &Notes, inside: Option<&Inside>) -> BTreeMap<Dot, Facts> {
    let was_restored = notes.watch.is_some_and(Watch::was_restored);
    let inside = inside.filter(|_| was_restored);
    let ops = inside.into_iter().flat_map(|inside| inside.history.ops());
    ops.map(|(_, op)| (op.dot, op.facts)).collect()
}

/// Which figures were told at all, as `figure.` and `nought.`: agreeing on nothing but nought shows little.
pub fn figures_told(answers: &[(Question, Counted)]) -> Coverage {
    let mut coverage = Coverage::default();
    for ((statistic, _, measure), value) in answers.iter().flat_map(|(_, told)| told) {
        let is_nought = value.chars().all(|c| c == '0' || c == '.');
        let sort = if is_nought { "nought" } else { "figure" };
        coverage.hit(&format!("{sort}.{statistic}.{measure}"));
    }
    coverage
}

/// Which figures a run compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// How many answers, of all areas, periods, commits and parts.
    pub compared: u64,
    /// How many measures of statistics were more than nought somewhere, without their parts and wholes.
    pub measures: u64,
    /// Those that were nought everywhere.
    pub nought: Vec<String>,
}

impl Figures {
    /// What [`figures_told`] tells.
    pub fn of(told: &Coverage) -> Self {
        let of = |sort: &'static str| {
            let names = told
                .iter()
                .filter_map(move |(name, times)| Some((name.strip_prefix(sort)?, times)));
            names.collect::<BTreeMap<&str, u64>>()
        };
        let (more, nought) = (of("figure."), of("nought."));
        let nowhere = nought.keys().filter(|name| !more.contains_key(*name));
        Figures {
            compared: more.values().chain(nought.values()).sum(),
            measures: more.keys().filter(|name| !name.contains('/')).count() as u64,
            nought: nowhere.map(|name| (*name).to_owned()).collect(),
        }
    }
}

/// What does not hold of the invariants that need more than the API shows, each line with its checker.
fn broken<S: Storage>(
    notes: &Notes,
    inside: Option<Inside>,
    phones: &[Checked<S>],
    rows: &BTreeMap<RecordId, Row>,
) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let mut note = |checker: &'static str, lines: Vec<String>| {
        found.extend(lines.into_iter().map(|line| (checker, line)));
    };
    if let Some(inside) = inside {
        let history = &inside.history;
        note("merged", check::merged(history, rows));
        note("statuses", check::statuses(phones, history, rows));
        note("aside", check::aside(phones, history, &inside.held));
        note("journaled", check::journaled(history, notes.written));
        note("replayed", inside.unlike);
        note("statistics", check::statistics(history, &inside.statistics));
        if let Some(watch) = notes.watch {
            note("deadlines", check::deadlines(history, watch.passed_ms()));
            note("times", check::times(history, watch));
            note("unseen", watch.unfounded(history));
            note("meant", watch.astray(history, rows));
            let code_of = |person| notes.book.person_name(person);
            note("rights", check::rights(history, watch, code_of));
            note("delivered", check::delivered(phones, history, rows, watch));
        }
    }
    note("lists", check::lists(phones));
    note("pulled", notes.pulled.to_vec());
    if let Some(watch) = notes.watch {
        note("watched", watch.found().to_vec());
        note("mistaken", watch.mistaken(phones));
    }
    found
}

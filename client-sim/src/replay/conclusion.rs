//! The end of a replay: the checks of what phones and server hold, and the report.

use super::book::Book;
use super::centre::Centre;
use super::expect;
use super::report::{DeviceReport, Ops, Report, ServerReport};
use crate::check::{self, Checked, Written};
use crate::device::Statistics;
use otor_protocol::ids::{Dot, RecordId};
use otor_protocol::replica::Storage;
use std::collections::BTreeSet;

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
    let doubled = check::doubled(&rows, written, notes.others);
    let rows = expect::by_id(rows);
    let lost = check::lost(phones, written, &rows, &through);
    let mut differences = check::differences(phones, &rows, notes.book);
    differences.extend(check::scopes(phones, centre)?);
    differences.extend(centre.disagreements()?);
    let names: BTreeSet<Dot> = written.ops().map(|(dot, _)| dot).collect();
    let acked = names
        .iter()
        .filter(|dot| through.get(&dot.actor) >= Some(&dot.seq))
        .count() as u64;
    let mut report = Report {
        trace: notes.trace.to_string(),
        ok: notes.failures.is_empty() && lost.is_empty() && doubled.is_empty(),
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
        ..Report::default()
    };
    report.failures.extend(lost.into_iter().chain(doubled));
    for (device, traffic) in traffic {
        report.totals += traffic;
        report.devices.push(DeviceReport { device, traffic });
    }
    Ok(report)
}

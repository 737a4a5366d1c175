//! Replaying a trace of which only the statistics are looked at: a month of a league, which would not fit into memory
//! with everything that is watched, and checked at the end, of other runs.

use super::World;
use super::replay::{Options, play};
use super::steps::{Steps, created_on_phones};
use crate::check;
use crate::in_process::LocalCentre;
use crate::replay::centre::Centre;
use crate::replay::conclusion::{Figures, figures_told};
use crate::replay::report::{DeviceReport, Ops, Report, ServerReport};
use crate::trace::{Trace, What};
use std::collections::BTreeMap;

/// Replays a trace, and holds the server's statistics against a count of its whole history. Besides them only this is
/// seen to: expectations, that everything written has arrived, and that the phones created what the trace says.
///
/// # Errors
/// If the server does not start, or a step cannot be carried out at all.
pub fn figures(trace: Trace, options: &Options) -> anyhow::Result<Report> {
    let created = created_on_phones(&trace);
    let mut world = World::new(trace.epoch_ms, options.seed);
    world.unwatched = true;
    world.last_us = last_steps(&trace);
    let run = play(Steps::used_up(trace.steps), options, world)?;
    let (mut world, mut failures) = (run.world, run.failures);
    let now_ms = world.now_ms();
    world.server.start(now_ms)?;
    failures.extend_from_slice(world.server.unexplained());
    let mut report = Report {
        trace: trace.name,
        seed: options.seed,
        ..Report::default()
    };
    // Phones go before anything is counted: counting takes room of its own.
    for (device, station) in std::mem::take(&mut world.stations) {
        let unsent = station.phone.unsent().unwrap_or(0);
        if unsent > 0 {
            failures.push(format!("{device} has {unsent} unsent ops"));
        }
        let traffic = station.phone.statistics;
        world.gone.push(DeviceReport { device, traffic });
    }
    report.devices = std::mem::take(&mut world.gone);
    for phone in &report.devices {
        report.totals += phone.traffic;
    }
    let server = &mut world.server;
    let held = LocalCentre { server, now_ms }.held()?;
    let (history, told) = world.server.told()?;
    report.server = ServerReport {
        commits: history.commits.last().map_or(0, |commit| commit.number),
        records: check::creations(&history),
    };
    let coverage = std::mem::take(&mut world.coverage);
    drop(world);
    let arrived = history.ops().filter(|(_, op)| op.by_phone).count() as u64;
    let written = coverage.count("phone.wrote");
    failures.extend(check::created(&created, &history));
    report.ops = Ops {
        written,
        acked: arrived,
        quarantined: held.quarantined,
        parked: held.parked,
        lost: written.saturating_sub(arrived),
        duplicated: arrived.saturating_sub(written),
    };
    report.coverage = figures_told(&told);
    report.figures = Some(Figures::of(&report.coverage));
    let broken = check::statistics(&history, &told).into_iter();
    report.broken = broken.map(|line| ("statistics", line)).collect();
    failures.extend(report.broken.iter().map(|(_, line)| line.clone()));
    report.converged = true;
    report.ok = failures.is_empty() && written == arrived;
    report.failures = failures;
    Ok(report)
}

/// When each phone of a trace is to do something for the last time, in microseconds.
fn last_steps(trace: &Trace) -> BTreeMap<String, u64> {
    let mut last = BTreeMap::new();
    for step in &trace.steps {
        if let What::Device { device, .. } = &step.what {
            last.insert(device.clone(), step.at_ms.max(0) as u64 * 1_000);
        }
    }
    last
}

impl World {
    /// Lets a phone go that has nothing to do any more, where phones may: all of a league's would fill the memory.
    pub(super) fn let_go(&mut self, device: &str) {
        if self
            .last_us
            .get(device)
            .is_none_or(|last_us| *last_us > self.now_us)
        {
            return;
        }
        let has_ended = self.stations.get(device).is_some_and(|station| {
            let idle = station.attempt.is_none() && !station.until_done && station.again.is_none();
            idle && station.phone.unsent() == Some(0)
        });
        if !has_ended {
            return;
        }
        if let Some(station) = self.stations.remove(device) {
            let (device, traffic) = (device.to_owned(), station.phone.statistics);
            self.gone.push(DeviceReport { device, traffic });
        }
    }
}

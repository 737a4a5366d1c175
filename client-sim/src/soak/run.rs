//! One day: run and judged.

use super::plan::{Plan, Size};
use crate::replay::coverage::Coverage;
use crate::replay::report::{Ops, Report};
use crate::trace::{AdminAct, Step, Trace, What};
use crate::world;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Most differences between phones and server that are told of one day.
const DIFFERENCES_MAX: usize = 5;

/// How days are run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How much happens on each.
    pub size: Size,
    /// Whether outcomes have a log of everything that happened.
    pub log: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            size: Size::STANDARD,
            log: false,
        }
    }
}

/// What came of a day.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// What does not hold, a line each; none if all does.
    pub failures: Vec<String>,
    /// The same where a check noticed, each line with its name.
    pub broken: Vec<(&'static str, String)>,
    /// What really happened.
    pub coverage: Coverage,
    /// Everything that happened, if it was asked for.
    pub log: Option<String>,
    /// The phones' ops.
    pub ops: Ops,
    /// Requests that phones sent.
    pub exchanges: u64,
    /// Commits of the server.
    pub commits: u64,
}

/// The day of a seed.
pub fn run(seed: u64, options: &Options) -> Outcome {
    let plan = Plan::of(seed, options.size);
    run_trace(&plan.trace(), seed, options)
}

/// A day that is a trace already. A panic is a failure, too.
pub fn run_trace(trace: &Trace, seed: u64, options: &Options) -> Outcome {
    let replaying = world::Options {
        seed,
        log: options.log,
        statistics: supplies(trace),
        ..world::Options::default()
    };
    let failed = |why: String| Outcome {
        seed,
        failures: vec![why],
        ..Outcome::default()
    };
    match catch_unwind(AssertUnwindSafe(|| world::replay(trace, &replaying))) {
        Ok(Ok(report)) => judged(seed, report),
        Ok(Err(error)) => failed(format!("the day broke off: {error:#}")),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
            failed(format!("panicked: {}", text.unwrap_or_default()))
        }
    }
}

/// Whether figures are supplied on a day: then its statistics are held against a count, and these with them.
fn supplies(trace: &Trace) -> bool {
    let is_supply = |step: &Step| matches!(step.what, What::Admin(AdminAct::Supply(_)));
    trace.steps.iter().any(is_supply)
}

fn judged(seed: u64, report: Report) -> Outcome {
    let mut failures = report.failures;
    let mut coverage = report.coverage;
    if let Some(figures) = &report.figures {
        // Which ones they were is for days that are about statistics.
        coverage.leave_out(&["figure.", "nought."]);
        coverage.add("statistics.compared", figures.compared);
    }
    if !report.converged {
        failures.extend(report.differences.into_iter().take(DIFFERENCES_MAX));
    }
    Outcome {
        seed,
        failures,
        broken: report.broken,
        coverage,
        log: report.log,
        ops: report.ops,
        exchanges: report.totals.round_trips,
        commits: report.server.commits,
    }
}

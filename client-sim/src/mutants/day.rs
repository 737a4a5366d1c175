//! One day with a rule taken away.

use super::compete::compete;
use crate::soak::{self, Plan, Size};
use crate::trace::Trace;
use otor_protocol::mutation::{self, Mutation};
use std::collections::BTreeSet;

/// Where what does not hold is no check's of the end: a step that had to succeed, a server that stopped, a panic.
const ON_THE_WAY: &str = "on the way";

/// What becomes one moment on every other day, in milliseconds.
const CROWD_MS: i64 = 600_000;

/// What does not hold at the end of the day of a seed, each line with the check that noticed.
pub(super) fn broken(seed: u64, size: Size, taken_away: Option<Mutation>) -> Vec<(String, String)> {
    let options = soak::Options {
        size,
        ..soak::Options::default()
    };
    let mut trace = Plan::of(seed, size).trace();
    if seed % 4 >= 2 {
        compete(&mut trace);
    }
    if seed % 2 == 1 {
        crowd(&mut trace);
    }
    let outcome = mutation::with(taken_away, || soak::run_trace(&trace, seed, &options));
    let told: BTreeSet<&String> = outcome.broken.iter().map(|(_, line)| line).collect();
    let others = outcome.failures.iter().filter(|line| !told.contains(line));
    let others = others.map(|line| (ON_THE_WAY.to_owned(), line.clone()));
    let broken = outcome.broken.iter();
    broken
        .map(|(checker, line)| ((*checker).to_owned(), line.clone()))
        .chain(others)
        .collect()
}

/// Moves what happens within the same minutes to one moment: phones write at once, and several things at once.
fn crowd(trace: &mut Trace) {
    for step in &mut trace.steps {
        step.at_ms -= step.at_ms % CROWD_MS;
    }
}

//! One day with a rule taken away.

use super::Options;
use super::compete::compete;
use crate::soak::{self, Plan, Size};
use crate::trace::{Step, Trace};
use otor_protocol::mutation::{self, Mutation};
use std::collections::BTreeSet;

/// Where what does not hold is no check's of the end: a step that had to succeed, a server that stopped, a panic.
const ON_THE_WAY: &str = "on the way";

/// What becomes one moment on every other day, in milliseconds.
const CROWD_MS: i64 = 600_000;

/// The day of a seed, and how many of its steps come before everything heals.
fn drawn(seed: u64, size: Size) -> (Trace, usize) {
    let (mut trace, before_healing) = Plan::of(seed, size).trace_and_healing();
    let healing = trace.steps.len() - before_healing;
    if seed % 4 >= 2 {
        compete(&mut trace);
    }
    let before_healing = trace.steps.len() - healing;
    if seed % 2 == 1 {
        // When everything heals phones have to come one after the other, so that each hears of all.
        crowd(&mut trace.steps[..before_healing]);
    }
    (trace, before_healing)
}

/// The day of a seed that is not sound though nothing is taken away, made short in so many tries.
pub fn made_short(seed: u64, size: Size, tries: usize) -> Trace {
    let options = soak::Options {
        size,
        ..soak::Options::default()
    };
    let (trace, before_healing) = drawn(seed, size);
    let outcome = soak::run_trace(&trace, seed, &options);
    soak::shrink(&trace, before_healing, &outcome, &options, tries)
}

/// What does not hold at the end of the day of a seed, each line with the check that noticed.
pub(super) fn broken(options: &Options, seed: u64, taken_away: Option<Mutation>) -> Vec<(String, String)> {
    let size = options.size;
    let trace = match options.traces.is_empty() {
        true => drawn(seed, size).0,
        false => options.traces[seed as usize].clone(),
    };
    let options = soak::Options {
        size,
        ..soak::Options::default()
    };
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
fn crowd(steps: &mut [Step]) {
    for step in steps {
        step.at_ms -= step.at_ms % CROWD_MS;
    }
}

//! Makes the trace of a failed day short: steps are left out as long as it still fails in the same way.

use super::run::{Options, Outcome, run_trace};
use crate::trace::{Step, Trace};

/// A failure without what differs from run to run of shorter and shorter traces: numbers.
fn kind(failure: &str) -> String {
    let text =
        failure.split_once(": ").map_or(
            failure,
            |(line, rest)| {
                if line.starts_with("line ") { rest } else { failure }
            },
        );
    text.chars().filter(|c| !c.is_ascii_digit()).take(60).collect()
}

/// Leaves out of a failing trace what its failure does not need, in `tries` runs at most. The steps from
/// `fixed_from` on, which heal everything, stay; `fails` tells what fails.
pub fn shrink(trace: &Trace, fixed_from: usize, outcome: &Outcome, options: &Options, tries: usize) -> Trace {
    let Some(wanted) = outcome.failures.first().map(|failure| kind(failure)) else {
        return trace.clone();
    };
    let mut search = Search {
        fixed: trace.steps[fixed_from..].to_vec(),
        whole: trace.clone(),
        wanted,
        seed: outcome.seed,
        options: *options,
        tries,
    };
    let mut steps = trace.steps[..fixed_from].to_vec();
    search.without_phones(&mut steps);
    let mut size = steps.len().div_ceil(2);
    while size > 0 && search.tries > 0 {
        let before = steps.len();
        search.without_chunks(&mut steps, size);
        if steps.len() == before || size > steps.len() {
            size /= 2;
        }
    }
    search.of(&steps)
}

struct Search {
    whole: Trace,
    fixed: Vec<Step>,
    wanted: String,
    seed: u64,
    options: Options,
    tries: usize,
}

impl Search {
    /// The trace that begins with these steps, less what makes no sense without those that are left out.
    fn of(&self, steps: &[Step]) -> Trace {
        let steps = steps.iter().chain(&self.fixed).cloned().collect();
        let trace = Trace {
            steps,
            ..self.whole.clone()
        };
        trace.consistent()
    }

    fn fails(&mut self, steps: &[Step]) -> bool {
        if self.tries == 0 {
            return false;
        }
        self.tries -= 1;
        let outcome = run_trace(&self.of(steps), self.seed, &self.options);
        outcome
            .failures
            .iter()
            .any(|failure| kind(failure) == self.wanted)
    }

    /// Leaves out whole phones.
    fn without_phones(&mut self, steps: &mut Vec<Step>) {
        let mut phones: Vec<String> = steps
            .iter()
            .filter_map(|step| step.phone())
            .map(str::to_owned)
            .collect();
        phones.sort();
        phones.dedup();
        for phone in phones {
            let fewer: Vec<Step> = steps
                .iter()
                .filter(|step| step.phone() != Some(&phone))
                .cloned()
                .collect();
            if self.fails(&fewer) {
                *steps = fewer;
            }
        }
    }

    /// Leaves out so many steps at a time, from the end.
    fn without_chunks(&mut self, steps: &mut Vec<Step>, size: usize) {
        let mut end = steps.len();
        while end > 0 && self.tries > 0 {
            let start = end.saturating_sub(size);
            let fewer: Vec<Step> = [&steps[..start], &steps[end..]].concat();
            if self.fails(&fewer) {
                *steps = fewer;
            }
            end = start;
        }
    }
}

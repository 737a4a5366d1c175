//! Many days on several threads: each seed on one of them, from beginning to end.

use super::run::{Options, Outcome, run};
use crate::replay::coverage::Coverage;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;

/// What came of many days.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Days so far.
    pub days: u64,
    /// What really happened on all of them.
    pub coverage: Coverage,
    /// Ops that phones wrote.
    pub ops: u64,
    /// Requests that phones sent.
    pub exchanges: u64,
    /// Commits of the servers.
    pub commits: u64,
    /// Days that failed, by seed.
    pub failed: Vec<Outcome>,
}

impl Tally {
    fn add(&mut self, outcome: &Outcome) {
        self.days += 1;
        self.coverage.absorb(&outcome.coverage);
        self.ops += outcome.ops.written;
        self.exchanges += outcome.exchanges;
        self.commits += outcome.commits;
    }
}

/// Runs the days from seed `first` on, up to but without `end`, as long as `goes_on` says so. `tell` hears of each.
pub fn many(
    (first, end): (u64, u64),
    threads: usize,
    options: &Options,
    goes_on: &(dyn Fn() -> bool + Sync),
    tell: &mut dyn FnMut(&Outcome, &Tally),
) -> Tally {
    let next = AtomicU64::new(first);
    let mut tally = Tally::default();
    std::thread::scope(|scope| {
        let (sender, outcomes) = mpsc::channel();
        for _ in 0..threads.max(1) {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                while goes_on() {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    // Nobody listens any more only if the listener has panicked.
                    if seed >= end || sender.send(run(seed, options)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        for outcome in outcomes {
            tally.add(&outcome);
            tell(&outcome, &tally);
            if !outcome.failures.is_empty() {
                tally.failed.push(outcome);
            }
        }
    });
    tally.failed.sort_by_key(|outcome| outcome.seed);
    tally
}

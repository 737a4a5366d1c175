//! Does it catch anything? Each rule is taken away in turn, and days are run until a check notices.

mod compete;
mod day;
mod table;

pub use day::made_short;
pub use table::{line, table};

use crate::soak::Size;
use crate::trace::Trace;
use otor_protocol::mutation::Mutation;
use serde::Serialize;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// How mutations are tried.
#[derive(Clone, Debug)]
pub struct Options {
    /// The seeds of the days.
    pub seeds: Range<u64>,
    /// How much happens on each.
    pub size: Size,
    /// These days instead of drawn ones; the seeds are their places then.
    pub traces: Vec<Trace>,
    /// These only; all if there are none.
    pub only: Vec<Mutation>,
    /// Whether a mutation is done with once a day has caught it.
    pub first_only: bool,
    /// How many run at once.
    pub threads: usize,
}

/// What became of a mutation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tried {
    /// Its name; none for the days as they are, without one.
    pub mutation: Option<&'static str>,
    /// The rule it takes away.
    pub rule: &'static str,
    /// In how many days it was caught.
    pub caught: u64,
    /// In how many days it was tried.
    pub days: u64,
    /// The first seed that caught it.
    pub first_seed: Option<u64>,
    /// The checks that noticed.
    pub checkers: BTreeSet<String>,
    /// What was noticed first.
    pub line: String,
}

impl Tried {
    fn begin(mutation: Option<Mutation>) -> Self {
        Tried {
            mutation: mutation.map(Mutation::name),
            rule: mutation.map_or("", Mutation::rule),
            caught: 0,
            days: 0,
            first_seed: None,
            checkers: BTreeSet::new(),
            line: String::new(),
        }
    }

    /// Notes what did not hold on a day.
    fn take(&mut self, seed: u64, broken: Vec<(String, String)>) {
        self.days += 1;
        let Some((_, line)) = broken.first() else { return };
        self.caught += 1;
        if self.first_seed.is_none() {
            self.first_seed = Some(seed);
            self.line.clone_from(line);
        }
        self.checkers
            .extend(broken.into_iter().map(|(checker, _)| checker));
    }

    /// Whether it ended as it should: a mutation is caught, and days without one are sound.
    pub fn is_well(&self) -> bool {
        (self.caught > 0) == self.mutation.is_some()
    }
}

/// Runs the days as they are, and then, of those that are sound, with each rule taken away. `tell` hears of each that
/// is done.
pub fn run(options: &Options, tell: &(dyn Fn(&Tried) + Sync)) -> Vec<Tried> {
    let seeds: Vec<u64> = options.seeds.clone().collect();
    let days = at_once(options.threads, &seeds, |seed| {
        (*seed, day::broken(options, *seed, None))
    });
    let mut nothing = Tried::begin(None);
    let mut sound = Vec::new();
    for (seed, broken) in days {
        if broken.is_empty() {
            sound.push(seed);
        }
        nothing.take(seed, broken);
    }
    tell(&nothing);
    let named = match options.only.is_empty() {
        true => Mutation::ALL,
        false => &options.only,
    };
    let tried = at_once(options.threads, named, |mutation| {
        let tried = try_one(options, &sound, *mutation);
        tell(&tried);
        tried
    });
    std::iter::once(nothing).chain(tried).collect()
}

fn try_one(options: &Options, seeds: &[u64], mutation: Mutation) -> Tried {
    let mut tried = Tried::begin(Some(mutation));
    for seed in seeds {
        tried.take(*seed, day::broken(options, *seed, Some(mutation)));
        if options.first_only && tried.caught > 0 {
            break;
        }
    }
    tried
}

/// Does something with each on several threads; the results in order.
fn at_once<T: Sync, R: Send>(threads: usize, things: &[T], each: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(thing) = things.get(place) else {
                return done;
            };
            done.push((place, each(thing)));
        }
    };
    let mut done: Vec<(usize, R)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(work)).collect();
        // A day that panics has failed; its thread goes on.
        workers
            .into_iter()
            .filter_map(|worker| worker.join().ok())
            .flatten()
            .collect()
    });
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, result)| result).collect()
}

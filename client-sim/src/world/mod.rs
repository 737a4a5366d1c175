//! The whole system in virtual time: phones, their links and a server, in one thread, from one seed.
//!
//! Time moves from event to event; the same trace and seed give the same run, byte for byte.

mod at_server;
mod attempt;
mod figures;
mod office;
mod on_phone;
mod pulls;
mod replay;
mod station;
mod steps;
mod stray;
mod verdicts;
mod waiting;
mod watching;

pub use figures::figures;
pub use replay::{Options, batches, entries, replay};

use crate::check::Watch;
use crate::in_process::LocalServer;
use crate::replay::book::Book;
use crate::replay::coverage::Coverage;
use crate::replay::report::DeviceReport;
use station::Station;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use stray::Stray;

/// Between two looks for phones that are silent, microseconds.
const SILENCE_US: u64 = 3 * 3_600_000_000;

/// What is due at a moment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// A step of the trace, by its place.
    Step(usize),
    /// Something on the connection of a phone, if it is still the one of this number.
    Connection(String, u64),
    /// A phone tries again, if nothing has begun since.
    Retry(String, u64),
    /// A request that went astray, or its reply.
    Stray(u64),
}

/// Everything, at one moment.
pub(crate) struct World {
    /// Virtual time since the trace's epoch, microseconds.
    pub now_us: u64,
    /// The trace's epoch, milliseconds since the Unix epoch.
    pub epoch_ms: i64,
    pub server: LocalServer,
    pub stations: BTreeMap<String, Station>,
    pub book: Book,
    pub seed: u64,
    /// What watches the run, unless nothing does.
    pub watch: Watch,
    pub unwatched: bool,
    /// When each phone is to do something for the last time, microseconds, where it may go afterwards.
    pub last_us: BTreeMap<String, u64>,
    /// The phones that went.
    pub gone: Vec<DeviceReport>,
    /// What has really happened.
    pub coverage: Coverage,
    /// Everything that happens, a line each, if it is kept.
    pub log: Option<String>,
    /// Phones of which something may have been written, or numbered anew, since that was looked at.
    pub touched: BTreeSet<String>,
    /// When the server looks next whose phones are silent.
    silence_us: u64,
    /// Whether any phone was ever to wait: only then those who wait are looked for, commit after commit.
    pub waits: bool,
    /// The last commit that those who wait have heard of.
    seen: u64,
    strays: BTreeMap<u64, Stray>,
    next_stray: u64,
    queue: BinaryHeap<Reverse<(u64, u64, Due)>>,
    order: u64,
}

impl World {
    pub fn new(epoch_ms: i64, seed: u64) -> Self {
        World {
            now_us: 0,
            epoch_ms,
            server: LocalServer::new(seed),
            stations: BTreeMap::new(),
            book: Book::default(),
            seed,
            watch: Watch::default(),
            unwatched: false,
            last_us: BTreeMap::new(),
            gone: Vec::new(),
            coverage: Coverage::default(),
            log: None,
            touched: BTreeSet::new(),
            silence_us: SILENCE_US,
            waits: false,
            seen: 0,
            strays: BTreeMap::new(),
            next_stray: 0,
            queue: BinaryHeap::new(),
            order: 0,
        }
    }

    /// The true time, milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> i64 {
        // Virtual times are far below 2^63 µs.
        self.epoch_ms + (self.now_us / 1_000) as i64
    }

    /// Notes something for a moment, not before now. Things of one moment happen in the order they were noted.
    pub fn note(&mut self, at_us: u64, due: Due) {
        self.order += 1;
        self.queue
            .push(Reverse((at_us.max(self.now_us), self.order, due)));
    }

    /// Adds a line to the log, if one is kept.
    pub fn tell(&mut self, line: impl FnOnce() -> String) {
        if let Some(log) = &mut self.log {
            log.push_str(&format!("{} {}\n", self.now_us, line()));
        }
    }

    /// Lets the server write down what passes before the next thing happens, at its time. It may stop over that.
    pub fn pass_deadlines(&mut self) {
        let Some(Reverse((next_us, _, _))) = self.queue.peek() else {
            return;
        };
        let next_us = *next_us;
        self.look_for_silence();
        let mut last_ms = None;
        // What the server cannot write down stays due: it is not asked twice at one time.
        while let Some(due_ms) = self
            .server
            .next_due_ms()
            .filter(|due_ms| Some(*due_ms) != last_ms)
        {
            // It has passed a millisecond later.
            let at_us = u64::try_from(due_ms + 1 - self.epoch_ms).unwrap_or(0) * 1_000;
            if at_us > next_us {
                break;
            }
            self.now_us = self.now_us.max(at_us);
            let now_ms = self.now_ms();
            // Whether there was a reason for it is seen to by the server itself.
            if let Err(error) = self.server.pass_deadlines(now_ms) {
                self.tell(|| format!("what is due is not written down: {error:#}"));
                break;
            }
            self.coverage.hit("server.deadline");
            last_ms = Some(due_ms);
        }
        let next_ms = self.epoch_ms + (next_us / 1_000) as i64;
        if self.server.is_running() && self.server.next_due_ms().is_none_or(|due_ms| due_ms >= next_ms) {
            self.watch.has_passed(next_ms);
        }
    }

    /// Every few hours the server looks whose phones are silent.
    fn look_for_silence(&mut self) {
        if self.now_us < self.silence_us {
            return;
        }
        self.silence_us = self.now_us + SILENCE_US;
        let now_ms = self.now_ms();
        if let Err(error) = self.server.look_for_silence(now_ms) {
            self.tell(|| format!("it is not looked who is silent: {error:#}"));
        }
    }

    /// Moves time to the next thing that is due.
    pub fn next_due(&mut self) -> Option<Due> {
        let Reverse((at_us, _, due)) = self.queue.pop()?;
        self.now_us = at_us;
        Some(due)
    }
}

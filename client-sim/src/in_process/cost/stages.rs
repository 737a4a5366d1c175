//! Processor time by stage.

use cpu_time::{ProcessTime, ThreadTime};
use serde::Serialize;
use std::collections::BTreeMap;

/// A part of what the server does for an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Frames out of bytes: checksums, unpacking, messages, codes of frames.
    Decode,
    /// Who it is: keys, the hello's code, the signature, whether it is served.
    Verify,
    /// What becomes of each op, and what that does to the state.
    Decide,
    /// Writing the entry, and laying what it does over the state.
    Fold,
    /// The journal: writing, one fdatasync for a group, publishing.
    Journal,
    /// The reply, read from feeds, with nothing packed: not part of the sum.
    Feed,
    /// The reply as it goes out: feeds and packing.
    Reply,
    /// The table: the redo file and what sled does, all its threads.
    Checkpoint,
}

/// The processor time that each stage took, in seconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Stages(BTreeMap<Stage, f64>);

impl Stages {
    /// Does something and counts this thread's time for it.
    pub fn timed<T>(&mut self, stage: Stage, work: impl FnOnce() -> T) -> T {
        let begun = ThreadTime::try_now();
        let done = work();
        let took = begun.and_then(|begun| begun.try_elapsed()).unwrap_or_default();
        *self.0.entry(stage).or_default() += took.as_secs_f64();
        done
    }

    /// The same with the time of all threads.
    pub fn timed_in_process<T>(&mut self, stage: Stage, work: impl FnOnce() -> T) -> T {
        let begun = ProcessTime::try_now();
        let done = work();
        let took = begun.and_then(|begun| begun.try_elapsed()).unwrap_or_default();
        *self.0.entry(stage).or_default() += took.as_secs_f64();
        done
    }

    /// Milliseconds of a stage for each of `count`.
    pub fn ms_each(&self, stage: Stage, count: usize) -> f64 {
        self.0.get(&stage).copied().unwrap_or_default() * 1_000.0 / count.max(1) as f64
    }
}

//! Day after day with everything going wrong, each drawn from a seed, run in virtual time and checked.
//!
//! A seed draws a [`Plan`]: how much happens and which faults befall it how often. The plan gives a trace: first the
//! faults, then everything heals, and all must have drained and agree within a bound. A day that fails is a trace file
//! that fails.

mod day;
mod demands;
mod many;
pub mod plan;
mod run;
mod shrink;

pub use demands::{SEEDS_ENOUGH, missing};
pub use many::{Tally, many};
pub use plan::{Fault, Plan, Size, SyncFaults};
pub use run::{Options, Outcome, run, run_trace};
pub use shrink::shrink;

use crate::trace::Trace;

impl Plan {
    /// The day as a trace.
    pub fn trace(&self) -> Trace {
        day::trace(self).0
    }

    /// The day as a trace, and how many of its steps come before everything heals.
    pub fn trace_and_healing(&self) -> (Trace, usize) {
        day::trace(self)
    }
}

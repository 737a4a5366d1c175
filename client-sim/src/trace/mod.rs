//! Traces: a day in the field as data, read, checked, written and made up. `TRACE.md` describes the format.

mod admin;
mod check;
mod error;
mod expect;
mod fault;
mod format;
mod header;
mod line;
mod lists;
pub mod make;
mod matching;
mod step;
#[cfg(test)]
mod tests;

pub use admin::{
    Account, AdminAct, Assign, By, Erase, Find, Import, MergeAreas, MoveArea, MoveWorker, Muster, Pull,
    Release, Relocate, RetireArea, Revoke, SplitArea, Successor, Supply,
};
pub use error::{LineError, TraceErrors};
pub use expect::{DeviceCheck, Expect, RecordCheck, RecordsCheck};
pub use fault::{DieAt, DiskFault, Loss, Point, StorageFault, TableFault};
pub use lists::{ListsCheck, ReceiptCheck};
pub use matching::{fields_match, same};
pub use step::{
    AreaStep, Clock, Create, DeviceAct, Edit, Enrol, Event, Fields, LinkChange, Lists, ServerAct, Sync, What,
    WorkerStep,
};

/// A day (or a week) in the field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// What people call it.
    pub name: String,
    /// The moment its `at` counts from, in milliseconds since the Unix epoch.
    pub epoch_ms: i64,
    /// The seed it is replayed with, unless another one is asked for.
    pub seed: Option<u64>,
    /// What happens, in the order of `at_ms`; equal times keep the order of the file.
    pub steps: Vec<Step>,
}

/// One thing that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The line of the file it stands on, from 1 (the header's).
    pub line: usize,
    /// When, in milliseconds since the trace's epoch.
    pub at_ms: i64,
    /// Pass over the step if it cannot be carried out; else that is a failure.
    pub if_possible: bool,
    /// What.
    pub what: What,
}

impl Step {
    /// The phone that it enrols, or that it happens to.
    pub fn phone(&self) -> Option<&str> {
        match &self.what {
            What::Enrol(enrol) => Some(&enrol.device),
            What::Device { device, .. } => Some(device),
            _ => None,
        }
    }
}

impl Trace {
    /// Reads a trace and checks it whole: every key, name, reference and time.
    ///
    /// `known_links` are the names of the link profiles that a replay would have.
    ///
    /// ```
    /// use otor_sim::trace::Trace;
    /// let text = r#"{"otor_trace":1,"name":"short","epoch":"2026-03-02T08:00:00+08:00"}
    /// {"at":0,"worker":{"ref":"w1","name":"first","areas":["150821100201001"]}}"#;
    /// let errors = Trace::parse(text, &[]).unwrap_err();
    /// assert!(errors.to_string().starts_with("line 2: no area 150821100201001"));
    /// ```
    ///
    /// # Errors
    /// Everything that is wrong with it, by line.
    pub fn parse(text: &str, known_links: &[&str]) -> Result<Trace, TraceErrors> {
        format::parse(text, known_links)
    }

    /// The trace less the steps that make no sense after those before them.
    pub fn consistent(self) -> Trace {
        format::consistent(self)
    }

    /// The trace as text, one step a line, ending with a newline. Lines are numbered anew by reading it again.
    pub fn write(&self) -> String {
        format::write(self)
    }
}

//! Traces: a day in the field as data, read, checked, written and made up. `TRACE.md` describes the format.

mod admin;
mod check;
mod error;
mod expect;
mod format;
mod header;
mod line;
pub mod make;
mod matching;
mod step;
#[cfg(test)]
mod tests;

pub use admin::{
    AdminAct, Assign, MergeAreas, MoveArea, MoveWorker, Release, Relocate, RetireArea, Revoke, SplitArea,
    Successor,
};
pub use error::{LineError, TraceErrors};
pub use expect::{DeviceCheck, Expect, RecordCheck, RecordsCheck};
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
    /// What.
    pub what: What,
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

    /// The trace as text, one step a line, ending with a newline. Lines are numbered anew by reading it again.
    pub fn write(&self) -> String {
        format::write(self)
    }
}

//! The trace's own time for a real server and its phones: it is set ahead to each step, and on the way to whatever is due
//! before, which the server's own schedule has to write down.

use super::centre::HttpCentre;
use super::runner::Runner;
use crate::in_process::FieldClock;
use anyhow::{Context, ensure};
use serde_json::Value;
use std::time::Duration;

/// How long a server may take to write down what is due, and how often it is looked whether it has.
const PASSING_PATIENCE: Duration = Duration::from_secs(10);
const PASSING_LOOK: Duration = Duration::from_millis(20);

/// The field's time.
#[derive(Debug)]
pub(super) struct Field {
    epoch_ms: i64,
    pub(super) clock: FieldClock,
}

impl Field {
    /// It is the trace's epoch now, milliseconds since the Unix epoch.
    pub(super) fn beginning_at(epoch_ms: i64) -> Self {
        Field {
            epoch_ms,
            clock: FieldClock::at(epoch_ms),
        }
    }
}

/// The next thing that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Due {
    at_ms: i64,
    entry: Value,
}

impl HttpCentre {
    /// What is due next, up to a time, milliseconds since the Unix epoch.
    ///
    /// # Errors
    /// If the server does not answer, or not with a list of what is due.
    fn first_due(&self, until_ms: i64) -> anyhow::Result<Option<Due>> {
        let list = self.api.get(&format!("due?until={until_ms}"))?;
        let Some(entry) = list["due"].as_array().context("no list of what is due")?.first() else {
            return Ok(None);
        };
        let at = entry["at"].as_str().context("a deadline without a time")?;
        let at: jiff::Timestamp = at.parse().context("a deadline at no time")?;
        Ok(Some(Due {
            at_ms: at.as_millisecond(),
            entry: entry.clone(),
        }))
    }
}

impl Runner {
    /// It becomes the time of a step, for the server and the phones, if they go by the trace's; what is due before
    /// passes in its time.
    ///
    /// # Errors
    /// If the server does not write down what has passed.
    pub(super) fn time_passes_to(&mut self, at_ms: i64) -> anyhow::Result<()> {
        let Some(Field { epoch_ms, clock }) = &self.field else {
            return Ok(());
        };
        let (to_ms, clock) = (epoch_ms + at_ms, clock.clone());
        if self.server_runs() {
            // What is due at the very time of the step has not passed then.
            while let Some(due) = self.centre.first_due(to_ms - 1)? {
                if clock.set_ahead(due.at_ms + 1) {
                    self.tell_server_time()?;
                }
                let mut waited = Duration::ZERO;
                while self.centre.first_due(to_ms - 1)?.as_ref() == Some(&due) {
                    ensure!(
                        waited < PASSING_PATIENCE,
                        "{due:?} has passed, and is not written down"
                    );
                    std::thread::sleep(PASSING_LOOK);
                    waited += PASSING_LOOK;
                }
            }
        }
        if clock.set_ahead(to_ms) && self.server_runs() {
            self.tell_server_time()?;
        }
        Ok(())
    }

    fn tell_server_time(&mut self) -> anyhow::Result<()> {
        self.child.as_mut().map_or(Ok(()), |child| child.tell_time())
    }
}

//! What became of a stream over an emulated link, readable while it lives and after it has gone.

use std::sync::{Arc, Mutex, PoisonError};

use crate::link::EndCause;

/// What has become of a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamReport {
    /// Bytes delivered to the server.
    pub bytes_up: u64,
    /// Bytes delivered to the phone.
    pub bytes_down: u64,
    /// The link's time as far as the phone has come, in microseconds of virtual time.
    pub link_us: u64,
    /// Why the link ended the connection, if it did.
    pub cause: Option<EndCause>,
    /// The phone gave up because it heard nothing.
    pub silent: bool,
}

/// Where a stream's report may be read.
#[derive(Clone, Debug, Default)]
pub struct ReportHandle(Arc<Mutex<StreamReport>>);

impl ReportHandle {
    /// The report as it stands.
    pub fn read(&self) -> StreamReport {
        // A report is plain data, whole at any moment.
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces the report.
    pub(super) fn write(&self, report: StreamReport) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = report;
    }
}

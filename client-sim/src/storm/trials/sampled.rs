//! What a long time under a usual load came to.

use crate::storm::process::Stored;
use crate::storm::result::Latency;
use serde::Serialize;

/// What memory may grow in the second half, by its beginning.
const GROWTH: f64 = 1.3;

/// The server at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Sample {
    /// Seconds since the beginning.
    pub at_s: f64,
    /// Memory it held.
    pub rss_bytes: u64,
    /// Files and connections it had open.
    pub open_files: u64,
    /// What lay in its folder.
    pub stored: Stored,
    /// Exchanges so far.
    pub exchanges: u64,
}

/// What became of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Steady {
    /// Whether nothing failed, and memory and files stayed where they were in the second half.
    pub ok: bool,
    /// What is not as it should be.
    pub failures: Vec<String>,
    /// Exchanges a second that the server and these phones came to together.
    pub capacity_per_s: f64,
    /// Exchanges a second that were begun.
    pub offered_per_s: f64,
    /// Exchanges that ended well.
    pub exchanges: u64,
    /// Exchanges that could not begin, because no phone was free.
    pub missed: u64,
    /// Attempts without an answer or with a refusal.
    pub repeated: u64,
    /// From the moment at which a phone should have begun to its end.
    pub latency: Latency,
    /// Pulls and exports.
    pub pulls: u64,
    /// Exports of everything.
    pub exports: u64,
    /// Seconds without a server, while its table was folded again.
    pub rebuild_s: f64,
    /// The server, every few seconds.
    pub samples: Vec<Sample>,
}

/// Whether memory and open files stay where they are, from when the server was started anew.
pub(super) fn judge(samples: &[Sample]) -> Vec<String> {
    let second = &samples[samples.len() / 2..];
    let third = second.len() / 3;
    let mean = |part: &[Sample], of: fn(&Sample) -> u64| {
        part.iter().map(of).sum::<u64>() as f64 / part.len().max(1) as f64
    };
    let mut failures = Vec::new();
    let rss_bytes: fn(&Sample) -> u64 = |sample| sample.rss_bytes;
    let open_files: fn(&Sample) -> u64 = |sample| sample.open_files;
    for (what, of) in [("memory", rss_bytes), ("open files", open_files)] {
        // The first third of it is after a start: caches are empty.
        let (begin, end) = (
            mean(&second[third..third * 2], of),
            mean(&second[third * 2..], of),
        );
        if third > 0 && end > begin * GROWTH {
            failures.push(format!("{what} grew from {begin:.0} to {end:.0}"));
        }
    }
    failures
}

impl Steady {
    /// The result in lines for people.
    pub fn lines(&self) -> Vec<String> {
        let mib = |bytes: u64| bytes as f64 / 1024.0 / 1024.0;
        let last = self.samples.last().copied().unwrap_or_default();
        let most = self.samples.iter().map(|sample| sample.rss_bytes).max();
        let mut lines = vec![
            format!(
                "{:.0} exchanges/s at best, {:.0}/s offered: {} exchanges, {} attempts repeated, {} not begun",
                self.capacity_per_s, self.offered_per_s, self.exchanges, self.repeated, self.missed
            ),
            format!(
                "p50 {:.0} ms, p99 {:.0} ms",
                self.latency.p50_ms, self.latency.p99_ms
            ),
            format!(
                "{} pulls, {} exports; {:.1} s without a server while its table was folded again",
                self.pulls, self.exports, self.rebuild_s
            ),
            format!(
                "at the end {:.0} MiB of memory ({:.0} at most), {} files open, journal {:.0} MiB, table {:.0} MiB",
                mib(last.rss_bytes),
                mib(most.unwrap_or(0)),
                last.open_files,
                mib(last.stored.journal_bytes),
                mib(last.stored.table_bytes)
            ),
        ];
        let failures = self.failures.iter();
        lines.extend(failures.map(|failure| format!("NOT AS IT SHOULD BE: {failure}")));
        lines
    }
}

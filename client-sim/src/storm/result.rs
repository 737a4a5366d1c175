//! What a storm came to, for people and for programs.

use super::process::{Stored, Usage};
use super::watch::Watch;
use hdrhistogram::Histogram;
use serde::Serialize;

/// Quantiles of a latency, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Latency {
    /// Half are faster.
    pub p50_ms: f64,
    /// 95 of 100 are faster.
    pub p95_ms: f64,
    /// 99 of 100 are faster.
    pub p99_ms: f64,
    /// The slowest.
    pub max_ms: f64,
}

impl From<&Histogram<u64>> for Latency {
    fn from(times_us: &Histogram<u64>) -> Self {
        let ms = |quantile| times_us.value_at_quantile(quantile) as f64 / 1_000.0;
        Latency {
            p50_ms: ms(0.5),
            p95_ms: ms(0.95),
            p99_ms: ms(0.99),
            max_ms: times_us.max() as f64 / 1_000.0,
        }
    }
}

/// What a storm came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct StormResult {
    /// Whether every op of every phone was acknowledged, is on the server, and everything reached those who looked.
    pub ok: bool,
    /// What is not as it should be.
    pub failures: Vec<String>,
    /// Phones that arrived.
    pub phones: u64,
    /// Ops of each.
    pub ops_each: u64,
    /// Records that waited for each.
    pub down_each: u64,
    /// The time within which they arrived, in seconds.
    pub over_s: f64,
    /// What preparing took, in seconds.
    pub prepared_s: f64,
    /// From the first arrival until the last was acknowledged, in seconds.
    pub took_s: f64,
    /// Phones that were acknowledged.
    pub acknowledged: u64,
    /// Acknowledged ops a second, from the first arrival to the last acknowledgement.
    pub ops_per_s: f64,
    /// Acknowledged phones in the fullest ten seconds, a second.
    pub peak_exchanges_per_s: f64,
    /// From arrival to durable acknowledgement, waits after refusals among it.
    pub latency: Latency,
    /// The same of the attempt that was let in alone.
    pub admitted: Latency,
    /// Attempts that were told to come again.
    pub refused: u64,
    /// Connections that failed and were made again.
    pub reconnected: u64,
    /// Phones that looked at all that came to them.
    pub looked_closely: u64,
    /// Processor seconds of the server.
    pub server_cpu_s: f64,
    /// The same for each acknowledged exchange, in milliseconds.
    pub server_cpu_ms_each: f64,
    /// Processor seconds of the phones' side, for this machine's other half.
    pub phones_cpu_s: f64,
    /// Most memory the server held during the storm, in bytes.
    pub server_rss_peak_bytes: u64,
    /// Most files and connections it had open.
    pub server_open_files_peak: u64,
    /// Bytes of the phones' requests, HTTP heads left out.
    pub bytes_up: u64,
    /// Bytes of the replies.
    pub bytes_down: u64,
    /// fdatasyncs of the journal.
    pub journal_syncs: u64,
    /// Bytes the server had written to disks.
    pub written_bytes: u64,
    /// What lay in its folder before the storm.
    pub stored_before: Stored,
    /// What lay there after it, once the server had ended in order and checkpointed.
    pub stored_after: Stored,
    /// Records on the server, at the end.
    pub records: u64,
    /// All bytes of the folder for each of them.
    pub bytes_per_record: f64,
}

/// The server's process watched from outside.
pub(super) struct Seen {
    pub pid: Option<u32>,
    pub before: Usage,
    pub peak: Usage,
}

impl Seen {
    pub fn begin(pid: Option<u32>) -> Self {
        let before = pid.and_then(Usage::of).unwrap_or_default();
        Seen {
            pid,
            before,
            peak: before,
        }
    }

    pub fn look(&mut self) -> Usage {
        let now = self.pid.and_then(Usage::of).unwrap_or_default();
        self.peak.rss_bytes = self.peak.rss_bytes.max(now.rss_bytes);
        self.peak.open_files = self.peak.open_files.max(now.open_files);
        now
    }
}

/// The most phones that were acknowledged in ten seconds on end, a second.
pub(super) fn peak_per_s(by_second: &[u32]) -> f64 {
    const WINDOW: usize = 10;
    let sums = by_second
        .windows(WINDOW.min(by_second.len()).max(1))
        .map(|window| window.iter().sum::<u32>() as f64 / window.len() as f64);
    sums.fold(0.0, f64::max)
}

/// How long something took, in seconds.
pub(super) fn seconds(watch: Watch) -> f64 {
    watch.elapsed().as_secs_f64()
}

impl StormResult {
    /// The result in lines for people.
    pub fn lines(&self) -> Vec<String> {
        let latency = |told: &Latency| {
            format!(
                "p50 {:.0} ms, p95 {:.0} ms, p99 {:.0} ms, max {:.0} ms",
                told.p50_ms, told.p95_ms, told.p99_ms, told.max_ms
            )
        };
        let mib = |bytes: u64| bytes as f64 / 1024.0 / 1024.0;
        let each = |bytes: u64| bytes as f64 / self.acknowledged.max(1) as f64;
        let mut lines = vec![
            format!(
                "{} phones with {} ops each arrived within {:.0} s; prepared in {:.0} s",
                self.phones, self.ops_each, self.over_s, self.prepared_s
            ),
            format!(
                "acknowledged    {} phones in {:.1} s: {:.0} ops/s; {:.0} exchanges/s at the peak",
                self.acknowledged, self.took_s, self.ops_per_s, self.peak_exchanges_per_s
            ),
            format!("from arrival    {}", latency(&self.latency)),
            format!("once let in     {}", latency(&self.admitted)),
            format!(
                "refused         {}; connections made again: {}",
                self.refused, self.reconnected
            ),
            format!(
                "server          {:.1} s of CPU ({:.2} ms an exchange), {:.0} MiB at most, {} files open at most",
                self.server_cpu_s,
                self.server_cpu_ms_each,
                mib(self.server_rss_peak_bytes),
                self.server_open_files_peak
            ),
            format!("phones          {:.1} s of CPU", self.phones_cpu_s),
            format!(
                "bytes           {:.0} up, {:.0} down an exchange",
                each(self.bytes_up),
                each(self.bytes_down)
            ),
            format!(
                "disk            {} fdatasyncs of the journal, {:.1} MiB written",
                self.journal_syncs,
                mib(self.written_bytes)
            ),
            format!(
                "stored          journal {:.1} MiB, table {:.1} MiB, all {:.1} MiB; {:.0} bytes for each of {} records",
                mib(self.stored_after.journal_bytes),
                mib(self.stored_after.table_bytes),
                mib(self.stored_after.all_bytes),
                self.bytes_per_record,
                self.records
            ),
            format!(
                "looked closely  {} phones took in every record that came to them",
                self.looked_closely
            ),
        ];
        lines.extend(
            self.failures
                .iter()
                .map(|failure| format!("NOT AS IT SHOULD BE: {failure}")),
        );
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_of_ten_seconds_on_end_and_of_all_where_there_are_fewer() {
        assert_eq!(peak_per_s(&[]), 0.0);
        assert_eq!(peak_per_s(&[4, 6]), 5.0);
        let mut seconds = vec![1; 30];
        seconds[10..20].fill(7);
        assert_eq!(peak_per_s(&seconds), 7.0);
    }
}

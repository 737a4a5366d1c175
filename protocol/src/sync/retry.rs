//! When a phone tries again: full-jitter backoff, reset by progress.

/// First bound of the delay.
pub const BASE_MS: u64 = 1_000;
/// Greatest bound of the delay while the app is in the foreground.
pub const CAP_MS: u64 = 60_000;

/// How many attempts have failed since the last progress.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retry {
    failures: u32,
}

impl Retry {
    /// An attempt brought progress (an acknowledged frame, an applied change).
    pub fn progressed(&mut self) {
        self.failures = 0;
    }

    /// An attempt failed. How long to wait, in milliseconds: `jitter` (from 0 to 1, drawn afresh) of a bound
    /// that doubles with every failure, but at least what the server asked for.
    pub fn failed(&mut self, jitter: f64, retry_after_ms: Option<u64>) -> u64 {
        let bound = BASE_MS.saturating_mul(1 << self.failures.min(16)).min(CAP_MS);
        self.failures = self.failures.saturating_add(1);
        let delay = (bound as f64 * jitter.clamp(0.0, 1.0)) as u64;
        delay.max(retry_after_ms.unwrap_or(0))
    }
}

//! The only place of a storm that reads clocks.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A stopwatch.
#[derive(Clone, Copy, Debug)]
pub struct Watch(Instant);

impl Watch {
    /// Begins to run.
    #[expect(
        clippy::disallowed_methods,
        reason = "a storm measures real time; nothing that is tested for order depends on it"
    )]
    pub fn start() -> Self {
        Watch(Instant::now())
    }

    /// How long it has run.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }

    /// When this much of it will have passed, for a timer.
    pub fn at(self, after: Duration) -> tokio::time::Instant {
        tokio::time::Instant::from_std(self.0 + after)
    }
}

/// What this machine's clock shows: milliseconds since the Unix epoch.
#[expect(
    clippy::disallowed_methods,
    reason = "phones of a storm live in real time, as the server does"
)]
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

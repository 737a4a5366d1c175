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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bound_doubles_from_a_second_to_a_minute_and_progress_sets_it_back() {
        let mut retry = Retry::default();
        let bounds: Vec<u64> = (0..9).map(|_| retry.failed(1.0, None)).collect();
        let doubled = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000];
        assert_eq!(bounds, doubled);
        retry.progressed();
        assert_eq!(retry.failed(1.0, None), 1_000);
    }

    #[test]
    fn jitter_is_full() {
        let mut retry = Retry::default();
        (0..6).for_each(|_| {
            retry.failed(0.5, None);
        });
        assert_eq!(retry.failed(0.0, None), 0);
        assert_eq!(retry.failed(0.25, None), 15_000);
    }

    proptest! {
        #[test]
        fn what_the_server_asks_for_is_waited_at_least(
            jitters in proptest::collection::vec(0.0f64..=1.0, 1..30),
            asked_ms in 0u64..1_000_000,
        ) {
            let mut retry = Retry::default();
            for jitter in jitters {
                let wait_ms = retry.failed(jitter, Some(asked_ms));
                prop_assert!(wait_ms >= asked_ms && wait_ms <= asked_ms.max(CAP_MS));
            }
        }
    }
}

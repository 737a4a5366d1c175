//! The field's time for phones and a server in processes of their own: set ahead as a trace goes on, and running like the
//! machine's clock in between.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// A clock that is told the time and runs on from there. Copies are one clock.
#[derive(Clone, Debug)]
pub struct FieldClock {
    ahead_ms: Arc<AtomicI64>,
}

impl FieldClock {
    /// A clock that shows `now_at_ms` (milliseconds since the Unix epoch) now.
    pub fn at(now_at_ms: i64) -> Self {
        let ahead_ms = Arc::new(AtomicI64::new(now_at_ms.saturating_sub(machine_ms())));
        FieldClock { ahead_ms }
    }

    /// What it shows, milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> i64 {
        machine_ms().saturating_add(self.ahead_ms.load(Ordering::Relaxed))
    }

    /// Sets it ahead to a time; one that it has passed already changes nothing. Whether it was set.
    pub fn set_ahead(&self, to_ms: i64) -> bool {
        let left_ms = to_ms.saturating_sub(self.now_ms());
        if left_ms > 0 {
            self.ahead_ms.fetch_add(left_ms, Ordering::Relaxed);
        }
        left_ms > 0
    }
}

fn machine_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_set_ahead_and_never_back() {
        let clock = FieldClock::at(1_000_000);
        assert!(clock.set_ahead(9_000_000));
        let before = clock.now_ms();
        assert!((9_000_000..9_100_000).contains(&before));
        assert!(!clock.set_ahead(8_000_000));
        assert!(clock.now_ms() >= before);
    }
}

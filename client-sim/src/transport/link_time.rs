//! The time of one connection's link: virtual time that stands still while nothing is under way.
//!
//! A server (and the phone's own process) works in real time, which a fast run would multiply: at 600 times the
//! speed, a reply after 20 ms would come after 12 s of virtual time, longer than some links stay up. So the
//! link's time runs only while bytes are under way on it, and stands from the moment the last of them has
//! arrived until something is sent. What an exchange meets on its link hardly depends on the speed then.

use super::pace::Pace;

/// The time of one link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkTime {
    /// It runs, behind the pace's time by so many microseconds.
    Running {
        /// How far behind.
        behind_us: u64,
    },
    /// It stands, in microseconds of virtual time.
    Standing {
        /// Where.
        at_us: u64,
    },
}

impl LinkTime {
    /// The link's time now.
    pub fn now_us(self, pace: &Pace) -> u64 {
        match self {
            Self::Running { behind_us } => pace.now_us().saturating_sub(behind_us),
            Self::Standing { at_us } => at_us,
        }
    }

    /// Whether it stands.
    pub fn stands(self) -> bool {
        matches!(self, Self::Standing { .. })
    }

    /// Time stands at `at_us` from now on.
    pub fn stand(&mut self, at_us: u64) {
        *self = Self::Standing { at_us };
    }

    /// Time runs on from where it stood.
    pub fn run(&mut self, pace: &Pace) {
        if let Self::Standing { at_us } = *self {
            *self = Self::Running {
                behind_us: pace.now_us().saturating_sub(at_us),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn time_that_stood_runs_on_from_where_it_stood() {
        let now_us = Arc::new(AtomicU64::new(100));
        let told = Arc::clone(&now_us);
        let pace = Pace::new(
            Arc::new(move || told.load(Ordering::Relaxed)),
            Arc::new(|| 0),
            1.0,
        );
        let mut time = LinkTime::Standing { at_us: 70 };
        now_us.store(500, Ordering::Relaxed);
        assert!(time.stands());
        assert_eq!(time.now_us(&pace), 70);
        time.run(&pace);
        time.run(&pace);
        now_us.store(510, Ordering::Relaxed);
        assert_eq!(time.now_us(&pace), 80);
        time.stand(75);
        assert_eq!(time.now_us(&pace), 75);
    }
}

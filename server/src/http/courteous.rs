//! Reads of what is long: after each, the processor is offered to whatever has become ready meanwhile.
//!
//! A thread that stands back still keeps its processor for some milliseconds when something short becomes ready, which has
//! to wait for it at each of its steps. Offered, it is given up at once. Where everything else wants the processors for
//! long, whoever offers gets hardly anything; so that ends after a while, and the thread takes its small share.

use crate::store::engine::{Row, Snapshot, View, ViewError};
use std::thread::yield_now;
use std::time::Duration;
use tokio::time::Instant;

/// For how long the processor is offered while one piece is made.
const OFFERED_FOR: Duration = Duration::from_millis(5);

/// How long one piece still offers its processor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Courtesy {
    until: Instant,
}

impl Courtesy {
    /// For a piece that begins now.
    pub fn begin() -> Self {
        Courtesy {
            until: Instant::now() + OFFERED_FOR,
        }
    }

    /// A snapshot that is read so.
    pub fn over<'a>(self, snapshot: &'a Snapshot<'a>) -> Courteous<'a> {
        Courteous {
            snapshot,
            courtesy: self,
        }
    }

    /// Whether it was offered.
    fn offer(self) -> bool {
        let is_offered = Instant::now() < self.until;
        if is_offered {
            yield_now();
        }
        is_offered
    }
}

/// A snapshot after each read of which the processor is offered, for a while.
pub(super) struct Courteous<'a> {
    snapshot: &'a Snapshot<'a>,
    courtesy: Courtesy,
}

impl View for Courteous<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, ViewError> {
        let found = self.snapshot.get(key);
        self.courtesy.offer();
        found
    }

    fn range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Row>, ViewError> {
        let found = self.snapshot.range(from, to, limit);
        self.courtesy.offer();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_server::TestServer;

    #[test]
    fn the_processor_is_offered_for_a_while_and_no_longer() {
        let begun = Courtesy::begin();
        assert!(begun.until <= Instant::now() + OFFERED_FOR);
        let later = Instant::now() + Duration::from_secs(3_600);
        assert!(Courtesy { until: later }.offer());
        assert!(
            !Courtesy {
                until: Instant::now()
            }
            .offer()
        );
    }

    #[test]
    fn what_is_read_is_the_same() {
        let reader = TestServer::new().reader();
        let snapshot = reader.snapshot();
        let rows = snapshot.range(&[], &[0xff], usize::MAX).unwrap();
        let courteous = Courtesy::begin().over(&snapshot);
        assert_eq!(courteous.range(&[], &[0xff], usize::MAX).unwrap(), rows);
        assert!(!rows.is_empty());
        for (key, value) in rows {
            assert_eq!(courteous.get(&key).unwrap(), Some(value));
        }
    }
}

//! What a phone's synchronising cost, as the report of a replay tells it.

use std::iter::Sum;
use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

/// Counts of one phone, or their sum over several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statistics {
    /// Tries to synchronise that somebody asked for; one that keeps trying until done counts once.
    pub syncs: u64,
    /// Requests sent over a connection, answered or not.
    pub round_trips: u64,
    /// TCP connections that came about.
    pub connections: u64,
    /// Bytes that crossed the TCP connections to the server: HTTP heads included, TLS excluded.
    pub bytes_up: u64,
    /// Bytes that crossed them to the phone, likewise.
    pub bytes_down: u64,
    /// Of both, bytes in vain: bytes of ops that had crossed in an earlier attempt, and bytes of frames of a
    /// reply that was cut before the frame was complete, which have to come again.
    pub bytes_resent: u64,
    /// Time on the link, in milliseconds of virtual time: from asking for a connection to the end of the
    /// attempt; waits between attempts left out, and over real HTTP the server's working time too.
    pub virtual_ms: u64,
}

impl AddAssign for Statistics {
    fn add_assign(&mut self, more: Self) {
        self.syncs += more.syncs;
        self.round_trips += more.round_trips;
        self.connections += more.connections;
        self.bytes_up += more.bytes_up;
        self.bytes_down += more.bytes_down;
        self.bytes_resent += more.bytes_resent;
        self.virtual_ms += more.virtual_ms;
    }
}

impl Sum for Statistics {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |mut sum, one| {
            sum += one;
            sum
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_are_written_with_the_names_of_the_report_and_sum_up() {
        let one = Statistics {
            syncs: 1,
            round_trips: 2,
            connections: 3,
            bytes_up: 4,
            bytes_down: 5,
            bytes_resent: 6,
            virtual_ms: 7,
        };
        let sum: Statistics = [one, one].into_iter().sum();
        assert_eq!(
            serde_json::to_string(&sum).unwrap(),
            "{\"syncs\":2,\"round_trips\":4,\"connections\":6,\"bytes_up\":8,\"bytes_down\":10,\
             \"bytes_resent\":12,\"virtual_ms\":14}"
        );
    }
}

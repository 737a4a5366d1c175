//! How a connection ended, and when each side notices.

use super::Side;
use super::tcp::GIVE_UP_US;

/// Why a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndCause {
    /// A [`super::Cut`]: both sides notice at once.
    Cut,
    /// The phone lost its network, and notices at once; the server does not.
    Outage,
    /// An outage left the connection half open: neither side notices.
    HalfOpen,
    /// The operator's address translation forgot an idle connection: neither side notices.
    NatIdle,
    /// The sender on one side gave up waiting for acknowledgements.
    GaveUp(Side),
}

/// The end of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ending {
    pub at_us: u64,
    pub cause: EndCause,
    noticed_us: [Option<u64>; 2],
}

impl Ending {
    /// An end at `at_us`; `waiting_since_us` tells since when each side (phone, server) waits for an
    /// acknowledgement, if it does.
    pub(super) fn new(at_us: u64, cause: EndCause, waiting_since_us: [Option<u64>; 2]) -> Self {
        let by_timeout =
            waiting_since_us.map(|since_us| Some(since_us?.saturating_add(GIVE_UP_US).max(at_us)));
        let [phone, server] = by_timeout;
        let noticed_us = match cause {
            EndCause::Cut => [Some(at_us); 2],
            EndCause::Outage | EndCause::GaveUp(Side::Phone) => [Some(at_us), server],
            EndCause::GaveUp(Side::Server) => [phone, Some(at_us)],
            EndCause::HalfOpen | EndCause::NatIdle => [phone, server],
        };
        Self {
            at_us,
            cause,
            noticed_us,
        }
    }

    /// `side` sends into the void at `now_us`: it notices at the latest when it gives up waiting.
    pub(super) fn sent(&mut self, side: Side, now_us: u64) {
        let late_us = now_us.max(self.at_us).saturating_add(GIVE_UP_US);
        let noticed_us = &mut self.noticed_us[side as usize];
        *noticed_us = Some(noticed_us.map_or(late_us, |earlier_us| earlier_us.min(late_us)));
    }

    /// When `side` notices; `None` as long as it has nothing to wait for.
    pub(super) fn noticed_us(&self, side: Side) -> Option<u64> {
        self.noticed_us[side as usize]
    }

    /// The next notice after `now_us`.
    pub(super) fn next_notice_us(&self, now_us: u64) -> Option<u64> {
        self.noticed_us
            .iter()
            .flatten()
            .copied()
            .filter(|&at_us| at_us > now_us)
            .min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phone_notices_an_outage_at_once_and_the_waiting_server_later() {
        let ending = Ending::new(50, EndCause::Outage, [None, Some(20)]);
        assert_eq!(ending.noticed_us(Side::Phone), Some(50));
        assert_eq!(ending.noticed_us(Side::Server), Some(20 + GIVE_UP_US));
        assert_eq!(ending.next_notice_us(50), Some(20 + GIVE_UP_US));
    }

    #[test]
    fn half_open_end_is_noticed_only_after_sending_into_the_void() {
        let mut ending = Ending::new(50, EndCause::HalfOpen, [None, None]);
        assert_eq!(ending.noticed_us(Side::Phone), None);
        ending.sent(Side::Phone, 70);
        ending.sent(Side::Phone, 90);
        assert_eq!(ending.noticed_us(Side::Phone), Some(70 + GIVE_UP_US));
        assert_eq!(ending.noticed_us(Side::Server), None);
    }
}

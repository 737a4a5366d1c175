//! Cuts: where a test ends a connection on purpose.

/// Where a connection is cut. What was delivered before the cut stays delivered; nothing is afterwards, and
/// both ends notice at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// As soon as this many application bytes have been delivered, both directions together; a packet across
    /// the border is delivered up to it. Zero cuts as the connection is established.
    AfterBytes(u64),
    /// This many microseconds after the connection was established.
    AfterUs(u64),
}

impl Cut {
    /// The cut after `seconds`; not a number or below zero counts as zero.
    pub fn after_seconds(seconds: f64) -> Self {
        // A float becomes the nearest u64 that there is.
        Self::AfterUs((seconds * 1e6) as u64)
    }

    /// How many of `bytes` may still be delivered when `delivered` have been.
    pub(super) fn allowed(self, delivered: u64, bytes: u64) -> u64 {
        match self {
            Self::AfterBytes(limit) => bytes.min(limit.saturating_sub(delivered)),
            Self::AfterUs(_) => bytes,
        }
    }

    /// The time of the cut, given when the connection was established, how much was delivered, and when last.
    pub(super) fn at_us(self, established_us: u64, delivered: u64, last_us: u64) -> Option<u64> {
        match self {
            Self::AfterBytes(limit) => (delivered >= limit).then_some(last_us),
            Self::AfterUs(after_us) => Some(established_us.saturating_add(after_us)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_up_to_the_cut_are_allowed_and_no_more() {
        let cut = Cut::AfterBytes(10);
        assert_eq!(cut.allowed(0, 4), 4);
        assert_eq!(cut.allowed(8, 4), 2);
        assert_eq!(cut.allowed(10, 4), 0);
        assert_eq!(cut.at_us(5, 9, 7), None);
        assert_eq!(cut.at_us(5, 10, 7), Some(7));
    }

    #[test]
    fn odd_seconds_become_the_nearest_time() {
        assert_eq!(Cut::after_seconds(1.5), Cut::AfterUs(1_500_000));
        assert_eq!(Cut::after_seconds(-1.0), Cut::AfterUs(0));
        assert_eq!(Cut::after_seconds(f64::NAN), Cut::AfterUs(0));
        assert_eq!(Cut::after_seconds(f64::INFINITY), Cut::AfterUs(u64::MAX));
    }
}

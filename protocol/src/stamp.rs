//! Hybrid logical time in server time: 48 bits of milliseconds and a 16-bit counter.

use serde::{Deserialize, Serialize};

/// A moment in server time, totally ordered. Milliseconds since the Unix epoch in the upper 48 bits, a
/// counter in the lower 16.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Stamp(pub u64);

const MS_MAX: u64 = (1 << 48) - 1;

impl Stamp {
    /// The first stamp of millisecond `ms` (values outside 48 bits are clamped).
    pub fn at_ms(ms: i64) -> Self {
        let ms = u64::try_from(ms).unwrap_or(0).min(MS_MAX);
        Stamp(ms << 16)
    }

    /// The last stamp of millisecond `ms`.
    pub fn end_of_ms(ms: i64) -> Self {
        Stamp(Stamp::at_ms(ms).0 | 0xffff)
    }

    /// Milliseconds since the Unix epoch.
    pub fn ms(self) -> i64 {
        // 48 bits fit an i64.
        (self.0 >> 16) as i64
    }

    /// The smallest stamp above this one.
    pub fn next(self) -> Self {
        Stamp(self.0.saturating_add(1))
    }
}

/// Stamps at the end of a millisecond that are left to ops following one another, when their author says to have
/// seen that very millisecond.
const ROOM_AFTER_FLOOR: u64 = 0x1000;

/// The corrected stamp of an op: the time it claims, but above `floor` (what its author had seen), above
/// `previous` (the same actor's op before it) and not later than its receipt. Nobody has seen what is after the
/// receipt: a floor beyond it is held to it, or one faulty phone could pin a field for ever.
pub fn correct(claimed_ms: i64, floor: Stamp, previous: Stamp, receipt_ms: i64) -> Stamp {
    let seen = floor.min(Stamp(Stamp::end_of_ms(receipt_ms).0 - ROOM_AFTER_FLOOR));
    Stamp::at_ms(claimed_ms)
        .min(Stamp::at_ms(receipt_ms))
        .max(seen.max(previous).next())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_corrected_stamp_is_above_what_was_seen_and_not_after_receipt(
            claimed_ms: i64, floor_ms in 0i64..1_000_000, previous_ms in 0i64..1_000_000, later_ms in 0i64..1_000_000,
        ) {
            let (floor, previous) = (Stamp::at_ms(floor_ms), Stamp::at_ms(previous_ms));
            let receipt_ms = floor_ms.max(previous_ms) + later_ms;
            let stamp = correct(claimed_ms, floor, previous, receipt_ms);
            prop_assert!(stamp > floor && stamp > previous);
            prop_assert!(stamp.ms() <= receipt_ms);
        }

        #[test]
        fn whatever_a_phone_says_it_has_seen_no_stamp_is_after_receipt(
            claimed_ms: i64, floor: u64, receipt_ms in 0i64..(1 << 47), ops in 1usize..64,
        ) {
            let mut previous = Stamp::default();
            for _ in 0..ops {
                let stamp = correct(claimed_ms, Stamp(floor), previous, receipt_ms);
                prop_assert!(stamp > previous);
                prop_assert!(stamp.ms() <= receipt_ms, "{} after {receipt_ms}", stamp.ms());
                previous = stamp;
            }
        }
    }
}

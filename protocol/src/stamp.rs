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

    /// The stamp so many milliseconds before this one.
    pub fn ms_before(self, ms: i64) -> Self {
        let ms = u64::try_from(ms).unwrap_or(0).min(MS_MAX);
        Stamp(self.0.saturating_sub(ms << 16))
    }

    /// The smallest stamp above this one.
    pub fn next(self) -> Self {
        Stamp(self.0.saturating_add(1))
    }
}

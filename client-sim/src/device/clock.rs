//! A phone's clocks: a wall clock that may be wrong, and an uptime that counts from its latest boot.

use otor_protocol::replica::DeviceClock;

/// What a phone's clocks show, as a function of the true time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhoneClock {
    /// The wall clock less the true time, in milliseconds.
    pub offset_ms: i64,
    boot: u64,
    booted_at_ms: i64,
}

impl PhoneClock {
    /// A phone whose first boot was at `booted_at_ms` (milliseconds since the Unix epoch), with a right clock.
    pub fn booted_at(booted_at_ms: i64) -> Self {
        Self {
            offset_ms: 0,
            boot: 1,
            booted_at_ms,
        }
    }

    /// What the clocks show at the true time `now_ms` (milliseconds since the Unix epoch).
    pub fn reading(&self, now_ms: i64) -> DeviceClock {
        DeviceClock {
            boot: self.boot,
            // A monotonic clock never shows less than nothing.
            uptime_ms: now_ms.saturating_sub(self.booted_at_ms).max(0),
            wall_ms: now_ms.saturating_add(self.offset_ms),
        }
    }

    /// The phone boots anew at the true time `now_ms`; its wall clock is as wrong as before.
    pub fn reboot(&mut self, now_ms: i64) {
        self.boot += 1;
        self.booted_at_ms = now_ms;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jump_of_the_wall_clock_leaves_the_uptime() {
        let mut clock = PhoneClock::booted_at(1_000);
        clock.offset_ms = 86_400_000;
        let reading = clock.reading(5_000);
        assert_eq!(
            (reading.boot, reading.uptime_ms, reading.wall_ms),
            (1, 4_000, 86_405_000)
        );
    }

    #[test]
    fn reboot_begins_a_new_boot_and_its_uptime_from_nothing() {
        let mut clock = PhoneClock::booted_at(1_000);
        clock.offset_ms = -500;
        clock.reboot(9_000);
        let reading = clock.reading(9_250);
        assert_eq!(
            (reading.boot, reading.uptime_ms, reading.wall_ms),
            (2, 250, 8_750)
        );
    }
}

//! The clock of a server in this process, which may jump, and what watches it: nothing is taken from phones while it is
//! wrong, as by the real server.

use super::LocalServer;
use super::mortal::Gone;
use otor_server::service::clock::{ClockWatch, Reading};

/// A wall clock and its watch.
#[derive(Debug, Default)]
pub(super) struct Clock {
    offset_ms: i64,
    watch: Option<ClockWatch>,
    refused: u64,
}

impl Clock {
    fn reading(&self, now_ms: i64) -> Reading {
        Reading {
            wall_ms: now_ms.saturating_add(self.offset_ms),
            steady_ms: now_ms,
        }
    }

    /// The server starts. A clock that ran ahead nobody could tell from a right one: the machine sets it first.
    pub fn begin(&mut self, last_entry_ms: i64, now_ms: i64) {
        self.offset_ms = self.offset_ms.min(0);
        self.watch = Some(ClockWatch::begin(last_entry_ms, self.reading(now_ms)));
    }

    fn is_right(&mut self, now_ms: i64) -> bool {
        let reading = self.reading(now_ms);
        let Some(watch) = &mut self.watch else { return true };
        watch.now_ms(reading);
        watch.distrust().is_none()
    }
}

impl LocalServer {
    /// From now on its wall clock shows the true time plus so many milliseconds.
    pub fn clock_jumps(&mut self, offset_ms: i64) {
        self.clock.offset_ms = offset_ms;
    }

    /// How often it took nothing from a phone because of its clock.
    pub fn refused_for_clock(&self) -> u64 {
        self.clock.refused
    }

    /// Nothing is taken from phones while the clock is wrong.
    ///
    /// # Errors
    /// Then.
    pub(super) fn expect_right_clock(&mut self, now_ms: i64) -> Result<(), Gone> {
        if self.clock.is_right(now_ms) {
            return Ok(());
        }
        self.clock.refused += 1;
        Err(Gone::Clock)
    }
}

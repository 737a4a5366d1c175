//! The server's own clock under watch: against a monotonic clock, and against the journal. A clock that jumped
//! gives no time any more: the server goes on by the monotonic one, and takes nothing from phones, until the
//! clock is right again or an administrator says that it is.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How far the wall clock may get away from the monotonic one, or stand behind the last entry, in milliseconds.
pub const JUMP_MS: i64 = 30_000;
/// How fast the two may drift apart for good: one millisecond in so many.
const DRIFT_ONE_IN: i64 = 1_000;
/// How fast a lead over the wall clock is given back: one millisecond in so many.
const LEAD_ONE_IN: i64 = 50;

/// What the clocks of the machine show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The wall clock, milliseconds since the Unix epoch.
    pub wall_ms: i64,
    /// A clock that nobody sets, in milliseconds since whenever.
    pub steady_ms: i64,
}

/// Why the clock gives no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distrust {
    /// It jumped by so many milliseconds while the server ran; backward where negative.
    Jumped(i64),
    /// When the server started it stood so many milliseconds behind the last entry of the journal.
    BehindJournal(i64),
}

impl fmt::Display for Distrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = |ms: i64| ms.abs() / 1_000;
        match *self {
            Distrust::Jumped(ms) => {
                let whereto = if ms < 0 { "back" } else { "ahead" };
                write!(f, "the server's clock jumped {} s {whereto}", seconds(ms))
            }
            Distrust::BehindJournal(ms) => {
                write!(f, "the server's clock is {} s behind the last entry", seconds(ms))
            }
        }
    }
}

/// The watch, as a plain state machine.
#[derive(Clone, Debug)]
pub struct ClockWatch {
    /// Wall time less steady time while the clock is right.
    offset_ms: i64,
    /// When the clock was last found right, by the steady clock.
    right_at_ms: i64,
    distrust: Option<Distrust>,
    /// How far server time is ahead of the wall clock, and since when by the steady clock.
    lead: (i64, i64),
    /// The latest time given.
    given_ms: i64,
}

impl ClockWatch {
    /// Begins with the journal's last entry (milliseconds since the Unix epoch) and a first reading.
    pub fn begin(last_entry_ms: i64, reading: Reading) -> Self {
        let behind_ms = last_entry_ms.saturating_sub(reading.wall_ms);
        let mut watch = ClockWatch {
            offset_ms: reading.wall_ms.saturating_sub(reading.steady_ms),
            right_at_ms: reading.steady_ms,
            distrust: None,
            lead: (0, reading.steady_ms),
            given_ms: last_entry_ms,
        };
        if behind_ms > JUMP_MS {
            watch.offset_ms = last_entry_ms.saturating_sub(reading.steady_ms);
            watch.distrust = Some(Distrust::BehindJournal(behind_ms));
        }
        watch
    }

    /// Takes a reading; answers the server's time, milliseconds since the Unix epoch. It never runs backwards.
    pub fn now_ms(&mut self, reading: Reading) -> i64 {
        let offset_ms = reading.wall_ms.saturating_sub(reading.steady_ms);
        let away_ms = offset_ms.saturating_sub(self.offset_ms);
        if away_ms.abs() <= JUMP_MS {
            let elapsed_ms = reading.steady_ms.saturating_sub(self.right_at_ms).max(0);
            let followed_ms = elapsed_ms / DRIFT_ONE_IN;
            if followed_ms > 0 || self.distrust.is_some() {
                self.right_at_ms = reading.steady_ms;
                self.offset_ms += away_ms.clamp(-followed_ms, followed_ms);
            }
            self.distrust = None;
        } else if !matches!(self.distrust, Some(Distrust::BehindJournal(_))) {
            self.distrust = Some(Distrust::Jumped(away_ms));
        } else {
            self.distrust = Some(Distrust::BehindJournal(-away_ms));
        }
        let now_ms = match self.distrust {
            None => reading.wall_ms,
            Some(_) => reading.steady_ms.saturating_add(self.offset_ms),
        };
        let now_ms = now_ms.saturating_add(self.lead_ms(reading.steady_ms));
        self.given_ms = self.given_ms.max(now_ms);
        self.given_ms
    }

    /// How far server time is ahead of the wall clock still.
    fn lead_ms(&self, steady_ms: i64) -> i64 {
        let (lead_ms, since_ms) = self.lead;
        let given_back_ms = steady_ms.saturating_sub(since_ms).max(0) / LEAD_ONE_IN;
        lead_ms.saturating_sub(given_back_ms).max(0)
    }

    /// Why the clock is not trusted, as of the last reading.
    pub fn distrust(&self) -> Option<Distrust> {
        self.distrust
    }

    /// Takes the wall clock for right as it is. Where server time is ahead of it, it goes on from there and
    /// lets the wall clock catch up.
    pub fn accept(&mut self, reading: Reading) {
        self.now_ms(reading);
        self.offset_ms = reading.wall_ms.saturating_sub(reading.steady_ms);
        self.right_at_ms = reading.steady_ms;
        self.distrust = None;
        let lead_ms = self.given_ms.saturating_sub(reading.wall_ms).max(0);
        self.lead = (lead_ms, reading.steady_ms);
    }
}

/// The server's clock as its parts share it: what the machine shows, under watch.
pub struct ServerClock {
    read: Box<dyn Fn() -> Reading + Send + Sync>,
    watch: Mutex<ClockWatch>,
}

impl ServerClock {
    /// Watches what `read` shows from now on. `last_entry_ms` is the time of the journal's last entry.
    pub fn watched(last_entry_ms: i64, read: impl Fn() -> Reading + Send + Sync + 'static) -> Arc<Self> {
        let watch = Mutex::new(ClockWatch::begin(last_entry_ms, read()));
        Arc::new(ServerClock {
            read: Box::new(read),
            watch,
        })
    }

    /// The server's time, milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> i64 {
        let reading = (self.read)();
        let mut watch = self.watch();
        let before = watch.distrust();
        let now_ms = watch.now_ms(reading);
        match (before, watch.distrust()) {
            (None, Some(why)) => tracing::error!("{why}: phones are asked to come again"),
            (Some(_), None) => tracing::warn!("the server's clock is right again"),
            _ => {}
        }
        now_ms
    }

    /// Why the clock is not trusted now, if it is not.
    pub fn distrust(&self) -> Option<Distrust> {
        self.now_ms();
        self.watch().distrust()
    }

    /// An administrator takes the clock for right. What was said against it, if anything.
    pub fn accept(&self) -> Option<Distrust> {
        let reading = (self.read)();
        let mut watch = self.watch();
        watch.now_ms(reading);
        let before = watch.distrust();
        if before.is_some() {
            watch.accept(reading);
        }
        before
    }

    fn watch(&self) -> MutexGuard<'_, ClockWatch> {
        // Each change leaves it whole.
        self.watch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY_MS: i64 = 86_400_000;
    const MORNING_MS: i64 = 1_770_000_000_000;

    fn at(wall_ms: i64, steady_ms: i64) -> Reading {
        Reading {
            wall_ms: MORNING_MS + wall_ms,
            steady_ms,
        }
    }

    fn begun() -> ClockWatch {
        ClockWatch::begin(MORNING_MS, at(0, 0))
    }

    #[test]
    fn clock_that_runs_gives_its_time() {
        let mut watch = begun();
        for ms in [0, 5, 3_000, DAY_MS] {
            assert_eq!(watch.now_ms(at(ms, ms)), MORNING_MS + ms);
        }
        assert_eq!(watch.distrust(), None);
    }

    #[test]
    fn jump_either_way_is_distrusted_and_time_goes_on_without_it() {
        for by_ms in [DAY_MS, -DAY_MS, JUMP_MS + 1, -JUMP_MS - 1] {
            let mut watch = begun();
            assert_eq!(watch.now_ms(at(1_000 + by_ms, 1_000)), MORNING_MS + 1_000);
            assert_eq!(watch.distrust(), Some(Distrust::Jumped(by_ms)));
            assert_eq!(watch.now_ms(at(9_000 + by_ms, 9_000)), MORNING_MS + 9_000);
        }
    }

    #[test]
    fn clock_put_right_again_is_trusted_again() {
        let mut watch = begun();
        watch.now_ms(at(DAY_MS, 1_000));
        assert_eq!(watch.now_ms(at(2_000, 2_000)), MORNING_MS + 2_000);
        assert_eq!(watch.distrust(), None);
    }

    #[test]
    fn accepted_jump_ahead_is_the_time_from_then_on() {
        let mut watch = begun();
        watch.now_ms(at(DAY_MS, 1_000));
        watch.accept(at(DAY_MS + 1_000, 2_000));
        assert_eq!(watch.distrust(), None);
        assert_eq!(
            watch.now_ms(at(DAY_MS + 2_000, 3_000)),
            MORNING_MS + DAY_MS + 2_000
        );
    }

    #[test]
    fn accepted_jump_back_lets_the_clock_catch_up_while_time_goes_on() {
        let mut watch = begun();
        watch.now_ms(at(-DAY_MS, 0));
        watch.accept(at(-DAY_MS, 0));
        let hour_ms = 3_600_000;
        let mut last_ms = MORNING_MS;
        for hours in 1..(60 * 24) {
            let now_ms = watch.now_ms(at(hours * hour_ms - DAY_MS, hours * hour_ms));
            assert!(now_ms > last_ms && now_ms <= last_ms + hour_ms, "hour {hours}");
            last_ms = now_ms;
        }
        assert_eq!(last_ms, MORNING_MS + (60 * 24 - 1) * hour_ms - DAY_MS);
        assert_eq!(watch.distrust(), None);
    }

    #[test]
    fn start_behind_the_journal_is_distrusted_until_the_clock_is_right_or_accepted() {
        let begin = || ClockWatch::begin(MORNING_MS + DAY_MS, at(0, 0));
        let mut watch = begin();
        assert_eq!(watch.now_ms(at(1_000, 1_000)), MORNING_MS + DAY_MS + 1_000);
        assert_eq!(watch.distrust(), Some(Distrust::BehindJournal(DAY_MS)));
        assert_eq!(
            watch.now_ms(at(DAY_MS + 2_000, 2_000)),
            MORNING_MS + DAY_MS + 2_000
        );
        assert_eq!(watch.distrust(), None);

        let mut watch = begin();
        watch.accept(at(1_000, 1_000));
        assert_eq!(watch.distrust(), None);
        assert_eq!(watch.now_ms(at(2_000, 2_000)), MORNING_MS + DAY_MS + 1_980);
    }

    #[test]
    fn clock_a_little_behind_the_journal_waits_for_it() {
        let mut watch = ClockWatch::begin(MORNING_MS + JUMP_MS, at(0, 0));
        assert_eq!(watch.now_ms(at(1_000, 1_000)), MORNING_MS + JUMP_MS);
        assert_eq!(watch.distrust(), None);
    }

    #[test]
    fn slow_correction_over_days_is_no_jump() {
        let mut watch = begun();
        for minutes in 1..(30 * 24 * 60) {
            let steady_ms = minutes * 60_000;
            watch.now_ms(at(steady_ms + steady_ms / 2_000, steady_ms));
            assert_eq!(watch.distrust(), None, "minute {minutes}");
        }
    }

    proptest! {
        #[test]
        fn time_never_runs_backwards_nor_ahead_of_a_steady_clock_while_distrusted(
            steps in proptest::collection::vec((0i64..100_000, -200_000i64..200_000, any::<bool>()), 1..60),
        ) {
            let mut watch = begun();
            let (mut steady_ms, mut last_ms) = (0, MORNING_MS);
            for (elapsed_ms, wall_off_ms, accepts) in steps {
                steady_ms += elapsed_ms;
                let reading = at(steady_ms + wall_off_ms, steady_ms);
                let mut now_ms = watch.now_ms(reading);
                prop_assert!(now_ms >= last_ms);
                if watch.distrust().is_some() {
                    prop_assert!(now_ms <= last_ms + elapsed_ms + JUMP_MS);
                    if accepts {
                        watch.accept(reading);
                        now_ms = watch.now_ms(reading);
                    }
                }
                last_ms = now_ms;
            }
        }
    }
}

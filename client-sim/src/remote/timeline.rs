//! The time of a replay against a real server: real time, so many times as fast; where nothing is under way it
//! jumps ahead, and where a step has to wait it stands still.

use crate::in_process::FieldClock;
use crate::transport::Pace;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The longest stretch of real time in which nothing happens. Phones' clocks are the machine's: this much is
/// kept between two steps so that what was written later is later by all clocks.
const IDLE_MAX: Duration = Duration::from_millis(100);

/// The time of a replay.
pub(super) struct Timeline {
    pace: Pace,
    /// Virtual time jumped over, in microseconds.
    jumped_us: Arc<AtomicU64>,
    /// Virtual time at which the trace begins; later by what steps had to wait.
    begins_us: u64,
    cuts_idleness: bool,
}

impl Timeline {
    /// Over the machine's clocks, `speed` times as fast; phones' clocks show the field's time, if there is one.
    /// `cuts_idleness` says whether to jump.
    pub fn new(speed: f64, cuts_idleness: bool, field: Option<FieldClock>) -> Self {
        let machine = Pace::of_machine(speed);
        let Some(field) = field else {
            return Self::over(machine, cuts_idleness);
        };
        let (clock, speed) = (machine.clone(), machine.speed());
        let in_field = Pace::new(
            Arc::new(move || clock.now_us()),
            Arc::new(move || field.now_ms()),
            speed,
        );
        Self::over(in_field, cuts_idleness)
    }

    fn over(machine: Pace, cuts_idleness: bool) -> Self {
        let jumped_us: Arc<AtomicU64> = Arc::default();
        let (jumped, clock, wall) = (Arc::clone(&jumped_us), machine.clone(), machine.clone());
        let pace = Pace::new(
            Arc::new(move || clock.now_us().saturating_add(jumped.load(Ordering::Relaxed))),
            Arc::new(move || wall.wall_ms()),
            machine.speed(),
        );
        let begins_us = pace.now_us();
        Timeline {
            pace,
            jumped_us,
            begins_us,
            cuts_idleness,
        }
    }

    /// The pace of everything in this replay.
    pub fn pace(&self) -> &Pace {
        &self.pace
    }

    /// When a step of the trace is due, in virtual time.
    pub fn due_us(&self, at_ms: i64) -> u64 {
        // Times of steps are not negative: the parser sees to it.
        self.begins_us.saturating_add(at_ms.max(0) as u64 * 1_000)
    }

    /// Until when, in virtual time, what comes at `due_us` waits for something that began at `began_us` and is
    /// not over: a server works in real time, so what has a while in the field gets some of it in real time,
    /// `most` at most.
    pub fn grace_us(&self, began_us: u64, due_us: u64, most: Duration) -> u64 {
        let real = Duration::from_micros(due_us.saturating_sub(began_us)).min(most);
        // A float becomes the nearest u64 that there is.
        began_us.saturating_add((real.as_secs_f64() * 1e6 * self.pace.speed()) as u64)
    }

    /// Where the trace is now, in milliseconds since its epoch.
    pub fn trace_ms(&self) -> i64 {
        // Virtual times are far below 2^63 µs.
        (self.pace.now_us().saturating_sub(self.begins_us) / 1_000) as i64
    }

    /// Nothing is under way until `due_us`: all but a short stretch before it is jumped over.
    pub fn jump_towards(&self, due_us: u64) {
        // A float becomes the nearest u64 that there is.
        let idle_us = (IDLE_MAX.as_secs_f64() * 1e6 * self.pace.speed()) as u64;
        let left_us = due_us.saturating_sub(self.pace.now_us());
        if self.cuts_idleness && left_us > idle_us {
            self.jumped_us.fetch_add(left_us - idle_us, Ordering::Relaxed);
        }
    }

    /// A step that was due at `due_us` had to wait until now: what follows is as much later.
    pub fn stood_still_since(&mut self, due_us: u64) {
        self.begins_us = self
            .begins_us
            .saturating_add(self.pace.now_us().saturating_sub(due_us));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeline(cuts_idleness: bool) -> (Timeline, Arc<AtomicU64>) {
        let now_us: Arc<AtomicU64> = Arc::new(AtomicU64::new(500));
        let told = Arc::clone(&now_us);
        let machine = Pace::new(
            Arc::new(move || told.load(Ordering::Relaxed)),
            Arc::new(|| 7),
            10.0,
        );
        (Timeline::over(machine, cuts_idleness), now_us)
    }

    #[test]
    fn idle_time_is_jumped_over_but_for_a_stretch_before_the_next_step() {
        let (timeline, _) = timeline(true);
        let due_us = timeline.due_us(3_600_000);
        timeline.jump_towards(due_us);
        assert_eq!(due_us - timeline.pace().now_us(), 1_000_000);
        timeline.jump_towards(due_us);
        assert_eq!(due_us - timeline.pace().now_us(), 1_000_000);
        assert_eq!(timeline.pace().wall_ms(), 7);
    }

    #[test]
    fn time_that_is_to_pass_is_not_jumped_over() {
        let (timeline, _) = timeline(false);
        timeline.jump_towards(timeline.due_us(3_600_000));
        assert_eq!(timeline.trace_ms(), 0);
    }

    #[test]
    fn what_has_a_while_in_the_field_gets_some_of_it_in_real_time() {
        let (timeline, _) = timeline(true);
        let most = Duration::from_secs(2);
        assert_eq!(timeline.grace_us(1_000, 1_000, most), 1_000);
        assert_eq!(timeline.grace_us(1_000, 3_000, most), 21_000);
        assert_eq!(timeline.grace_us(1_000, 600_000_000, most), 20_001_000);
    }

    #[test]
    fn what_follows_a_step_that_waited_is_as_much_later() {
        let (mut timeline, now_us) = timeline(true);
        let due_us = timeline.due_us(1_000);
        now_us.fetch_add(5_000_000, Ordering::Relaxed);
        assert_eq!(timeline.trace_ms(), 5_000);
        timeline.stood_still_since(due_us);
        assert_eq!(timeline.trace_ms(), 1_000);
        assert_eq!(timeline.due_us(2_000) - timeline.pace().now_us(), 1_000_000);
    }
}

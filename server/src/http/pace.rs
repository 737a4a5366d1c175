//! How many exchanges a second are served, as the last ones tell, and how many may therefore be worked on at once so
//! that whoever is let in is answered soon.

/// What is reckoned with before anything was served, and the bounds, in exchanges a second. Whoever is refused at first
/// is told a time by that, however much faster it then turns out to go; two processors do twice as many.
const PER_S_FIRST: u32 = 600;
const PER_S_MIN: u32 = 20;
const PER_S_MAX: u32 = 2_000;
/// Over how long exchanges are counted, in milliseconds, and how much longer a count says nothing any more.
const SPAN_MS: i64 = 500;
const SPAN_MS_MAX: i64 = 5_000;
/// Fewer than so many under work leave processors idle: what is served then is not all that could be.
const WORK_BUSY: usize = 6;
/// Where somebody waits and there is room, more is tried by one in so many; and so much oftener than they are served
/// do those who wait fall due, because some do not come.
const MORE: u32 = 32;
/// How long whoever is let in is to wait behind the others at most, in milliseconds.
const WORK_MS: usize = 800;
/// The bounds of what is worked on at once.
const WORK_MIN: usize = 32;
const WORK_MAX: usize = 1_024;

/// Counts what is served.
#[derive(Debug)]
pub(super) struct Pace {
    since_ms: i64,
    served: u32,
    was_idle: bool,
    per_s: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Pace {
            since_ms: i64::MIN,
            served: 0,
            was_idle: false,
            per_s: PER_S_FIRST,
        }
    }
}

impl Pace {
    /// An exchange was served.
    pub fn served(&mut self) {
        self.served = self.served.saturating_add(1);
    }

    /// Looks at the time, and at how many exchanges are worked on. A count while there was always work is what can be
    /// served; another only what can be at least. Where somebody waits for room that is there, more is tried.
    pub fn look(&mut self, now_ms: i64, work: usize, has_line: bool) {
        self.was_idle |= work < WORK_BUSY;
        let span_ms = now_ms.saturating_sub(self.since_ms);
        if span_ms < SPAN_MS {
            return;
        }
        if span_ms <= SPAN_MS_MAX {
            let span_ms = u32::try_from(span_ms).unwrap_or(u32::MAX);
            let seen = self.served.saturating_mul(1_000) / span_ms;
            let per_s = match (self.was_idle, has_line) {
                (false, _) => self.per_s.midpoint(seen),
                (true, true) => seen.max(self.per_s + self.per_s / MORE),
                (true, false) => seen.max(self.per_s),
            };
            self.per_s = per_s.clamp(PER_S_MIN, PER_S_MAX);
        }
        (self.since_ms, self.served, self.was_idle) = (now_ms, 0, false);
    }

    /// How many exchanges may be worked on at once.
    pub fn work_max(&self) -> usize {
        (self.per_s as usize * WORK_MS / 1_000).clamp(WORK_MIN, WORK_MAX)
    }

    /// Microseconds from one who waits to the next.
    pub fn us_each(&self) -> i64 {
        i64::from(1_000_000 / (self.per_s + self.per_s / MORE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many are served a second, and so many are under work all the time.
    fn pass(pace: &mut Pace, (from_ms, per_s, work): (i64, i64, usize), has_line: bool) {
        for step in 0..5 * per_s {
            pace.served();
            pace.look(from_ms + step * 1_000 / per_s, work, has_line);
        }
    }

    #[test]
    fn as_many_may_be_worked_on_as_are_served_in_most_of_a_second() {
        let mut pace = Pace::default();
        pass(&mut pace, (0, 100, 40), true);
        assert!((76..=84).contains(&pace.work_max()), "{}", pace.work_max());
        pass(&mut pace, (5_000, 500, 40), true);
        assert!((380..=420).contains(&pace.work_max()), "{}", pace.work_max());
    }

    #[test]
    fn what_is_served_while_there_is_little_to_do_says_nothing_of_what_could_be() {
        let mut pace = Pace::default();
        let before = pace.work_max();
        pass(&mut pace, (0, 3, 1), false);
        assert_eq!(pace.work_max(), before);
        pass(&mut pace, (5_000, 3, 1), true);
        assert!(pace.work_max() > before, "who waits outside is let in");
    }

    #[test]
    fn it_stays_within_its_bounds_and_a_pause_says_nothing() {
        let mut pace = Pace::default();
        pass(&mut pace, (0, 1, 100), true);
        assert_eq!(pace.work_max(), WORK_MIN);
        pace.look(1_000_000, 100, true);
        assert_eq!(pace.work_max(), WORK_MIN);
        pass(&mut pace, (1_000_000, 20_000, 100), true);
        assert_eq!(pace.work_max(), WORK_MAX);
        assert!(pace.us_each() >= 1_000_000 / i64::from(2 * PER_S_MAX));
    }
}

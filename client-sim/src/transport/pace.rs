//! Virtual time out of real time: a clock told from outside, and how many times faster it runs.

use std::sync::Arc;
use std::time::Duration;

type VirtualUs = dyn Fn() -> u64 + Send + Sync;
type WallMs = dyn Fn() -> i64 + Send + Sync;

/// What time it is for the phones of a run over real HTTP.
#[derive(Clone)]
pub struct Pace {
    virtual_us: Arc<VirtualUs>,
    wall_ms: Arc<WallMs>,
    speed: f64,
}

impl Pace {
    /// A pace whose virtual time is what `virtual_us` says (microseconds, never less than before), running
    /// `speed` times as fast as real time; `wall_ms` says the true wall-clock time of the phones
    /// (milliseconds since the Unix epoch). A speed that is not a number above zero counts as 1.
    pub fn new(virtual_us: Arc<VirtualUs>, wall_ms: Arc<WallMs>, speed: f64) -> Self {
        let speed = if speed.is_finite() && speed > 0.0 {
            speed
        } else {
            1.0
        };
        Self {
            virtual_us,
            wall_ms,
            speed,
        }
    }

    /// The pace of this machine's clocks: virtual time begins at zero now and runs `speed` times as fast as
    /// real time; the wall clock is the machine's.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the outermost shell of a run over real HTTP"
    )]
    pub fn of_machine(speed: f64) -> Self {
        let began = std::time::Instant::now();
        let mut pace = Self::new(
            Arc::new(|| 0),
            Arc::new(|| jiff::Timestamp::now().as_millisecond()),
            speed,
        );
        let speed = pace.speed;
        // A float becomes the nearest u64 that there is.
        pace.virtual_us = Arc::new(move || (began.elapsed().as_secs_f64() * speed * 1e6) as u64);
        pace
    }

    /// The virtual time, in microseconds.
    pub fn now_us(&self) -> u64 {
        (self.virtual_us)()
    }

    /// The true wall-clock time, in milliseconds since the Unix epoch.
    pub fn wall_ms(&self) -> i64 {
        (self.wall_ms)()
    }

    /// How many times as fast as real time virtual time runs.
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// How long a span of virtual microseconds takes in real time.
    pub fn real(&self, span_us: u64) -> Duration {
        const A_DAY: Duration = Duration::from_secs(86_400);
        Duration::try_from_secs_f64(span_us as f64 / 1e6 / self.speed)
            .unwrap_or(A_DAY)
            .min(A_DAY)
    }

    /// Waits until the virtual time is `at_us`.
    pub async fn sleep_until(&self, at_us: u64) {
        loop {
            let left_us = at_us.saturating_sub(self.now_us());
            if left_us == 0 {
                return;
            }
            tokio::time::sleep(self.real(left_us)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_virtual_time_are_divided_by_the_speed() {
        let pace = Pace::new(Arc::new(|| 0), Arc::new(|| 0), 600.0);
        assert_eq!(pace.real(60_000_000), Duration::from_millis(100));
        assert_eq!(pace.real(u64::MAX), Duration::from_secs(86_400));
        let odd = Pace::new(Arc::new(|| 0), Arc::new(|| 0), f64::NAN);
        assert_eq!(odd.real(1_000_000), Duration::from_secs(1));
    }

    #[tokio::test]
    async fn sleeping_until_a_virtual_time_ends_no_earlier() {
        let pace = Pace::of_machine(10_000.0);
        let at_us = pace.now_us() + 50_000_000;
        pace.sleep_until(at_us).await;
        assert!(pace.now_us() >= at_us);
    }
}

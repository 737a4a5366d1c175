//! Which phones are let in now: bounds on the bytes of requests under way and on the exchanges that are being worked
//! on, so that memory stays flat and whoever is let in is answered soon. The others are told when to come again.
//!
//! A phone on a slow link costs bytes and no work while its request trickles in; one that waits for news costs
//! neither. Small requests have room that large ones cannot take. Long replies and pulls are made piece by piece, a
//! piece at a time among them all, so that they take at most one processor from what is short.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Bytes of requests under way: what is above is refused.
const BYTES_MAX: u64 = 128 * 1024 * 1024;
/// What a request under way takes beside its own bytes, about.
const REQUEST_OVERHEAD_BYTES: u64 = 16 * 1024;
/// Exchanges that are being worked on at once: at some hundreds a second nobody who is let in waits a second.
const WORK_MAX: usize = 192;
/// A request above this is a large one, in bytes.
const LARGE_BYTES: u64 = 32 * 1024;
/// Of all room, what large requests may take, in percent.
const LARGE_PERCENT: u64 = 50;
/// The least that a refused phone waits, and the most more under full pressure, in seconds.
const WAIT_S_MIN: u64 = 1;
const WAIT_S_MORE: u64 = 20;
/// Pressure where every request is refused; how many requests it takes about to change it.
const FULL_PRESSURE: u64 = 1 << 16;
const PRESSURE_REQUESTS: u64 = 64;

/// Who is let in.
#[derive(Debug)]
pub struct Admission {
    bytes: AtomicU64,
    work: AtomicUsize,
    /// The share of requests that was refused lately, of [`FULL_PRESSURE`].
    pressure: RwLock<u64>,
    long: Semaphore,
}

/// A refusal: to come again after so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ComeAgain {
    pub after_s: u64,
}

/// The room of a request under way, until it is dropped.
#[derive(Debug)]
pub(super) struct Admitted {
    admission: Arc<Admission>,
    bytes: u64,
}

/// An exchange that is being worked on, until it is dropped.
#[derive(Debug)]
pub(super) struct Working<'a>(&'a Admission);

impl Default for Admission {
    fn default() -> Self {
        Admission {
            bytes: AtomicU64::new(0),
            work: AtomicUsize::new(0),
            pressure: RwLock::new(0),
            long: Semaphore::new(1),
        }
    }
}

impl Admission {
    /// Lets a request of so many bytes in, if there is room. `chance` spreads those who are refused.
    pub(super) fn admit(self: &Arc<Self>, length: u64, chance: u64) -> Result<Admitted, ComeAgain> {
        let percent = if length > LARGE_BYTES { LARGE_PERCENT } else { 100 };
        let bytes = length.saturating_add(REQUEST_OVERHEAD_BYTES);
        let work_max = WORK_MAX as u64 * percent / 100;
        let is_free = (self.work.load(Ordering::Relaxed) as u64) < work_max;
        let has_room = is_free && self.take_bytes(bytes, BYTES_MAX * percent / 100);
        let pressure = self.note(!has_room);
        if has_room {
            let admission = Arc::clone(self);
            return Ok(Admitted { admission, bytes });
        }
        let more = WAIT_S_MORE * pressure / FULL_PRESSURE;
        Err(ComeAgain {
            after_s: WAIT_S_MIN + chance % (more + 2),
        })
    }

    fn take_bytes(&self, bytes: u64, most: u64) -> bool {
        let taken = self
            .bytes
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |under_way| {
                under_way.checked_add(bytes).filter(|sum| *sum <= most)
            });
        taken.is_ok()
    }

    /// Notes whether a request was refused; the pressure since.
    fn note(&self, refused: bool) -> u64 {
        // A number: never half written.
        let mut pressure = self.pressure.write().unwrap_or_else(PoisonError::into_inner);
        *pressure = match refused {
            true => *pressure + (FULL_PRESSURE - *pressure).div_ceil(PRESSURE_REQUESTS),
            false => *pressure - pressure.div_ceil(PRESSURE_REQUESTS),
        };
        *pressure
    }

    /// From now on an exchange is worked on.
    pub(super) fn work(&self) -> Working<'_> {
        self.work.fetch_add(1, Ordering::Relaxed);
        Working(self)
    }

    /// Waits for one's turn to make one more piece of something long. In the order of asking.
    pub(super) async fn long_turn(&self) -> Option<SemaphorePermit<'_>> {
        // It is never closed.
        self.long.acquire().await.ok()
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.admission.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.0.work.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    const SMALL: u64 = 3_000;
    const LARGE: u64 = 200_000;

    #[test]
    fn bytes_under_way_are_bounded_and_come_free_again() {
        let admission = Arc::new(Admission::default());
        let mut inside = Vec::new();
        while let Ok(admitted) = admission.admit(SMALL, 0) {
            inside.push(admitted);
        }
        let each = SMALL + REQUEST_OVERHEAD_BYTES;
        assert_eq!(inside.len() as u64, BYTES_MAX / each);
        assert!(inside.len() > 5_000, "a slow link alone keeps nobody out");
        inside.pop();
        assert!(admission.admit(SMALL, 0).is_ok());
        inside.clear();
        assert_eq!(admission.bytes.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn large_requests_leave_room_for_small_ones() {
        let admission = Arc::new(Admission::default());
        let mut inside = Vec::new();
        while let Ok(admitted) = admission.admit(LARGE, 0) {
            inside.push(admitted);
        }
        assert!(admission.admit(SMALL, 0).is_ok());
        drop(inside);
        let working: Vec<_> = (0..WORK_MAX / 2).map(|_| admission.work()).collect();
        assert!(admission.admit(LARGE, 0).is_err() && admission.admit(SMALL, 0).is_ok());
        drop(working);
        assert!(admission.admit(LARGE, 0).is_ok());
    }

    #[test]
    fn whoever_is_refused_is_spread_over_more_time_the_more_are_refused() {
        let admission = Arc::new(Admission::default());
        let working: Vec<_> = (0..WORK_MAX).map(|_| admission.work()).collect();
        let refused = |chance| admission.admit(SMALL, chance).unwrap_err().after_s;
        assert!((0..10).map(refused).all(|after_s| (1..=5).contains(&after_s)));
        (0..1_000).for_each(|chance| {
            refused(chance);
        });
        let waits: std::collections::BTreeSet<u64> = (0..1_000).map(refused).collect();
        assert_eq!(waits.first(), Some(&WAIT_S_MIN));
        assert!(waits.last() >= Some(&WAIT_S_MORE) && waits.len() >= WAIT_S_MORE as usize);
        drop(working);
        (0..1_000).for_each(|_| drop(admission.admit(SMALL, 0)));
        let working: Vec<_> = (0..WORK_MAX).map(|_| admission.work()).collect();
        assert!(
            admission.admit(SMALL, 999).unwrap_err().after_s <= 5,
            "pressure goes again"
        );
        drop(working);
    }

    #[actix_web::test]
    async fn one_piece_of_something_long_is_made_at_a_time_in_the_order_of_asking() {
        let admission = Admission::default();
        let first = admission.long_turn().await;
        let mut second = Box::pin(admission.long_turn());
        let mut third = Box::pin(admission.long_turn());
        assert!((&mut second).now_or_never().is_none() && (&mut third).now_or_never().is_none());
        drop(first);
        assert!((&mut third).now_or_never().is_none(), "the second asked before");
        let turn = (&mut second).now_or_never();
        assert!(turn.is_some_and(|turn| turn.is_some()));
        assert!((&mut third).now_or_never().is_some());
    }
}

//! Which phones are let in now: bounds on the bytes of requests under way and on the exchanges that are being worked
//! on, so that memory stays flat and whoever is let in is answered soon. The others are told when to come again, and
//! stand in line until then.
//!
//! A phone on a slow link costs bytes and no work while its request trickles in; one that waits for news costs
//! neither. Small requests have room that large ones cannot take.

use super::line::{Comer, Line, Place, Told};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes of requests under way: what is above is refused.
const BYTES_MAX: u64 = 128 * 1024 * 1024;
/// What a request under way takes beside its own bytes, about.
const REQUEST_OVERHEAD_BYTES: u64 = 16 * 1024;
/// A request above this is a large one, in bytes.
const LARGE_BYTES: u64 = 32 * 1024;
/// Of all room, what large requests may take, in percent.
const LARGE_PERCENT: u8 = 50;

/// Who is let in.
#[derive(Debug)]
pub struct Admission {
    bytes: AtomicU64,
    work: AtomicUsize,
    line: Mutex<Line>,
}

/// A request that wants to come in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entrant<'a> {
    /// Its bytes.
    pub length: u64,
    /// The place that it brings, as it stands in its head.
    pub place: Option<&'a [u8]>,
    /// Whether it only asks.
    pub asks: bool,
    /// The time.
    pub now_ms: i64,
    /// Spreads those who are refused.
    pub chance: u64,
}

/// A refusal: to come again after so many milliseconds, with this place in the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ComeAgain {
    pub after_ms: u64,
    pub place: String,
}

/// The room of a request under way, until it is dropped.
#[derive(Debug)]
pub(super) struct Admitted {
    admission: Arc<Admission>,
    bytes: u64,
    /// The place that is kept for who asked.
    pub place: Option<Place>,
}

/// An exchange that is being worked on, until it is dropped.
#[derive(Debug)]
pub(super) struct Working(Arc<Admission>);

impl Default for Admission {
    /// Everything is free, and no place is known that another process has given out.
    fn default() -> Self {
        Admission {
            bytes: AtomicU64::new(0),
            work: AtomicUsize::new(0),
            line: Mutex::new(Line::new(rand::random())),
        }
    }
}

impl Admission {
    /// Lets a request in, if there is room.
    pub(super) fn admit(self: &Arc<Self>, entrant: Entrant) -> Result<Admitted, ComeAgain> {
        let percent = if entrant.length > LARGE_BYTES {
            LARGE_PERCENT
        } else {
            100
        };
        let bytes = entrant.length.saturating_add(REQUEST_OVERHEAD_BYTES);
        let mut line = self.line();
        let comer = Comer {
            place: entrant.place.and_then(|text| line.read(text)),
            asks: entrant.asks,
            percent: percent.into(),
            now_ms: entrant.now_ms,
            chance: entrant.chance,
        };
        let take = || self.take_bytes(bytes, BYTES_MAX * u64::from(percent) / 100);
        match line.come(comer, self.work.load(Ordering::Relaxed), take) {
            Told::Come(place) => Ok(Admitted {
                admission: Arc::clone(self),
                bytes,
                place,
            }),
            Told::Wait(after_ms, place) => Err(ComeAgain {
                after_ms,
                place: place.text(),
            }),
        }
    }

    fn take_bytes(&self, bytes: u64, most: u64) -> bool {
        let taken = self
            .bytes
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |under_way| {
                under_way.checked_add(bytes).filter(|sum| *sum <= most)
            });
        taken.is_ok()
    }

    /// From now on an exchange is worked on.
    pub(super) fn work(self: &Arc<Self>) -> Working {
        self.work.fetch_add(1, Ordering::Relaxed);
        Working(Arc::clone(self))
    }

    /// Whether an exchange is being worked on.
    pub(super) fn is_working(&self) -> bool {
        self.work.load(Ordering::Relaxed) > 0
    }

    /// An exchange was served.
    pub(super) fn served(&self, now_ms: i64) {
        self.line().served(now_ms, self.work.load(Ordering::Relaxed));
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        // Numbers, and a map that is never half changed.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.admission.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.0.work.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: u64 = 3_000;
    const LARGE: u64 = 200_000;

    fn of(length: u64) -> Entrant<'static> {
        Entrant {
            length,
            place: None,
            asks: false,
            now_ms: 0,
            chance: 0,
        }
    }

    #[test]
    fn bytes_under_way_are_bounded_and_come_free_again() {
        let admission = Arc::new(Admission::default());
        let mut inside = Vec::new();
        while let Ok(admitted) = admission.admit(of(SMALL)) {
            inside.push(admitted);
        }
        let each = SMALL + REQUEST_OVERHEAD_BYTES;
        assert_eq!(inside.len() as u64, BYTES_MAX / each);
        assert!(inside.len() > 5_000, "a slow link alone keeps nobody out");
        inside.pop();
        assert!(admission.admit(of(SMALL)).is_ok());
        inside.clear();
        assert_eq!(admission.bytes.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn large_requests_leave_room_for_small_ones() {
        let admission = Arc::new(Admission::default());
        let mut inside = Vec::new();
        while let Ok(admitted) = admission.admit(of(LARGE)) {
            inside.push(admitted);
        }
        assert!(admission.admit(of(SMALL)).is_ok());
        drop(inside);
        let working: Vec<_> = (0..240).map(|_| admission.work()).collect();
        assert!(admission.admit(of(LARGE)).is_err() && admission.admit(of(SMALL)).is_ok());
        drop(working);
        assert!(admission.admit(of(LARGE)).is_ok());
    }
}

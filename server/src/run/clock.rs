//! The machine's clocks, read in this one place.

use crate::service::clock::Reading;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

/// By how much this process takes it to be later than the machine does, in milliseconds.
static AHEAD_MS: AtomicI64 = AtomicI64::new(0);

/// Milliseconds since the Unix epoch; 0 on a machine whose clock stands before it.
pub fn now_ms() -> i64 {
    let machine_ms = jiff::Timestamp::now().as_millisecond();
    machine_ms.saturating_add(AHEAD_MS.load(Ordering::Relaxed)).max(0)
}

/// Has this process take it to be another time from now on (milliseconds since the Unix epoch), by all its clocks, as if
/// that much had passed: for whoever has to see weeks pass over a server in a minute. Nothing in the server calls it.
pub fn be_at(now_at_ms: i64) {
    let machine_ms = jiff::Timestamp::now().as_millisecond();
    AHEAD_MS.store(now_at_ms.saturating_sub(machine_ms), Ordering::Relaxed);
}

/// What reads both clocks; the steady one counts from now on. It stands still while the machine sleeps, so a
/// server that was suspended finds its clock jumped.
pub(super) fn reader() -> impl Fn() -> Reading + Send + Sync + 'static {
    let begun = instant();
    let ahead = || AHEAD_MS.load(Ordering::Relaxed);
    let begun_ahead_ms = ahead();
    move || Reading {
        wall_ms: now_ms(),
        steady_ms: i64::try_from((instant() - begun).as_millis())
            .unwrap_or(i64::MAX)
            .saturating_add(ahead().saturating_sub(begun_ahead_ms)),
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the outermost shell")]
fn instant() -> Instant {
    Instant::now()
}

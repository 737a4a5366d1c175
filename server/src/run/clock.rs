//! The machine's clocks, read in this one place.

use crate::service::clock::Reading;
use std::time::Instant;

/// Milliseconds since the Unix epoch; 0 on a machine whose clock stands before it.
pub fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond().max(0)
}

/// What reads both clocks; the steady one counts from now on. It stands still while the machine sleeps, so a
/// server that was suspended finds its clock jumped.
pub(super) fn reader() -> impl Fn() -> Reading + Send + Sync + 'static {
    let begun = instant();
    move || Reading {
        wall_ms: now_ms(),
        steady_ms: i64::try_from((instant() - begun).as_millis()).unwrap_or(i64::MAX),
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the outermost shell")]
fn instant() -> Instant {
    Instant::now()
}

//! The server's clock, read in this one place.

/// Milliseconds since the Unix epoch; 0 on a machine whose clock stands before it.
pub fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond().max(0)
}

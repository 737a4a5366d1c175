//! Waiting for something that can be seen, with an end.

use std::time::Duration;

const LOOK_EVERY: Duration = Duration::from_millis(2);
const LOOKS_MAX: u32 = 30_000;

/// Looks until there is something, at most about a minute.
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..LOOKS_MAX {
        if let Some(seen) = look() {
            return seen;
        }
        std::thread::sleep(LOOK_EVERY);
    }
    panic!("waited in vain for {what}");
}

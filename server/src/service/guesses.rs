//! Who asks for receipt numbers under which there is nothing, so that nobody finds one by trying. Kept in memory only.

use otor_protocol::ids::PersonId;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Numbers without a report that an account may ask for in a while.
pub const MISSES_MAX: u32 = 30;
/// How long that while is, in milliseconds.
pub const WHILE_MS: i64 = 600_000;

/// The misses of an account since its while began.
#[derive(Clone, Copy, Debug)]
struct Misses {
    since_ms: i64,
    count: u32,
}

/// The misses of each account. There is one entry an account at most, and administrators make those.
#[derive(Debug, Default)]
pub struct Guesses {
    of: Mutex<BTreeMap<PersonId, Misses>>,
}

impl Guesses {
    /// Seconds that an account has to wait before it may ask again; none if it may ask now.
    pub fn wait_s(&self, account: PersonId, now_ms: i64) -> Option<u64> {
        let misses = self.lock().get(&account).copied()?;
        let left_ms = misses.since_ms.saturating_add(WHILE_MS).saturating_sub(now_ms);
        let waits = misses.count >= MISSES_MAX && left_ms > 0;
        waits.then(|| u64::try_from(left_ms).unwrap_or(0).div_ceil(1_000))
    }

    /// Notes that an account asked for a number under which there is nothing.
    pub fn note_miss(&self, account: PersonId, now_ms: i64) {
        let mut of = self.lock();
        let misses = of.entry(account).or_insert(Misses {
            since_ms: now_ms,
            count: 0,
        });
        if now_ms.saturating_sub(misses.since_ms) >= WHILE_MS {
            *misses = Misses {
                since_ms: now_ms,
                count: 0,
            };
        }
        misses.count = misses.count.saturating_add(1);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<PersonId, Misses>> {
        // Nothing is left half done under the lock.
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_for_too_many_numbers_that_are_none_waits_and_nobody_else_does() {
        let guesses = Guesses::default();
        let (guesser, other) = (PersonId(1), PersonId(2));
        for now_ms in 0..i64::from(MISSES_MAX) {
            assert_eq!(guesses.wait_s(guesser, now_ms), None);
            guesses.note_miss(guesser, now_ms);
        }
        assert_eq!(guesses.wait_s(guesser, 1_000), Some(599));
        assert_eq!(guesses.wait_s(other, 1_000), None);
        assert_eq!(guesses.wait_s(guesser, WHILE_MS), None);
        guesses.note_miss(guesser, WHILE_MS);
        assert_eq!(guesses.wait_s(guesser, WHILE_MS + 1), None);
    }
}

//! Who asks for receipt numbers under which there is nothing, so that nobody finds one by trying. Kept in memory only.

use otor_protocol::ids::PersonId;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Numbers without a report that an account may ask for in a while, and how long that while is, in milliseconds: a few
/// at a time, and so many a day that it takes more than a year, on average, to hit upon the number of a report that is
/// known to exist.
pub const BOUNDS: [(u32, i64); 2] = [(30, 600_000), (120, 86_400_000)];

/// The misses of an account since a while began.
#[derive(Clone, Copy, Debug)]
struct Misses {
    since_ms: i64,
    count: u32,
}

/// The misses of each account, for each bound. There is one entry an account at most, and administrators make those.
#[derive(Debug, Default)]
pub struct Guesses {
    of: Mutex<BTreeMap<PersonId, [Misses; BOUNDS.len()]>>,
}

impl Guesses {
    /// Seconds that an account has to wait before it may ask again; none if it may ask now.
    pub fn wait_s(&self, account: PersonId, now_ms: i64) -> Option<u64> {
        let known = self.lock().get(&account).copied()?;
        let waits = known.iter().zip(BOUNDS).filter_map(|(misses, (most, while_ms))| {
            let left_ms = misses.since_ms.saturating_add(while_ms).saturating_sub(now_ms);
            (misses.count >= most && left_ms > 0).then_some(left_ms)
        });
        let longest_ms = waits.max()?;
        Some(u64::try_from(longest_ms).unwrap_or(0).div_ceil(1_000))
    }

    /// Notes that an account asked for a number under which there is nothing.
    pub fn note_miss(&self, account: PersonId, now_ms: i64) {
        let begun = Misses {
            since_ms: now_ms,
            count: 0,
        };
        let mut of = self.lock();
        let known = of.entry(account).or_insert([begun; BOUNDS.len()]);
        for (misses, (_, while_ms)) in known.iter_mut().zip(BOUNDS) {
            if now_ms.saturating_sub(misses.since_ms) >= while_ms {
                *misses = begun;
            }
            misses.count = misses.count.saturating_add(1);
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<PersonId, [Misses; BOUNDS.len()]>> {
        // Nothing is left half done under the lock.
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUESSER: PersonId = PersonId(1);

    #[test]
    fn who_asks_for_too_many_numbers_that_are_none_waits_and_nobody_else_does() {
        let guesses = Guesses::default();
        let (most, while_ms) = BOUNDS[0];
        for now_ms in 0..i64::from(most) {
            assert_eq!(guesses.wait_s(GUESSER, now_ms), None);
            guesses.note_miss(GUESSER, now_ms);
        }
        assert_eq!(guesses.wait_s(GUESSER, 1_000), Some(599));
        assert_eq!(guesses.wait_s(PersonId(2), 1_000), None);
        assert_eq!(guesses.wait_s(GUESSER, while_ms), None);
        guesses.note_miss(GUESSER, while_ms);
        assert_eq!(guesses.wait_s(GUESSER, while_ms + 1), None);
    }

    #[test]
    fn whoever_guesses_all_day_tries_no_more_than_a_day_s_numbers() {
        let guesses = Guesses::default();
        let tried_in_a_day = |day: i64| {
            let seconds = (0..86_400).map(|second| day * 86_400_000 + second * 1_000);
            let tried = seconds.filter(|now_ms| {
                let may = guesses.wait_s(GUESSER, *now_ms).is_none();
                if may {
                    guesses.note_miss(GUESSER, *now_ms);
                }
                may
            });
            tried.count()
        };
        assert_eq!([tried_in_a_day(0), tried_in_a_day(1)], [120, 120]);
    }
}

//! Those of a list of followers that are not left out, and which of them it is.

use super::contexts::List;
use crate::wire::range_coder::{Line, Part};

/// Those of a list that are not left out.
pub(super) struct Open<'a> {
    list: List<'a>,
    /// Where what was guessed stands.
    guess: Option<usize>,
    /// Those of this list are left out.
    other: List<'a>,
    /// How many they are, and their counts' sum.
    pub len: usize,
    pub count: u32,
}

impl<'a> Open<'a> {
    pub fn of(list: List<'a>, guess: Option<u16>, other: List<'a>) -> Open<'a> {
        let mut open = Open {
            list,
            guess: guess.and_then(|guess| list.position(guess)),
            other,
            len: list.numbers.len(),
            count: list.count,
        };
        let (mut len, mut count) = (0, 0);
        open.each_out(|at| {
            len += 1;
            count += u32::from(list.counts[at]);
        });
        open.len -= len;
        open.count -= count;
        open
    }

    /// Where those stand that are left out.
    fn each_out(&self, mut take: impl FnMut(usize)) {
        let guess = self.guess.inspect(|at| take(*at));
        for at in self.other.alone {
            let at = usize::from(*at);
            if at < self.list.numbers.len() && Some(at) != guess {
                take(at);
            }
        }
    }

    /// Tells one of them, which stands at `met`; where it stands.
    pub fn tell(&self, line: &mut Line, weights: &mut Vec<u16>, met: Option<usize>) -> Option<usize> {
        let total = 2 * self.count - self.len as u32;
        weights.clear();
        // A list's counts are at most half of 65,536 together.
        let all = self.list.counts.iter();
        weights.extend(all.map(|count| count.wrapping_mul(2).wrapping_sub(1)));
        self.each_out(|at| weights[at] = 0);
        let sum = |weights: &[u16]| weights.iter().map(|weight| u32::from(*weight)).sum::<u32>();
        line.part(
            total,
            || {
                let at = met?;
                let start = sum(&weights[..at]);
                let size = weights[at].into();
                Some((Part { start, size, total }, at))
            },
            |place| {
                let (mut start, mut at) = (0, 0);
                for chunk in weights.chunks(16) {
                    let more = sum(chunk);
                    if start + more > place {
                        break;
                    }
                    start += more;
                    at += chunk.len();
                }
                for weight in &weights[at..] {
                    let size = u32::from(*weight);
                    if start + size > place {
                        return Some((Part { start, size, total }, at));
                    }
                    start += size;
                    at += 1;
                }
                None
            },
        )
    }
}

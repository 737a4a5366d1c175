//! Digits: to all else they are alike, and which one it is is told by itself.

use super::choices::{Choices, Sort};
use crate::wire::range_coder::{Line, Part};

/// To the rest of the model every digit is this.
pub(super) const ANY: u16 = b'0' as u16;
/// Digits before, and digits in succession that were those guessed, are counted no further.
const RUN_MAX: u8 = 3;
const RIGHT_MAX: u8 = 7;
/// Above this sum counts are halved.
const COUNT_MAX: u16 = 1_000;

/// Which digits came.
#[derive(Clone, Copy)]
pub(super) struct Digits {
    /// By how many stood before.
    counts: [[u16; 10]; RUN_MAX as usize + 1],
    run: u8,
    right: u8,
}

/// Which digit a character is.
pub(super) fn digit(unit: u16) -> Option<u8> {
    // A digit is below ten.
    let digit = unit.checked_sub(ANY).filter(|digit| *digit < 10);
    digit.map(|digit| digit as u8)
}

impl Digits {
    pub fn new() -> Digits {
        Digits {
            counts: [[1; 10]; RUN_MAX as usize + 1],
            run: 0,
            right: 0,
        }
    }

    /// A character came that is none.
    pub fn none(&mut self) {
        (self.run, self.right) = (0, 0);
    }

    /// Tells which one it is, or reads it; `guessed` is which one it was where the present passage stood before.
    pub fn tell(
        &mut self,
        line: &mut Line,
        choices: &mut Choices,
        guessed: Option<u8>,
        own: u8,
    ) -> Option<u8> {
        if let Some(guessed) = guessed {
            let right = u32::from(self.right);
            let alike = [right, right << 8 | u32::from(self.run), 256];
            if choices.choose(line, Sort::Digit, alike, own == guessed) {
                self.right = (self.right + 1).min(RIGHT_MAX);
                self.run = (self.run + 1).min(RUN_MAX);
                return Some(guessed);
            }
            self.right = 0;
        }
        let counts = &mut self.counts[usize::from(self.run)];
        let weight = |digit: u8| {
            if Some(digit) == guessed {
                0
            } else {
                u32::from(counts[usize::from(digit)])
            }
        };
        let total = (0..10).map(weight).sum();
        let part = |digit: u8| Part {
            start: (0..digit).map(weight).sum(),
            size: weight(digit),
            total,
        };
        let digit = line.part(
            total,
            || Some((part(own), own)),
            |place| {
                let digit = (0..10).find(|digit| place < part(*digit).start + weight(*digit))?;
                Some((part(digit), digit))
            },
        )?;
        counts[usize::from(digit)] += 1;
        if counts.iter().sum::<u16>() > COUNT_MAX {
            counts.iter_mut().for_each(|count| *count = count.div_ceil(2));
        }
        self.run = (self.run + 1).min(RUN_MAX);
        Some(digit)
    }
}

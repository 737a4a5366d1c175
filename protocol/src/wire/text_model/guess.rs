//! Guessing the next character: the one that came when the last four characters came before.

use crate::limits::TEXT_LEARNT_MAX;
use hashbrown::HashMap;
use std::sync::Arc;

/// Characters that have to be the same.
const ALIKE_MIN: usize = 4;
/// Beyond so many it is not looked further.
const ALIKE_MAX: usize = 20;

/// A character of the past that is no digit.
pub(super) const NO_DIGIT: u8 = u8::MAX;

/// What has come, and where four characters stood. The map is only ever asked.
#[derive(Default)]
struct Past {
    numbers: Vec<u16>,
    /// Which digit each was.
    digits: Vec<u8>,
    places: HashMap<u64, u32>,
}

/// What was told so far, as it was when streams begin and what this one has added, and where the present passage
/// stood before.
#[derive(Default)]
pub(super) struct Guesses {
    begun: Arc<Past>,
    own: Past,
    latest: u64,
    /// Where in all that came the guessed character stands, and how many before it are alike.
    at: usize,
    alike: usize,
}

impl Guesses {
    /// Goes on from what another stream knew when it was [`Guesses::settled`].
    pub fn begin(&self) -> Guesses {
        Guesses {
            begun: Arc::clone(&self.begun),
            own: Past::default(),
            ..*self
        }
    }

    /// Makes all it knows what streams begin with.
    pub fn settled(&self) -> Guesses {
        let mut places = self.begun.places.clone();
        places.extend(self.own.places.iter());
        let numbers = [self.begun.numbers.as_slice(), &self.own.numbers].concat();
        let digits = [self.begun.digits.as_slice(), &self.own.digits].concat();
        Guesses {
            begun: Arc::new(Past {
                numbers,
                digits,
                places,
            }),
            own: Past::default(),
            latest: self.latest,
            at: 0,
            alike: 0,
        }
    }

    /// Makes room for so many characters more.
    pub fn expect(&mut self, more: usize) {
        let more = more.min(TEXT_LEARNT_MAX);
        self.own.numbers.reserve(more);
        self.own.digits.reserve(more);
        self.own.places.reserve(more);
    }

    fn len(&self) -> usize {
        self.begun.numbers.len() + self.own.numbers.len()
    }

    fn number(&self, at: usize) -> u16 {
        match at.checked_sub(self.begun.numbers.len()) {
            Some(at) => self.own.numbers[at],
            None => self.begun.numbers[at],
        }
    }

    /// Which digit the guessed character was, if it was one.
    pub fn guessed_digit(&self) -> Option<u8> {
        let digit = match self.at.checked_sub(self.begun.digits.len()) {
            Some(at) => self.own.digits.get(at),
            None => self.begun.digits.get(self.at),
        };
        digit
            .copied()
            .filter(|digit| self.alike > 0 && *digit != NO_DIGIT)
    }

    /// The last character, and the one before it.
    pub fn before(&self) -> (u16, u16) {
        (self.latest as u16, (self.latest >> 16) as u16)
    }

    /// The guessed character, and how many before it are alike.
    pub fn guess(&self) -> Option<(u16, usize)> {
        (self.alike > 0).then(|| (self.number(self.at), self.alike.min(ALIKE_MAX)))
    }

    /// A character has come, and which digit it was; `guessed` if it was the one guessed. Unless it is only looked at,
    /// it is noted.
    pub fn came(&mut self, (number, digit): (u16, u8), guessed: bool, noted: bool) {
        self.latest = self.latest << 16 | u64::from(number);
        if noted {
            self.own.numbers.push(number);
            self.own.digits.push(digit);
        }
        if guessed {
            self.at += 1;
            self.alike += 1;
            if self.at == self.len() {
                self.alike = 0;
            }
            return;
        }
        self.look(noted);
    }

    /// Looks where the last four characters stood before, and notes that they stand here.
    fn look(&mut self, noted: bool) {
        let end = self.len();
        let own = if noted {
            self.own.places.insert(self.latest, end as u32)
        } else {
            self.own.places.get(&self.latest).copied()
        };
        let before = own.or_else(|| self.begun.places.get(&self.latest).copied());
        self.alike = 0;
        if let Some(place) = before.filter(|place| (*place as usize) < end) {
            self.at = place as usize;
            self.alike = ALIKE_MIN;
            while noted
                && self.alike < ALIKE_MAX
                && self.at > self.alike
                && self.number(self.at - 1 - self.alike) == self.number(end - 1 - self.alike)
            {
                self.alike += 1;
            }
        }
    }
}

const _: () = assert!(TEXT_LEARNT_MAX < u32::MAX as usize / 4);

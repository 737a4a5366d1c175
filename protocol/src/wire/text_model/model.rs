//! Telling characters by what has come so far.

use super::alphabet::Alphabet;
use super::choices::{Choices, Sort};
use super::contexts::{Contexts, NOWHERE, Slot, after_one, after_two};
use super::digits::{ANY, Digits, digit};
use super::guess::{Guesses, NO_DIGIT};
use super::open::Open;
use crate::limits::TEXT_LEARNT_MAX;
use crate::wire::estimates::{ESTIMATES, mix};
use crate::wire::range_coder::{Line, Part};

/// Above this weight the counts of high bytes are halved.
const WEIGHT_MAX: u32 = 1 << 16;
/// How much one more high byte counts.
const HIGH_STEP: u16 = 16;

/// Bytes of a Han character.
const HAN_BYTES: usize = 3;
/// Room is made for so many characters at once.
const EXPECTED_MAX: usize = 4_096;

/// How many characters since a mark are counted.
const SINCE_MAX: u32 = 6;
/// What is guessed, more alike than this is one case.
const ALIKE_STEP: u32 = 4;

/// A model of text that learns from all it tells.
pub(in crate::wire) struct Model {
    alphabet: Alphabet,
    contexts: Contexts,
    guesses: Guesses,
    choices: Choices,
    digits: Digits,
    /// How many of the last characters are Han.
    since: u32,
    high_bytes: [u16; 256],
    high_total: u32,
    learnt: usize,
    /// Room to reckon in.
    weights: Vec<u16>,
}

fn bits(number: u32) -> u32 {
    u32::BITS - number.leading_zeros()
}

fn is_han(unit: u16) -> bool {
    (0x4e00..0xa000).contains(&unit)
}

impl Model {
    /// A model that has learnt nothing, but knows the NUL that ends a text.
    pub fn new() -> Self {
        let mut alphabet = Alphabet::new();
        // The first of all: there is room.
        let _ = alphabet.add(0);
        Model {
            alphabet,
            contexts: Contexts::default(),
            guesses: Guesses::default(),
            choices: Choices::new(),
            digits: Digits::new(),
            since: 0,
            high_bytes: [1; 256],
            high_total: 256,
            learnt: 0,
            weights: Vec::new(),
        }
    }

    /// One that goes on from this one, which is [`Model::settled`].
    pub fn begin(&self) -> Model {
        Model {
            alphabet: self.alphabet.clone(),
            contexts: self.contexts.begin(),
            guesses: self.guesses.begin(),
            choices: self.choices.begin(),
            learnt: 0,
            weights: Vec::new(),
            ..*self
        }
    }

    /// Makes all it has learnt what others begin with, who share it.
    pub fn settled(self) -> Model {
        Model {
            contexts: self.contexts.settled(),
            guesses: self.guesses.settled(),
            choices: self.choices.settled(),
            ..self
        }
    }

    /// As many characters as are learnt from one direction of an exchange may come again.
    pub fn learn_anew(&mut self) {
        self.learnt = 0;
    }

    /// Tells texts, each ended by a NUL; none if there are too many different characters. The model is of no more
    /// use then.
    pub fn write(&mut self, line: &mut Line, text: &str) -> Option<()> {
        self.guesses.expect((text.len() / HAN_BYTES).min(EXPECTED_MAX));
        for unit in text.encode_utf16() {
            self.tell(line, unit)?;
        }
        Some(())
    }

    /// Reads texts, so many bytes of UTF-8; none if what was told makes no sense.
    pub fn read(&mut self, line: &mut Line, len: usize) -> Option<String> {
        // What is promised may be a lie.
        let likely = (len / HAN_BYTES).min(EXPECTED_MAX);
        self.guesses.expect(likely);
        let mut units = Vec::with_capacity(likely);
        let mut left = len;
        while left > 0 {
            let unit = self.tell(line, 0)?;
            let size = match unit {
                0..0x80 => 1,
                // Two of these make four bytes.
                0x80..0x800 | 0xd800..0xe000 => 2,
                _ => 3,
            };
            left = left.checked_sub(size)?;
            units.push(unit);
        }
        String::from_utf16(&units).ok()
    }

    /// Tells the character `unit`, or reads one.
    fn tell(&mut self, line: &mut Line, unit: u16) -> Option<u16> {
        let own_digit = digit(unit);
        let class = own_digit.map_or(unit, |_| ANY);
        let learns = self.learnt < TEXT_LEARNT_MAX;
        self.learnt += usize::from(learns);
        let guessed_digit = self.guesses.guessed_digit();
        let (number, guessed) = self.tell_class(line, class, learns)?;
        let mut unit = self.alphabet.unit(number);
        self.since = if is_han(unit) {
            (self.since + 1).min(SINCE_MAX)
        } else {
            0
        };
        let mut which = NO_DIGIT;
        if unit == ANY {
            let own = own_digit.unwrap_or(0);
            which = self.digits.tell(line, &mut self.choices, guessed_digit, own)?;
            unit += u16::from(which);
        } else {
            self.digits.none();
        }
        self.guesses.came((number, which), guessed, learns);
        Some(unit)
    }

    /// Tells a character, all digits being one: its number, and whether it was guessed.
    fn tell_class(&mut self, line: &mut Line, unit: u16, learns: bool) -> Option<(u16, bool)> {
        let own = match line {
            Line::Write(_) => self.alphabet.number(unit),
            Line::Read(_) => None,
        };
        let (last, before) = self.guesses.before();
        let keys = [after_two(before, last), after_one(last)];
        let [two, one] = keys.map(|key| self.contexts.find(key));
        let guessed = self.guesses.guess();
        if let Some((guess, alike)) = guessed {
            let numbers = self.guess_is_like(guess, alike as u32, [two, one]);
            let right = own == Some(guess);
            if self.choices.choose(line, Sort::Guess, numbers, right) {
                return Some((guess, true));
            }
        }
        let guess = guessed.map(|(guess, _)| guess);
        let out = (guess, None);
        if let Some((number, at)) = self.tell_follower(line, (Sort::AfterTwo, two), out, own)? {
            if learns {
                self.contexts.again(two, keys[0], at);
            }
            return Some((number, false));
        }
        let (sort, out) = match (guess, two) {
            (None, Slot::Nowhere) => (Sort::AfterOne, (None, None)),
            _ => (Sort::AfterOneLess, (guess, Some(two))),
        };
        let told = self.tell_follower(line, (sort, one), out, own)?;
        let number = match told {
            Some((number, _)) => number,
            None => {
                self.leave_out(guess, [two, one]);
                self.tell_known(line, own, unit, learns)?
            }
        };
        if learns {
            let alone = match told {
                Some((_, at)) => {
                    self.contexts.again(one, keys[1], at);
                    at
                }
                None => self.contexts.append(one, keys[1], number, NOWHERE),
            };
            self.contexts.append(two, keys[0], number, alone);
        }
        Some((number, false))
    }

    /// Leaves out of the alphabet what was guessed and those that have followed, which it is none of.
    fn leave_out(&mut self, guess: Option<u16>, slots: [Slot; 2]) {
        let [two, one] = slots.map(|slot| self.contexts.list(slot).unwrap_or_default());
        let guess = guess.filter(|guess| one.position(*guess).or(two.position(*guess)).is_none());
        // Hardly ever there is one: what follows two follows the second.
        let only_two = two.numbers.iter().zip(two.alone);
        let only_two = only_two.filter(|(_, alone)| **alone == NOWHERE);
        let only_two = only_two.map(|(number, _)| std::slice::from_ref(number));
        let lists = [one.numbers].into_iter().chain(only_two);
        self.alphabet
            .leave_out(lists.chain(guess.as_ref().map(std::slice::from_ref)));
    }

    /// What a guess is like: how much is alike; how it stands among those that followed; what it would follow.
    fn guess_is_like(&self, guess: u16, alike: u32, slots: [Slot; 2]) -> [u32; ESTIMATES] {
        let mut stand = 0;
        for (place, slot) in (0..).zip(slots) {
            if let Some(list) = self.contexts.list(slot) {
                let all = list.count;
                let found = list.position(guess);
                let share = found.map_or(0, |at| u32::from(list.counts[at]) * 7 / all.max(1));
                stand = 1 + 64 * place + 8 * bits(all).min(6) + share;
                break;
            }
        }
        let (last, _) = self.guesses.before();
        [
            alike,
            (stand << 8) | (alike / ALIKE_STEP),
            mix(self.unit(guess), self.unit(last)),
        ]
    }

    fn unit(&self, number: u16) -> u32 {
        self.alphabet.unit(number).into()
    }

    /// Tells one of those that have followed: its number and where it stands in the list. `Some(None)` if it is none
    /// of them. What was guessed and those of the other list are left out.
    fn tell_follower(
        &mut self,
        line: &mut Line,
        (sort, slot): (Sort, Slot),
        (guess, other): (Option<u16>, Option<Slot>),
        own: Option<u16>,
    ) -> Option<Option<(u16, u16)>> {
        let Some(list) = self.contexts.list(slot) else {
            return Some(None);
        };
        let other = other.and_then(|other| self.contexts.list(other));
        let open = Open::of(list, guess, other.unwrap_or_default());
        if open.len == 0 {
            return Some(None);
        }
        let met = own.and_then(|own| list.position(own));
        let (last, before) = self.guesses.before();
        let context = match sort {
            Sort::AfterTwo => mix(self.unit(before), self.unit(last)),
            _ => self.unit(last),
        };
        let len = open.len as u32;
        let alike = [
            len.min(12) << 8 | bits(open.count).min(10),
            context,
            self.since << 8 | bits(len).min(5),
        ];
        if !self.choices.choose(line, sort, alike, met.is_some()) {
            return Some(None);
        }
        let at = open.tell(line, &mut self.weights, met)?;
        Some(Some((list.numbers[at], at as u16)))
    }

    /// Tells a character that has not followed: one that has come before, or a new one.
    fn tell_known(&mut self, line: &mut Line, own: Option<u16>, unit: u16, learns: bool) -> Option<u16> {
        let left = self.alphabet.len_in() as u32;
        let (last, _) = self.guesses.before();
        let alike = [bits(left).min(17), self.since, self.unit(last)];
        if left == 0 || !self.choices.choose(line, Sort::Known, alike, own.is_some()) {
            return self.tell_new(line, unit, learns);
        }
        let alphabet = &self.alphabet;
        let number = line.part(
            alphabet.total(),
            || own.map(|own| (alphabet.part(own), own)),
            |place| alphabet.at(place),
        )?;
        if learns {
            self.alphabet.count(number);
        }
        Some(number)
    }

    /// Tells a character that has never come: its high byte by how often that came, its low byte outright.
    fn tell_new(&mut self, line: &mut Line, unit: u16, learns: bool) -> Option<u16> {
        let counts = &self.high_bytes;
        let total = self.high_total;
        let part_of = |high: usize| Part {
            start: counts[..high].iter().map(|count| u32::from(*count)).sum(),
            size: u32::from(counts[high]),
            total,
        };
        let own = usize::from(unit >> 8);
        let high = line.part(
            total,
            || Some((part_of(own), own)),
            |place| {
                let mut end = 0;
                let high = counts.iter().position(|count| {
                    end += u32::from(*count);
                    place < end
                })?;
                Some((part_of(high), high))
            },
        )?;
        let low_part = |low: u32| Part {
            start: low,
            size: 1,
            total: 256,
        };
        let own = u32::from(unit & 0xff);
        let low = line.part(
            256,
            || Some((low_part(own), own)),
            |place| Some((low_part(place), place)),
        )?;
        let unit = (high as u16) << 8 | low as u16;
        if learns {
            self.count_high(high);
        }
        // One that has come is not told like this, whatever the bytes say.
        match self.alphabet.number(unit) {
            Some(_) => None,
            None => self.alphabet.add(unit),
        }
    }

    fn count_high(&mut self, high: usize) {
        self.high_bytes[high] += HIGH_STEP;
        self.high_total += u32::from(HIGH_STEP);
        if self.high_total > WEIGHT_MAX {
            self.high_bytes
                .iter_mut()
                .for_each(|count| *count = count.div_ceil(2));
            self.high_total = self.high_bytes.iter().map(|count| u32::from(*count)).sum();
        }
    }
}

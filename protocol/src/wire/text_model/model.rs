//! Telling characters by what has come so far.

use super::alphabet::{Alphabet, weight};
use super::choices::{Choices, Sort};
use super::contexts::{Contexts, Follower, List, after_one, after_two};
use super::digits::{ANY, Digits, digit};
use super::guess::{Guesses, NO_DIGIT};
use crate::limits::TEXT_LEARNT_MAX;
use crate::wire::estimates::{ESTIMATES, mix};
use crate::wire::range_coder::{Line, Part};

/// Above this weight the counts of high bytes are halved.
const WEIGHT_MAX: u32 = 1 << 16;
/// How much one more high byte counts.
const HIGH_STEP: u16 = 16;

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
        for unit in text.encode_utf16() {
            self.tell(line, unit)?;
        }
        Some(())
    }

    /// Reads texts, so many bytes of UTF-8; none if what was told makes no sense.
    pub fn read(&mut self, line: &mut Line, len: usize) -> Option<String> {
        let mut units = Vec::new();
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
        let own = self.alphabet.number(unit);
        self.alphabet.let_in();
        let (last, before) = self.guesses.before();
        let keys = [after_two(before, last), after_one(last)];
        if let Some((guess, alike)) = self.guesses.guess() {
            let numbers = self.guess_is_like(guess, alike as u32, keys);
            if self
                .choices
                .choose(line, Sort::Guess, numbers, own == Some(guess))
            {
                return Some((guess, true));
            }
            self.alphabet.leave_out(guess);
        }
        let mut helped = 0;
        let mut told = None;
        for key in keys {
            told = self.tell_follower(line, key, helped, own)?;
            if told.is_some() {
                break;
            }
            helped += 1;
        }
        let number = match told {
            Some(number) => number,
            None => self.tell_known(line, own, unit, learns)?,
        };
        if learns {
            for key in &keys[..(helped + 1).min(keys.len())] {
                self.contexts.count(*key, number);
            }
        }
        Some((number, false))
    }

    /// What a guess is like: how much is alike; how it stands among those that followed; what it would follow.
    fn guess_is_like(&self, guess: u16, alike: u32, keys: [u32; 2]) -> [u32; ESTIMATES] {
        let mut stand = 0;
        for (place, key) in (0..).zip(keys) {
            if let Some(list) = self.contexts.get(key) {
                let all = list.count;
                let found = list.followers.iter().find(|follower| follower.number == guess);
                let share = found.map_or(0, |follower| u32::from(follower.count) * 7 / all.max(1));
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

    /// Tells one of those that have followed: its number. `Some(None)` if it is none of them: they are then left out.
    fn tell_follower(
        &mut self,
        line: &mut Line,
        key: u32,
        helped: usize,
        own: Option<u16>,
    ) -> Option<Option<u16>> {
        let Some(list) = self.contexts.get(key) else {
            return Some(None);
        };
        let Some(open) = Open::of(list, &self.alphabet) else {
            return Some(None);
        };
        let met = own.is_some_and(|own| {
            !self.alphabet.is_out(own) && list.followers.iter().any(|follower| follower.number == own)
        });
        let sort = match helped {
            0 => Sort::AfterTwo,
            _ if self.alphabet.any_out() => Sort::AfterOneLess,
            _ => Sort::AfterOne,
        };
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
        if self.choices.choose(line, sort, alike, met) {
            return open.tell(line, own).map(Some);
        }
        for follower in list.followers {
            self.alphabet.leave_out(follower.number);
        }
        Some(None)
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
            |place| alphabet.at(place).map(|number| (alphabet.part(number), number)),
        )?;
        if learns {
            self.alphabet.let_in();
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

/// Those of a list that are not left out, and their counts' sum and weight.
struct Open<'a> {
    list: List<'a>,
    alphabet: &'a Alphabet,
    len: usize,
    count: u32,
}

impl<'a> Open<'a> {
    fn of(list: List<'a>, alphabet: &'a Alphabet) -> Option<Open<'a>> {
        let (mut len, mut count) = (list.followers.len(), list.count);
        if alphabet.any_out() {
            let out = list
                .followers
                .iter()
                .filter(|follower| alphabet.is_out(follower.number));
            for follower in out {
                len -= 1;
                count -= u32::from(follower.count);
            }
        }
        (len > 0).then_some(Open {
            list,
            alphabet,
            len,
            count,
        })
    }

    fn each(&self) -> impl Iterator<Item = Follower> {
        let followers = self.list.followers.iter().copied();
        followers.filter(|follower| !self.alphabet.is_out(follower.number))
    }

    /// Tells one of them; its number.
    fn tell(&self, line: &mut Line, own: Option<u16>) -> Option<u16> {
        let total = 2 * self.count - self.len as u32;
        let find = |is_it: &dyn Fn(u32, u32, u16) -> bool| {
            let mut start = 0;
            for follower in self.each() {
                let size = weight(follower.count.into());
                if is_it(start, size, follower.number) {
                    return Some((Part { start, size, total }, follower.number));
                }
                start += size;
            }
            None
        };
        line.part(
            total,
            || find(&|_, _, number| Some(number) == own),
            |place| find(&|start, size, _| place < start + size),
        )
    }
}

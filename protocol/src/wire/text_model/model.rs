//! Telling characters by what has come so far.

use super::alphabet::{Alphabet, weight};
use super::contexts::{Contexts, Follower, List, after_one, after_two};
use super::guess::{ALIKE_MAX, Guesses};
use crate::limits::TEXT_LEARNT_MAX;
use crate::wire::range_coder::{Line, Part};

/// Above this weight the counts of high bytes are halved.
const WEIGHT_MAX: u32 = 1 << 16;
/// Above this sum both counts of a choice are halved.
const CHOICE_MAX: u16 = 400;
/// How much one more high byte counts.
const HIGH_STEP: u16 = 16;

/// How often something was not, and was, among what was looked at.
#[derive(Clone, Copy)]
struct Choice {
    missed: u16,
    met: u16,
}

/// By how many followers there are, and how often they came.
type FollowChoices = [[Choice; 11]; 13];

#[derive(Clone)]
struct Choices {
    /// By how much is alike.
    guesses: [Choice; ALIKE_MAX + 1],
    /// After two characters, after one, and after one where two did not help.
    follow: [FollowChoices; 3],
    /// By how many characters there are.
    known: [Choice; 18],
}

/// A model of text that learns from all it tells.
pub(in crate::wire) struct Model {
    alphabet: Alphabet,
    contexts: Contexts,
    guesses: Guesses,
    choices: Choices,
    high_bytes: [u16; 256],
    high_total: u32,
    learnt: usize,
}

fn choose(line: &mut Line, choice: &mut Choice, met: bool) -> Option<bool> {
    let total = u32::from(choice.missed) + u32::from(choice.met);
    let missed = u32::from(choice.missed);
    let part = |met: bool| Part {
        start: if met { missed } else { 0 },
        size: if met { total - missed } else { missed },
        total,
    };
    let met = line.part(
        total,
        || Some((part(met), met)),
        |place| Some((part(place >= missed), place >= missed)),
    )?;
    let counted = if met { &mut choice.met } else { &mut choice.missed };
    *counted += 1;
    if choice.missed + choice.met > CHOICE_MAX {
        choice.missed = choice.missed.div_ceil(2);
        choice.met = choice.met.div_ceil(2);
    }
    Some(met)
}

fn bits(number: u32) -> usize {
    (u32::BITS - number.leading_zeros()) as usize
}

impl Model {
    /// A model that has learnt nothing, but knows the NUL that ends a text.
    pub fn new() -> Self {
        let even = Choice { missed: 1, met: 1 };
        let mut alphabet = Alphabet::new();
        // The first of all: there is room.
        let _ = alphabet.add(0);
        Model {
            alphabet,
            contexts: Contexts::default(),
            guesses: Guesses::default(),
            choices: Choices {
                guesses: [even; ALIKE_MAX + 1],
                follow: [[[even; 11]; 13]; 3],
                known: [even; 18],
            },
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
            choices: self.choices.clone(),
            learnt: 0,
            ..*self
        }
    }

    /// Makes all it has learnt what others begin with, who share it.
    pub fn settled(self) -> Model {
        Model {
            contexts: self.contexts.settled(),
            guesses: self.guesses.settled(),
            ..self
        }
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
            let number = self.tell(line, 0)?;
            let unit = self.alphabet.unit(number);
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

    /// Tells the character `unit`, or reads one; its number.
    fn tell(&mut self, line: &mut Line, unit: u16) -> Option<u16> {
        let own = self.alphabet.number(unit);
        let learns = self.learnt < TEXT_LEARNT_MAX;
        self.learnt += usize::from(learns);
        self.alphabet.let_in();
        if let Some((guess, alike)) = self.guesses.guess() {
            if choose(line, &mut self.choices.guesses[alike], own == Some(guess))? {
                self.guesses.came(guess, true, learns);
                return Some(guess);
            }
            self.alphabet.leave_out(guess);
        }
        let (last, before) = self.guesses.before();
        let keys = [after_two(before, last), after_one(last)];
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
        self.guesses.came(number, false, learns);
        Some(number)
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
        // After one character: whether there were two that did not help.
        let sort = if helped > 0 && self.alphabet.any_out() {
            2
        } else {
            helped
        };
        let choice = &mut self.choices.follow[sort][open.len.min(12)][bits(open.count).min(10)];
        if choose(line, choice, met)? {
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
        if left == 0 || !choose(line, &mut self.choices.known[bits(left).min(17)], own.is_some())? {
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

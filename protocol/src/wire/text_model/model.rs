//! What has followed what so far, and telling characters by it.

use super::alphabet::{Alphabet, weight};
use super::coder::{Decoder, Encoder, Part};
use crate::limits::{TEXT_FOLLOWERS_MAX, TEXT_LEARNT_MAX};

/// Above this weight the counts of what follows one character are halved.
const WEIGHT_MAX: u32 = 1 << 16;
/// Above this sum both counts of a choice are halved.
const CHOICE_MAX: u16 = 400;
/// How much one more high byte counts.
const HIGH_STEP: u16 = 16;

/// What has followed one character: a piece of the list of all followers.
#[derive(Clone, Copy, Default)]
struct Context {
    start: u32,
    len: u16,
    room: u16,
    /// Sum of the counts.
    count: u32,
}

/// A character's number, and how often it followed.
#[derive(Clone, Copy, Default)]
struct Follower {
    number: u16,
    count: u16,
}

/// How often something was not, and was, among what was looked at.
#[derive(Clone, Copy)]
struct Choice {
    missed: u16,
    met: u16,
}

/// A model of text that learns from all it tells.
#[derive(Clone)]
pub(crate) struct Model {
    alphabet: Alphabet,
    contexts: Vec<Context>,
    followers: Vec<Follower>,
    /// By how many followers there are, and how often they came.
    follow_choices: [[Choice; 11]; 13],
    /// By how many characters there are.
    known_choices: [Choice; 18],
    high_bytes: Vec<u16>,
    high_total: u32,
    learnt: usize,
}

/// Where characters are told.
enum Line<'a> {
    Write(Encoder),
    Read(Decoder<'a>),
}

impl Line<'_> {
    /// Tells a part, or finds the one that was told. None if what was told makes no sense.
    fn part<T>(
        &mut self,
        total: u32,
        own: impl FnOnce() -> Option<(Part, T)>,
        find: impl FnOnce(u32) -> Option<(Part, T)>,
    ) -> Option<T> {
        match self {
            Line::Write(encoder) => {
                let (part, told) = own()?;
                encoder.put(part);
                Some(told)
            }
            Line::Read(decoder) => {
                let (part, found) = find(decoder.place(total))?;
                decoder.took(part);
                Some(found)
            }
        }
    }

    fn choice(&mut self, choice: &mut Choice, met: bool) -> Option<bool> {
        let total = u32::from(choice.missed) + u32::from(choice.met);
        let missed = u32::from(choice.missed);
        let part = |met: bool| Part {
            start: if met { missed } else { 0 },
            size: if met { total - missed } else { missed },
            total,
        };
        let met = self.part(
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
}

fn bits(number: u32) -> usize {
    (u32::BITS - number.leading_zeros()) as usize
}

impl Model {
    /// A model that has learnt nothing, but knows the NUL that ends a text.
    pub fn new() -> Self {
        let even = Choice { missed: 1, met: 1 };
        let mut model = Model {
            alphabet: Alphabet::new(),
            contexts: Vec::new(),
            followers: Vec::new(),
            follow_choices: [[even; 11]; 13],
            known_choices: [even; 18],
            high_bytes: vec![1; 256],
            high_total: 256,
            learnt: 0,
        };
        model.add(0);
        model
    }

    /// A model that has learnt this text, before it is used.
    pub fn primed(text: &str) -> Self {
        let mut model = Model::new();
        // A text that cannot be told to its end has been learnt as far as it was told.
        let _ = model.pack(text);
        model.learnt = 0;
        model.compact();
        model
    }

    /// Leaves out the pieces of the list of followers that lists have moved away from: every exchange copies it.
    fn compact(&mut self) {
        let mut followers = Vec::with_capacity(self.followers.len());
        for context in &mut self.contexts {
            let first = context.start as usize;
            context.start = followers.len() as u32;
            context.room = context.len;
            followers.extend_from_slice(&self.followers[first..first + usize::from(context.len)]);
        }
        followers.shrink_to_fit();
        self.followers = followers;
    }

    /// Texts, each ended by a NUL, as few bytes; none if there are too many different characters. The model is
    /// of no more use then.
    pub fn pack(&mut self, text: &str) -> Option<Vec<u8>> {
        let mut line = Line::Write(Encoder::new());
        let mut before = 0;
        for unit in text.encode_utf16() {
            before = self.tell(&mut line, before, unit)?;
        }
        match line {
            Line::Write(encoder) => Some(encoder.finish()),
            Line::Read(_) => None,
        }
    }

    /// The texts, so many bytes of UTF-8; none if the bytes make no sense.
    pub fn unpack(&mut self, packed: &[u8], len: usize) -> Option<String> {
        let mut line = Line::Read(Decoder::new(packed));
        let mut units = Vec::new();
        let mut before = 0;
        let mut left = len;
        while left > 0 {
            before = self.tell(&mut line, before, 0)?;
            let unit = self.alphabet.unit(before);
            let size = match unit {
                0..0x80 => 1,
                // Two of these make four bytes.
                0x80..0x800 | 0xd800..0xe000 => 2,
                _ => 3,
            };
            left = left.checked_sub(size)?;
            units.push(unit);
        }
        let all = match &line {
            Line::Read(decoder) => decoder.is_at_end(),
            Line::Write(_) => false,
        };
        String::from_utf16(&units).ok().filter(|_| all)
    }

    /// Tells the character `unit`, or reads one; its number.
    fn tell(&mut self, line: &mut Line, before: u16, unit: u16) -> Option<u16> {
        let own = self.alphabet.number(unit);
        let context = self.contexts[usize::from(before)];
        let start = context.start as usize;
        let followers = start..start + usize::from(context.len);
        let learns = self.learnt < TEXT_LEARNT_MAX;
        self.learnt += usize::from(learns);
        if context.len > 0 {
            let met = own.and_then(|own| followers.clone().find(|at| self.followers[*at].number == own));
            let choice =
                &mut self.follow_choices[usize::from(context.len).min(12)][bits(context.count).min(10)];
            if line.choice(choice, met.is_some())? {
                let at = self.tell_follower(line, context, met)?;
                let number = self.followers[at].number;
                if learns {
                    self.count_follower(before, at);
                }
                return Some(number);
            }
        }
        let number = self.tell_known(line, followers, own, unit, learns)?;
        if learns {
            self.add_follower(before, number);
        }
        Some(number)
    }

    /// Tells one of those that have followed; where it stands.
    fn tell_follower(&self, line: &mut Line, context: Context, own: Option<usize>) -> Option<usize> {
        let total = 2 * context.count - u32::from(context.len);
        let first = context.start as usize;
        let followers = &self.followers[first..first + usize::from(context.len)];
        line.part(
            total,
            || {
                let at = own?;
                let before = followers[..at - first].iter();
                let start = before.map(|follower| weight(follower.count.into())).sum();
                let size = weight(self.followers[at].count.into());
                Some((Part { start, size, total }, at))
            },
            |place| {
                let mut start = 0;
                for (at, follower) in followers.iter().enumerate() {
                    let size = weight(follower.count.into());
                    if place < start + size {
                        return Some((Part { start, size, total }, first + at));
                    }
                    start += size;
                }
                None
            },
        )
    }

    /// Tells a character that has not followed: one that has come before, or a new one.
    fn tell_known(
        &mut self,
        line: &mut Line,
        followers: std::ops::Range<usize>,
        own: Option<u16>,
        unit: u16,
        learns: bool,
    ) -> Option<u16> {
        let left = (self.alphabet.len() - followers.len()) as u32;
        if left == 0 {
            return self.tell_new(line, unit, learns);
        }
        let choice = &mut self.known_choices[bits(left).min(17)];
        if !line.choice(choice, own.is_some())? {
            return self.tell_new(line, unit, learns);
        }
        let numbers = self.followers[followers].iter().map(|follower| follower.number);
        self.alphabet.leave_out(numbers);
        let alphabet = &self.alphabet;
        let number = line.part(
            alphabet.total(),
            || own.map(|own| (alphabet.part(own), own)),
            |place| alphabet.at(place).map(|number| (alphabet.part(number), number)),
        )?;
        self.alphabet.let_in();
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
            None => self.add(unit),
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

    fn add(&mut self, unit: u16) -> Option<u16> {
        let number = self.alphabet.add(unit)?;
        self.contexts.push(Context::default());
        Some(number)
    }

    fn count_follower(&mut self, before: u16, at: usize) {
        self.followers[at].count += 1;
        let context = &mut self.contexts[usize::from(before)];
        context.count += 1;
        if 2 * context.count > WEIGHT_MAX {
            let first = context.start as usize;
            let all = &mut self.followers[first..first + usize::from(context.len)];
            all.iter_mut()
                .for_each(|follower| follower.count = follower.count.div_ceil(2));
            context.count = all.iter().map(|follower| u32::from(follower.count)).sum();
        }
    }

    fn add_follower(&mut self, before: u16, number: u16) {
        let context = &mut self.contexts[usize::from(before)];
        let first = context.start as usize;
        let len = usize::from(context.len);
        if len == TEXT_FOLLOWERS_MAX {
            return;
        }
        if context.len == context.room {
            // Moves to the end, where there is room.
            let moved = self.followers.len();
            context.room = context.room.saturating_mul(2).max(2);
            self.followers.extend_from_within(first..first + len);
            self.followers
                .resize(moved + usize::from(context.room), Follower::default());
            context.start = moved as u32;
        }
        self.followers[context.start as usize + len] = Follower { number, count: 1 };
        context.len += 1;
        context.count += 1;
    }
}

//! The line of phones for which there is no room now: each is given a place, which is the time when it is due by how
//! many exchanges a second are served, and brings it back; whoever is told that there is room has a place kept for some
//! seconds. Time comes in as an argument.

use super::pace::Pace;
use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use subtle::ConstantTimeEq;

/// How long a place is kept for a phone that was told that there is room: some round trips on a weak link.
const KEPT_MS: i64 = 10_000;
/// How far into the future places are given out, and how long after it was due one is still good.
const LINE_MS_MAX: i64 = 10 * 60 * 1_000;
/// The least and the most that a refused phone is to wait before it asks again.
const WAIT_MS_MIN: u64 = 250;
const WAIT_MS_MAX: u64 = 40_000;
/// Those who were due and found no room are spread over so much, and so are those who are told to wait for the most, and
/// those who do not keep their places, of whom each waits a second at least.
const SPREAD_DUE_MS: u64 = 2_000;
const SPREAD_MOST_MS: u64 = 16_000;
const FORGETS_MS_MIN: u64 = 1_000;
/// While others stand in line, what those may take of the room who are not due, in percent.
const NOT_DUE_PERCENT: usize = 50;
/// And those who are due, at any time: to be told a time, to come by it and to be refused again costs them more than
/// waiting inside a little longer.
const DUE_PERCENT: usize = 120;

const DUE_BYTES: usize = 8;
const NONCE_BYTES: usize = 4;
const CODE_BYTES: usize = 8;
const PLACE_BYTES: usize = DUE_BYTES + NONCE_BYTES + CODE_BYTES;

/// A place in the line, as its phone brings it back: when it is due, a number that tells it from others, and a code
/// that only this process can have made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place([u8; PLACE_BYTES]);

impl Place {
    fn new(due_ms: i64, chance: u64, secret: &[u8; 32]) -> Self {
        let mut bytes = [0; PLACE_BYTES];
        let (said, code) = bytes.split_at_mut(DUE_BYTES + NONCE_BYTES);
        said[..DUE_BYTES].copy_from_slice(&due_ms.to_be_bytes());
        said[DUE_BYTES..].copy_from_slice(&chance.to_be_bytes()[..NONCE_BYTES]);
        code.copy_from_slice(&code_of(said, secret));
        Place(bytes)
    }

    /// Reads one from a header; nothing if this process has not given it out.
    pub fn read(text: &[u8], secret: &[u8; 32]) -> Option<Self> {
        let mut bytes = [0; PLACE_BYTES];
        // Looked at first: the decoder wants room for exactly what it decodes.
        if BASE64URL_NOPAD.decode_len(text.len()).ok()? != PLACE_BYTES {
            return None;
        }
        BASE64URL_NOPAD.decode_mut(text, &mut bytes).ok()?;
        let (said, code) = bytes.split_at(DUE_BYTES + NONCE_BYTES);
        bool::from(code.ct_eq(&code_of(said, secret))).then_some(Place(bytes))
    }

    /// As it stands in a header.
    pub fn text(&self) -> String {
        BASE64URL_NOPAD.encode(&self.0)
    }

    fn due_ms(&self) -> i64 {
        let due = self.0.first_chunk().copied();
        due.map_or(0, i64::from_be_bytes)
    }
}

/// What is said is always as long, so that nothing can be hung on.
fn code_of(said: &[u8], secret: &[u8; 32]) -> [u8; CODE_BYTES] {
    let hash: [u8; 32] = Sha256::new()
        .chain_update(secret)
        .chain_update(said)
        .finalize()
        .into();
    let mut code = [0; CODE_BYTES];
    code.copy_from_slice(&hash[..CODE_BYTES]);
    code
}

/// Who comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Who was told that there is room.
    Kept,
    /// Whose time has come.
    Due,
    /// Whose time is still to come.
    Early,
    /// Who has no place.
    New,
}

/// A request or a question as the line sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Comer {
    /// The place that it brings.
    pub place: Option<Place>,
    /// Whether it only asks.
    pub asks: bool,
    /// What it may take of all room, in percent.
    pub percent: usize,
    /// When it comes.
    pub now_ms: i64,
    /// Spreads those who are refused, and tells places apart.
    pub chance: u64,
}

/// What a comer is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// To come in; who asked has this place kept.
    Come(Option<Place>),
    /// To ask again after so many milliseconds, with this place.
    Wait(u64, Place),
}

/// Everyone who waits outside, as far as it has to be known: nothing is kept of a phone but a place that is kept for it.
#[derive(Debug)]
pub(super) struct Line {
    secret: [u8; 32],
    pace: Pace,
    /// When the last one is due, in microseconds: many are within one millisecond's pace.
    ends_us: i64,
    /// Until when places are kept; as many as there is room for those who are due at most.
    kept: BTreeMap<Place, i64>,
}

impl Line {
    /// Nobody waits. Places are told from made-up ones by `secret`.
    pub fn new(secret: [u8; 32]) -> Self {
        Line {
            secret,
            pace: Pace::default(),
            ends_us: 0,
            kept: BTreeMap::new(),
        }
    }

    /// Reads a place from a header.
    pub fn read(&self, text: &[u8]) -> Option<Place> {
        Place::read(text, &self.secret)
    }

    /// An exchange was served; so many more are worked on.
    pub fn served(&mut self, now_ms: i64, work: usize) {
        self.pace.served();
        self.look(now_ms, work);
    }

    fn look(&mut self, now_ms: i64, work: usize) {
        self.pace.look(now_ms, work, self.has_end_after(now_ms));
    }

    /// Lets a comer in or gives it a place, while so many exchanges are worked on. `take` takes the room that the
    /// request needs besides.
    pub fn come(&mut self, comer: Comer, work: usize, take: impl FnOnce() -> bool) -> Told {
        self.look(comer.now_ms, work);
        self.kept.retain(|_, until_ms| *until_ms > comer.now_ms);
        let standing = self.standing(&comer);
        if self.is_free(standing, &comer, work) && take() {
            Told::Come(self.let_in(standing, &comer))
        } else {
            self.refuse(standing, &comer)
        }
    }

    fn standing(&self, comer: &Comer) -> Standing {
        match comer.place {
            Some(place) if self.kept.contains_key(&place) => Standing::Kept,
            Some(place) if place.due_ms() > comer.now_ms => Standing::Early,
            Some(place) if place.due_ms() > comer.now_ms - LINE_MS_MAX => Standing::Due,
            _ => Standing::New,
        }
    }

    fn is_free(&self, standing: Standing, comer: &Comer, work: usize) -> bool {
        let percent = match standing {
            Standing::Kept => return true,
            Standing::Due => comer.percent * DUE_PERCENT / 100,
            Standing::Early | Standing::New if self.has_end_after(comer.now_ms) => {
                comer.percent.min(NOT_DUE_PERCENT)
            }
            Standing::Early | Standing::New => comer.percent,
        };
        work + self.kept.len() < self.pace.work_max() * percent / 100
    }

    fn let_in(&mut self, standing: Standing, comer: &Comer) -> Option<Place> {
        match standing {
            Standing::Kept | Standing::Due => {}
            Standing::Early => self.ends_us -= self.pace.us_each(),
            Standing::New if self.has_end_after(comer.now_ms) => self.lengthen(comer.now_ms),
            Standing::New => {}
        }
        // Who was refused before and has no place does not keep its places, and would not come to one kept for it.
        let place = comer.place.filter(|_| standing != Standing::New)?;
        if comer.asks {
            self.kept.insert(place, comer.now_ms + KEPT_MS);
            return Some(place);
        }
        self.kept.remove(&place);
        None
    }

    /// One more exchange comes before the end of the line.
    fn lengthen(&mut self, now_ms: i64) {
        let ends_us = self.ends_us.max(us(now_ms)) + self.pace.us_each();
        self.ends_us = ends_us.min(us(now_ms + LINE_MS_MAX));
    }

    fn has_end_after(&self, now_ms: i64) -> bool {
        self.ends_us > us(now_ms)
    }

    fn refuse(&mut self, standing: Standing, comer: &Comer) -> Told {
        // A large one is in nobody's way for whom there is room, and who asks was refused before: it does not keep its
        // places, and none would wait for it.
        let forgets = standing == Standing::New && comer.asks;
        if standing != Standing::Early && comer.percent == 100 && !forgets {
            self.lengthen(comer.now_ms);
        }
        let ends_ms = self.ends_us.div_euclid(1_000).max(comer.now_ms);
        let place = comer.place.filter(|_| standing != Standing::New);
        let place = place.unwrap_or_else(|| Place::new(ends_ms, comer.chance, &self.secret));
        let left_ms = u64::try_from(place.due_ms() - comer.now_ms).unwrap_or(0);
        let after_ms = match left_ms {
            _ if forgets => FORGETS_MS_MIN + comer.chance % SPREAD_MOST_MS,
            0 => WAIT_MS_MIN + comer.chance % SPREAD_DUE_MS,
            1..WAIT_MS_MAX => left_ms.max(WAIT_MS_MIN),
            _ => WAIT_MS_MAX - comer.chance % SPREAD_MOST_MS,
        };
        Told::Wait(after_ms, place)
    }
}

fn us(ms: i64) -> i64 {
    ms.saturating_mul(1_000)
}

#[cfg(test)]
#[path = "line/tests.rs"]
mod tests;

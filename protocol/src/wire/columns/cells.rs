//! How the values of a column follow one another: numbers from the one before or from another column, texts by
//! what they begin with or by the few that there are.

use crate::wire::varint::{self, unzigzag};

/// How many columns of numbers, the first ones, others may follow.
pub(super) const FOLLOWED_MAX: usize = 8;
/// What a followed column may be multiplied by: stamps are milliseconds times this.
pub(super) const SCALE: i128 = 65_536;

/// Greatest unit that numbers are told in.
pub(super) const UNIT_MAX: u128 = 1 << 32;

/// What a number is told as the difference from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// Nothing.
    Plain,
    /// The number before it in its column.
    Previous,
    /// The number before it, moved on as another column has moved on since.
    With {
        /// Which, among the columns of numbers.
        column: usize,
        /// Whether it moves on 65,536 times as far.
        scaled: bool,
    },
}

impl Rule {
    pub(super) fn number(self) -> u128 {
        match self {
            Rule::Plain => 0,
            Rule::Previous => 1,
            Rule::With { column, scaled } => 2 + 2 * column as u128 + u128::from(scaled),
        }
    }

    pub(super) fn read(number: u128) -> Option<Rule> {
        Some(match number {
            0 => Rule::Plain,
            1 => Rule::Previous,
            _ => Rule::With {
                column: usize::try_from((number - 2) / 2)
                    .ok()
                    .filter(|column| *column < FOLLOWED_MAX)?,
                scaled: number % 2 == 1,
            },
        })
    }
}

/// The latest numbers of the columns that may be followed.
pub(super) type Latest = [i128; FOLLOWED_MAX];

/// Where a column of numbers stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    previous: i128,
    followed: i128,
    begun: bool,
}

impl Place {
    /// What the next number is told as the difference from.
    fn base(&self, rule: Rule, latest: &Latest) -> i128 {
        match rule {
            Rule::Plain => 0,
            Rule::Previous => self.previous,
            Rule::With { column, scaled } => {
                let moved = latest[column] - self.followed;
                self.previous + if scaled { moved * SCALE } else { moved }
            }
        }
    }

    fn move_on(&mut self, rule: Rule, latest: &Latest, number: i128) {
        self.previous = number;
        if let Rule::With { column, .. } = rule {
            self.followed = latest[column];
        }
    }

    /// The next number, from the step told in units (the first in ones); none beyond 64 bits.
    pub(super) fn read(&mut self, rule: Rule, unit: i128, latest: &Latest, told: u128) -> Option<i128> {
        let unit = if self.begun { unit } else { 1 };
        self.begun = true;
        let number = self.base(rule, latest) + unzigzag(told).checked_mul(unit)?;
        if !(i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&number) {
            return None;
        }
        self.move_on(rule, latest, number);
        Some(number)
    }
}

/// How a column of texts is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Telling {
    /// Each whole.
    Whole = 0,
    /// Each by how many bytes it shares with the one before, and the rest.
    Shared = 1,
    /// The different ones, and which of them each is.
    Few = 2,
}

impl Telling {
    pub(super) fn read(number: u128) -> Option<Telling> {
        [Telling::Whole, Telling::Shared, Telling::Few]
            .into_iter()
            .find(|telling| *telling as u128 == number)
    }
}

/// Tells a column of texts: the numbers go to `out`, what is text to `text`, each ended by a NUL.
pub(super) fn put_texts(out: &mut Vec<u8>, text: &mut String, values: &[&str]) {
    let mut different: Vec<&str> = values.to_vec();
    different.sort_unstable();
    different.dedup();
    let shared: Vec<usize> = values
        .iter()
        .enumerate()
        .map(|(at, value)| {
            at.checked_sub(1)
                .map_or(0, |before| shared_bytes(values[before], value))
        })
        .collect();
    let telling = if different.len() * 2 <= values.len() {
        Telling::Few
    } else if shared.iter().sum::<usize>() >= 3 * values.len() {
        Telling::Shared
    } else {
        Telling::Whole
    };
    out.push(telling as u8);
    let mut put = |value: &str| {
        text.push_str(value);
        text.push('\0');
    };
    match telling {
        Telling::Whole => values.iter().for_each(|value| put(value)),
        Telling::Shared => {
            for (value, shared) in values.iter().zip(shared) {
                varint::put_len(out, shared);
                put(&value[shared..]);
            }
        }
        Telling::Few => {
            varint::put_len(out, different.len());
            different.iter().for_each(|value| put(value));
            for value in values {
                // Every value is among the different ones.
                varint::put_len(out, different.binary_search(value).unwrap_or(0));
            }
        }
    }
}

fn shared_bytes(one: &str, other: &str) -> usize {
    let equal = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    (0..=equal)
        .rev()
        .find(|at| one.is_char_boundary(*at))
        .unwrap_or(0)
}

/// Reads a column of so many texts back, taking what is text from `text`; none beyond `bytes_left`, which it
/// lowers.
pub(super) fn take_texts(
    bytes: &mut &[u8],
    text: &mut std::str::Split<'_, char>,
    count: usize,
    bytes_left: &mut usize,
) -> Option<Vec<String>> {
    let telling = Telling::read(varint::take(bytes)?)?;
    let mut next = || text.next().map(str::to_string);
    let mut values: Vec<String> = Vec::new();
    let few = if telling == Telling::Few {
        let different = varint::take_len(bytes, count)?;
        (0..different).map(|_| next()).collect::<Option<Vec<String>>>()?
    } else {
        Vec::new()
    };
    for _ in 0..count {
        let value = match telling {
            Telling::Whole => next()?,
            Telling::Shared => {
                let shared = varint::take_len(bytes, usize::MAX)?;
                let before = values.last().map_or("", String::as_str);
                let mut value = before.get(..shared)?.to_string();
                value.push_str(&next()?);
                value
            }
            Telling::Few => few.get(varint::take_len(bytes, few.len())?)?.clone(),
        };
        *bytes_left = bytes_left.checked_sub(value.len())?;
        values.push(value);
    }
    Some(values)
}

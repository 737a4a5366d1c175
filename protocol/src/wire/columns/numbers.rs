//! Which rule tells a column of numbers in the fewest bytes.

use super::cells::{FOLLOWED_MAX, Rule, SCALE, UNIT_MAX};
use crate::wire::varint::{self, zigzag};

/// Columns whose numbers lie below it are reckoned with in 64 bits.
const SHORT: u64 = 1 << 61;
/// Below it they still are, multiplied by [`SCALE`].
const SHORT_SCALED: u64 = 1 << 44;

/// Most columns have no more numbers.
const USUAL: usize = 40;

/// A column of numbers of 64 bits, with a sign or without.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    entries: Vec<Entry>,
    /// The greatest of them, without signs.
    largest: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    bits: u64,
    is_negative: bool,
    /// How many numbers of any column came before it.
    before: u32,
}

impl Entry {
    fn value(self) -> i128 {
        match self.is_negative {
            true => (self.bits as i64).into(),
            false => self.bits.into(),
        }
    }
}

impl Numbers {
    /// Adds one, before which there were so many of any column.
    pub(super) fn push(&mut self, value: i128, before: u32) {
        if self.entries.is_empty() {
            self.entries.reserve(USUAL);
        }
        // Of MessagePack no number has more bits.
        self.largest = self.largest.max(value.unsigned_abs() as u64);
        self.entries.push(Entry {
            bits: value as u64,
            is_negative: value < 0,
            before,
        });
    }

    fn is_short(&self) -> bool {
        self.largest < SHORT
    }

    fn values<N: Number>(&self) -> impl Iterator<Item = N> + Clone {
        self.entries.iter().map(|entry| N::of(*entry))
    }

    /// How far each number has moved on since the one before it, the first from nothing.
    fn steps<N: Number>(&self) -> impl Iterator<Item = N> + Clone {
        let mut before = N::NONE;
        self.values()
            .map(move |value: N| value.since(std::mem::replace(&mut before, value)))
    }

    /// How far this column has moved on between each number of another and the one before that.
    fn steps_beside<N: Number>(&self, other: &Numbers) -> impl Iterator<Item = N> + Clone {
        let mut rest = self.entries.iter();
        let (mut latest, mut before) = (N::NONE, N::NONE);
        other.entries.iter().map(move |entry| {
            while let Some(earlier) = rest.as_slice().first().filter(|own| own.before < entry.before) {
                latest = N::of(*earlier);
                rest.next();
            }
            latest.since(std::mem::replace(&mut before, latest))
        })
    }

    /// What is left of each step of a column that follows this one.
    fn followed<N: Number>(&self, own: &Numbers, is_scaled: bool) -> impl Iterator<Item = N> + Clone {
        let steps = own.steps::<N>().zip(self.steps_beside::<N>(own));
        steps.map(move |(own, other)| own.since(if is_scaled { other.scaled() } else { other }))
    }
}

fn first_two(mut steps: impl Iterator<Item = i128>) -> Option<[i128; 2]> {
    Some([steps.next()?, steps.next()?])
}

/// The rule and unit that make these numbers shortest. Only earlier columns are followed.
pub(super) fn shortest(own: &Numbers, earlier: &[Numbers]) -> (Rule, u64) {
    let mut best = Best::of(own.entries.len());
    match own.is_short() {
        true => {
            best.rule(Rule::Previous, own.steps::<i64>());
            best.rule(Rule::Plain, own.values::<i64>());
        }
        false => {
            best.rule(Rule::Previous, own.steps::<i128>());
            best.rule(Rule::Plain, own.values::<i128>());
        }
    }
    let own_begun = first_two(own.steps());
    for (column, other) in earlier.iter().enumerate().take(FOLLOWED_MAX) {
        if best.is_least() {
            break;
        }
        let other_begun = first_two(other.steps_beside(own));
        for scaled in [false, true] {
            let begun = own_begun.zip(other_begun);
            if begun.is_some_and(|begun| !best.can_begin(begun, if scaled { SCALE } else { 1 })) {
                continue;
            }
            let rule = Rule::With { column, scaled };
            let other_max = if scaled { SHORT_SCALED } else { SHORT };
            match own.is_short() && other.largest < other_max {
                true => best.rule(rule, other.followed::<i64>(own, scaled)),
                false => best.rule(rule, other.followed::<i128>(own, scaled)),
            }
        }
    }
    (best.rule, best.unit)
}

/// Tells numbers by a rule, in a unit that it allows.
pub(super) fn tell(
    own: &Numbers,
    earlier: &[Numbers],
    (rule, unit): (Rule, u64),
    mut each: impl FnMut(u128),
) {
    let mut unit_now = 1;
    let mut step = |step: i128| each(zigzag(step.over(std::mem::replace(&mut unit_now, unit))));
    match rule {
        Rule::Plain => own.values().for_each(&mut step),
        Rule::Previous => own.steps().for_each(&mut step),
        Rule::With { column, scaled } => earlier[column].followed(own, scaled).for_each(&mut step),
    }
}

/// The best of the rules tried so far: the first of those that cost the same.
struct Best {
    cost: u32,
    rule: Rule,
    unit: u64,
    /// What the numbers cost at least, whatever the rule.
    least: u32,
}

impl Best {
    fn of(count: usize) -> Self {
        Best {
            cost: u32::MAX,
            rule: Rule::Plain,
            unit: 1,
            // A column has at most as many numbers as a batch has bytes.
            least: count as u32 * REPEATED,
        }
    }

    fn is_least(&self) -> bool {
        self.cost <= self.least
    }

    /// Whether a rule can be cheaper that begins with these steps of a column, less those of another times `scale`. Most
    /// cannot, and need not be tried.
    fn can_begin(&self, (own, other): ([i128; 2], [i128; 2]), scale: i128) -> bool {
        let [first, second] = [0, 1].map(|at| own[at] - other[at] * scale);
        let mut begun = Cost::default();
        begun.add(first);
        // In another unit the second might be told as the first.
        let is_same = second == first || !(-1..=1).contains(&second);
        begun.sum += if is_same { REPEATED } else { BYTE };
        begun.sum + self.least - 2 * REPEATED < self.cost
    }

    /// Tries a rule by which the numbers are these steps.
    fn rule<N: Number>(&mut self, rule: Rule, steps: impl Iterator<Item = N> + Clone) {
        if self.is_least() {
            return;
        }
        if let Some((cost, unit)) = self.cheaper(steps) {
            (self.cost, self.rule, self.unit) = (cost, rule, unit);
        }
    }

    /// What steps cost, and in which unit, if that is less than the best so far. Left as soon as it cannot be.
    fn cheaper<N: Number>(&self, steps: impl Iterator<Item = N> + Clone) -> Option<(u32, u64)> {
        // The greatest that all steps but the first are told in without remainder. Once it is 1, what is told is known.
        let mut unit = 0;
        let mut in_ones = Cost::default();
        let mut left = self.least;
        for step in steps.clone() {
            if unit != 1 && in_ones.count > 0 && step != N::NONE {
                unit = step.divisor(unit);
            }
            in_ones.add(step);
            left -= REPEATED;
            let at_least = if unit == 1 {
                in_ones.sum
            } else {
                in_ones.in_any_unit()
            };
            if at_least.saturating_add(left) >= self.cost {
                return None;
            }
        }
        if !(2..=UNIT_MAX).contains(&unit) {
            return (in_ones.sum < self.cost).then_some((in_ones.sum, 1));
        }
        // It is at most 32 bits.
        let unit = unit as u64;
        let mut in_units = Cost::default();
        for (at, step) in steps.enumerate() {
            in_units.add(if at == 0 { step } else { step.over(unit) });
        }
        (in_units.sum < self.cost).then_some((in_units.sum, unit))
    }
}

/// What a number costs that repeats the one before it: next to nothing once it is packed.
const REPEATED: u32 = 1;
/// What each byte of another costs.
const BYTE: u32 = 4;

/// What told numbers cost.
struct Cost<N> {
    sum: u32,
    /// How many of them are no repetition.
    different: u32,
    count: u32,
    before: N,
}

impl<N: Number> Default for Cost<N> {
    fn default() -> Self {
        Cost {
            sum: 0,
            different: 0,
            count: 0,
            before: N::NONE,
        }
    }
}

impl<N: Number> Cost<N> {
    fn add(&mut self, step: N) {
        self.count += 1;
        if step == self.before {
            self.sum += REPEATED;
        } else {
            self.different += 1;
            self.sum += BYTE * step.told_bytes();
        }
        self.before = step;
    }

    /// What they cost at least, whatever unit they are told in: what differs goes on to differ, but perhaps the second
    /// from the first, which is told in ones.
    fn in_any_unit(&self) -> u32 {
        self.count * REPEATED + self.different.saturating_sub(1) * (BYTE - REPEATED)
    }
}

/// What numbers are reckoned with in: 64 bits, which nearly all fit and which is quicker by far, or 128.
trait Number: Copy + PartialEq {
    const NONE: Self;
    fn of(entry: Entry) -> Self;
    /// How much more it is than another.
    fn since(self, other: Self) -> Self;
    fn scaled(self) -> Self;
    /// How many bytes it is told in.
    fn told_bytes(self) -> u32;
    /// The greatest divisor that it has in common with another number.
    fn divisor(self, other: u128) -> u128;
    fn over(self, unit: u64) -> Self;
}

impl Number for i64 {
    const NONE: Self = 0;

    fn of(entry: Entry) -> Self {
        entry.bits as i64
    }

    fn since(self, other: Self) -> Self {
        self - other
    }

    fn scaled(self) -> Self {
        self * SCALE as i64
    }

    fn told_bytes(self) -> u32 {
        varint::len((((self << 1) ^ (self >> 63)) as u64).into())
    }

    fn divisor(self, other: u128) -> u128 {
        // Steps of this size have no larger ones.
        let (mut one, mut other) = (other as u64, self.unsigned_abs());
        while other != 0 {
            (one, other) = (other, one % other);
        }
        one.into()
    }

    fn over(self, unit: u64) -> Self {
        // Units have at most 32 bits.
        self / unit as i64
    }
}

impl Number for i128 {
    const NONE: Self = 0;

    fn of(entry: Entry) -> Self {
        entry.value()
    }

    fn since(self, other: Self) -> Self {
        self - other
    }

    fn scaled(self) -> Self {
        self * SCALE
    }

    fn told_bytes(self) -> u32 {
        varint::len(zigzag(self))
    }

    fn divisor(self, other: u128) -> u128 {
        let (mut one, mut other) = (other, self.unsigned_abs());
        while other != 0 {
            (one, other) = (other, one % other);
        }
        one
    }

    fn over(self, unit: u64) -> Self {
        match (unit, i64::try_from(self)) {
            (1, _) => self,
            (_, Ok(short)) => short.over(unit).into(),
            _ => self / i128::from(unit),
        }
    }
}

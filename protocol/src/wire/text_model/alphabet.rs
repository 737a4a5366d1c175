//! The characters (UTF-16 units) that have come so far, numbered in the order in which they came, with how often
//! each came where nothing else told it.

use crate::wire::range_coder::Part;

/// Characters whose weights are also kept as one sum.
const BLOCK: usize = 64;
/// Above this sum of weights all counts are halved.
const WEIGHT_MAX: u32 = 1 << 17;
const NONE: u16 = u16::MAX;

#[derive(Clone)]
pub(super) struct Alphabet {
    units: Vec<u16>,
    counts: Vec<u32>,
    blocks: Vec<u32>,
    weight: u32,
    /// For each high byte, which page of numbers by low byte; 0 for none.
    page_of: Vec<u16>,
    pages: Vec<u16>,
    /// For each character the last time it was left out.
    out_at: Vec<u32>,
    now: u32,
    blocks_out: Vec<u32>,
    weight_out: u32,
    len_out: usize,
}

/// A count's weight: what has come once counts half.
pub(super) fn weight(count: u32) -> u32 {
    2 * count - 1
}

impl Alphabet {
    pub fn new() -> Self {
        Alphabet {
            units: Vec::new(),
            counts: Vec::new(),
            blocks: Vec::new(),
            weight: 0,
            page_of: vec![0; 256],
            pages: vec![NONE; 256],
            out_at: Vec::new(),
            // No character was ever left out at this time.
            now: 1,
            blocks_out: Vec::new(),
            weight_out: 0,
            len_out: 0,
        }
    }

    pub fn unit(&self, number: u16) -> u16 {
        self.units[usize::from(number)]
    }

    /// The number of a character that has come.
    pub fn number(&self, unit: u16) -> Option<u16> {
        let page = usize::from(self.page_of[usize::from(unit >> 8)]);
        let number = self.pages[page * 256 + usize::from(unit & 0xff)];
        (number != NONE).then_some(number)
    }

    /// Adds a character that has not come before; none if there are too many.
    pub fn add(&mut self, unit: u16) -> Option<u16> {
        let number = u16::try_from(self.units.len())
            .ok()
            .filter(|number| *number != NONE)?;
        let page = &mut self.page_of[usize::from(unit >> 8)];
        if *page == 0 {
            *page = (self.pages.len() / 256) as u16;
            self.pages.resize(self.pages.len() + 256, NONE);
        }
        self.pages[usize::from(*page) * 256 + usize::from(unit & 0xff)] = number;
        self.units.push(unit);
        self.counts.push(1);
        self.out_at.push(0);
        if self.blocks.len() * BLOCK < self.units.len() {
            self.blocks.push(0);
            self.blocks_out.push(0);
        }
        self.blocks[usize::from(number) / BLOCK] += 1;
        self.weight += 1;
        Some(number)
    }

    /// Counts a character once more.
    pub fn count(&mut self, number: u16) {
        self.counts[usize::from(number)] += 1;
        self.blocks[usize::from(number) / BLOCK] += 2;
        self.weight += 2;
        if self.weight > WEIGHT_MAX {
            self.halve();
        }
    }

    fn halve(&mut self) {
        self.blocks.fill(0);
        self.weight = 0;
        for (number, count) in self.counts.iter_mut().enumerate() {
            *count = count.div_ceil(2);
            self.blocks[number / BLOCK] += weight(*count);
            self.weight += weight(*count);
        }
    }

    /// Leaves a character out until [`Alphabet::let_in`].
    pub fn leave_out(&mut self, number: u16) {
        if self.is_out(number) {
            return;
        }
        self.out_at[usize::from(number)] = self.now;
        let weight = weight(self.counts[usize::from(number)]);
        self.blocks_out[usize::from(number) / BLOCK] += weight;
        self.weight_out += weight;
        self.len_out += 1;
    }

    /// Whether a character is left out.
    pub fn is_out(&self, number: u16) -> bool {
        self.out_at[usize::from(number)] == self.now
    }

    /// Whether any is.
    pub fn any_out(&self) -> bool {
        self.len_out > 0
    }

    /// How many are not left out.
    pub fn len_in(&self) -> usize {
        self.units.len() - self.len_out
    }

    /// None is left out any more.
    pub fn let_in(&mut self) {
        if self.len_out > 0 {
            self.now += 1;
            self.blocks_out.fill(0);
            self.weight_out = 0;
            self.len_out = 0;
        }
    }

    /// The weight of those that are not left out.
    pub fn total(&self) -> u32 {
        self.weight - self.weight_out
    }

    fn weight_in(&self, number: usize) -> u32 {
        if self.is_out(number as u16) {
            0
        } else {
            weight(self.counts[number])
        }
    }

    fn block(&self, block: usize) -> u32 {
        self.blocks[block] - self.blocks_out[block]
    }

    /// The part of a character that is not left out.
    pub fn part(&self, number: u16) -> Part {
        let number = usize::from(number);
        let first = number / BLOCK * BLOCK;
        let before: u32 = (0..number / BLOCK).map(|block| self.block(block)).sum();
        let within: u32 = (first..number).map(|other| self.weight_in(other)).sum();
        Part {
            start: before + within,
            size: self.weight_in(number),
            total: self.total(),
        }
    }

    /// The character at a place below [`Alphabet::total`].
    pub fn at(&self, place: u32) -> Option<u16> {
        let mut left = place;
        for block in 0..self.blocks.len() {
            let weight = self.block(block);
            if left >= weight {
                left -= weight;
                continue;
            }
            for number in block * BLOCK..self.units.len() {
                let weight = self.weight_in(number);
                if left < weight {
                    return Some(number as u16);
                }
                left -= weight;
            }
        }
        None
    }
}

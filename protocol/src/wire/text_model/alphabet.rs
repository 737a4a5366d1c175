//! The characters (UTF-16 units) that have come so far, numbered in the order in which they came, with how often
//! each came where nothing else told it.

use crate::wire::range_coder::Part;
use std::sync::Arc;

/// Characters whose weights are also kept as one sum.
const BLOCK: usize = 64;
const BLOCKS_MAX: usize = (1 << 16) / BLOCK;
/// Above this sum of weights all counts are halved.
const WEIGHT_MAX: u32 = 1 << 17;
const NONE: u16 = u16::MAX;

#[derive(Clone)]
pub(super) struct Alphabet {
    units: Vec<u16>,
    /// For each character twice its count, less one: what has come once counts half.
    weights: Vec<u32>,
    blocks: Vec<u32>,
    weight: u32,
    /// For each high byte, which page of numbers by low byte; 0 for none.
    page_of: Arc<[u16; 256]>,
    pages: Arc<Vec<u16>>,
    /// Who is left out, and their weights.
    out: Vec<u16>,
    blocks_out: Box<[u32; BLOCKS_MAX]>,
    weight_out: u32,
}

impl Alphabet {
    pub fn new() -> Self {
        Alphabet {
            units: Vec::new(),
            weights: Vec::new(),
            blocks: Vec::new(),
            weight: 0,
            page_of: Arc::new([0; 256]),
            pages: Arc::new(vec![NONE; 256]),
            out: Vec::new(),
            blocks_out: Box::new([0; BLOCKS_MAX]),
            weight_out: 0,
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
        let pages = Arc::make_mut(&mut self.pages);
        let high = usize::from(unit >> 8);
        if self.page_of[high] == 0 {
            Arc::make_mut(&mut self.page_of)[high] = (pages.len() / 256) as u16;
            pages.resize(pages.len() + 256, NONE);
        }
        pages[usize::from(self.page_of[high]) * 256 + usize::from(unit & 0xff)] = number;
        self.units.push(unit);
        self.weights.push(1);
        if self.blocks.len() * BLOCK < self.units.len() {
            self.blocks.push(0);
        }
        self.blocks[usize::from(number) / BLOCK] += 1;
        self.weight += 1;
        Some(number)
    }

    /// Counts a character once more.
    pub fn count(&mut self, number: u16) {
        self.weights[usize::from(number)] += 2;
        self.blocks[usize::from(number) / BLOCK] += 2;
        self.weight += 2;
        if self.weight > WEIGHT_MAX {
            self.halve();
        }
    }

    fn halve(&mut self) {
        self.blocks.fill(0);
        self.weight = 0;
        for (number, weight) in self.weights.iter_mut().enumerate() {
            let count = (*weight).div_ceil(2);
            *weight = 2 * count.div_ceil(2) - 1;
            self.blocks[number / BLOCK] += *weight;
            self.weight += *weight;
        }
    }

    /// Leaves out those of the lists, and no others; none may stand there twice.
    pub fn leave_out<'a>(&mut self, lists: impl IntoIterator<Item = &'a [u16]>) {
        self.out.clear();
        for list in lists {
            self.out.extend_from_slice(list);
        }
        self.blocks_out[..self.blocks.len()].fill(0);
        let weights = &self.weights[..];
        for number in &self.out {
            self.blocks_out[usize::from(*number) / BLOCK] += weights[usize::from(*number)];
        }
        self.weight_out = self.blocks_out[..self.blocks.len()].iter().sum();
    }

    /// How many are not left out.
    pub fn len_in(&self) -> usize {
        self.units.len() - self.out.len()
    }

    /// The weight of those that are not left out.
    pub fn total(&self) -> u32 {
        self.weight - self.weight_out
    }

    /// A block's weights, without those that are left out.
    fn weights_in(&self, block: usize) -> [u32; BLOCK] {
        let mut weights = [0; BLOCK];
        let all = &self.weights[block * BLOCK..];
        let len = all.len().min(BLOCK);
        weights[..len].copy_from_slice(&all[..len]);
        let is_here = |number: &u16| usize::from(*number) / BLOCK == block;
        for some in self.out.chunks(16) {
            // Without an early end, so that all are compared at once.
            if some.iter().fold(false, |found, number| found | is_here(number)) {
                let here = some.iter().filter(|number| is_here(number));
                here.for_each(|number| weights[usize::from(*number) % BLOCK] = 0);
            }
        }
        weights
    }

    /// What the blocks weigh, without those that are left out.
    fn blocks_in(&self) -> impl Iterator<Item = u32> {
        self.blocks
            .iter()
            .zip(self.blocks_out.iter())
            .map(|(weight, out)| weight - out)
    }

    /// The part of a character that is not left out.
    pub fn part(&self, number: u16) -> Part {
        let (block, within) = (usize::from(number) / BLOCK, usize::from(number) % BLOCK);
        let before: u32 = self.blocks_in().take(block).sum();
        let weights = self.weights_in(block);
        Part {
            start: before + weights[..within].iter().sum::<u32>(),
            size: weights[within],
            total: self.total(),
        }
    }

    /// The character at a place below [`Alphabet::total`], and its part.
    pub fn at(&self, place: u32) -> Option<(Part, u16)> {
        let mut start = 0;
        for (block, weight) in self.blocks_in().enumerate() {
            if start + weight <= place {
                start += weight;
                continue;
            }
            for (within, size) in self.weights_in(block).into_iter().enumerate() {
                if start + size > place {
                    let total = self.total();
                    return Some((Part { start, size, total }, (block * BLOCK + within) as u16));
                }
                start += size;
            }
        }
        None
    }
}

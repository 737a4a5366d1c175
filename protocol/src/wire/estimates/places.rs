//! How often ones came in like places: cells in lines of sixteen, which many streams share, and for what one stream
//! has changed, copies of its own.

use super::likelihood::{ESTIMATES, Weights};
use crate::wire::range_coder::{Bits, Line};
use std::sync::Arc;

/// Lines for each estimate: places whose numbers agree in so many bits share one.
const LINES_LOG: u32 = 13;
const LINES: usize = ESTIMATES << LINES_LOG;
/// A stream changes so many lines, or few more.
const LINES_USUAL: usize = 1_024;
/// From so many bits on, a cell moves no slower.
const SEEN_MAX: u32 = 60;
const _: () = assert!(SEEN_MAX < 64);
/// Most sorts of places, each with weights of its own.
pub(in crate::wire) const SORTS: usize = 10;

/// Cells by the bits that came before in half a byte. A cell: how likely a one is, of 65,536, and how many bits it has
/// seen.
type Cells = [u32; 16];
const EVEN: u32 = 0x8000 << 16;

/// What is known of places.
pub(in crate::wire) struct Places {
    begun: Option<Arc<Vec<Cells>>>,
    /// For each line one more than where its copy stands; 0 for none.
    copied: Vec<u16>,
    copies: Vec<Cells>,
    weights: [Weights; SORTS],
}

/// Mixes a number into another.
#[inline]
pub(in crate::wire) fn mix(number: u32, more: u32) -> u32 {
    let mixed = number.wrapping_add(more).wrapping_mul(0x9e37_79b1);
    mixed ^ (mixed >> 15)
}

/// How far a cell moves, of 65,536, that has seen so many bits.
static RATES: [u32; 64] = rates();

const fn rates() -> [u32; 64] {
    let mut rates = [0; 64];
    let mut seen = 0;
    while seen < 64 {
        rates[seen] = 131_072 / (2 * seen as u32 + 3);
        seen += 1;
    }
    rates
}

#[inline(always)]
fn cell_moved(cell: u32, one: bool) -> u32 {
    let (likely, seen) = (cell >> 16, cell & 0x3f);
    // A one is a zero of the other side.
    let side = if one { 0xffff } else { 0 };
    let likely = likely ^ side;
    let likely = (likely - ((likely * RATES[seen as usize]) >> 16)) ^ side;
    likely << 16 | (seen + 1).min(SEEN_MAX)
}

impl Places {
    /// Knows nothing.
    pub fn new() -> Places {
        Places {
            begun: None,
            copied: vec![0; LINES],
            copies: Vec::with_capacity(LINES_USUAL),
            weights: [Weights::default(); SORTS],
        }
    }

    /// Goes on from what these knew when they were [`Places::settled`].
    pub fn begin(&self) -> Places {
        Places {
            begun: self.begun.clone(),
            weights: self.weights,
            ..Places::new()
        }
    }

    /// Makes all they know what streams begin with.
    pub fn settled(self) -> Places {
        let lines = (0..LINES).map(|line| match self.copied[line].checked_sub(1) {
            Some(place) => self.copies[usize::from(place)],
            None => self.shared(line),
        });
        Places {
            begun: Some(Arc::new(lines.collect())),
            weights: self.weights,
            ..Places::new()
        }
    }

    fn shared(&self, line: usize) -> Cells {
        self.begun.as_ref().map_or([EVEN; 16], |begun| begun[line])
    }

    /// Where the copy of a line stands.
    #[inline]
    fn own(&mut self, line: usize) -> usize {
        match self.copied[line].checked_sub(1) {
            Some(place) => usize::from(place),
            None => {
                self.copies.push(self.shared(line));
                // There are far fewer lines than 65,536.
                self.copied[line] = self.copies.len() as u16;
                self.copies.len() - 1
            }
        }
    }

    /// Tells the byte `own`, or reads one, in a place of this sort that is like others in what each number says.
    pub fn byte(&mut self, line: &mut Line, sort: usize, alike: [u32; ESTIMATES], own: u8) -> u8 {
        let high = self.half(line, sort, alike, own >> 4);
        let alike = alike.map(|number| mix(number, 1 + u32::from(high)));
        high << 4 | self.half(line, sort, alike, own & 15)
    }

    /// Tells four bits, or reads them.
    pub fn half(&mut self, line: &mut Line, sort: usize, alike: [u32; ESTIMATES], own: u8) -> u8 {
        let lines = self.lines(alike.map(|number| mix(number, 0)));
        // Each estimate has lines of its own: they never coincide.
        let Ok(known) = self.copies.get_disjoint_mut(lines) else {
            return 0;
        };
        let weights = &mut self.weights[sort];
        match line {
            Line::Write(encoder) => tell_half(encoder, weights, known, own),
            Line::Read(decoder) => tell_half(decoder, weights, known, own),
        }
    }

    /// Tells whether something is so, or reads it.
    pub fn bit(&mut self, line: &mut Line, sort: usize, alike: [u32; ESTIMATES], own: bool) -> bool {
        let mixed = alike.map(|number| mix(number, 0));
        let lines = self.lines(mixed);
        let Ok([one, two, three]) = self.copies.get_disjoint_mut(lines) else {
            return false;
        };
        let [at_one, at_two, at_three] = mixed.map(|mixed| (mixed & 15) as usize);
        let cells = [&mut one[at_one], &mut two[at_two], &mut three[at_three]];
        let weights = &mut self.weights[sort];
        match line {
            Line::Write(encoder) => tell(encoder, weights, cells, own),
            Line::Read(decoder) => tell(decoder, weights, cells, own),
        }
    }

    /// Where the copies of the lines of these places stand.
    #[inline]
    fn lines(&mut self, mixed: [u32; ESTIMATES]) -> [usize; ESTIMATES] {
        let mut lines = [0; ESTIMATES];
        for (at, mixed) in mixed.into_iter().enumerate() {
            lines[at] = self.own(at << LINES_LOG | (mixed >> (32 - LINES_LOG)) as usize);
        }
        lines
    }
}

/// Tells four bits by these lines.
#[inline]
fn tell_half(coder: &mut impl Bits, weights: &mut Weights, lines: [&mut Cells; ESTIMATES], own: u8) -> u8 {
    let [one, two, three] = lines;
    let mut learnt = *weights;
    let mut node = 1usize;
    for bit in (0..4).rev() {
        let cells = [&mut one[node & 15], &mut two[node & 15], &mut three[node & 15]];
        let one = tell(coder, &mut learnt, cells, own >> bit & 1 == 1);
        node = node << 1 | usize::from(one);
    }
    *weights = learnt;
    (node & 15) as u8
}

/// Tells a bit by these cells, which learn from it.
#[inline(always)]
fn tell(coder: &mut impl Bits, weights: &mut Weights, cells: [&mut u32; ESTIMATES], own: bool) -> bool {
    let weighed = weights.weigh(cells.each_ref().map(|cell| **cell >> 16));
    let one = coder.bit(weighed.likely as u32, own);
    weights.learn(&weighed, one);
    for cell in cells {
        *cell = cell_moved(*cell, one);
    }
    one
}

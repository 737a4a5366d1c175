//! The rest of a deployment whose grid is measured: many workers in many grids who write like one another.

use super::notes::Lines;
use otor_protocol::area::AreaCode;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Workers, and the grids they work in.
const WORKERS: usize = 40;
const GRIDS: usize = 20;
/// How many workers write each sentence: as few as may be learned from.
const WRITERS: usize = 20;
/// Sentences of a note.
const SENTENCES: std::ops::RangeInclusive<usize> = 3..=4;

/// What they wrote, each text with its author and grid: the sentences of these notes, dealt out to workers one by one
/// and joined anew, so that no note is what it was. A real county's year has thousands of times as much.
pub(super) fn texts(notes: &Lines, seed: u64) -> Vec<(u32, AreaCode, String)> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0xde91);
    let mut hands: Vec<Vec<String>> = vec![Vec::new(); WORKERS];
    let mut workers: Vec<usize> = (0..WORKERS).collect();
    for sentence in notes.sentences() {
        workers.shuffle(&mut rng);
        for worker in &workers[..WRITERS] {
            hands[*worker].push(sentence.clone());
        }
    }
    let mut texts = Vec::new();
    for (worker, mut hand) in hands.into_iter().enumerate() {
        hand.shuffle(&mut rng);
        let grid: Option<AreaCode> = format!("150821100203{:03}", worker % GRIDS + 1).parse().ok();
        while let (Some(grid), false) = (&grid, hand.is_empty()) {
            let rest = hand.split_off(hand.len().min(rng.random_range(SENTENCES)));
            texts.push((1_000 + worker as u32, grid.clone(), hand.concat()));
            hand = rest;
        }
    }
    texts
}

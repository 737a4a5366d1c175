//! Digests of sets of records.

use super::document::{Hex, document as vectors_of, line};
use super::merges;
use otor_protocol::digest::{Digest, record_hash};
use serde::Serialize;

const ABOUT: &str = "Digests: the hash of each state, and their sum.";

#[derive(Serialize)]
struct Vector {
    states: Vec<Hex>,
    hashes: Vec<u64>,
    digest: Digest,
}

pub(super) fn document() -> String {
    let all = merges::states();
    let sets = [
        Vec::new(),
        all.iter().take(1).cloned().collect(),
        all.clone(),
        all.into_iter().rev().collect(),
    ];
    let vector = |states: Vec<Vec<u8>>| {
        let hashes: Vec<u64> = states.iter().map(|state| record_hash(state)).collect();
        line(&Vector {
            digest: hashes.iter().copied().collect(),
            hashes,
            states: states.into_iter().map(Hex).collect(),
        })
    };
    vectors_of(ABOUT, &sets.map(vector))
}

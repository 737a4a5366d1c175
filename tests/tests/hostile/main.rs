//! Hostile bytes at every decoder: no panic, no memory without bound, an end in bounded time.
//!
//! Seeds are the test vectors of the wire, files of a real store, and what is written here; each is tried whole, cut
//! at every place, and changed at random. What once broke something is kept in `corpus/`, and tried first.
//! `OTOR_FUZZ_SECONDS` says for how long each decoder is tried; half a second unless it is given.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod bombs;
mod files;
mod texts;
mod wire;

use bolero::check;
use cap::Cap;
use otor_tests::changes::{Change, changed};
use std::alloc::System;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

/// What all decoders together may hold at once: whoever asks for more ends the test.
const MEMORY_MAX: usize = 768 << 20;
/// Seeds longer than this are cut at fewer places.
const CUTS_MAX: usize = 2_000;

#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, MEMORY_MAX);

/// Tries a decoder with seeds, whole, cut and changed. `name` is its folder in `corpus/`, where there is one.
fn try_hard(name: &str, seeds: &[Vec<u8>], decode: impl Fn(&[u8])) {
    assert!(!seeds.is_empty(), "{name} has nothing to begin with");
    let kept = corpus(name);
    for seed in kept.iter().chain(seeds) {
        let step = seed.len() / CUTS_MAX + 1;
        for end in (0..seed.len()).step_by(step).chain([seed.len()]) {
            attempt(name, &decode, &seed[..end]);
        }
    }
    let all: Vec<&Vec<u8>> = kept.iter().chain(seeds).collect();
    // It is not used again after a panic.
    let try_one = AssertUnwindSafe(|seed: usize, changes: &[Change]| {
        attempt(name, &decode, &changed(all[seed % all.len()], changes));
    });
    check!()
        .with_test_time(Duration::from_secs_f64(seconds()))
        .with_type::<(u16, Vec<Change>)>()
        .for_each(|(seed, changes)| {
            // The whole of it is borrowed, which is what the assertion above is for.
            let try_one = &try_one;
            (try_one.0)(usize::from(*seed), changes);
        });
}

/// Decodes; where that panics, the bytes are told, to be kept.
fn attempt(name: &str, decode: &impl Fn(&[u8]), bytes: &[u8]) {
    if catch_unwind(AssertUnwindSafe(|| decode(bytes))).is_err() {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        panic!("{name} panics; to be kept in tests/tests/hostile/corpus/{name}/: {hex}");
    }
}

fn seconds() -> f64 {
    let given = std::env::var("OTOR_FUZZ_SECONDS").ok();
    given.and_then(|text| text.parse().ok()).unwrap_or(0.5)
}

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/hostile/corpus")
        .join(name);
    let files = fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Every byte string that a file of test vectors holds as hexadecimal digits.
fn vectors(file: &str) -> Vec<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("golden/vectors/v1")
        .join(file);
    let text = fs::read_to_string(path).unwrap();
    let is_hex = |word: &&str| {
        word.len() >= 4 && word.len().is_multiple_of(2) && word.bytes().all(|b| b.is_ascii_hexdigit())
    };
    let decode = |word: &str| {
        (0..word.len() / 2)
            .map(|at| u8::from_str_radix(&word[2 * at..2 * at + 2], 16).unwrap())
            .collect()
    };
    text.split('"').filter(is_hex).map(decode).collect()
}

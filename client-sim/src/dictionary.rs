//! Training the dictionaries that are shipped. That of the server's journal: the entries of a made-up county. That of the wire: batches of a made-up county as they cross, and the field's language.
//!
//! Its payloads are batches and welcomes of a made-up county, for the model of bytes, and then texts for the model of text: the
//! vocabulary, and whole notes and reports, both written for this by hand. Nothing here has seen the notes that
//! measure. The batches are kept in a file, so that the same sources give the same dictionary whatever becomes of the
//! generator and the catalogue.

use crate::trace::make::{Settings, make_with, read_areas};
use crate::world;
use anyhow::Context;
use otor_protocol::wire::{ChangeFrame, Dictionary, SHIPPED_DICTIONARY, part_batch, text_alone, with_text};

/// Words and sentences of grid work: a line is one text, spaces part words and are left out, `#` begins a
/// comment.
const VOCABULARY: &str = include_str!("../data/vocabulary.txt");
/// Notes and reports, in the same form.
const SENTENCES: &str = include_str!("../data/sentences.txt");
const AREAS: &str = include_str!("../data/areas-wuyuan.csv");
/// What [`gather`] gave: batches and welcomes, each with its length before it (four bytes, big-endian).
const BATCHES: &[u8] = include_bytes!("../data/batches.bin");

/// Most bytes of the dictionary.
pub const BYTES_MAX: usize = 32 * 1024;
/// Of the batches of a made-up county so many are kept: every how many-th.
const BATCHES_STEP: usize = 9;
const BATCHES_MAX: usize = 24;
/// Batches of less tell little.
const BATCH_BYTES_MIN: usize = 300;
/// Besides, so many change frames of so many items, and welcomes of more than so many bytes.
const CHANGES: usize = 3;
const CHANGES_ITEMS_MIN: usize = 12;
const WELCOMES: usize = 6;
const WELCOME_BYTES_MIN: usize = 60;
/// Most bytes of a text in them.
const TEXT_BYTES_MAX: usize = 20;
/// Most characters of one payload.
const PAYLOAD_CHARS: usize = 20_000;

/// The lines of these sources as texts, each ended by a NUL.
fn texts(source: &str) -> String {
    let lines = source.lines().filter(|line| !line.starts_with('#'));
    let mut text = String::new();
    for line in lines {
        let words: String = line.split_whitespace().collect();
        if !words.is_empty() {
            text.push_str(&words);
            text.push('\0');
        }
    }
    text
}

/// All that was written for it by hand, as texts, each ended by a NUL.
pub fn language() -> String {
    texts(VOCABULARY) + &texts(SENTENCES)
}

/// Gathers batches and welcomes of a made-up county, to be kept in a file.
///
/// # Errors
/// If the county cannot be made up or replayed.
pub fn gather() -> anyhow::Result<Vec<u8>> {
    let areas = read_areas(AREAS).map_err(|errors| anyhow::anyhow!("{errors}"))?;
    let trace = make_with(&areas, &county())?;
    let batches = world::batches(&trace, &world::Options::default())?;
    let (batches, welcomes): (Vec<_>, Vec<_>) = batches.iter().partition(|one| part_batch(one).is_some());
    let long = batches.iter().filter(|batch| batch.len() >= BATCH_BYTES_MIN);
    let mut chosen: Vec<&Vec<u8>> = long.step_by(BATCHES_STEP).take(BATCHES_MAX).copied().collect();
    let changes = batches.into_iter().filter(|batch| {
        ChangeFrame::decode(batch).is_ok_and(|changes| changes.items.len() >= CHANGES_ITEMS_MIN)
    });
    chosen.extend(evenly(&changes.collect::<Vec<_>>(), CHANGES));
    let welcomes = welcomes
        .into_iter()
        .filter(|welcome| welcome.len() > WELCOME_BYTES_MIN);
    chosen.extend(evenly(&welcomes.collect::<Vec<_>>(), WELCOMES));
    let mut kept = Vec::new();
    for one in chosen {
        let one = terse(one).unwrap_or_else(|| one.clone());
        kept.extend_from_slice(&(one.len() as u32).to_be_bytes());
        kept.extend(one);
    }
    Ok(kept)
}

/// Most bytes of the dictionary of journal entries.
pub const ENTRIES_BYTES_MAX: usize = 16 * 1024;

/// Trains a dictionary for journal entries (`server/src/state/packed/`), from the journal of a made-up county. The one
/// that is kept never changes, because journals are read by it: another gets another number, and its entries another
/// format.
///
/// # Errors
/// If the county cannot be made up or replayed, or is too small.
pub fn entries(settings: &Settings) -> anyhow::Result<Vec<u8>> {
    let areas = read_areas(AREAS).map_err(|errors| anyhow::anyhow!("{errors}"))?;
    let trace = make_with(&areas, settings)?;
    let entries = world::entries(&trace, &world::Options::default())?;
    zstd::dict::from_samples(&entries, ENTRIES_BYTES_MAX).context("too few entries to train from")
}

/// The county that [`gather`] and [`entries`] use.
pub fn county() -> Settings {
    Settings {
        link: Some("ideal".to_owned()),
        ..Settings::ordinary(24, 2, 5)
    }
}

/// So many of them, from the first on.
fn evenly<'a>(all: &[&'a Vec<u8>], count: usize) -> Vec<&'a Vec<u8>> {
    (0..count)
        .filter_map(|place| all.get(place * all.len() / count).copied())
        .collect()
}

/// A batch without its longer texts: codes and numbers are told by batches, language by those who write it.
fn terse(batch: &[u8]) -> Option<Vec<u8>> {
    let (text, _) = part_batch(batch)?;
    let mut kept = String::new();
    for text in text.split_terminator('\0') {
        if text.len() <= TEXT_BYTES_MAX {
            kept.push_str(text);
        }
        kept.push('\0');
    }
    with_text(batch, &kept)
}

/// The batches that are kept.
fn batches() -> anyhow::Result<Vec<&'static [u8]>> {
    let mut rest = BATCHES;
    let mut batches = Vec::new();
    while let Some((len, after)) = rest.split_first_chunk::<4>() {
        let len = u32::from_be_bytes(*len) as usize;
        let (batch, after) = after
            .split_at_checked(len)
            .context("the kept batches are cut off")?;
        batches.push(batch);
        rest = after;
    }
    Ok(batches)
}

/// Trains it: the same bytes every time.
///
/// # Errors
/// If the kept batches are damaged, or the dictionary becomes too long.
pub fn train() -> anyhow::Result<Vec<u8>> {
    let language = language();
    let texts: Vec<&str> = language.split_inclusive('\0').collect();
    let mut pieces = vec![String::new()];
    for text in texts {
        if pieces
            .last()
            .is_some_and(|piece| piece.chars().count() > PAYLOAD_CHARS)
        {
            pieces.push(String::new());
        }
        pieces.last_mut().context("a piece")?.push_str(text);
    }
    let pieces: Vec<Vec<u8>> = pieces.iter().map(|piece| text_alone(piece)).collect();
    let payloads = batches()?.into_iter().chain(pieces.iter().map(Vec::as_slice));
    let dictionary = Dictionary::of(SHIPPED_DICTIONARY, None, payloads).context("it cannot be packed")?;
    let bytes = dictionary.to_bytes();
    anyhow::ensure!(bytes.len() <= BYTES_MAX, "{} bytes are too many", bytes.len());
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use otor_protocol::wire::{Dictionaries, ShippedDictionaries};

    #[test]
    fn the_shipped_dictionary_is_the_one_that_training_gives() {
        let shipped = ShippedDictionaries
            .dictionary(SHIPPED_DICTIONARY)
            .expect("it is shipped");
        assert!(
            train().unwrap() == shipped.to_bytes(),
            "otor-sim dictionary train --out protocol/src/wire/dictionary-1.bin"
        );
        assert!(shipped.text().ends_with(&language()));
        assert!(shipped.columns().len() > 1_000);
    }

    #[test]
    fn a_dictionary_of_entries_that_is_trained_anew_makes_entries_shorter() {
        let small = Settings {
            link: Some("ideal".to_owned()),
            ..Settings::ordinary(6, 1, 5)
        };
        let dictionary = entries(&small).unwrap();
        assert!(
            dictionary.starts_with(&0xec30_a437_u32.to_le_bytes()) && dictionary.len() <= ENTRIES_BYTES_MAX
        );
        let areas = read_areas(AREAS).unwrap();
        let other = Settings { seed: 6, ..small };
        let trace = make_with(&areas, &other).unwrap();
        let entries = world::entries(&trace, &world::Options::default()).unwrap();
        let packed = |dictionary: &[u8]| -> usize {
            let mut compressor = zstd::bulk::Compressor::with_dictionary(1, dictionary).unwrap();
            entries
                .iter()
                .map(|entry| compressor.compress(entry).unwrap().len())
                .sum()
        };
        assert!(packed(&dictionary) < packed(&[]) * 3 / 4);
    }

    #[test]
    fn gathering_gives_the_same_bytes_every_time() {
        assert!(gather().unwrap() == gather().unwrap());
    }
}

//! Training the dictionary that is shipped: batches of a made-up county as they cross, and the field's vocabulary.
//!
//! The columns' part is zstd's own training over the batches without their text. The text's part is what the
//! model of text learns from before an exchange: a little of the batches' text, for codes and numbers, and then
//! the vocabulary, written for this by hand. Nothing here has seen the notes that measure.

use crate::trace::make::{Settings, make_with, read_areas};
use crate::world;
use anyhow::Context;
use otor_protocol::wire::{Dictionary, SHIPPED_DICTIONARY, part_batch};

/// Words and sentences of grid work: a line is one text, spaces part words and are left out, `#` begins a
/// comment.
const VOCABULARY: &str = include_str!("../data/vocabulary.txt");
const AREAS: &str = include_str!("../data/areas-wuyuan.csv");

/// Most bytes of the dictionary.
pub const BYTES_MAX: usize = 32 * 1024;
/// Of them, those of the columns' part.
const COLUMNS_BYTES: usize = 4 * 1024;
/// Characters of made-up text.
const MADE_UP_CHARS: usize = 1_200;

/// The vocabulary as texts, each ended by a NUL.
pub fn vocabulary() -> String {
    let lines = VOCABULARY.lines().filter(|line| !line.starts_with('#'));
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

/// Trains it: the same bytes every time.
///
/// # Errors
/// If the county cannot be made up or replayed, or the training fails.
pub fn train() -> anyhow::Result<Vec<u8>> {
    let areas = read_areas(AREAS).map_err(|errors| anyhow::anyhow!("{errors}"))?;
    let settings = Settings {
        link: Some("ideal".to_owned()),
        ..Settings::ordinary(24, 2, 5)
    };
    let trace = make_with(&areas, &settings)?;
    let batches = world::batches(&trace, &world::Options::default())?;
    let parted: Vec<(String, Vec<u8>)> = batches.iter().filter_map(|batch| part_batch(batch)).collect();
    let samples: Vec<&[u8]> = parted.iter().map(|(_, rest)| rest.as_slice()).collect();
    let columns = zstd::dict::from_samples(&samples, COLUMNS_BYTES).context("zstd does not train")?;
    let made_up = parted.iter().flat_map(|(text, _)| text.split_inclusive('\0'));
    let mut text = String::new();
    for piece in made_up.step_by(7) {
        if text.chars().count() > MADE_UP_CHARS {
            break;
        }
        text.push_str(piece);
    }
    text.push_str(&vocabulary());
    let bytes = Dictionary::new(SHIPPED_DICTIONARY, columns, text).to_bytes();
    anyhow::ensure!(bytes.len() <= BYTES_MAX, "{} bytes are too many", bytes.len());
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use otor_protocol::wire::{Dictionaries, ShippedDictionaries};

    #[test]
    fn the_shipped_dictionary_is_a_trained_one_with_the_present_vocabulary() {
        let shipped = ShippedDictionaries
            .dictionary(SHIPPED_DICTIONARY)
            .expect("it is shipped");
        let bytes = shipped.to_bytes();
        assert!(bytes.len() <= BYTES_MAX, "{}", bytes.len());
        assert_eq!(Dictionary::from_bytes(1, &bytes).unwrap().to_bytes(), bytes);
        assert!(
            shipped.text().ends_with(&vocabulary()),
            "otor-sim dictionary train --out protocol/src/wire/dictionary-1.bin"
        );
        assert!(shipped.columns().len() > 1_000);
    }

    #[test]
    fn training_gives_the_same_bytes_every_time() {
        let one = train().unwrap();
        assert_eq!(one, train().unwrap());
        let text = Dictionary::from_bytes(1, &one).unwrap();
        assert!(text.text().ends_with(&vocabulary()));
    }
}

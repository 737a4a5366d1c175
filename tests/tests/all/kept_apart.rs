//! The notes that measure are kept apart: what makes up texts, and what a dictionary is trained from, has never seen
//! them.

use crate::house::source::{Source, sources};
use otor_protocol::wire::{Dictionaries, SHIPPED_DICTIONARY, ShippedDictionaries};
use otor_sim::measure::{Notes, notes};
use otor_sim::trace::make::{make, read_areas};
use std::collections::BTreeSet;

/// Characters of a fragment that is not there by chance.
const FRAGMENT_CHARS: usize = 10;

/// Everything that is written down outside the measuring module, and could hold or read a note.
fn outside() -> Vec<Source> {
    let all = ["protocol", "server", "client-sim"].into_iter().flat_map(sources);
    all.filter(|source| !source.path.contains("/measure")).collect()
}

fn fragments(text: &str) -> impl Iterator<Item = String> + '_ {
    let chars: Vec<char> = text.chars().collect();
    (0..chars.len().saturating_sub(FRAGMENT_CHARS - 1))
        .map(move |start| chars[start..start + FRAGMENT_CHARS].iter().collect())
}

fn noted() -> BTreeSet<String> {
    Notes::read(notes::OWN).lines().flat_map(fragments).collect()
}

#[test]
fn nothing_but_measuring_names_the_notes_that_measure() {
    let naming = outside()
        .into_iter()
        .filter(|source| source.text.contains("data/measure") || source.text.contains("measure::notes"));
    let paths: Vec<String> = naming.map(|source| source.path).collect();
    assert!(paths.is_empty(), "{paths:?}");
}

#[test]
fn no_long_fragment_of_them_stands_in_any_source() {
    let noted = noted();
    assert!(noted.len() > 10_000);
    for source in outside() {
        let found = fragments(&source.text).find(|fragment| noted.contains(fragment));
        assert_eq!(found, None, "{}", source.path);
    }
}

#[test]
fn the_dictionary_that_is_shipped_holds_none_of_them() {
    let noted = noted();
    let dictionary = ShippedDictionaries
        .dictionary(SHIPPED_DICTIONARY)
        .expect("it is shipped");
    assert!(dictionary.text().chars().count() > 5_000);
    let vocabulary = include_str!("../../../client-sim/data/vocabulary.txt");
    let sentences = include_str!("../../../client-sim/data/sentences.txt");
    for text in [dictionary.text(), vocabulary, sentences] {
        let found = fragments(text).find(|fragment| noted.contains(fragment));
        assert_eq!(found, None);
    }
}

#[test]
fn the_generator_does_not_write_them() {
    let noted = noted();
    let areas = read_areas(include_str!("../../../client-sim/data/areas-wuyuan.csv")).expect("areas");
    let trace = make(&areas, 40, 2, 5).expect("a trace").write();
    let found = fragments(&trace).find(|fragment| noted.contains(fragment));
    assert_eq!(found, None);
}

//! The test vectors in `golden/vectors/v1/`: still written by the code, still read by it, and only ever added to.

use otor_protocol::wire::{Dictionaries, Dictionary, Packing, ShippedDictionaries, unpacker};
use otor_sim::vectors::{self, SUMS, unhex};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("golden/vectors")
        .join(vectors::VERSION)
}

fn kept(name: &str) -> String {
    let path = folder().join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn vectors_are_written_as_ever() {
    for file in vectors::all().expect("the vectors can be made") {
        let kept = kept(&file.name);
        // Lines, so that a failure shows the vector and not the file.
        if !file.for_readers {
            for (line, was) in file.text.lines().zip(kept.lines()) {
                assert_eq!(line, was, "{}", file.name);
            }
            assert_eq!(file.text.lines().count(), kept.lines().count(), "{}", file.name);
        }
    }
}

#[test]
fn packed_vectors_are_read_as_ever() {
    let bytes = |value: &Value| unhex(value.as_str().expect("hexadecimal")).expect("hexadecimal");
    for (file, packing) in [
        ("packing.json", Packing::Modelled),
        ("packing-light.json", Packing::Light),
    ] {
        let document: Value = serde_json::from_str(&kept(file)).expect("JSON");
        for vector in document["vectors"].as_array().expect("vectors") {
            let number = vector["dictionary"].as_u64().expect("a number") as u32;
            let dictionary = match vector.get("learned") {
                Some(learned) => Dictionary::from_bytes(number, &bytes(learned)).ok().map(Arc::new),
                None => ShippedDictionaries.dictionary(number),
            };
            assert_eq!(dictionary.is_some(), number > 0);
            let mut unpacker = unpacker(packing, dictionary).expect("an unpacker");
            for one in vector["stream"].as_array().expect("a stream") {
                let payload = bytes(&one["payload"]);
                let unpacked = unpacker.unpack(&bytes(&one["packed"]), payload.len());
                assert_eq!(unpacked, Some(payload));
            }
        }
    }
}

/// Of what version 1 was when it was closed: how many files of vectors, the hash of the lines that list them, and that of
/// its dictionary. These never change.
const CLOSED_FILES: usize = 13;
const CLOSED_LIST: &str = "90a2634819fe501c979e7c9a9696960ce89aa03e7e90b4142a14d048de5833ba";
const CLOSED_DICTIONARY: &str = "aad605b0feae485a248239fa74b2d7ef8279ec8e89d81011bbcef06ee9695513";

#[test]
fn what_version_1_was_when_it_was_closed_it_stays() {
    let list = kept(SUMS);
    let closed: String = list.split_inclusive('\n').take(CLOSED_FILES).collect();
    assert_eq!(vectors::sum(closed.as_bytes()), CLOSED_LIST);
    let dictionary = ShippedDictionaries.dictionary(1).expect("it is shipped");
    assert_eq!(vectors::sum(&dictionary.to_bytes()), CLOSED_DICTIONARY);
}

#[test]
fn vectors_are_only_added_to() {
    let listed = vectors::listed(&folder()).expect("the list of vectors");
    let mut there = BTreeMap::new();
    for entry in fs::read_dir(folder()).expect("the folder of vectors") {
        let name = entry.expect("a folder can be listed").file_name();
        let name = name.to_string_lossy().into_owned();
        if name != SUMS {
            let text = kept(&name);
            there.insert(name, vectors::sum(text.as_bytes()));
        }
    }
    assert_eq!(
        there, listed,
        "a file of vectors was changed, removed or not listed"
    );
}

//! Frames of one direction, packed.

use super::document::{Hex, document as vectors_of, line};
use super::{values, variants};
use anyhow::{Context, ensure};
use otor_protocol::wire::{
    Dictionaries, Dictionary, Packing, SHIPPED_DICTIONARY, ShippedDictionaries, packer, text_alone, unpacker,
};
use serde::Serialize;
use std::sync::Arc;

const LIGHT: &str = "Payloads packed by number 2, each for itself: what crosses, and what it unpacks to. Another packer may write other bytes \
that unpack to the same.";

const ABOUT: &str = "Packed payloads, in the order of their stream, a request's and then its reply's: what crosses, and what it unpacks to. Another \
packer may write other bytes that unpack to the same.";

#[derive(Serialize)]
struct Vector {
    dictionary: u32,
    /// The bytes of a dictionary that is not shipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    learned: Option<Hex>,
    stream: Vec<Payload>,
}

#[derive(Serialize)]
struct Payload {
    packed: Hex,
    payload: Hex,
}

fn stream(
    packing: Packing,
    dictionary: Option<Arc<Dictionary>>,
    payloads: &[Vec<u8>],
) -> anyhow::Result<String> {
    let number = dictionary.as_ref().map_or(0, |dictionary| dictionary.number());
    let learned = dictionary.as_ref().filter(|_| number > SHIPPED_DICTIONARY);
    let learned = learned.map(|dictionary| Hex(dictionary.to_bytes()));
    let mut packer = packer(packing, dictionary.clone()).context("a packer")?;
    let mut unpacker = unpacker(packing, dictionary).context("an unpacker")?;
    let mut stream = Vec::new();
    for payload in payloads {
        let packed = packer.pack(payload).context("packed")?;
        let unpacked = unpacker.unpack(&packed, payload.len()).context("unpacked")?;
        ensure!(unpacked == *payload, "it does not unpack to what was packed");
        stream.push(Payload {
            packed: Hex(packed),
            payload: Hex(payload.clone()),
        });
    }
    Ok(line(&Vector {
        dictionary: number,
        learned,
        stream,
    }))
}

/// By zstd, with and without a dictionary, and with one that is learned.
pub(super) fn light() -> anyhow::Result<String> {
    let payloads = [
        values::content().encode(),
        values::changes().encode(),
        variants::states().encode(),
        vec![0x92, 2, 0xc2],
        Vec::new(),
        vec![0],
        vec![1, 0xff],
        text_alone("老人独居，OK 3次，ᠮᠣᠩᠭᠣᠯ 𠀀\0"),
    ];
    let shipped = ShippedDictionaries.dictionary(1);
    let own = [text_alone("ᠮᠣᠩᠭᠣᠯ 老人独居\0")];
    let learned = Dictionary::of(300, shipped.as_deref(), own.iter().map(Vec::as_slice));
    let learned = Arc::new(learned.context("made")?);
    let vectors =
        [None, shipped, Some(learned)].map(|dictionary| stream(Packing::Light, dictionary, &payloads));
    let vectors: anyhow::Result<Vec<String>> = vectors.into_iter().collect();
    Ok(vectors_of(LIGHT, &vectors?))
}

pub(super) fn document() -> anyhow::Result<String> {
    let stream = |dictionary, payloads: &[Vec<u8>]| stream(Packing::Modelled, dictionary, payloads);
    let (content, changes, states) = (
        values::content().encode(),
        values::changes().encode(),
        variants::states().encode(),
    );
    let dictionary = ShippedDictionaries.dictionary(1);
    let vectors = [
        stream(
            None,
            &[
                b"no batch at all".to_vec(),
                b"no batch at all, again".to_vec(),
                Vec::new(),
            ],
        )?,
        stream(None, &[content.clone(), content.clone()])?,
        stream(
            None,
            &[
                changes.clone(),
                states.clone(),
                vec![0x92, 2, 0xc2],
                content.clone(),
            ],
        )?,
        stream(dictionary.clone(), &[content.clone(), content.clone()])?,
        stream(dictionary.clone(), &[content.clone(), changes.clone()])?,
        stream(dictionary, &[vec![0x92, 2, 0xc2], changes, states])?,
    ];
    Ok(vectors_of(ABOUT, &vectors))
}

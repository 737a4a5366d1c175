//! Frames of one direction, packed.

use super::document::{Hex, document as vectors_of, line};
use super::{values, variants};
use anyhow::{Context, ensure};
use otor_protocol::wire::{Dictionaries, Dictionary, Packing, ShippedDictionaries, packer, unpacker};
use serde::Serialize;
use std::sync::Arc;

const ABOUT: &str = "Packed payloads, in the order of their stream, a request's and then its reply's: what crosses, and what it unpacks to. Another \
packer may write other bytes that unpack to the same.";

#[derive(Serialize)]
struct Vector {
    dictionary: u32,
    stream: Vec<Payload>,
}

#[derive(Serialize)]
struct Payload {
    packed: Hex,
    payload: Hex,
}

fn stream(dictionary: Option<Arc<Dictionary>>, payloads: &[Vec<u8>]) -> anyhow::Result<String> {
    let number = dictionary.as_ref().map_or(0, |dictionary| dictionary.number());
    let mut packer = packer(Packing::Modelled, dictionary.clone()).context("a packer")?;
    let mut unpacker = unpacker(Packing::Modelled, dictionary).context("an unpacker")?;
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
        stream,
    }))
}

pub(super) fn document() -> anyhow::Result<String> {
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

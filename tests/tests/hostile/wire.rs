//! What crosses the wire: frames, packed streams, messages, batches by column, ops, records, certificates.

use super::{try_hard, vectors};
use otor_protocol::keys::Certificate;
use otor_protocol::op::Op;
use otor_protocol::record::Record;
use otor_protocol::sync::server::ServerSession;
use otor_protocol::wire::{
    ChangeFrame, Content, Dictionaries, Dictionary, End, EnrolReply, EnrolRequest, FrameReader, Hello,
    OtherHistory, Packing, Refill, Refusal, RepairFrame, ShippedDictionaries, StateFrame, Unpacker, Welcome,
    decode, packer, text_alone, unpacker,
};
use std::sync::Arc;

/// All that packs.
const PACKINGS: [Packing; 2] = [Packing::Modelled, Packing::Light];

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vectors("messages.json");
    seeds.extend(vectors("merges.json"));
    seeds.retain(|seed| seed.len() < 4_000);
    seeds
}

/// The requests and replies of sessions, and single frames.
fn streams() -> Vec<Vec<u8>> {
    [
        "frames.json",
        "session-requests-cut.json",
        "session-verdicts-and-scopes.json",
    ]
    .into_iter()
    .flat_map(vectors)
    .collect()
}

#[test]
fn frames_and_the_streams_they_are_packed_in() {
    try_hard("frames", &streams(), |bytes| {
        for packing in PACKINGS {
            let mut reader = FrameReader::default();
            let mut unpacking: Option<Box<dyn Unpacker>> = unpacker(packing, None);
            reader.push(bytes);
            while let Ok(Some(frame)) = reader.next_frame() {
                let frame_type = frame.frame_type;
                if let Ok(payload) = frame.unpacked(unpacking.as_mut()) {
                    assert!(
                        payload.len() <= otor_protocol::limits::FRAME_BYTES_MAX,
                        "{frame_type:?}"
                    );
                }
            }
        }
    });
}

#[test]
fn packed_payloads_one_after_another() {
    try_packed(("packing", "packing.json"), Packing::Modelled, &[None]);
}

#[test]
fn lightly_packed_payloads_one_after_another() {
    let shipped = ShippedDictionaries.dictionary(1);
    let kept = ("packing-light", "packing-light.json");
    try_packed(kept, Packing::Light, &[None, shipped]);
}

fn try_packed((target, kept): (&str, &str), packing: Packing, dictionaries: &[Option<Arc<Dictionary>>]) {
    let payloads = ["", "老人独居，身体尚好，药按时吃。", "routine routine routine"];
    let texts = payloads.iter().map(|text| text.as_bytes().to_vec());
    let payloads: Vec<Vec<u8>> = texts.chain(super::wire::seeds()).collect();
    let mut seeds = Vec::new();
    for dictionary in dictionaries {
        let mut making = packer(packing, dictionary.clone()).unwrap();
        seeds.extend(payloads.iter().filter_map(|payload| making.pack(payload)));
    }
    seeds.extend(vectors(kept));
    try_hard(target, &seeds, |bytes| {
        for dictionary in dictionaries {
            let mut unpacking = unpacker(packing, dictionary.clone()).unwrap();
            for _ in 0..2 {
                let payload = unpacking.unpack(bytes, otor_protocol::limits::FRAME_BYTES_MAX);
                assert!(
                    payload.is_none_or(|payload| payload.len() <= otor_protocol::limits::FRAME_BYTES_MAX)
                );
            }
        }
    });
}

#[test]
fn messages() {
    try_hard("messages", &seeds(), |bytes| {
        let _ = decode::<Hello>(bytes);
        let _ = decode::<Welcome>(bytes);
        let _ = decode::<Refusal>(bytes);
        let _ = decode::<OtherHistory>(bytes);
        let _ = decode::<Refill>(bytes);
        let _ = decode::<RepairFrame>(bytes);
        let _ = decode::<End>(bytes);
        let _ = decode::<EnrolRequest>(bytes);
        let _ = decode::<EnrolReply>(bytes);
    });
}

#[test]
fn batches_by_column() {
    try_hard("batches", &seeds(), |bytes| {
        if let Ok(content) = Content::decode(bytes) {
            for index in 0..content.ops.len() {
                let _ = content.op(index);
                let _ = (content.floor_at(index), content.origin_at(index));
            }
        }
        let _ = ChangeFrame::decode(bytes);
        let _ = StateFrame::decode(bytes);
    });
}

#[test]
fn ops_records_and_certificates() {
    try_hard("values", &seeds(), |bytes| {
        let _ = decode::<Op>(bytes);
        let _ = decode::<Certificate>(bytes);
        if let Ok(record) = Record::decode(bytes) {
            assert_eq!(record.encode(), bytes, "a record has one encoding");
        }
    });
}

#[test]
fn dictionaries() {
    let text = text_alone("老人独居村委会\0");
    let base = ShippedDictionaries.dictionary(1);
    let made = [None, base.as_deref()].map(|base| {
        let payloads = [text.as_slice(), b"columns"];
        Dictionary::of(2, base, payloads).unwrap().to_bytes()
    });
    try_hard("dictionaries", &made, |bytes| {
        if let Ok(dictionary) = Dictionary::from_bytes(3, bytes) {
            // One that is taken can be worked with.
            let dictionary = Arc::new(dictionary);
            for packing in PACKINGS {
                let mut making = packer(packing, Some(dictionary.clone())).unwrap();
                let packed = making.pack("老人独居".as_bytes());
                let mut unpacking = unpacker(packing, Some(dictionary.clone())).unwrap();
                let back = packed.and_then(|packed| unpacking.unpack(&packed, 1_000));
                assert_eq!(back.as_deref(), Some("老人独居".as_bytes()));
            }
        }
    });
}

#[test]
fn requests_before_anybody_is_known() {
    try_hard("requests", &streams(), |bytes| {
        let mut session = ServerSession::new(Arc::new(ShippedDictionaries));
        session.push(bytes);
        // Nothing but a hello is looked into before its phone is known.
        for _ in 0..64 {
            if !matches!(session.poll(), Ok(Some(_))) {
                break;
            }
        }
    });
}

//! Bytes made to fill the memory or the stack: bombs, nesting a million deep, lengths of 2³².

use otor_protocol::limits::FRAME_BYTES_MAX;
use otor_protocol::op::Op;
use otor_protocol::record::Record;
use otor_protocol::wire::{
    Content, Dictionary, FrameReader, Hello, Packing, StateFrame, Welcome, decode, packer, unpacker,
};
use otor_server::service::import;
use otor_server::state::entry::Entry;
use otor_sim::trace::Trace;

const DEEP: usize = 1_000_000;

/// Everything that decodes bytes of strangers.
fn refuse_all(bytes: &[u8]) {
    assert!(decode::<Hello>(bytes).is_err());
    assert!(decode::<Welcome>(bytes).is_err());
    assert!(decode::<Op>(bytes).is_err());
    assert!(Content::decode(bytes).is_err());
    assert!(StateFrame::decode(bytes).is_err());
    assert!(Record::decode(bytes).is_err());
    assert!(Entry::decode(bytes).is_none());
    let _ = Dictionary::from_bytes(1, bytes);
}

#[test]
fn values_nested_a_million_deep_are_refused() {
    for opening in [
        vec![0x91],
        vec![0x81, 0xa1, b'x'],
        vec![0x81, 0x01],
        vec![0x92, 0xc0],
    ] {
        let deep = opening.repeat(DEEP);
        refuse_all(&deep);
        // As an entry, and as a record, with the version that they begin with.
        refuse_all(&[&[1], deep.as_slice()].concat());
    }
    let head = "{\"otor_trace\":1,\"name\":\"t\",\"epoch\":\"2026-03-02T08:00:00+08:00\"}\n";
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let text = format!("{head}{}{}", open.repeat(DEEP), close.repeat(DEEP));
        assert!(Trace::parse(&text, &[]).is_err());
    }
}

#[test]
fn lengths_beyond_everything_are_refused_before_room_is_made_for_them() {
    for marker in [0xc6u8, 0xc9, 0xdb, 0xdd, 0xdf] {
        let mut promised = vec![marker];
        promised.extend(u32::MAX.to_be_bytes());
        promised.extend([0; 40]);
        refuse_all(&promised);
        for before in 1..8u8 {
            // In the last place of an array, after so many nils.
            let mut inside = vec![0x90 | (before + 1)];
            inside.extend(vec![0xc0; usize::from(before)]);
            inside.extend(&promised);
            refuse_all(&inside);
            refuse_all(&[&[1], inside.as_slice()].concat());
        }
    }
    let mut reader = FrameReader::default();
    reader.push(&[1, 0xff, 0xff, 0xff, 0xff, 0xff]);
    assert!(reader.next_frame().is_err());
}

#[test]
fn what_unpacks_to_a_thousand_times_its_size_is_refused_at_the_bound() {
    let zeros = vec![0u8; 1 << 28];
    let bomb = zstd::bulk::compress(&zeros, 19).unwrap();
    drop(zeros);
    assert!(bomb.len() < 64 << 10);
    // As it is, and without its first four bytes, as the light packing has it.
    for packing in [Packing::Modelled, Packing::Light] {
        for bomb in [&bomb[..], &bomb[4..]] {
            let mut unpacking = unpacker(packing, None).unwrap();
            assert_eq!(unpacking.unpack(bomb, FRAME_BYTES_MAX), None);
        }
        // The same as we would pack it, behind its beginning.
        let mut making = packer(packing, None).unwrap();
        let Some(honest) = making.pack(&vec![b'x'; FRAME_BYTES_MAX]) else {
            continue;
        };
        for cut in 1..honest.len().min(40) {
            let mut unpacking = unpacker(packing, None).unwrap();
            let _ = unpacking.unpack(&[&honest[..cut], bomb.as_slice()].concat(), FRAME_BYTES_MAX);
        }
    }
}

#[test]
fn a_csv_of_one_endless_field_or_of_nothing_but_commas_is_taken_apart_in_its_own_size() {
    let endless = [b"code,name,level\n\"".to_vec(), vec![b'x'; 16 << 20]].concat();
    let commas = [b"code,name,level\n".to_vec(), vec![b','; 4 << 20]].concat();
    let lines = [b"code,name,level\n".to_vec(), b"\n1".repeat(1 << 20)].concat();
    for bytes in [endless, commas, lines] {
        let _ = import::areas(&bytes);
        let _ = import::workers(&bytes);
    }
}

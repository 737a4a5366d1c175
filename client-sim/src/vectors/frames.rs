//! Frames, whole and spoilt.

use super::document::{Hex, document as vectors_of, line};
use otor_protocol::wire::{FrameType, write_frame};
use serde::Serialize;

const ABOUT: &str = "Frames that are not packed. With `payload`: a whole frame of this type. Without: bytes that give \
no frame, and why: `cut` (more has to come), `type`, `length` or `checksum` (the rest of the stream is of no use).";

#[derive(Serialize)]
struct Vector {
    frame: Hex,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<Hex>,
    #[serde(skip_serializing_if = "Option::is_none")]
    spoilt: Option<&'static str>,
}

fn payload(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|at| (at * 7 % 251) as u8).collect()
}

fn framed(frame_type: FrameType, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    write_frame(&mut frame, frame_type, payload);
    frame
}

fn whole(frame_type: FrameType, bytes: usize) -> String {
    let payload = payload(bytes);
    line(&Vector {
        frame: Hex(framed(frame_type, &payload)),
        r#type: Some(frame_type as u8),
        payload: Some(Hex(payload)),
        spoilt: None,
    })
}

fn spoilt(frame: Vec<u8>, why: &'static str) -> String {
    line(&Vector {
        frame: Hex(frame),
        r#type: None,
        payload: None,
        spoilt: Some(why),
    })
}

fn resummed(mut frame: Vec<u8>, at: usize, byte: u8) -> Vec<u8> {
    frame[at] = byte;
    let end = frame.len() - 4;
    let sum = crc(&frame[..end]);
    frame[end..].copy_from_slice(&sum.to_le_bytes());
    frame
}

/// CRC-32, bit by bit.
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
    let over = |crc: u32, byte: &u8| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc));
    !bytes.iter().fold(u32::MAX, over)
}

pub(super) fn document() -> String {
    let mut vectors: Vec<String> = [
        (FrameType::End, 0),
        (FrameType::Hello, 1),
        (FrameType::Ops, 127),
        (FrameType::Welcome, 128),
        (FrameType::Changes, 300),
        (FrameType::States, 16_383),
        (FrameType::Repair, 16_384),
    ]
    .map(|(frame_type, bytes)| whole(frame_type, bytes))
    .into();
    let good = framed(FrameType::Ops, &payload(200));
    for kept in [0, 1, 2, 3, 100, good.len() - 1] {
        vectors.push(spoilt(good[..kept].to_vec(), "cut"));
    }
    for at in [1, 3, 100, good.len() - 1] {
        let mut bytes = good.clone();
        bytes[at] ^= 0x10;
        vectors.push(spoilt(bytes, if at == 1 { "cut" } else { "checksum" }));
    }
    vectors.push(spoilt(resummed(good.clone(), 0, 77), "type"));
    vectors.push(spoilt([&[2, 0x81, 0x80, 0x08][..], &[0; 8]].concat(), "length"));
    vectors.push(spoilt(
        [&[2, 0x80, 0x80, 0x80, 1][..], &[0; 8]].concat(),
        "length",
    ));
    vectors_of(ABOUT, &vectors)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::unhex;
    use otor_protocol::wire::{BadFrame, FrameReader};
    use serde_json::Value;

    /// What our reader says of bytes.
    fn verdict(bytes: &[u8]) -> &'static str {
        let mut reader = FrameReader::default();
        reader.push(bytes);
        match reader.next_frame() {
            Ok(Some(_)) => "whole",
            Ok(None) => "cut",
            Err(BadFrame::Type(_)) => "type",
            Err(BadFrame::TooLong(_)) => "length",
            Err(BadFrame::Checksum) => "checksum",
            Err(BadFrame::Packing) => "packing",
        }
    }

    #[test]
    fn the_reader_says_of_each_what_the_vector_says() {
        let document: Value = serde_json::from_str(&document()).unwrap();
        for vector in document["vectors"].as_array().unwrap() {
            let frame = unhex(vector["frame"].as_str().unwrap()).unwrap();
            let expected = vector["spoilt"].as_str().unwrap_or("whole");
            assert_eq!(verdict(&frame), expected, "{vector}");
        }
    }
}

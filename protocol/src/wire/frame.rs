//! Frames: `type u8 | length varint | payload | crc32 u32 LE`, written plain or packed, and their incremental
//! reader.

use super::{Dictionary, Packer, Packing, Unpacker};
use crate::limits;
use std::sync::Arc;

/// What a frame carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameType {
    /// Phone to server: [`super::Hello`] and its code.
    Hello = 1,
    /// Phone to server: consecutive ops of one actor and their code.
    Ops = 2,
    /// Both ways: nothing follows.
    End = 3,
    /// Server to phone: [`super::Welcome`] and its code.
    Welcome = 4,
    /// Server to phone: [`super::ChangeFrame`].
    Changes = 5,
    /// Server to phone: [`super::StateFrame`].
    States = 6,
    /// Server to phone, in place of a welcome: [`super::Refusal`].
    Refusal = 7,
    /// Phone to server: [`super::EnrolRequest`].
    EnrolRequest = 8,
    /// Server to phone: [`super::EnrolReply`].
    EnrolReply = 9,
    /// Phone to server: a hello and its code, after which nothing follows.
    HelloAlone = 10,
    /// Server to phone: a welcome and its code, after which nothing follows: the reply is complete.
    WelcomeAlone = 11,
    /// Server to phone: [`super::RepairFrame`].
    Repair = 12,
    /// Server to phone: [`super::DictionaryPiece`].
    Dictionary = 13,
    /// Phone to server: [`super::Refill`] and its code.
    Refill = 14,
    /// Server to phone: [`super::AsideFrame`].
    Aside = 15,
}

impl FrameType {
    fn read(byte: u8) -> Option<FrameType> {
        use FrameType::*;
        [
            Hello,
            Ops,
            End,
            Welcome,
            Changes,
            States,
            Refusal,
            EnrolRequest,
            EnrolReply,
            HelloAlone,
            WelcomeAlone,
            Repair,
            Dictionary,
            Refill,
            Aside,
        ]
        .into_iter()
        .find(|known| *known as u8 == byte)
    }
}

/// One complete frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What it carries.
    pub frame_type: FrameType,
    /// Whether the payload is packed: [`Frame::unpacked`] gives the payload itself.
    pub packed: bool,
    /// Its payload, as it crossed.
    pub payload: Vec<u8>,
}

impl Frame {
    /// The payload, unpacked where it is packed. Every packed frame of an exchange has to be unpacked, in order.
    ///
    /// # Errors
    /// [`BadFrame::Packing`] if there is nothing to unpack with, or the bytes are no part of the stream.
    pub fn unpacked(self, unpacker: Option<&mut Box<dyn Unpacker>>) -> Result<Vec<u8>, BadFrame> {
        if !self.packed {
            return Ok(self.payload);
        }
        unpacker
            .and_then(|unpacker| unpacker.unpack(&self.payload, limits::FRAME_BYTES_MAX))
            .ok_or(BadFrame::Packing)
    }
}

/// Bytes that cannot be frames; nothing after them can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadFrame {
    /// A type of no known meaning.
    #[error("unknown frame type {0}")]
    Type(u8),
    /// A payload beyond the bound.
    #[error("a frame of {0} bytes is too long")]
    TooLong(usize),
    /// A checksum that does not match.
    #[error("a frame's checksum does not match")]
    Checksum,
    /// A packed payload that cannot be unpacked.
    #[error("a packed frame cannot be unpacked")]
    Packing,
}

/// Most bytes of a length: seven bits in each, the lowest first; the top bit says that another follows.
const LENGTH_MAX: usize = 3;
/// Bytes after it.
const TAIL: usize = 4;

/// Set in the type of a frame whose payload is packed.
const PACKED: u8 = 0x80;

/// Appends one frame to `out`, as it is.
pub fn write_frame(out: &mut Vec<u8>, frame_type: FrameType, payload: &[u8]) {
    append(out, frame_type as u8, payload);
}

/// Writes the frames of one direction, packed as agreed.
pub struct FrameWriter {
    packer: Option<Box<dyn Packer>>,
    spoilt: bool,
}

impl FrameWriter {
    /// Begins a request, with the dictionary agreed on.
    pub fn new(packing: Packing, dictionary: Option<Arc<Dictionary>>) -> Self {
        FrameWriter {
            packer: super::packer(packing, dictionary),
            spoilt: false,
        }
    }

    /// Begins the reply to a request that was read with this.
    pub fn replying(unpacker: Option<Box<dyn Unpacker>>) -> Self {
        FrameWriter {
            packer: unpacker.map(|unpacker| unpacker.turned()),
            spoilt: false,
        }
    }

    /// What the reply to a request is read with that was written with this.
    pub fn into_reader(self) -> Option<Box<dyn Unpacker>> {
        self.packer.map(|packer| packer.turned())
    }

    /// Whether a frame could not be packed: the other side does not know where the stream stands.
    pub fn is_spoilt(&self) -> bool {
        self.spoilt
    }

    /// Appends one frame to `out`.
    pub fn write(&mut self, out: &mut Vec<u8>, frame_type: FrameType, payload: &[u8]) {
        let goes_on = self.packer.as_ref().is_some_and(|packer| packer.goes_on());
        let most = if goes_on {
            limits::FRAME_BYTES_MAX
        } else {
            payload.len()
        };
        match self.packer.as_mut().and_then(|packer| packer.pack(payload)) {
            Some(packed) if packed.len() <= most => append(out, frame_type as u8 | PACKED, &packed),
            Some(_) if !goes_on => append(out, frame_type as u8, payload),
            _ => {
                // What it gave is no use: from here on frames go as they are.
                self.spoilt |= self.packer.is_some();
                self.packer = None;
                append(out, frame_type as u8, payload);
            }
        }
    }
}

fn append(out: &mut Vec<u8>, type_byte: u8, payload: &[u8]) {
    debug_assert!(payload.len() <= limits::FRAME_BYTES_MAX);
    let start = out.len();
    out.push(type_byte);
    write_length(out, payload.len());
    out.extend_from_slice(payload);
    let crc = crc32fast::hash(&out[start..]);
    out.extend_from_slice(&crc.to_le_bytes());
}

fn write_length(out: &mut Vec<u8>, length: usize) {
    let mut rest = length;
    while rest >= 0x80 {
        out.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

/// A length and how many bytes it takes; none if it has not come whole.
fn read_length(bytes: &[u8]) -> Result<Option<(usize, usize)>, BadFrame> {
    let mut length = 0;
    for (place, byte) in bytes.iter().take(LENGTH_MAX).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Ok(Some((length, place + 1)));
        }
    }
    if bytes.len() < LENGTH_MAX {
        Ok(None)
    } else {
        Err(BadFrame::TooLong(length))
    }
}

/// Collects bytes as they arrive and gives complete frames.
#[derive(Debug, Default)]
pub struct FrameReader {
    buffer: Vec<u8>,
    read: usize,
}

impl FrameReader {
    /// Takes bytes that have arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.read > 0 {
            self.buffer.drain(..self.read);
            self.read = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next complete frame, if there is one.
    ///
    /// # Errors
    /// [`BadFrame`] if the bytes cannot be frames; the stream is then useless.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, BadFrame> {
        let rest = &self.buffer[self.read..];
        let Some((&type_byte, after_type)) = rest.split_first() else {
            return Ok(None);
        };
        let packed = type_byte & PACKED != 0;
        let frame_type = FrameType::read(type_byte & !PACKED).ok_or(BadFrame::Type(type_byte))?;
        let Some((length, length_bytes)) = read_length(after_type)? else {
            return Ok(None);
        };
        if length > limits::FRAME_BYTES_MAX {
            return Err(BadFrame::TooLong(length));
        }
        let head = 1 + length_bytes;
        if rest.len() < head + length + TAIL {
            return Ok(None);
        }
        let (covered, tail) = rest[..head + length + TAIL].split_at(head + length);
        let crc = u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]);
        if crc32fast::hash(covered) != crc {
            return Err(BadFrame::Checksum);
        }
        let payload = covered[head..].to_vec();
        self.read += head + length + TAIL;
        Ok(Some(Frame {
            frame_type,
            packed,
            payload,
        }))
    }

    /// Bytes received and not yet given as frames.
    pub fn pending_bytes(&self) -> usize {
        self.buffer.len() - self.read
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn frames_read_back_however_they_are_cut(
            payloads in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 0..6),
            step in 1usize..50,
        ) {
            let mut bytes = Vec::new();
            for payload in &payloads {
                write_frame(&mut bytes, FrameType::Ops, payload);
            }
            let mut reader = FrameReader::default();
            let mut read = Vec::new();
            for piece in bytes.chunks(step) {
                reader.push(piece);
                while let Some(frame) = reader.next_frame().unwrap() {
                    read.push(frame.payload);
                }
            }
            prop_assert_eq!(read, payloads);
            prop_assert_eq!(reader.pending_bytes(), 0);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let mut reader = FrameReader::default();
            reader.push(&bytes);
            while let Ok(Some(_)) = reader.next_frame() {}
        }
    }

    #[test]
    fn a_frame_that_packing_makes_too_long_goes_as_it_is_and_spoils_the_stream() {
        let mut number = 1u32;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (number >> 24) as u8
        })
        .take(limits::FRAME_BYTES_MAX)
        .collect();
        let mut writer = FrameWriter::new(Packing::Modelled, None);
        let mut bytes = Vec::new();
        writer.write(&mut bytes, FrameType::Ops, &noise);
        assert!(writer.is_spoilt() && writer.into_reader().is_none());
        let mut reader = FrameReader::default();
        reader.push(&bytes);
        let frame = reader.next_frame().unwrap().unwrap();
        assert_eq!((frame.packed, frame.payload), (false, noise));
    }

    #[test]
    fn what_a_light_packing_makes_longer_goes_as_it_is_and_the_rest_packed() {
        let mut writer = FrameWriter::new(Packing::Light, None);
        let (short, long) = (vec![7, 1, 9], vec![7; 300]);
        let mut bytes = Vec::new();
        for payload in [&short, &long] {
            writer.write(&mut bytes, FrameType::Ops, payload);
        }
        assert!(!writer.is_spoilt());
        let mut unpacker = writer.into_reader();
        let mut reader = FrameReader::default();
        reader.push(&bytes);
        for (payload, packed) in [(short, false), (long, true)] {
            let frame = reader.next_frame().unwrap().unwrap();
            assert_eq!(frame.packed, packed);
            assert_eq!(frame.unpacked(unpacker.as_mut()).unwrap(), payload);
        }
    }

    #[test]
    fn a_flipped_bit_is_noticed() {
        let mut bytes = Vec::new();
        write_frame(&mut bytes, FrameType::Ops, b"visit");
        for place in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1;
            let mut reader = FrameReader::default();
            reader.push(&damaged);
            assert!(!matches!(reader.next_frame(), Ok(Some(_))), "byte {place}");
        }
    }
}

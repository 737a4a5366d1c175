//! The two streams of one direction: the model of text, and zstd for everything else.
//!
//! ```text
//! packed payload:  0                                            | the zstd stream's bytes for all of it
//!              or  1 + length of the text's bytes (varint) | they | the zstd stream's bytes for the rest
//! ```

use crate::wire::columns::{text_promised, text_range};
use crate::wire::dictionary::Dictionary;
use crate::wire::text_model::Model;
use crate::wire::varint;
use std::sync::Arc;
use zstd::stream::raw::{CParameter, DParameter, Decoder, Encoder, InBuffer, Operation, OutBuffer};

/// Higher levels gain a few bytes in a thousand, and take a quarter of a millisecond to set up with a dictionary.
const LEVEL: i32 = 5;
/// Small tables: setting up the usual ones would cost twenty times what packing an exchange does.
const TABLE_LOG: u32 = 14;
/// 128 KiB: what either side has to keep of a stream.
const WINDOW_LOG: u32 = 17;
const STEP_BYTES: usize = 4 * 1024;
/// Every zstd stream begins with these; they do not cross.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Each stream begins when the first frame needs it: many exchanges have nothing to pack, and a prepared model
/// takes a quarter of a megabyte.
pub(super) struct Packing {
    dictionary: Option<Arc<Dictionary>>,
    zstd: Option<Encoder<'static>>,
    /// Whether the zstd stream has given anything: it begins with [`MAGIC`].
    begun: bool,
    model: Option<Model>,
}

/// See [`Packing`].
pub(super) struct Unpacking {
    dictionary: Option<Arc<Dictionary>>,
    zstd: Option<Decoder<'static>>,
    model: Option<Model>,
}

fn model<'a>(model: &'a mut Option<Model>, dictionary: Option<&Dictionary>) -> &'a mut Model {
    model.get_or_insert_with(|| dictionary.map_or_else(Model::new, Dictionary::model))
}

fn encoder(dictionary: Option<&Dictionary>) -> Option<Encoder<'static>> {
    let columns = dictionary.map_or(&[][..], Dictionary::columns);
    let mut zstd = Encoder::with_dictionary(LEVEL, columns).ok()?;
    zstd.set_parameter(CParameter::WindowLog(WINDOW_LOG)).ok()?;
    zstd.set_parameter(CParameter::HashLog(TABLE_LOG)).ok()?;
    zstd.set_parameter(CParameter::ChainLog(TABLE_LOG)).ok()?;
    zstd.set_parameter(CParameter::ContentSizeFlag(false)).ok()?;
    zstd.set_parameter(CParameter::ChecksumFlag(false)).ok()?;
    zstd.set_parameter(CParameter::DictIdFlag(false)).ok()?;
    Some(zstd)
}

fn decoder(dictionary: Option<&Dictionary>) -> Option<Decoder<'static>> {
    let columns = dictionary.map_or(&[][..], Dictionary::columns);
    let mut zstd = Decoder::with_dictionary(columns).ok()?;
    zstd.set_parameter(DParameter::WindowLogMax(WINDOW_LOG)).ok()?;
    Some(zstd)
}

impl Packing {
    pub fn begin(dictionary: Option<Arc<Dictionary>>) -> Self {
        Packing {
            dictionary,
            zstd: None,
            begun: false,
            model: None,
        }
    }

    fn run(&mut self, pieces: [&[u8]; 2], packed: &mut Vec<u8>) -> Option<()> {
        let start = packed.len();
        let zstd = match &mut self.zstd {
            Some(zstd) => zstd,
            none => none.insert(encoder(self.dictionary.as_deref())?),
        };
        let mut step = [0; STEP_BYTES];
        for piece in pieces {
            let mut input = InBuffer::around(piece);
            while input.pos() < piece.len() {
                let mut output = OutBuffer::around(&mut step[..]);
                zstd.run(&mut input, &mut output).ok()?;
                packed.extend_from_slice(output.as_slice());
            }
        }
        loop {
            let mut output = OutBuffer::around(&mut step[..]);
            let left = zstd.flush(&mut output).ok()?;
            packed.extend_from_slice(output.as_slice());
            if left == 0 {
                break;
            }
        }
        // Nothing to pack may give nothing: the stream then begins with a later frame.
        if !self.begun && packed.len() > start {
            packed[start..].strip_prefix(&MAGIC)?;
            packed.drain(start..start + MAGIC.len());
            self.begun = true;
        }
        Some(())
    }
}

impl super::Packer for Packing {
    fn pack(&mut self, payload: &[u8]) -> Option<Vec<u8>> {
        let text = text_range(payload).and_then(|range| {
            let text = std::str::from_utf8(&payload[range.clone()]).ok();
            text.filter(|text| !text.is_empty()).map(|text| (range, text))
        });
        let mut packed = Vec::with_capacity(payload.len() / 2);
        let text = match text {
            Some((range, text)) => {
                let told = model(&mut self.model, self.dictionary.as_deref()).pack(text)?;
                varint::put_len(&mut packed, told.len() + 1);
                packed.extend_from_slice(&told);
                range
            }
            None => {
                packed.push(0);
                0..0
            }
        };
        self.run([&payload[..text.start], &payload[text.end..]], &mut packed)?;
        Some(packed)
    }
}

impl Unpacking {
    pub fn begin(dictionary: Option<Arc<Dictionary>>) -> Self {
        Unpacking {
            dictionary,
            zstd: None,
            model: None,
        }
    }

    /// Reads these bytes of the stream into `out`; none if it comes to too much.
    fn run(&mut self, bytes: &[u8], bytes_max: usize, out: &mut Vec<u8>) -> Option<()> {
        let zstd = self.zstd.as_mut()?;
        let mut step = [0; STEP_BYTES];
        let mut input = InBuffer::around(bytes);
        loop {
            let mut output = OutBuffer::around(&mut step[..]);
            zstd.run(&mut input, &mut output).ok()?;
            let filled = output.as_slice().len();
            out.extend_from_slice(output.as_slice());
            if out.len() > bytes_max {
                return None;
            }
            // A full buffer may hide more; a part-filled one with nothing left to read does not.
            if input.pos() == bytes.len() && filled < STEP_BYTES {
                return Some(());
            }
        }
    }
}

impl super::Unpacker for Unpacking {
    fn unpack(&mut self, mut packed: &[u8], bytes_max: usize) -> Option<Vec<u8>> {
        let told = match varint::take_len(&mut packed, usize::MAX)?.checked_sub(1) {
            Some(len) => {
                let (told, rest) = packed.split_at_checked(len)?;
                packed = rest;
                Some(told)
            }
            None => None,
        };
        let mut payload = Vec::new();
        if self.zstd.is_none() {
            self.zstd = Some(decoder(self.dictionary.as_deref())?);
            self.run(&MAGIC, bytes_max, &mut payload)?;
        }
        self.run(packed, bytes_max, &mut payload)?;
        if let Some(told) = told {
            let (at, len) = text_promised(&payload)?;
            if payload.len().checked_add(len)? > bytes_max {
                return None;
            }
            let text = model(&mut self.model, self.dictionary.as_deref()).unpack(told, len)?;
            payload.splice(at..at, text.into_bytes());
        }
        Some(payload)
    }
}

//! The stream of an exchange: two models, of text and of bytes, that go on from payload to payload.
//!
//! ```text
//! packed payload: 2 × length of the payload without its text, 1 more if text was taken out (varint) | told bytes
//! ```

use crate::limits::{PACKED_TIMES_MAX, UNPACKED_BYTES_FREE};
use crate::wire::columns::{text_promised, text_range};
use crate::wire::dictionary::Dictionary;
use crate::wire::range_coder::{Decoder, Encoder, Line};
use crate::wire::{byte_model, text_model, varint};
use std::sync::Arc;

/// What an exchange's payloads are told by.
pub(in crate::wire) struct Models {
    text: text_model::Model,
    bytes: byte_model::Model,
}

impl Models {
    /// They know nothing.
    pub fn new() -> Models {
        Models {
            text: text_model::Model::new(),
            bytes: byte_model::Model::new(),
        }
    }

    /// Goes on from these, which are [`Models::settled`].
    pub fn begin(&self) -> Models {
        Models {
            text: self.text.begin(),
            bytes: self.bytes.begin(),
        }
    }

    /// Makes all they have learnt what streams begin with, which share it.
    pub fn settled(self) -> Models {
        Models {
            text: self.text.settled(),
            bytes: self.bytes.settled(),
        }
    }

    /// The other direction begins.
    fn turn(&mut self) {
        self.text.learn_anew();
    }

    /// Packs a payload; none if that is not possible. The models are of no more use then.
    pub fn pack(&mut self, payload: &[u8]) -> Option<Vec<u8>> {
        let text = text_range(payload).and_then(|range| {
            let text = std::str::from_utf8(&payload[range.clone()]).ok();
            text.filter(|text| !text.is_empty()).map(|text| (range, text))
        });
        let mut line = Line::Write(Encoder::new());
        let mut packed = Vec::new();
        let (rest_len, times) = match text {
            Some((range, text)) => {
                let rest = [&payload[..range.start], &payload[range.end..]].concat();
                byte_model::tell(&mut self.bytes, &mut line, Some(&rest), rest.len());
                self.text.write(&mut line, text)?;
                (rest.len(), 2 * rest.len() + 1)
            }
            None => {
                byte_model::tell(&mut self.bytes, &mut line, Some(payload), payload.len());
                (payload.len(), 2 * payload.len())
            }
        };
        varint::put_len(&mut packed, times);
        if let Line::Write(encoder) = line {
            let mut told = encoder.finish();
            let least = rest_len
                .saturating_sub(UNPACKED_BYTES_FREE)
                .div_ceil(PACKED_TIMES_MAX);
            told.resize(told.len().max(least), 0);
            packed.append(&mut told);
        }
        Some(packed)
    }

    /// Unpacks a payload; none if the bytes are none of the stream, or give more than `bytes_max`.
    pub fn unpack(&mut self, mut packed: &[u8], bytes_max: usize) -> Option<Vec<u8>> {
        let times = varint::take_len(&mut packed, usize::MAX)?;
        let rest_len = times / 2;
        // A few bytes give no more work than their number allows.
        if rest_len > bytes_max.min(UNPACKED_BYTES_FREE + PACKED_TIMES_MAX * packed.len()) {
            return None;
        }
        let mut line = Line::Read(Decoder::new(packed));
        let mut payload = byte_model::tell(&mut self.bytes, &mut line, None, rest_len);
        if times % 2 == 1 {
            let (at, len) = text_promised(&payload)?;
            if payload.len().checked_add(len)? > bytes_max {
                return None;
            }
            let text = self.text.read(&mut line, len)?;
            payload = [&payload[..at], text.as_bytes(), &payload[at..]].concat();
        }
        match line {
            Line::Read(decoder) => decoder.is_at_end().then_some(payload),
            Line::Write(_) => None,
        }
    }
}

/// Models that begin when the first payload needs them: many exchanges have nothing to pack.
pub(super) struct Stream {
    dictionary: Option<Arc<Dictionary>>,
    models: Option<Models>,
}

impl Stream {
    pub fn begin(dictionary: Option<Arc<Dictionary>>) -> Self {
        Stream {
            dictionary,
            models: None,
        }
    }

    fn models(&mut self) -> &mut Models {
        let dictionary = self.dictionary.as_deref();
        self.models.get_or_insert_with(|| {
            dictionary.map_or_else(Models::new, |dictionary| dictionary.models().begin())
        })
    }

    fn turn(&mut self) {
        if let Some(models) = &mut self.models {
            models.turn();
        }
    }
}

impl super::Packer for Stream {
    fn pack(&mut self, payload: &[u8]) -> Option<Vec<u8>> {
        self.models().pack(payload)
    }

    fn goes_on(&self) -> bool {
        true
    }

    fn turned(mut self: Box<Self>) -> Box<dyn super::Unpacker> {
        self.turn();
        self
    }
}

impl super::Unpacker for Stream {
    fn unpack(&mut self, packed: &[u8], bytes_max: usize) -> Option<Vec<u8>> {
        self.models().unpack(packed, bytes_max)
    }

    fn turned(mut self: Box<Self>) -> Box<dyn super::Packer> {
        self.turn();
        self
    }
}

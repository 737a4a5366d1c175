//! Where the bytes of an exchange go: heads, hello, codes, framing, and of the rest how much is text.

use super::content::{Exchanged, texts};
use super::crossing::Crossed;
use super::floor::{batches, packed};
use otor_protocol::keys::FRAME_MAC_BYTES;
use otor_protocol::record::{Field, Record};
use otor_protocol::value::Value;
use otor_protocol::wire::{Dictionary, FrameReader, FrameType, part_batch, text_alone};
use serde::Serialize;

/// Bytes of one exchange by part. All before `text` add up to what crossed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Parts {
    /// HTTP head of the request.
    pub http_up: u64,
    /// HTTP head of the reply, and of its chunks.
    pub http_down: u64,
    /// The hello, its code and, where ops follow, its signature.
    pub hello: u64,
    /// The welcome and its code.
    pub welcome: u64,
    /// Type, length and checksum of all other frames.
    pub framing: u64,
    /// Codes of op frames.
    pub codes: u64,
    /// Ends.
    pub ends: u64,
    /// Ops, as packed.
    pub ops_up: u64,
    /// News and states, as packed.
    pub news_down: u64,
    /// Bytes of the text in ops, news and states, each direction told at once by the models; the rest of them is
    /// columns.
    pub text: u64,
    /// Frames of ops.
    pub frames_up: u64,
    /// Frames of news and states.
    pub frames_down: u64,
    /// Characters of text in ops, news and states.
    pub text_chars: u64,
    /// Bytes of that text alone, each direction as one batch under zstd at its strongest, without a dictionary.
    pub text_alone: u64,
}

impl Parts {
    /// Of what crossed.
    ///
    /// # Errors
    /// If it is not understood.
    pub(super) fn of(
        crossings: &[Crossed],
        exchanged: &Exchanged,
        dictionary: Option<&Dictionary>,
    ) -> anyhow::Result<Parts> {
        let mut parts = Parts::default();
        for crossed in crossings {
            let bytes = |frames: &[Vec<u8>]| frames.iter().map(Vec::len).sum::<usize>() as u64;
            parts.http_up += crossed.bytes_up() - bytes(&crossed.up);
            parts.http_down += crossed.bytes_down() - bytes(&crossed.down);
            let mut reader = FrameReader::default();
            for bytes in crossed.up.iter().chain(&crossed.down) {
                reader.push(bytes);
                if let Some(frame) = reader.next_frame()? {
                    parts.frame(frame.frame_type, bytes.len() as u64, frame.payload.len() as u64);
                }
            }
        }
        let mut up = String::new();
        for (_, op) in exchanged.ops_up()? {
            texts(&op).into_iter().for_each(|text| up.push_str(text));
        }
        let mut down = String::new();
        for (_, op) in exchanged.ops_down()? {
            texts(&op).into_iter().for_each(|text| down.push_str(text));
        }
        for bytes in exchanged.records_down() {
            let record = Record::decode(bytes)?;
            record.fields.values().for_each(|field| gather(field, &mut down));
        }
        parts.text_chars = (up.chars().count() + down.chars().count()) as u64;
        parts.text_alone = packed(up.as_bytes(), &[])? + packed(down.as_bytes(), &[])?;
        if let Some(dictionary) = dictionary {
            for batches in batches(exchanged) {
                let parted = batches.iter().filter_map(|batch| part_batch(batch));
                let texts: Vec<Vec<u8>> = parted.map(|(text, _)| text_alone(&text)).collect();
                parts.text += dictionary.told_bytes(&texts) as u64;
            }
        }
        Ok(parts)
    }

    fn frame(&mut self, frame_type: FrameType, whole: u64, payload: u64) {
        match frame_type {
            FrameType::Hello | FrameType::HelloAlone => self.hello += whole,
            FrameType::Welcome | FrameType::WelcomeAlone => self.welcome += whole,
            FrameType::End => self.ends += whole,
            FrameType::Ops => {
                self.frames_up += 1;
                self.framing += whole - payload;
                self.codes += FRAME_MAC_BYTES as u64;
                self.ops_up += payload.saturating_sub(FRAME_MAC_BYTES as u64);
            }
            _ => {
                self.frames_down += 1;
                self.framing += whole - payload;
                self.news_down += payload;
            }
        }
    }

    /// What all parts come to.
    pub fn total(&self) -> u64 {
        self.http_up
            + self.http_down
            + self.hello
            + self.welcome
            + self.framing
            + self.codes
            + self.ends
            + self.ops_up
            + self.news_down
    }
}

fn gather(field: &Field, all: &mut String) {
    let mut add = |value: &Value| {
        if let Value::Text(text) = value {
            all.push_str(text);
        }
    };
    match field {
        Field::Register(register) => add(&register.val),
        Field::Log(_) | Field::Members(_) | Field::Candidates(_) => {}
    }
}

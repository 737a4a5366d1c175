//! The light packing: each payload by zstd for itself, with what a dictionary holds at hand. It takes half as many bytes
//! again as the models do, and a fiftieth of their time.
//!
//! ```text
//! packed payload: a zstd frame that tells its content's length, without its first four bytes
//! content, without a dictionary: the payload
//! content, with a dictionary: 1 | length of the text by ranks | it | the batch's rest, 0 | payload, or the payload
//! ```

use super::ranks::Ranks;
use crate::wire::columns::text_range;
use crate::wire::dictionary::Dictionary;
use crate::wire::varint;
use std::cell::RefCell;
use std::sync::Arc;
use zstd::zstd_safe::{
    CCtx, CDict, DCtx, DDict, compress_bound, find_frame_compressed_size, get_frame_content_size,
};

/// zstd's level: the third has no fewer bytes and takes longer; above it a tenth fewer take two and three times as long.
const LEVEL: i32 = 2;
/// What every zstd frame begins with.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// What zstd's dictionaries begin with: how often what stands in what is packed, from two days of a made-up county. It
/// never changes: what it begins, the content of ours ends.
const HEAD: &[u8] = include_bytes!("light-head.bin");
/// A batch whose text is written by ranks: its own first byte.
const RANKED: u8 = 1;
/// A payload that begins as one of the others would.
const PLAIN: u8 = 0;

thread_local! {
    /// Making one takes longer than packing a frame with it.
    static PACKING: RefCell<Option<CCtx<'static>>> = const { RefCell::new(None) };
    static UNPACKING: RefCell<Option<DCtx<'static>>> = const { RefCell::new(None) };
}

/// What a dictionary is to zstd: made once, and shared.
pub(in crate::wire) struct Prepared {
    ranks: Ranks,
    packing: CDict<'static>,
    unpacking: DDict<'static>,
}

impl Prepared {
    /// Of a dictionary with these payloads and this text; none if there is too little of it.
    pub fn of(payloads: &[Vec<u8>], text: &str) -> Option<Prepared> {
        let ranks = Ranks::of(text);
        let mut bytes = HEAD.to_vec();
        for payload in payloads {
            bytes.extend(to_content(payload, &ranks));
        }
        Some(Prepared {
            ranks,
            packing: CDict::try_create(&bytes, LEVEL)?,
            unpacking: DDict::try_create(&bytes)?,
        })
    }
}

/// Packs and unpacks. Nothing goes on from frame to frame, so nothing is kept.
pub(super) struct Light {
    dictionary: Option<Arc<Dictionary>>,
}

impl Light {
    pub fn new(dictionary: Option<Arc<Dictionary>>) -> Light {
        Light { dictionary }
    }

    /// None of a dictionary that zstd cannot take.
    fn prepared(&self) -> Option<Option<&Prepared>> {
        match &self.dictionary {
            None => Some(None),
            Some(dictionary) => dictionary.light().map(Some),
        }
    }
}

/// Whether the text of a payload can be told by ranks: where it stands.
fn ranked(payload: &[u8]) -> Option<(usize, &str, &[u8])> {
    let range = text_range(payload)?;
    let text = std::str::from_utf8(&payload[range.clone()]).ok()?;
    Some((range.start, text, &payload[range.end..]))
}

fn to_content(payload: &[u8], ranks: &Ranks) -> Vec<u8> {
    let mut content = Vec::with_capacity(payload.len() + 1);
    match (ranked(payload), payload.first()) {
        (Some((_, text, rest)), _) => {
            let mut told = Vec::with_capacity(text.len());
            ranks.write(&mut told, text);
            content.push(RANKED);
            varint::put_len(&mut content, told.len());
            content.append(&mut told);
            content.extend_from_slice(rest);
        }
        (None, Some(&(RANKED | PLAIN))) => {
            content.push(PLAIN);
            content.extend_from_slice(payload);
        }
        (None, _) => content.extend_from_slice(payload),
    }
    content
}

fn from_content(content: Vec<u8>, ranks: &Ranks, bytes_max: usize) -> Option<Vec<u8>> {
    let payload = match content.split_first() {
        Some((&PLAIN, payload)) => payload.to_vec(),
        Some((&RANKED, mut rest)) => {
            let told = varint::take_bytes(&mut rest)?;
            let text = ranks.read(told, bytes_max)?;
            let mut payload = Vec::with_capacity(text.len() + rest.len() + 4);
            payload.push(RANKED);
            varint::put_len(&mut payload, text.len());
            payload.extend_from_slice(text.as_bytes());
            payload.extend_from_slice(rest);
            payload
        }
        _ => content,
    };
    (payload.len() <= bytes_max).then_some(payload)
}

fn compress(content: &[u8], prepared: Option<&Prepared>) -> Option<Vec<u8>> {
    let mut frame = Vec::with_capacity(compress_bound(content.len()));
    PACKING.with_borrow_mut(|kept| {
        let context = match kept {
            Some(context) => context,
            None => kept.insert(CCtx::try_create()?),
        };
        let done = match prepared {
            Some(prepared) => context.compress_using_cdict(&mut frame, content, &prepared.packing),
            None => context.compress(&mut frame, content, LEVEL),
        };
        done.ok()
    })?;
    Some(frame.strip_prefix(&MAGIC)?.to_vec())
}

fn decompress(packed: &[u8], prepared: Option<&Prepared>, bytes_max: usize) -> Option<Vec<u8>> {
    let frame = [&MAGIC, packed].concat();
    // No room is made for more than is said, and no more than that is written.
    let len = usize::try_from(get_frame_content_size(&frame).ok()??).ok()?;
    if len > bytes_max || find_frame_compressed_size(&frame).ok()? != frame.len() {
        return None;
    }
    let mut content = Vec::with_capacity(len);
    UNPACKING.with_borrow_mut(|kept| {
        let context = match kept {
            Some(context) => context,
            None => kept.insert(DCtx::try_create()?),
        };
        let done = match prepared {
            Some(prepared) => context.decompress_using_ddict(&mut content, &frame, &prepared.unpacking),
            None => context.decompress(&mut content, &frame),
        };
        done.ok()
    })?;
    (content.len() == len).then_some(content)
}

impl super::Packer for Light {
    fn pack(&mut self, payload: &[u8]) -> Option<Vec<u8>> {
        match self.prepared()? {
            Some(prepared) => compress(&to_content(payload, &prepared.ranks), Some(prepared)),
            None => compress(payload, None),
        }
    }

    fn goes_on(&self) -> bool {
        false
    }

    fn turned(self: Box<Self>) -> Box<dyn super::Unpacker> {
        self
    }
}

impl super::Unpacker for Light {
    fn unpack(&mut self, packed: &[u8], bytes_max: usize) -> Option<Vec<u8>> {
        match self.prepared()? {
            Some(prepared) => {
                // A character takes at most a byte more as it is than as UTF-8, which is one byte at least.
                let content_max = 2 * bytes_max + 1;
                let content = decompress(packed, Some(prepared), content_max)?;
                from_content(content, &prepared.ranks, bytes_max)
            }
            None => decompress(packed, None, bytes_max),
        }
    }

    fn turned(self: Box<Self>) -> Box<dyn super::Packer> {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::dictionary::text_alone;
    use crate::wire::{Dictionaries, SHIPPED_DICTIONARY, ShippedDictionaries, packing};
    use packing::{Packer, Unpacker};

    fn light() -> Light {
        Light::new(ShippedDictionaries.dictionary(SHIPPED_DICTIONARY))
    }

    #[test]
    fn each_frame_is_read_without_those_before_it() {
        let payloads = [
            text_alone("入户走访，户主在家。\0"),
            b"no batch".to_vec(),
            Vec::new(),
        ];
        let packed: Vec<_> = payloads.iter().map(|one| light().pack(one).unwrap()).collect();
        for (packed, payload) in packed.iter().zip(&payloads).rev() {
            assert_eq!(light().unpack(packed, payload.len()).as_ref(), Some(payload));
        }
    }

    #[test]
    fn payloads_that_are_no_batch_come_back_whatever_they_begin_with() {
        for payload in [
            &[0][..],
            &[0, 1, 2],
            &[1],
            &[1, 0],
            &[1, 200, 7],
            &[1, 1, 0xff, 9],
            &[1, 0x80, 0],
        ] {
            let packed = light().pack(payload).unwrap();
            assert_eq!(light().unpack(&packed, payload.len()).as_deref(), Some(payload));
        }
    }

    #[test]
    fn a_text_beyond_the_bound_is_refused_though_it_is_packed_short() {
        let payload = text_alone(&"老人".repeat(15_000));
        let packed = light().pack(&payload).unwrap();
        assert!(packed.len() < 100);
        assert!(light().unpack(&packed, payload.len() - 1).is_none());
        assert!(light().unpack(&packed, payload.len()).is_some());
    }

    #[test]
    fn what_is_left_over_and_what_tells_no_length_is_refused() {
        let packed = light().pack(b"some payload or other").unwrap();
        assert!(light().unpack(&[&packed[..], &[0]].concat(), 1_000).is_none());
        assert!(
            light()
                .unpack(&[&packed[..], &MAGIC, &packed[..]].concat(), 1_000)
                .is_none()
        );
        // A frame of one empty block whose head has a window in place of a length.
        assert!(light().unpack(&[0, 0, 1, 0, 0], 1_000).is_none());
    }
}

//! Packing, by one of two ways. By models: all frames of an exchange share one stream, the request's and then the
//! reply's, so that every complete frame can be read and later ones profit from earlier ones; the text of batches is
//! told by a model of text, everything else by a model of bytes. Or lightly: each frame for itself, by zstd.

mod light;
mod ranks;
mod streams;

pub(super) use light::Prepared;

pub(super) use streams::Models;

use super::dictionary::Dictionary;
use std::sync::Arc;

/// How frames may be packed, as the hello and the enrolment name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// Not at all.
    None = 0,
    /// By models of text and of bytes, a pair an exchange, that begin with the dictionary agreed on.
    Modelled = 1,
    /// By zstd, each frame for itself: more bytes, and far less of the processor.
    Light = 2,
}

impl Packing {
    /// All this build knows.
    pub const ALL: [Packing; 3] = [Packing::None, Packing::Modelled, Packing::Light];

    /// The greatest number this build knows: it knows all below.
    pub fn best() -> Packing {
        Packing::Light
    }

    /// The packing of this number, if this build knows it; none otherwise: packing is then left off.
    pub fn known(number: u8) -> Packing {
        let known = Packing::ALL.into_iter().find(|one| *one as u8 == number);
        known.unwrap_or(Packing::None)
    }

    /// The greatest number that this build and another know that knows all up to `number`.
    pub fn up_to(number: u8) -> Packing {
        Packing::known(number.min(Packing::best() as u8))
    }
}

/// Packs frames, in order.
pub trait Packer: Send {
    /// The packed payload; none if it could not be packed: the stream is spoilt then.
    fn pack(&mut self, payload: &[u8]) -> Option<Vec<u8>>;

    /// Whether frames go on from one another: then one that was packed has to go so.
    fn goes_on(&self) -> bool;

    /// The request has been written: its reply goes on from here.
    fn turned(self: Box<Self>) -> Box<dyn Unpacker>;
}

/// Unpacks frames, in order.
pub trait Unpacker: Send {
    /// The payload; none if the bytes are no part of the stream or give more than `bytes_max`.
    fn unpack(&mut self, packed: &[u8], bytes_max: usize) -> Option<Vec<u8>>;

    /// The request has been read: the reply to it goes on from here.
    fn turned(self: Box<Self>) -> Box<dyn Packer>;
}

/// Begins a stream with a request to be written; none if there is nothing to pack with.
pub fn packer(packing: Packing, dictionary: Option<Arc<Dictionary>>) -> Option<Box<dyn Packer>> {
    match packing {
        Packing::None => None,
        Packing::Modelled => Some(Box::new(streams::Stream::begin(dictionary))),
        Packing::Light => Some(Box::new(light::Light::new(dictionary))),
    }
}

/// Begins a stream with a request to be read; none if there is nothing to unpack with.
pub fn unpacker(packing: Packing, dictionary: Option<Arc<Dictionary>>) -> Option<Box<dyn Unpacker>> {
    match packing {
        Packing::None => None,
        Packing::Modelled => Some(Box::new(streams::Stream::begin(dictionary))),
        Packing::Light => Some(Box::new(light::Light::new(dictionary))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Dictionaries, SHIPPED_DICTIONARY, ShippedDictionaries};
    use proptest::prelude::*;

    fn packings() -> impl Strategy<Value = (Packing, u32)> {
        let packing = prop_oneof![Just(Packing::Modelled), Just(Packing::Light)];
        (packing, prop_oneof![Just(0), Just(SHIPPED_DICTIONARY)])
    }

    proptest! {
        #[test]
        fn frames_unpack_in_order(
            (packing, dictionary) in packings(),
            payloads in proptest::collection::vec(proptest::collection::vec(0u8..8, 0..900), 0..6),
        ) {
            let dictionary = ShippedDictionaries.dictionary(dictionary);
            let mut packer = packer(packing, dictionary.clone()).unwrap();
            let mut unpacker = unpacker(packing, dictionary).unwrap();
            for payload in &payloads {
                let packed = packer.pack(payload).unwrap();
                let unpacked = unpacker.unpack(&packed, 10_000);
                prop_assert_eq!(unpacked.as_ref(), Some(payload));
            }
        }

        #[test]
        fn any_bytes_are_unpacked_or_refused(
            (packing, dictionary) in packings(),
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
        ) {
            let mut unpacker = unpacker(packing, ShippedDictionaries.dictionary(dictionary)).unwrap();
            let _ = unpacker.unpack(&bytes, 10_000);
        }
    }

    #[test]
    fn two_builds_agree_on_the_lower_of_what_both_know() {
        assert_eq!(
            [0, 1, 2, 3, 255].map(|number| Packing::up_to(number) as u8),
            [0, 1, 2, 2, 2]
        );
        assert_eq!(
            [0, 1, 2, 3, 255].map(|number| Packing::known(number) as u8),
            [0, 1, 2, 0, 0]
        );
    }

    #[test]
    fn a_reply_goes_on_from_its_request() {
        let (question, answer) = (
            b"how much hay is left for the sheep",
            b"the hay that is left for the sheep",
        );
        let mut phone = packer(Packing::Modelled, None).unwrap();
        let mut server = unpacker(Packing::Modelled, None).unwrap();
        let asked = phone.pack(question).unwrap();
        assert_eq!(server.unpack(&asked, 100).unwrap(), question);
        let (mut phone, mut server) = (phone.turned(), server.turned());
        let answered = server.pack(answer).unwrap();
        assert_eq!(phone.unpack(&answered, 100).unwrap(), answer);
        let alone = packer(Packing::Modelled, None).unwrap().pack(answer).unwrap();
        assert!(answered.len() < alone.len());
    }

    #[test]
    fn a_payload_that_swells_beyond_the_bound_is_refused() {
        for packing in [Packing::Modelled, Packing::Light] {
            let packed = packer(packing, None).unwrap().pack(&[7; 100_000]).unwrap();
            assert!(packed.len() < 2_000);
            let unpack = |bytes_max| unpacker(packing, None).unwrap().unpack(&packed, bytes_max);
            assert!(unpack(99_999).is_none());
            assert!(unpack(100_000).is_some());
        }
    }
}

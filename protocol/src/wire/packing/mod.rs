//! Packing: all frames of one direction share one compressed stream, flushed at each frame's end, so that every
//! complete frame can be read and later ones profit from earlier ones. The text of batches goes through a model
//! of its own, everything else through zstd.

use super::dictionary::Dictionary;
use std::sync::Arc;

/// How frames may be packed, as the hello and the enrolment name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// Not at all.
    None = 0,
    /// One zstd stream and one model of text a direction, both beginning with the dictionary agreed on.
    Zstd = 1,
}

impl Packing {
    /// The best this build knows.
    pub fn best() -> Packing {
        if cfg!(feature = "zstd") {
            Packing::Zstd
        } else {
            Packing::None
        }
    }

    /// The packing of this number, if this build knows it; none otherwise: packing is then left off.
    pub fn known(number: u8) -> Packing {
        if number == Packing::Zstd as u8 {
            Packing::best()
        } else {
            Packing::None
        }
    }
}

/// Packs the frames of one direction, in order.
pub trait Packer: Send {
    /// The packed payload; none if it could not be packed: it then goes as it is.
    fn pack(&mut self, payload: &[u8]) -> Option<Vec<u8>>;
}

/// Unpacks the frames of one direction, in order.
pub trait Unpacker: Send {
    /// The payload; none if the bytes are no part of the stream or give more than `bytes_max`.
    fn unpack(&mut self, packed: &[u8], bytes_max: usize) -> Option<Vec<u8>>;
}

/// Begins to pack one direction; none if there is nothing to pack with.
pub fn packer(packing: Packing, dictionary: Option<Arc<Dictionary>>) -> Option<Box<dyn Packer>> {
    match packing {
        Packing::None => None,
        #[cfg(feature = "zstd")]
        Packing::Zstd => Some(Box::new(streams::Packing::begin(dictionary))),
        #[cfg(not(feature = "zstd"))]
        Packing::Zstd => None,
    }
}

/// Begins to unpack one direction; none if there is nothing to unpack with.
pub fn unpacker(packing: Packing, dictionary: Option<Arc<Dictionary>>) -> Option<Box<dyn Unpacker>> {
    match packing {
        Packing::None => None,
        #[cfg(feature = "zstd")]
        Packing::Zstd => Some(Box::new(streams::Unpacking::begin(dictionary))),
        #[cfg(not(feature = "zstd"))]
        Packing::Zstd => None,
    }
}

#[cfg(feature = "zstd")]
mod streams;

#[cfg(all(test, feature = "zstd"))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn frames_unpack_in_order(payloads in proptest::collection::vec(proptest::collection::vec(0u8..8, 0..9_000), 0..6)) {
            let mut packer = packer(Packing::Zstd, None).unwrap();
            let mut unpacker = unpacker(Packing::Zstd, None).unwrap();
            for payload in &payloads {
                let packed = packer.pack(payload).unwrap();
                let unpacked = unpacker.unpack(&packed, 10_000);
                prop_assert_eq!(unpacked.as_ref(), Some(payload));
            }
        }

        #[test]
        fn any_bytes_are_unpacked_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut unpacker = unpacker(Packing::Zstd, None).unwrap();
            let _ = unpacker.unpack(&bytes, 10_000);
        }
    }

    #[test]
    fn a_payload_that_swells_beyond_the_bound_is_refused() {
        let packed = packer(Packing::Zstd, None).unwrap().pack(&[7; 100_000]).unwrap();
        assert!(packed.len() < 200);
        assert!(
            unpacker(Packing::Zstd, None)
                .unwrap()
                .unpack(&packed, 99_999)
                .is_none()
        );
        assert!(
            unpacker(Packing::Zstd, None)
                .unwrap()
                .unpack(&packed, 100_000)
                .is_some()
        );
    }
}

//! Packing: all frames of one direction share one compressed stream, flushed at each frame's end, so that every
//! complete frame can be read and later ones profit from earlier ones.

/// How frames may be packed, as the hello and the enrolment name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// Not at all.
    None = 0,
    /// One zstd stream a direction, without a dictionary.
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
pub fn packer(packing: Packing) -> Option<Box<dyn Packer>> {
    match packing {
        Packing::None => None,
        #[cfg(feature = "zstd")]
        Packing::Zstd => zstd_stream::Packing::begin().map(|packer| Box::new(packer) as Box<dyn Packer>),
        #[cfg(not(feature = "zstd"))]
        Packing::Zstd => None,
    }
}

/// Begins to unpack one direction; none if there is nothing to unpack with.
pub fn unpacker(packing: Packing) -> Option<Box<dyn Unpacker>> {
    match packing {
        Packing::None => None,
        #[cfg(feature = "zstd")]
        Packing::Zstd => {
            zstd_stream::Unpacking::begin().map(|unpacker| Box::new(unpacker) as Box<dyn Unpacker>)
        }
        #[cfg(not(feature = "zstd"))]
        Packing::Zstd => None,
    }
}

#[cfg(feature = "zstd")]
mod zstd_stream {
    use zstd::stream::raw::{CParameter, DParameter, Decoder, Encoder, InBuffer, Operation, OutBuffer};

    const LEVEL: i32 = 9;
    /// Small tables: setting up the usual ones would cost twenty times what packing an exchange does.
    const TABLE_LOG: u32 = 14;
    /// 128 KiB: what either side has to keep of a stream.
    const WINDOW_LOG: u32 = 17;
    const STEP_BYTES: usize = 4 * 1024;

    pub(super) struct Packing(Encoder<'static>);
    pub(super) struct Unpacking(Decoder<'static>);

    impl Packing {
        pub fn begin() -> Option<Self> {
            let mut encoder = Encoder::new(LEVEL).ok()?;
            encoder.set_parameter(CParameter::WindowLog(WINDOW_LOG)).ok()?;
            encoder.set_parameter(CParameter::HashLog(TABLE_LOG)).ok()?;
            encoder.set_parameter(CParameter::ChainLog(TABLE_LOG)).ok()?;
            encoder.set_parameter(CParameter::ContentSizeFlag(false)).ok()?;
            encoder.set_parameter(CParameter::ChecksumFlag(false)).ok()?;
            Some(Packing(encoder))
        }
    }

    impl super::Packer for Packing {
        fn pack(&mut self, payload: &[u8]) -> Option<Vec<u8>> {
            let mut packed = Vec::new();
            let mut step = [0; STEP_BYTES];
            let mut input = InBuffer::around(payload);
            while input.pos() < payload.len() {
                let mut output = OutBuffer::around(&mut step[..]);
                self.0.run(&mut input, &mut output).ok()?;
                packed.extend_from_slice(output.as_slice());
            }
            loop {
                let mut output = OutBuffer::around(&mut step[..]);
                let left = self.0.flush(&mut output).ok()?;
                packed.extend_from_slice(output.as_slice());
                if left == 0 {
                    return Some(packed);
                }
            }
        }
    }

    impl Unpacking {
        pub fn begin() -> Option<Self> {
            let mut decoder = Decoder::new().ok()?;
            decoder.set_parameter(DParameter::WindowLogMax(WINDOW_LOG)).ok()?;
            Some(Unpacking(decoder))
        }
    }

    impl super::Unpacker for Unpacking {
        fn unpack(&mut self, packed: &[u8], bytes_max: usize) -> Option<Vec<u8>> {
            let mut payload = Vec::new();
            let mut step = [0; STEP_BYTES];
            let mut input = InBuffer::around(packed);
            loop {
                let mut output = OutBuffer::around(&mut step[..]);
                self.0.run(&mut input, &mut output).ok()?;
                let filled = output.as_slice().len();
                payload.extend_from_slice(output.as_slice());
                if payload.len() > bytes_max {
                    return None;
                }
                // A full buffer may hide more; a part-filled one with nothing left to read does not.
                if input.pos() == packed.len() && filled < STEP_BYTES {
                    return Some(payload);
                }
            }
        }
    }
}

#[cfg(all(test, feature = "zstd"))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn frames_unpack_in_order(payloads in proptest::collection::vec(proptest::collection::vec(0u8..8, 0..9_000), 0..6)) {
            let mut packer = packer(Packing::Zstd).unwrap();
            let mut unpacker = unpacker(Packing::Zstd).unwrap();
            for payload in &payloads {
                let packed = packer.pack(payload).unwrap();
                let unpacked = unpacker.unpack(&packed, 10_000);
                prop_assert_eq!(unpacked.as_ref(), Some(payload));
            }
        }

        #[test]
        fn any_bytes_are_unpacked_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut unpacker = unpacker(Packing::Zstd).unwrap();
            let _ = unpacker.unpack(&bytes, 10_000);
        }
    }

    #[test]
    fn a_payload_that_swells_beyond_the_bound_is_refused() {
        let packed = packer(Packing::Zstd).unwrap().pack(&[7; 100_000]).unwrap();
        assert!(packed.len() < 200);
        assert!(unpacker(Packing::Zstd).unwrap().unpack(&packed, 99_999).is_none());
        assert!(
            unpacker(Packing::Zstd)
                .unwrap()
                .unpack(&packed, 100_000)
                .is_some()
        );
    }
}

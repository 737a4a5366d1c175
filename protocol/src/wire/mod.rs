//! The wire: frames, messages and op frame content as bytes. Written down in PROTOCOL.md.

mod batch;
mod byte_model;
mod columns;
mod content;
mod dictionary;
mod estimates;
mod frame;
mod message;
mod packing;
mod range_coder;
mod text_model;
mod varint;

pub use batch::{part_batch, with_text};
pub use content::{Content, ContentBuilder};
pub use dictionary::{
    Dictionaries, Dictionary, NoDictionaries, SHIPPED_DICTIONARY, ShippedDictionaries, text_alone,
};
pub use frame::{BadFrame, Frame, FrameReader, FrameType, FrameWriter, write_frame};
pub use message::*;
pub use packing::{Packer, Packing, Unpacker, packer, unpacker};

use crate::limits;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Version of the exchange described in PROTOCOL.md.
pub const PROTOCOL_VERSION: u16 = 1;

/// Bytes that do not decode as what they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are not what they should be")]
pub struct Malformed;

/// MessagePack of plain data, positional and compact.
pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    // Writing plain data to a vector cannot fail.
    rmp_serde::to_vec(value).expect("plain data encodes")
}

/// The same, behind what `bytes` holds already.
pub fn encode_onto<T: Serialize>(bytes: &mut Vec<u8>, value: &T) {
    // As above.
    rmp_serde::encode::write(bytes, value).expect("plain data encodes");
}

/// Reads MessagePack, all of it, within the depth bound.
///
/// # Errors
/// [`Malformed`] if it is anything else.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Malformed> {
    let mut reader = rmp_serde::Deserializer::from_read_ref(bytes);
    reader.set_max_depth(limits::DEPTH_MAX);
    let value = T::deserialize(&mut reader).map_err(|_| Malformed)?;
    // Nothing follows if there is not even the beginning of a value.
    match <()>::deserialize(&mut reader) {
        Err(rmp_serde::decode::Error::InvalidMarkerRead(_)) => Ok(value),
        _ => Err(Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_follows_a_value_is_refused() {
        assert_eq!(decode::<Vec<u8>>(&[0x92, 1, 2]), Ok(vec![1, 2]));
        for more in 0..=u8::MAX {
            assert_eq!(
                decode::<Vec<u8>>(&[0x92, 1, 2, more]),
                Err(Malformed),
                "{more:02x}"
            );
        }
        assert_eq!(decode::<Option<u8>>(&[0xc0]), Ok(None));
        assert_eq!(decode::<Option<u8>>(&[0xc0, 0xc0]), Err(Malformed));
        assert_eq!(decode::<String>(&[0xa2, b'a']), Err(Malformed));
    }
}

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
use serde::{Serialize, de::DeserializeOwned};

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

/// Reads MessagePack, all of it, within the depth bound.
///
/// # Errors
/// [`Malformed`] if it is anything else.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Malformed> {
    let mut rest = bytes;
    let mut reader = rmp_serde::Deserializer::new(&mut rest);
    reader.set_max_depth(limits::DEPTH_MAX);
    let value = T::deserialize(&mut reader).map_err(|_| Malformed)?;
    if rest.is_empty() {
        Ok(value)
    } else {
        Err(Malformed)
    }
}

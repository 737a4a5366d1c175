//! A dictionary on its way to a phone.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// A piece of a dictionary that the phone asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DictionaryPiece {
    /// The dictionary.
    pub number: u32,
    /// Where in its bytes the piece begins.
    pub from: u32,
    /// The piece.
    pub bytes: ByteBuf,
}

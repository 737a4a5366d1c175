//! What crosses: JSON, gzipped.

use flate2::Compression;
use flate2::read::{GzDecoder, GzEncoder};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::io::Read;

/// Most bytes that a request unpacks to.
const UNPACKED_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// What a phone sends.
#[derive(Debug, Serialize, Deserialize)]
pub struct Request {
    /// Its token.
    pub token: String,
    /// The last change it has.
    pub cursor: i64,
    /// What its worker wrote since.
    pub ops: Vec<Op>,
}

/// One edit, or a new record.
#[derive(Debug, Serialize, Deserialize)]
pub struct Op {
    /// The record.
    pub record: String,
    /// What it is; none for an edit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The grid.
    pub area: String,
    /// When it was written, milliseconds since the Unix epoch.
    pub at: i64,
    /// The fields it sets.
    pub fields: Map<String, Value>,
}

/// What the server answers.
#[derive(Debug, Serialize, Deserialize)]
pub struct Reply {
    /// How many ops are stored.
    pub stored: usize,
    /// The last change told.
    pub cursor: i64,
    /// Records that others changed.
    pub records: Vec<Value>,
}

/// Gzips.
pub fn packed(bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut out = Vec::new();
    GzEncoder::new(bytes, Compression::default()).read_to_end(&mut out)?;
    Ok(out)
}

/// Reads what was gzipped.
pub fn unpacked(bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut out = Vec::new();
    GzDecoder::new(bytes)
        .take(UNPACKED_BYTES_MAX)
        .read_to_end(&mut out)?;
    Ok(out)
}

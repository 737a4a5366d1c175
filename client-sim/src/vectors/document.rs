//! Vectors as JSON: one a line, bytes in hexadecimal.

use serde::ser::{Serialize, Serializer};
use serde_json::ser::Formatter;
use std::io;

/// Hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads hexadecimal digits; none if they are not.
pub fn unhex(digits: &str) -> Option<Vec<u8>> {
    let pairs = (0..digits.len()).step_by(2);
    pairs
        .map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok())
        .collect()
}

/// Bytes, as a string of hexadecimal digits.
pub(super) struct Hex(pub Vec<u8>);

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex(&self.0))
    }
}

/// The meaning of a message: bytes in it become `{"bytes": "…"}`, so that they are told from texts.
struct BytesMarked;

impl Formatter for BytesMarked {
    fn write_byte_array<W: ?Sized + io::Write>(&mut self, writer: &mut W, bytes: &[u8]) -> io::Result<()> {
        write!(writer, "{{\"bytes\":\"{}\"}}", hex(bytes))
    }
}

/// One vector.
pub(super) fn line<T: Serialize>(vector: &T) -> String {
    let mut out = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, BytesMarked);
    // Plain data into a vector: it cannot fail, and it is UTF-8.
    vector.serialize(&mut serializer).expect("plain data");
    String::from_utf8(out).expect("JSON is UTF-8")
}

/// A file: what it is about, and its vectors.
pub(super) fn document(about: &str, vectors: &[String]) -> String {
    // A text always becomes JSON.
    let about = serde_json::to_string(about).expect("a text");
    format!(
        "{{\"about\":{about},\"vectors\":[\n{}\n]}}\n",
        vectors.join(",\n")
    )
}

//! A value in a file, with its key: so that whoever is misled to it notices, and it can be moved.

use crate::store::table::{MAX_KEY_LEN, MAX_VALUE_LEN};

/// Checksum u32 of all that follows, length u16 of the key, length u16 of the value; little-endian.
const HEAD_LEN: usize = 8;

/// No record is longer.
pub(super) const MAX_RECORD_LEN: usize = HEAD_LEN + MAX_KEY_LEN + MAX_VALUE_LEN;

const _: () = assert!(MAX_RECORD_LEN <= u16::MAX as usize);

/// A key with its value, as they stand in a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record<'a> {
    pub(super) key: &'a [u8],
    pub(super) value: &'a [u8],
}

impl<'a> Record<'a> {
    /// Appends it; key and value are within the limits of a table.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&(self.key.len() as u16).to_le_bytes());
        out.extend_from_slice(&(self.value.len() as u16).to_le_bytes());
        out.extend_from_slice(self.key);
        out.extend_from_slice(self.value);
        let checksum = crc32fast::hash(&out[start + 4..]);
        out[start..start + 4].copy_from_slice(&checksum.to_le_bytes());
    }

    /// How many bytes it takes.
    pub(super) fn len(&self) -> usize {
        HEAD_LEN + self.key.len() + self.value.len()
    }

    /// The record at the beginning of these bytes; `None` if no whole one stands there.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (checksum, rest) = bytes.split_first_chunk()?;
        let (key_len, after) = rest.split_first_chunk()?;
        let (value_len, after) = after.split_first_chunk()?;
        let (key, after) = after.split_at_checked(u16::from_le_bytes(*key_len).into())?;
        let (value, _) = after.split_at_checked(u16::from_le_bytes(*value_len).into())?;
        let record = Self { key, value };
        let summed = rest.get(..record.len() - 4)?;
        (crc32fast::hash(summed) == u32::from_le_bytes(*checksum)).then_some(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(key in prop::collection::vec(0u8.., 0..9), value: Vec<u8>, behind: Vec<u8>) {
            let record = Record { key: &key, value: &value };
            let mut bytes = Vec::new();
            record.write(&mut bytes);
            prop_assert_eq!(bytes.len(), record.len());
            prop_assert_eq!(Record::parse(&bytes[..bytes.len() - 1]), None);
            bytes.extend(behind);
            prop_assert_eq!(Record::parse(&bytes), Some(record));
        }

        #[test]
        fn a_changed_byte_is_noticed(value: Vec<u8>, place: prop::sample::Index, by in 1u8..) {
            let mut bytes = Vec::new();
            Record { key: b"key", value: &value }.write(&mut bytes);
            let at = place.index(bytes.len());
            bytes[at] ^= by;
            prop_assert_eq!(Record::parse(&bytes), None);
        }
    }
}

//! What sled holds for a value: the value itself, or where it lies.

use std::num::NonZero;

const HERE: u8 = 0;
const APART: u8 = 1;

/// Values from this length on lie apart: below it their place would take about as much.
pub(super) const APART_FROM_LEN: usize = 64;

/// Where a record lies: in which file, from where on, how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) file: NonZero<u32>,
    pub(super) offset: u32,
    pub(super) len: u16,
}

/// What stands under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// The value.
    Here(&'a [u8]),
    /// The record with the value lies there.
    Apart(Spot),
}

impl<'a> Place<'a> {
    /// Bytes: `HERE` and the value; or `APART`, file u32, offset u32 and length u16, little-endian.
    pub(super) fn encode(&self) -> Vec<u8> {
        match self {
            Place::Here(value) => [&[HERE], *value].concat(),
            Place::Apart(Spot { file, offset, len }) => {
                let (file, offset) = (file.get().to_le_bytes(), offset.to_le_bytes());
                [&[APART], file.as_slice(), &offset, &len.to_le_bytes()].concat()
            }
        }
    }

    /// `None` for bytes that are no place.
    pub(super) fn decode(bytes: &'a [u8]) -> Option<Self> {
        match bytes.split_first()? {
            (&HERE, value) => Some(Place::Here(value)),
            (&APART, spot) => {
                let (file, rest) = spot.split_first_chunk()?;
                let (offset, len) = rest.split_first_chunk()?;
                Some(Place::Apart(Spot {
                    file: NonZero::new(u32::from_le_bytes(*file))?,
                    offset: u32::from_le_bytes(*offset),
                    len: u16::from_le_bytes(len.try_into().ok()?),
                }))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(value: Vec<u8>, file in 1u32.., offset: u32, len: u16) {
            let here = Place::Here(&value).encode();
            prop_assert_eq!(Place::decode(&here), Some(Place::Here(value.as_slice())));
            let file = NonZero::new(file).unwrap();
            let apart = Place::Apart(Spot { file, offset, len });
            let bytes = apart.encode();
            prop_assert_eq!(Place::decode(&bytes), Some(apart));
        }

        #[test]
        fn any_bytes_are_a_place_or_refused(bytes: Vec<u8>) {
            if let Some(place) = Place::decode(&bytes) {
                prop_assert_eq!(place.encode(), bytes);
            }
        }
    }
}

//! Journal entries as they lie in the journal: packed with zstd, by a dictionary of entries as they usually are, each
//! for itself, so that any entry can be read without those before it.

use std::cell::RefCell;
use std::sync::LazyLock;
use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

/// Trained with `zstd --train` from the journal of a made-up county (`otor-sim dictionary entries` makes another so). It
/// never changes: journals are read by it.
const DICTIONARY: &[u8] = include_bytes!("packed/entries-1.dict");
/// What follows costs twice the time for a twentieth of the bytes.
const LEVEL: i32 = 1;
/// Entries below it are left as they are.
const SMALL: usize = 64;
/// Entries above it, too: the journal takes none that is larger.
const LARGE: usize = crate::store::journal::MAX_ENTRY_LEN;
/// Before the packed bytes: how many they are unpacked.
const HEAD_LEN: usize = 4;

static PACKING: LazyLock<EncoderDictionary<'static>> =
    LazyLock::new(|| EncoderDictionary::copy(DICTIONARY, LEVEL));
static UNPACKING: LazyLock<DecoderDictionary<'static>> =
    LazyLock::new(|| DecoderDictionary::copy(DICTIONARY));

thread_local! {
    /// Making one takes longer than packing an entry with it.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// These bytes packed behind `mark`; none if that is not worth it.
pub(super) fn pack(mark: u8, plain: &[u8]) -> Option<Vec<u8>> {
    if !(SMALL..=LARGE).contains(&plain.len()) {
        return None;
    }
    let packed = COMPRESSOR.with_borrow_mut(|kept| {
        let compressor = match kept {
            Some(compressor) => compressor,
            None => kept.insert(Compressor::with_prepared_dictionary(&PACKING).ok()?),
        };
        compressor.compress(plain).ok()
    })?;
    if packed.len() + HEAD_LEN >= plain.len() {
        return None;
    }
    let mut bytes = Vec::with_capacity(1 + HEAD_LEN + packed.len());
    bytes.push(mark);
    bytes.extend_from_slice(&(plain.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&packed);
    Some(bytes)
}

/// What [`pack`] packed, without its mark; none if the bytes are nothing of it.
pub(super) fn unpack(bytes: &[u8]) -> Option<Vec<u8>> {
    let (head, packed) = bytes.split_first_chunk::<HEAD_LEN>()?;
    let len = usize::try_from(u32::from_le_bytes(*head)).ok()?;
    if len > LARGE {
        return None;
    }
    let plain = DECOMPRESSOR.with_borrow_mut(|kept| {
        let decompressor = match kept {
            Some(decompressor) => decompressor,
            None => kept.insert(Decompressor::with_prepared_dictionary(&UNPACKING).ok()?),
        };
        decompressor.decompress(packed, len).ok()
    })?;
    (plain.len() == len).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_back_and_nothing_else_does() {
        let plain = "[1772409600000,{Frame:[ops, exactly as they came]}]"
            .repeat(9)
            .into_bytes();
        let packed = pack(2, &plain).unwrap();
        assert_eq!(packed[0], 2);
        assert!(packed.len() < plain.len() / 2);
        assert_eq!(unpack(&packed[1..]).as_ref(), Some(&plain));
        for len in 1..packed.len() {
            assert_eq!(unpack(&packed[1..len]), None, "cut at {len}");
        }
        let mut promised = packed.clone();
        promised[1..5].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(unpack(&promised[1..]), None);
    }

    #[test]
    fn what_does_not_get_shorter_is_left_as_it_is() {
        assert_eq!(pack(2, b"short"), None);
        let chance: Vec<u8> = (0..4_000u32)
            .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
            .collect();
        assert!(pack(2, &chance).is_none_or(|packed| packed.len() < chance.len()));
    }
}

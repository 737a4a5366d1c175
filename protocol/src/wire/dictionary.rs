//! Dictionaries: what a packed stream begins with, so that even the first frame is packed by experience.
//!
//! A dictionary is a stream itself: payloads that have crossed in thought before the first real one, packed.
//!
//! ```text
//! number of the dictionary it goes on from, 0 for none (varint) | packed payloads (each: length as varint | bytes)
//! ```

use super::columns::text_range;
use super::packing::{Models, Prepared};
use super::{Malformed, varint};
use crate::limits::{DICTIONARY_BYTES_MAX, DICTIONARY_UNPACKED_MAX, FRAME_BYTES_MAX};
use std::sync::{Arc, LazyLock, OnceLock};

/// A dictionary, prepared: exchanges share it.
pub struct Dictionary {
    number: u32,
    bytes: Vec<u8>,
    text: String,
    columns: Vec<u8>,
    own_text: usize,
    /// Its payloads, after those of the one it goes on from.
    payloads: Vec<Vec<u8>>,
    models: Models,
    /// The same for zstd, once somebody has asked for it.
    light: OnceLock<Option<Prepared>>,
}

/// A payload that holds a text and nothing else: texts, each ended by a NUL. Longer texts take several.
pub fn text_alone(text: &str) -> Vec<u8> {
    let mut payload = vec![1];
    varint::put_len(&mut payload, text.len());
    payload.extend_from_slice(text.as_bytes());
    // No head, no templates, no rows.
    payload.extend_from_slice(&[0, 0, 0]);
    payload
}

impl Dictionary {
    /// Prepares a dictionary of payloads, which goes on from another. None if one of them cannot be packed.
    pub fn of<'a>(
        number: u32,
        base: Option<&Dictionary>,
        payloads: impl IntoIterator<Item = &'a [u8]>,
    ) -> Option<Dictionary> {
        let mut making = Making::begin(base);
        for payload in payloads {
            let packed = making.models.pack(payload)?;
            varint::put_len(&mut making.bytes, packed.len());
            making.bytes.extend_from_slice(&packed);
            making.take(payload);
        }
        Some(making.made(number))
    }

    /// Reads what [`Dictionary::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`Malformed`] if the bytes are no dictionary, too many, or go on from one that this build does not ship.
    pub fn from_bytes(number: u32, bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() > DICTIONARY_BYTES_MAX {
            return Err(Malformed);
        }
        Dictionary::read(number, bytes).ok_or(Malformed)
    }

    fn read(number: u32, mut bytes: &[u8]) -> Option<Dictionary> {
        let all = bytes;
        let base = match varint::take(&mut bytes)? {
            0 => None,
            base => {
                let base = u32::try_from(base).ok()?;
                // The shipped one does not go on from itself.
                let shipped = (number != base).then(|| ShippedDictionaries.dictionary(base));
                Some(shipped.flatten()?)
            }
        };
        let mut making = Making::begin(base.as_deref());
        let mut left = DICTIONARY_UNPACKED_MAX;
        while !bytes.is_empty() {
            let packed = varint::take_bytes(&mut bytes)?;
            let payload = making.models.unpack(packed, left.min(FRAME_BYTES_MAX))?;
            left -= payload.len();
            making.take(&payload);
        }
        making.bytes = all.to_vec();
        Some(making.made(number))
    }

    /// Its bytes, as they cross and are kept.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    /// The number that hellos name it by.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// What its payloads hold beside text, and those of the one it goes on from.
    pub fn columns(&self) -> &[u8] {
        &self.columns
    }

    /// The text of its payloads, and of those of the one it goes on from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of its own payloads.
    pub fn own_text(&self) -> &str {
        &self.text[self.text.len() - self.own_text..]
    }

    /// How many bytes payloads take after this dictionary.
    pub fn told_bytes(&self, payloads: &[Vec<u8>]) -> usize {
        let mut models = self.models.begin();
        let each = payloads
            .iter()
            .map(|payload| models.pack(payload).map_or(payload.len(), |told| told.len()));
        each.sum()
    }

    pub(super) fn models(&self) -> &Models {
        &self.models
    }

    /// What it is to zstd; none if that cannot take it.
    pub(super) fn light(&self) -> Option<&Prepared> {
        let prepared = self
            .light
            .get_or_init(|| Prepared::of(&self.payloads, &self.text));
        prepared.as_ref()
    }
}

/// A dictionary in the making.
struct Making {
    bytes: Vec<u8>,
    text: String,
    columns: Vec<u8>,
    base_text: usize,
    payloads: Vec<Vec<u8>>,
    models: Models,
}

impl Making {
    fn begin(base: Option<&Dictionary>) -> Making {
        let mut bytes = Vec::new();
        varint::put(&mut bytes, base.map_or(0, |base| u128::from(base.number)));
        let text = base.map_or_else(String::new, |base| base.text.clone());
        Making {
            bytes,
            base_text: text.len(),
            text,
            columns: base.map_or_else(Vec::new, |base| base.columns.clone()),
            payloads: base.map_or_else(Vec::new, |base| base.payloads.clone()),
            models: base.map_or_else(Models::new, |base| base.models.begin()),
        }
    }

    /// Notes what a payload holds.
    fn take(&mut self, payload: &[u8]) {
        let range = text_range(payload).unwrap_or_default();
        if let Ok(text) = std::str::from_utf8(&payload[range.clone()]) {
            self.text.push_str(text);
        }
        self.columns.extend_from_slice(&payload[..range.start]);
        self.columns.extend_from_slice(&payload[range.end..]);
        self.payloads.push(payload.to_vec());
    }

    fn made(self, number: u32) -> Dictionary {
        Dictionary {
            number,
            bytes: self.bytes,
            own_text: self.text.len() - self.base_text,
            text: self.text,
            columns: self.columns,
            payloads: self.payloads,
            models: self.models.settled(),
            light: OnceLock::new(),
        }
    }
}

/// The number of the dictionary that this build ships.
pub const SHIPPED_DICTIONARY: u32 = 1;

/// `otor-sim dictionary train` writes it.
const SHIPPED: &[u8] = include_bytes!("dictionary-1.bin");

/// The dictionaries that this build ships.
#[derive(Clone, Copy, Debug)]
pub struct ShippedDictionaries;

impl Dictionaries for ShippedDictionaries {
    fn dictionary(&self, number: u32) -> Option<Arc<Dictionary>> {
        // Never changes; prepared once, however many exchanges begin with it.
        static PREPARED: LazyLock<Option<Arc<Dictionary>>> = LazyLock::new(|| {
            Dictionary::from_bytes(SHIPPED_DICTIONARY, SHIPPED)
                .ok()
                .map(Arc::new)
        });
        PREPARED.clone().filter(|_| number == SHIPPED_DICTIONARY)
    }
}

/// None at all.
#[derive(Clone, Copy, Debug)]
pub struct NoDictionaries;

impl Dictionaries for NoDictionaries {
    fn dictionary(&self, _: u32) -> Option<Arc<Dictionary>> {
        None
    }
}

/// Where dictionaries are found by their numbers.
pub trait Dictionaries: Send + Sync {
    /// The dictionary of this number, if it is here.
    fn dictionary(&self, number: u32) -> Option<Arc<Dictionary>>;
}

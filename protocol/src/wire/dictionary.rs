//! Dictionaries: what a packed stream begins with, so that even the first frame is packed by experience.

use super::Malformed;
use super::text_model::Model;
use crate::limits::DICTIONARY_BYTES_MAX;
use std::sync::{Arc, LazyLock};

/// A dictionary, prepared: exchanges share it.
pub struct Dictionary {
    number: u32,
    columns: Vec<u8>,
    text: String,
    model: Model,
}

impl Dictionary {
    /// Prepares a dictionary. `columns` is a zstd dictionary, or any bytes that columns resemble; from `text` the
    /// model learns: texts, each ended by a NUL.
    pub fn new(number: u32, columns: Vec<u8>, text: String) -> Self {
        let model = Model::primed(&text);
        Dictionary {
            number,
            columns,
            text,
            model,
        }
    }

    /// Reads what [`Dictionary::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`Malformed`] if the bytes are no dictionary, or too many.
    pub fn from_bytes(number: u32, bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() > DICTIONARY_BYTES_MAX {
            return Err(Malformed);
        }
        let (len, rest) = bytes.split_at_checked(2).ok_or(Malformed)?;
        let len = usize::from(u16::from_be_bytes([len[0], len[1]]));
        let (columns, text) = rest.split_at_checked(len).ok_or(Malformed)?;
        let units: Vec<u16> = text
            .chunks(2)
            .map(|unit| u16::from_be_bytes([unit[0], unit.get(1).copied().unwrap_or(0)]))
            .collect();
        let text = String::from_utf16(&units).map_err(|_| Malformed)?;
        Ok(Dictionary::new(number, columns.to_vec(), text))
    }

    /// Its bytes: the length of the columns' part (two bytes, big-endian), that part, and the text as UTF-16,
    /// big-endian. The columns' part is cut at 65,535 bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let columns = &self.columns[..self.columns.len().min(usize::from(u16::MAX))];
        // Just cut to what two bytes can say.
        let mut bytes = (columns.len() as u16).to_be_bytes().to_vec();
        bytes.extend_from_slice(columns);
        bytes.extend(self.text.encode_utf16().flat_map(u16::to_be_bytes));
        bytes
    }

    /// The number that hellos name it by.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The part that columns are packed with.
    pub fn columns(&self) -> &[u8] {
        &self.columns
    }

    /// The part that text is packed with.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many bytes a text takes after this dictionary, all of it told at once.
    pub fn told_bytes(&self, text: &str) -> usize {
        self.model().pack(text).map_or(text.len(), |told| told.len())
    }

    pub(super) fn model(&self) -> Model {
        self.model.clone()
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

//! Learned dictionaries: making one from the records, which there are, when the next is due.

use super::learn::passages::{Gathering, Passage};
use super::learn::runs::Names;
use super::learn::{fragments, text};
use super::time::rfc3339;
use crate::decide::admin::dictionary::Learned;
use crate::state::cell::{AreaCell, DictionariesCell, DictionaryCell, PersonCell};
use crate::state::{StateError, key, read};
use crate::store::engine::{Reader, RowKey, View};
use otor_protocol::catalogue::Catalogue;
use otor_protocol::limits::DICTIONARY_BYTES_MAX;
use otor_protocol::wire::{Dictionaries, Dictionary, SHIPPED_DICTIONARY, ShippedDictionaries, text_alone};
use serde::Serialize;

/// Rows of names read under one view.
const PAGE_NAMES: usize = 256;
const MS_PER_DAY: i64 = 24 * 60 * 60 * 1_000;
/// How much earlier than whole days the next may come, so that it stays in its hour.
const EARLIER_MS: i64 = 2 * 60 * 60 * 1_000;

/// Learns from the records as they are; none if people have too little in common. Takes long, but no view longer than
/// a page.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn learn(reader: &Reader, catalogue: &Catalogue) -> Result<Option<Learned>, StateError> {
    let names = names(reader)?;
    let mut gathering = Gathering::default();
    while gathering.page(&reader.snapshot(), catalogue)? {}
    Ok(compose(&gathering.passages(), &names))
}

/// The dictionary that these texts give; none if they have too little in common. It goes on from the one that is
/// shipped: columns are the same everywhere, and whatever it knows of the language besides is as good here.
pub fn compose(passages: &[Passage], names: &Names) -> Option<Learned> {
    let shipped = ShippedDictionaries.dictionary(SHIPPED_DICTIONARY);
    let text = text::compose(&fragments::common(passages, names), text::TEXT_CHARS_MAX)? + "\0";
    let payload = text_alone(&text);
    let dictionary = Dictionary::of(0, shipped.as_deref(), [payload.as_slice()])?;
    let content = dictionary.to_bytes();
    (content.len() <= DICTIONARY_BYTES_MAX).then_some(Learned {
        content,
        // Bounded by PASSAGES_MAX.
        passages: passages.len() as u32,
    })
}

/// What persons and areas are called.
fn names(reader: &Reader) -> Result<Names, StateError> {
    let mut names = Names::default();
    pages(reader, key::persons(), |person: PersonCell| {
        names.person(&person.name);
        names.person(&person.code);
    })?;
    pages(reader, key::areas_under(""), |area: AreaCell| {
        names.area(&area.name)
    })?;
    Ok(names)
}

/// Gives every value under a prefix, each page from a view of its own.
fn pages<T: serde::de::DeserializeOwned>(
    reader: &Reader,
    prefix: RowKey,
    mut take: impl FnMut(T),
) -> Result<(), StateError> {
    let end = key::end_of(&prefix);
    let mut from = prefix;
    loop {
        let page = read::range::<T>(&reader.snapshot(), &from, &end, PAGE_NAMES)?;
        let Some((last, _)) = page.last() else {
            return Ok(());
        };
        from = last.clone();
        from.push(0);
        page.into_iter().for_each(|(_, value)| take(value));
    }
}

/// One of the dictionaries that are kept, as administrators are told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DictionaryRow {
    /// Its number.
    pub number: u32,
    /// Its length in bytes.
    pub bytes: u32,
    /// SHA-256 of its bytes, in hexadecimal.
    pub hash: String,
    /// When it was learned.
    pub learned_at: String,
    /// From how many texts.
    pub passages: u32,
}

/// The dictionaries that are kept, oldest first.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn list(view: &dyn View) -> Result<Vec<DictionaryRow>, StateError> {
    let marks = marks(view)?.0.into_iter();
    Ok(marks
        .map(|mark| DictionaryRow {
            number: mark.number,
            bytes: mark.bytes,
            hash: data_encoding::HEXLOWER.encode(&mark.hash),
            learned_at: rfc3339(mark.learned_ms),
            passages: mark.passages,
        })
        .collect())
}

/// What is told of those that are kept.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn marks(view: &dyn View) -> Result<DictionariesCell, StateError> {
    Ok(read::get(view, &key::dictionaries())?.unwrap_or_default())
}

/// The bytes of one; none if it is not kept.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn content(view: &dyn View, number: u32) -> Result<Option<Vec<u8>>, StateError> {
    let cell: Option<DictionaryCell> = read::get(view, &key::dictionary(number))?;
    Ok(cell.map(|cell| cell.0.into_vec()))
}

/// What was learned that one holds, commonest last: all but what is shipped; none if it is not kept.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn text_of(view: &dyn View, number: u32) -> Result<Option<String>, StateError> {
    let content = content(view, number)?;
    let dictionary = content.and_then(|content| Dictionary::from_bytes(number, &content).ok());
    Ok(dictionary.map(|dictionary| dictionary.own_text().trim_end_matches('\0').to_owned()))
}

/// Whether it is time to learn: every `days` days (0: never), in the hour `hour`. `last_ms` is when it was done or
/// tried last.
pub fn is_due(last_ms: Option<i64>, now_ms: i64, local_hour: u8, days: u32, hour: u8) -> bool {
    days > 0
        && local_hour == hour
        && last_ms.is_none_or(|last_ms| now_ms - last_ms >= i64::from(days) * MS_PER_DAY - EARLIER_MS)
}

#[cfg(test)]
mod tests;

//! The dictionaries that exchanges may begin with: those that this build ships, and those that are learned and kept.

use super::dictionaries::{content, marks};
use crate::store::engine::Reader;
use otor_protocol::wire::{Dictionaries, Dictionary};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Finds dictionaries by their numbers; learned ones are prepared once.
pub struct Shelf {
    shipped: Arc<dyn Dictionaries>,
    reader: Reader,
    prepared: Mutex<BTreeMap<u32, Arc<Dictionary>>>,
}

impl Shelf {
    /// Over the durable state.
    pub fn new(reader: Reader, shipped: Arc<dyn Dictionaries>) -> Self {
        Shelf {
            shipped,
            reader,
            prepared: Mutex::default(),
        }
    }

    fn learned(&self, number: u32) -> Option<Arc<Dictionary>> {
        let view = self.reader.snapshot();
        // What cannot be read is not here: the phone goes on without.
        let kept = marks(&view).ok()?.0;
        // A panic elsewhere leaves the map as good as it was.
        let mut prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        prepared.retain(|number, _| kept.iter().any(|mark| mark.number == *number));
        if let Some(dictionary) = prepared.get(&number) {
            return Some(Arc::clone(dictionary));
        }
        kept.iter().find(|mark| mark.number == number)?;
        let bytes = content(&view, number).ok()??;
        let dictionary = Arc::new(Dictionary::from_bytes(number, &bytes).ok()?);
        prepared.insert(number, Arc::clone(&dictionary));
        Some(dictionary)
    }
}

impl Dictionaries for Shelf {
    fn dictionary(&self, number: u32) -> Option<Arc<Dictionary>> {
        self.shipped.dictionary(number).or_else(|| match number {
            0 => None,
            _ => self.learned(number),
        })
    }
}

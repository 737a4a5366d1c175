//! What people and records are called outside, read from a view: worker codes, account names, record ids.

use crate::state::cell::PersonCell;
use crate::state::{StateError, read};
use crate::store::engine::View;
use otor_protocol::ids::{PersonId, RecordId};
use otor_protocol::receipt::record_named;
use otor_protocol::record::Names;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Names over a view. What it has read it remembers.
pub struct ViewNames<'a> {
    view: &'a dyn View,
    known: RefCell<BTreeMap<PersonId, String>>,
    failed: RefCell<Option<StateError>>,
}

impl<'a> ViewNames<'a> {
    /// Names of the persons and records of `view`.
    pub fn new(view: &'a dyn View) -> Self {
        ViewNames {
            view,
            known: RefCell::default(),
            failed: RefCell::default(),
        }
    }

    /// Whether every name could be read: to be asked before what was made with the names is used.
    ///
    /// # Errors
    /// The first [`StateError`] met.
    pub fn check(&self) -> Result<(), StateError> {
        self.failed.take().map_or(Ok(()), Err)
    }

    fn read(&self, found: Result<Option<PersonCell>, StateError>) -> Option<PersonCell> {
        found.unwrap_or_else(|error| {
            self.failed.borrow_mut().get_or_insert(error);
            None
        })
    }
}

impl ViewNames<'_> {
    fn present_name(&self, record: RecordId) -> Result<RecordId, StateError> {
        if read::record(self.view, record)?.is_some() {
            return Ok(record);
        }
        let renumbered = read::renumbered(self.view, record)?;
        Ok(renumbered.first().copied().unwrap_or(record))
    }
}

impl Names for ViewNames<'_> {
    fn person(&self, text: &str) -> Option<PersonId> {
        let found = self.read(read::person_by_code(self.view, text))?;
        Some(found.id)
    }

    fn record(&self, text: &str) -> Option<RecordId> {
        record_named(text).ok()
    }

    fn person_name(&self, person: PersonId) -> String {
        if let Some(known) = self.known.borrow().get(&person) {
            return known.clone();
        }
        let name = self
            .read(read::person(self.view, person))
            .map_or_else(|| format!("person {}", person.0), |cell| cell.code);
        self.known.borrow_mut().insert(person, name.clone());
        name
    }

    /// A record that a copied phone had first written under this number is named as it is called now.
    fn record_name(&self, record: RecordId) -> String {
        self.present_name(record)
            .unwrap_or_else(|error| {
                self.failed.borrow_mut().get_or_insert(error);
                record
            })
            .to_string()
    }
}

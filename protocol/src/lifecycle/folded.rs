//! What a fold tells of a record, in a form that rows and phones show alike.

use crate::ids::{PersonId, RecordId};
use crate::record::Names;
use serde_json::{Map, Value as Json, json};

/// Something derived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// A text or a code.
    Text(String),
    /// A number.
    Number(i64),
    /// A person.
    Person(PersonId),
    /// A record.
    Record(RecordId),
    /// Several.
    List(Vec<Told>),
}

impl From<&str> for Told {
    fn from(text: &str) -> Self {
        Told::Text(text.to_string())
    }
}

impl Told {
    /// How many; a count of records or entries fits.
    pub(super) fn count(number: usize) -> Told {
        Told::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }

    fn as_json(&self, names: &dyn Names) -> Json {
        match self {
            Told::Text(text) => json!(text),
            Told::Number(number) => json!(number),
            Told::Person(person) => json!(names.person_name(*person)),
            Told::Record(record) => json!(names.record_name(*record)),
            Told::List(several) => several.iter().map(|one| one.as_json(names)).collect(),
        }
    }
}

/// What the events of a record come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folded {
    /// Its status.
    pub status: &'static str,
    /// Its round or assignment, where it has such.
    pub round: Option<u32>,
    /// What else is derived, by name.
    pub more: Vec<(&'static str, Told)>,
    /// What somebody should look at.
    pub marks: Vec<&'static str>,
}

impl Folded {
    pub(super) fn of(status: &'static str) -> Folded {
        Folded {
            status,
            ..Folded::default()
        }
    }

    pub(super) fn with(mut self, name: &'static str, told: impl Into<Told>) -> Folded {
        self.more.push((name, told.into()));
        self
    }

    pub(super) fn maybe(mut self, name: &'static str, told: Option<Told>) -> Folded {
        self.more.extend(told.map(|told| (name, told)));
        self
    }

    pub(super) fn marked(mut self, mark: &'static str, so: bool) -> Folded {
        if so {
            self.marks.push(mark);
        }
        self
    }

    /// Adds all of it to a record's fields as JSON.
    pub(super) fn show(&self, names: &dyn Names, fields: &mut Map<String, Json>) {
        fields.insert("status".into(), json!(self.status));
        if let Some(round) = self.round {
            fields.insert("round".into(), json!(round));
        }
        for (name, told) in &self.more {
            fields.insert((*name).into(), told.as_json(names));
        }
        if !self.marks.is_empty() {
            fields.insert("marks".into(), json!(self.marks));
        }
    }
}

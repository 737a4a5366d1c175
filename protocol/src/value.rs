//! Values of fields: plain, totally ordered data.

use crate::ids::{PersonId, RecordId};
use serde::{Deserialize, Serialize};

/// One value of a field, a member of a set or an argument of an event.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Value {
    /// Text, UTF-8.
    #[serde(rename = "a")]
    Text(String),
    /// A whole number; milliseconds since the Unix epoch where the field is a time.
    #[serde(rename = "b")]
    Int(i64),
    /// A latitude or longitude in ten-millionths of a degree.
    #[serde(rename = "c")]
    DegreesE7(i64),
    /// Yes or no.
    #[serde(rename = "d")]
    Bool(bool),
    /// Another record.
    #[serde(rename = "e")]
    Record(RecordId),
    /// A worker or an account.
    #[serde(rename = "f")]
    Person(PersonId),
}

impl Value {
    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Value::Int(number) => Some(*number),
            _ => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_string())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Int(number)
    }
}

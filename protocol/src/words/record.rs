//! A record's fields for reading: names and codes in words, whatever people wrote as it is.

use super::Words;
use serde_json::{Map, Value as Json};

/// Between a department and its part in a whistle.
const AFTER_DEPARTMENT: &str = ": ";

impl Words {
    /// The fields of a record of this kind, as `fields_as_json` gives them, in words.
    pub fn fields(&self, kind: &str, fields: &Map<String, Json>) -> Map<String, Json> {
        fields
            .iter()
            .map(|(name, value)| (self.field(kind, name), self.value(kind, name, value)))
            .collect()
    }

    /// What a field holds, in words.
    pub fn value(&self, kind: &str, field: &str, value: &Json) -> Json {
        match value {
            Json::String(text) => Json::String(self.text(kind, field, text)),
            Json::Array(values) => values
                .iter()
                .map(|value| self.value(kind, field, value))
                .collect(),
            other => other.clone(),
        }
    }

    fn text(&self, kind: &str, field: &str, text: &str) -> String {
        match field {
            "status" | "occupancy" => self.status(kind, text),
            "case_status" => self.status("report", text),
            "marks" => self.mark(text),
            "handling_level" => self.level(text),
            "refusal" => self.code("reason", text),
            "slots" => match text.rsplit_once(AFTER_DEPARTMENT) {
                Some((department, slot)) => {
                    format!("{department}{AFTER_DEPARTMENT}{}", self.slot(slot))
                }
                None => text.to_string(),
            },
            // A whistle's is what somebody wrote.
            "reason" => text.to_string(),
            _ => self.code(field, text),
        }
    }
}

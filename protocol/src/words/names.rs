//! The words for the catalogue's names: each is its name where nobody has given it a word.

use super::{Argument, Words};
use crate::wire::Reason;

impl Words {
    /// A kind of record.
    pub fn kind(&self, kind: &str) -> String {
        self.word("kind", kind)
    }

    /// A part that every record has.
    pub fn column(&self, column: &str) -> String {
        self.word("column", column)
    }

    /// A field of a kind, or what is derived there.
    pub fn field(&self, kind: &str, field: &str) -> String {
        self.word_for("field", field, kind)
    }

    /// An event of a kind.
    pub fn event(&self, kind: &str, event: &str) -> String {
        self.word_for("event", event, kind)
    }

    /// An argument of an event.
    pub fn argument(&self, argument: &str) -> String {
        self.word("argument", argument)
    }

    /// A status of a kind.
    pub fn status(&self, kind: &str, status: &str) -> String {
        self.word_for("status", status, kind)
    }

    /// What somebody should look at.
    pub fn mark(&self, mark: &str) -> String {
        self.word("mark", mark)
    }

    /// A code that a field holds.
    pub fn code(&self, field: &str, code: &str) -> String {
        self.find(&format!("code-{field}-{code}"))
            .unwrap_or_else(|| code.to_string())
    }

    /// A department's part in a whistle.
    pub fn slot(&self, slot: &str) -> String {
        self.word("slot", slot)
    }

    /// A level of the area tree.
    pub fn level(&self, level: &str) -> String {
        self.word("level", level)
    }

    /// How an area ended.
    pub fn ending(&self, ending: &str) -> String {
        self.word("ending", ending)
    }

    /// What a row says of its record: live, left, erased.
    pub fn row_state(&self, state: &str) -> String {
        self.word("row", state)
    }

    /// What became of an edit: a verdict, or the state in which a phone's tray shows it.
    pub fn edit(&self, state: &str) -> String {
        self.word("edit", state)
    }

    /// Why an edit is kept aside, in short.
    pub fn reason(&self, reason: &str) -> String {
        self.word("reason", reason)
    }

    /// Why an edit of a record of this kind is kept aside, as a sentence for its writer.
    pub fn reason_in_full(&self, reason: Reason, kind: &str, field: Option<&str>) -> String {
        let field = field.map_or_else(String::new, |field| self.field(kind, field));
        let about = super::arguments(&[("field", Argument::from(field))]);
        self.written(&format!("reason-{}", reason.name()), Some("full"), Some(&about))
            .unwrap_or_else(|| reason.name().to_string())
    }

    fn word(&self, sort: &str, name: &str) -> String {
        self.find(&format!("{sort}-{name}"))
            .unwrap_or_else(|| name.to_string())
    }

    fn word_for(&self, sort: &str, name: &str, kind: &str) -> String {
        self.find_for(&format!("{sort}-{name}"), kind)
            .unwrap_or_else(|| name.to_string())
    }
}

//! Rows as CSV that survives a spreadsheet.

use super::row::Row;
use otor_protocol::catalogue::KindSpec;
use otor_protocol::lifecycle;
use otor_protocol::words::Words;
use serde_json::{Map, Value as Json};

/// First bytes of a CSV file, by which spreadsheets know that it is UTF-8.
pub const BYTE_ORDER_MARK: &str = "\u{feff}";
/// From this many digits on a spreadsheet would round or rewrite a number.
const LONG_DIGITS: usize = 12;
/// Between several values in one cell.
const BETWEEN_VALUES: &str = "; ";

const BEFORE_FIELDS: [&str; 11] = [
    "id",
    "receipt",
    "kind",
    "area",
    "commit",
    "state",
    "created_by",
    "written_at",
    "claimed_at",
    "uncertain",
    "received_at",
];
/// After the kind's fields: which are in conflict, edits merged with conflict, and fields that only a newer catalogue knows, as JSON.
const AFTER_FIELDS: [&str; 3] = ["conflicts", "merge_conflicts", "other"];

/// The columns of a kind: what every record has, its fields, what is derived from them.
pub struct Columns {
    kind: &'static str,
    fields: Vec<&'static str>,
    words: Option<Words>,
}

impl Columns {
    /// Of this kind; by the catalogue's names, or in words.
    pub fn of(kind: &KindSpec, words: Option<Words>) -> Self {
        let derived = lifecycle::derived_names(kind.life_cycle).iter().copied();
        let own = derived.filter(|name| !lifecycle::OF_OTHER_REPORTS.contains(name));
        let fields = kind.fields.iter().map(|spec| spec.name);
        Columns {
            kind: kind.name,
            fields: fields.chain(own).collect(),
            words,
        }
    }

    /// The header line.
    pub fn header(&self) -> Vec<u8> {
        let column = |name: &&str| self.told(name, Words::column);
        let before = BEFORE_FIELDS.iter().map(column);
        let fields = self.fields.iter().map(|name| self.name(name));
        csv_line(before.chain(fields).chain(AFTER_FIELDS.iter().map(column)))
    }

    fn name(&self, field: &str) -> String {
        self.told(field, |words, field| words.field(self.kind, field))
    }

    fn cell(&self, field: &str, value: &Json) -> String {
        match &self.words {
            Some(words) => cell(&words.value(self.kind, field, value)),
            None => cell(value),
        }
    }

    /// The line of a row.
    pub fn line(&self, row: &Row) -> Vec<u8> {
        let before = [
            text_cell(&row.id),
            text_cell(&row.receipt),
            text_cell(&self.told(&row.kind, Words::kind)),
            text_cell(&row.area),
            row.commit.to_string(),
            self.told(row.state.name(), Words::row_state),
            text_cell(&row.created_by),
            row.written_at.clone(),
            row.claimed_at.clone(),
            row.uncertain.to_string(),
            row.received_at.clone(),
        ];
        let fields = self
            .fields
            .iter()
            .map(|name| row.fields.get(*name).map(|value| self.cell(name, value)))
            .map(Option::unwrap_or_default);
        let conflicts: Vec<String> = row.conflicts.iter().map(|name| self.name(name)).collect();
        let after = [
            text_cell(&conflicts.join(BETWEEN_VALUES)),
            text_cell(&row.merge_conflicts.join(BETWEEN_VALUES)),
            self.other(row),
        ];
        csv_line(before.into_iter().chain(fields).chain(after))
    }

    fn told(&self, name: &str, word: impl Fn(&Words, &str) -> String) -> String {
        match &self.words {
            Some(words) => word(words, name),
            None => name.to_string(),
        }
    }

    fn other(&self, row: &Row) -> String {
        let unknown: Map<String, Json> = row
            .fields
            .iter()
            .filter(|(name, _)| !self.fields.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        if unknown.is_empty() {
            String::new()
        } else {
            Json::Object(unknown).to_string()
        }
    }
}

/// A line of cells.
pub(super) fn csv_line(cells: impl Iterator<Item = String>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    // Writing to memory cannot fail, and there is one record only, so lengths cannot differ.
    writer.write_record(cells).expect("a record in memory");
    writer.into_inner().expect("memory takes everything")
}

fn cell(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text_cell(text),
        // A number as such is no formula: a minus before it stays.
        Json::Number(number) => number.to_string(),
        Json::Bool(flag) => flag.to_string(),
        Json::Array(items) => text_cell(&items.iter().map(plain).collect::<Vec<_>>().join(BETWEEN_VALUES)),
        Json::Object(_) => text_cell(&value.to_string()),
    }
}

fn plain(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A text as a cell that spreadsheets neither compute nor take for a number: formulas get an apostrophe, long
/// numbers and those with leading zeros a tabulator before them.
pub(super) fn text_cell(text: &str) -> String {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let rewritten = text.len() >= LONG_DIGITS || (text.len() > 1 && text.starts_with('0'));
    if digits && rewritten {
        format!("\t{text}")
    } else if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn long_codes_stay_text_and_formulas_are_not_computed() {
        assert_eq!(cell(&json!("150821100201001")), "\t150821100201001");
        assert_eq!(cell(&json!("0471123")), "\t0471123");
        assert_eq!(cell(&json!("12345")), "12345");
        assert_eq!(cell(&json!("0")), "0");
        for formula in ["=1+1", "+86 471", "-2", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(cell(&json!(formula)), format!("'{formula}"));
        }
        assert_eq!(cell(&json!(-12.5)), "-12.5");
        assert_eq!(cell(&json!(["=a", "b"])), "'=a; b");
        assert_eq!(cell(&json!(null)), "");
    }

    #[test]
    fn cells_with_commas_quotes_and_line_ends_read_back() {
        let cells = ["a,b", "he said \"no\"", "two\r\nlines", "网格员"];
        let bytes = csv_line(cells.iter().map(|cell| (*cell).to_string()));
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(bytes.as_slice());
        let read = reader.records().next().expect("one line").expect("well formed");
        assert_eq!(read.iter().collect::<Vec<_>>(), cells);
    }
}

//! What commands print: tables for people, JSON for programs.

use super::failure::Failure;
use super::{say, tongue};
use comfy_table::{ContentArrangement, LineStyle, Table, TableStyle};
use serde_json::Value;
use std::io::{IsTerminal, Write};

/// A column of a table: its heading and how a cell is read from a row.
pub(super) type Column = (&'static str, fn(&Value) -> String);

/// Prints a line.
pub(super) fn line(text: impl AsRef<str>) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", text.as_ref())
        .and_then(|()| out.flush())
        .map_err(|error| Failure::output(&error))
}

/// Prints a line on standard error; where nobody reads that, nothing can be told.
pub(super) fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Prints an answer as JSON.
pub(super) fn json(answer: &Value) -> Result<(), Failure> {
    line(format!("{answer:#}"))
}

/// Prints the rows of `answer[list]` as a table, or the whole answer as JSON.
pub(super) fn listing(answer: &Value, list: &str, columns: &[Column], as_json: bool) -> Result<(), Failure> {
    if as_json {
        return json(answer);
    }
    let rows = answer.get(list).and_then(Value::as_array);
    line(table(columns, rows.map_or(&[], Vec::as_slice)))
}

/// Rows as a table; no wider than the terminal, if there is one.
pub(super) fn table(columns: &[Column], rows: &[Value]) -> String {
    let header: Vec<String> = columns
        .iter()
        .map(|(heading, _)| tongue::heading(heading))
        .collect();
    let cells = rows.iter().map(|row| {
        let cells = columns.iter();
        cells
            .map(|(heading, cell)| tongue::cell(heading, row, cell(row)))
            .collect()
    });
    self::columns(&header, &cells.collect::<Vec<Vec<String>>>())
}

/// Cells as a table; no wider than the terminal, if there is one.
pub(super) fn columns(header: &[String], rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    let line = LineStyle::none().fill('─').junction('─');
    table.load_style(TableStyle::new().header_separator(line));
    if std::io::stdout().is_terminal() {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    table.set_header(header);
    for row in rows {
        table.add_row(row.iter().map(|cell| shown(cell)));
    }
    table.trim_fmt()
}

/// Control characters of outside text do not reach the terminal.
fn shown(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// A member of a JSON object as text: nothing for null, members of a list separated by commas.
pub(super) fn text(value: &Value, name: &str) -> String {
    plain(value.get(name).unwrap_or(&Value::Null))
}

/// A field of a record as text.
pub(super) fn field(record: &Value, name: &str) -> String {
    text(record.get("fields").unwrap_or(&Value::Null), name)
}

/// A JSON value as text.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// The rows that an answer or a problem says were refused, as `row 17: …`.
pub(super) fn row_errors(answer: &Value) -> Vec<String> {
    let errors = answer.get("errors").and_then(Value::as_array);
    errors
        .into_iter()
        .flatten()
        .map(|error| {
            say!(
                "say-row",
                row = text(error, "row"),
                message = text(error, "message")
            )
        })
        .collect()
}

/// Reports an import: what is in, and each row that was refused.
pub(super) fn import(answer: &Value, as_json: bool) -> Result<(), Failure> {
    let refused = row_errors(answer);
    let left_out = answer.get("errors_left_out").and_then(Value::as_u64).unwrap_or(0);
    let count = refused.len() as u64 + left_out;
    if as_json {
        json(answer)?;
    } else {
        for row in &refused {
            note(row);
        }
        if left_out > 0 {
            note(&say!("say-more-rows", count = left_out));
        }
        line(say!(
            "say-imported",
            imported = text(answer, "imported"),
            unchanged = text(answer, "unchanged"),
            refused = count
        ))?;
    }
    if count == 0 {
        Ok(())
    } else {
        Err(Failure::Rows(count))
    }
}

/// Reports a write: the answer as JSON, or a sentence.
pub(super) fn done(answer: &Value, as_json: bool, sentence: impl AsRef<str>) -> Result<(), Failure> {
    if as_json { json(answer) } else { line(sentence) }
}

//! Imported files: CSV, and JSON lines, into rows, with what cannot be read listed by row.

use crate::decide::admin::RowError;
use crate::decide::admin::area::AreaRow;
use crate::decide::admin::bring::RecordRow;
use crate::decide::admin::worker::{NewWorker, WorkerRow};

/// With which some programs begin a file of UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The rows of a file, and those that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportFile<T> {
    /// Rows, as they were given.
    pub rows: Vec<T>,
    /// Rows that could not be read.
    pub errors: Vec<RowError>,
}

/// A file without the header it needs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the first row has to name the columns {needed}; {missing:?} is missing")]
pub struct BadHeader {
    needed: String,
    missing: String,
}

/// Reads `code,name,level`, ancestors first. A byte order mark, CRLF and further columns are fine.
///
/// # Errors
/// [`BadHeader`] if the columns are not named.
pub fn areas(bytes: &[u8]) -> Result<ImportFile<AreaRow>, BadHeader> {
    let mut file = read(bytes, ["code", "name", "level"], |row, [code, name, level]| {
        AreaRow {
            row,
            code,
            name,
            level,
        }
    })?;
    file.rows.sort_by_key(|row| (row.code.len(), row.row));
    Ok(file)
}

/// Reads `code,name,areas`, the areas parted by semicolons or spaces.
///
/// # Errors
/// [`BadHeader`] if the columns are not named.
pub fn workers(bytes: &[u8]) -> Result<ImportFile<WorkerRow>, BadHeader> {
    read(bytes, ["code", "name", "areas"], |row, [code, name, areas]| {
        let areas = areas
            .split(|c: char| c == ';' || c.is_whitespace())
            .filter(|area| !area.is_empty())
            .map(str::to_string)
            .collect();
        WorkerRow {
            row,
            worker: NewWorker { code, name, areas },
        }
    })
}

/// Reads records, one JSON object a line: `{kind, area, fields}`. Empty lines are passed over; a byte order mark
/// and CRLF are fine.
pub fn records(bytes: &[u8]) -> ImportFile<RecordRow> {
    let mut file = ImportFile {
        rows: Vec::new(),
        errors: Vec::new(),
    };
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    for (row, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        match serde_json::from_slice(line) {
            Ok(record) => file.rows.push(RecordRow { row, record }),
            Err(error) => file.errors.push(RowError {
                row,
                message: error.to_string(),
            }),
        }
    }
    file
}

fn read<T, const N: usize>(
    bytes: &[u8],
    needed: [&str; N],
    make: impl Fn(u64, [String; N]) -> T,
) -> Result<ImportFile<T>, BadHeader> {
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let header = reader.headers().cloned().unwrap_or_default();
    let mut places = [0; N];
    for (place, name) in places.iter_mut().zip(needed) {
        let found = header.iter().position(|column| column.eq_ignore_ascii_case(name));
        *place = found.ok_or_else(|| BadHeader {
            needed: needed.join(","),
            missing: name.to_string(),
        })?;
    }
    let mut file = ImportFile {
        rows: Vec::new(),
        errors: Vec::new(),
    };
    // The header is row 1.
    for (row, record) in (2..).zip(reader.records()) {
        match record {
            Ok(record) if record.iter().all(str::is_empty) => {}
            Ok(record) => {
                let column = |place: usize| record.get(place).unwrap_or_default().to_string();
                file.rows.push(make(row, places.map(column)));
            }
            Err(_) => file.errors.push(RowError {
                row,
                message: "the row is not UTF-8 text in CSV".into(),
            }),
        }
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn byte_order_mark_line_ends_order_and_further_columns_do_not_matter() {
        let text =
            "\u{feff}name,code,level,note\r\n新区,150821100001,village,x\r\n\r\n五原县,150821,county\r\n";
        let file = areas(text.as_bytes()).expect("a header");
        let codes: Vec<_> = file.rows.iter().map(|row| (row.row, row.code.as_str())).collect();
        assert_eq!(codes, [(3, "150821"), (2, "150821100001")]);
        assert!(file.errors.is_empty());
    }

    #[test]
    fn lines_of_json_are_read_one_by_one_whatever_ends_them_and_bad_ones_are_named() {
        let mut bytes = "\u{feff}{\"kind\":\"report\",\"area\":\"150821\"}\r\n\r\n{\"kind\":7}\n"
            .as_bytes()
            .to_vec();
        bytes.extend(
            b"{\"kind\":\"\xc2\xa9\xb2\",\"area\":\"150821\"}\n{\"kind\":\"household\",\"area\":\"150822\"}",
        );
        let file = records(&bytes);
        let kinds: Vec<_> = file
            .rows
            .iter()
            .map(|row| (row.row, row.record.kind.as_str()))
            .collect();
        assert_eq!(kinds, [(1, "report"), (5, "household")]);
        let bad: Vec<_> = file.errors.iter().map(|error| error.row).collect();
        assert_eq!(bad, [3, 4]);
    }

    #[test]
    fn a_file_without_its_header_is_refused() {
        let refusal = areas(b"150821,Wuyuan,county\n").expect_err("no header");
        assert!(refusal.to_string().contains("code,name,level"));
        assert!(areas(b"").is_err());
    }

    #[test]
    fn rows_that_are_not_text_are_listed_and_the_others_read() {
        let mut bytes = b"code,name,areas\nw1,Li,150821;150822 150823\n".to_vec();
        bytes.extend(b"w2,\xff\xfe,150821\nw3,Wang,150821\n");
        let file = workers(&bytes).expect("a header");
        let codes: Vec<_> = file.rows.iter().map(|row| row.worker.code.as_str()).collect();
        assert_eq!(codes, ["w1", "w3"]);
        assert_eq!(file.rows[0].worker.areas, ["150821", "150822", "150823"]);
        assert_eq!(file.errors[0].row, 3);
    }
}

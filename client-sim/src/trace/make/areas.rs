//! Reads a table of administrative areas: CSV with the columns code, name, level.

use otor_protocol::area::AreaCode;
use std::collections::BTreeSet;

/// One area of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AreaRow {
    /// Its code: 4 to 18 digits, the prefixes of which are its ancestors.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The label of its depth.
    pub level: String,
}

/// What is wrong with a table of areas, one line each. Never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct AreaErrors(pub Vec<String>);

/// Reads the table; a byte order mark and CRLF are accepted.
///
/// # Errors
/// Every bad row, by its line in the file and what to do.
pub fn read_areas(text: &str) -> Result<Vec<AreaRow>, AreaErrors> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let header = reader
        .headers()
        .map(|header| header.iter().collect::<Vec<_>>().join(","));
    if !matches!(&header, Ok(columns) if columns == "code,name,level") {
        return Err(AreaErrors(vec![
            "row 1: the columns must be code,name,level: write them as the first row".into(),
        ]));
    }
    let mut rows = Vec::new();
    let mut errors = Vec::new();
    let mut seen = BTreeSet::new();
    for record in reader.records() {
        match record
            .map_err(|error| csv_message(&error))
            .and_then(|record| read_row(&record))
        {
            Ok((line, row)) if !seen.insert(row.code.clone()) => {
                errors.push(format!(
                    "row {line}: code {} stands there twice: remove one",
                    row.code
                ));
            }
            Ok((_, row)) => rows.push(row),
            Err(message) => errors.push(message),
        }
    }
    if errors.is_empty() {
        Ok(rows)
    } else {
        Err(AreaErrors(errors))
    }
}

fn read_row(record: &csv::StringRecord) -> Result<(u64, AreaRow), String> {
    let line = record.position().map_or(0, csv::Position::line);
    let row = AreaRow {
        code: record[0].into(),
        name: record[1].into(),
        level: record[2].into(),
    };
    let code: AreaCode = row.code.parse().map_err(|error| format!("row {line}: {error}"))?;
    if row.name.is_empty() {
        return Err(format!("row {line}: area {code} has no name: fill it in"));
    }
    let labels = crate::trace::check::levels::labels(row.code.len());
    if !labels.contains(&row.level.as_str()) {
        let digits = row.code.len();
        let labels = labels.join(" or ");
        return Err(format!(
            "row {line}: level {:?} does not fit a code of {digits} digits: write {labels}",
            row.level
        ));
    }
    Ok((line, row))
}

fn csv_message(error: &csv::Error) -> String {
    let line = error.position().map_or(0, csv::Position::line);
    match error.kind() {
        csv::ErrorKind::UnequalLengths { len, .. } => {
            format!("row {line}: {len} columns: a row has three, code,name,level")
        }
        _ => format!("row {line}: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        read_areas(text).unwrap_err().to_string()
    }

    #[test]
    fn byte_order_mark_and_carriage_returns_are_accepted() {
        let rows =
            read_areas("\u{feff}code,name,level\r\n1508,巴彦淖尔市,league\r\n150821,五原县,county\r\n")
                .unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(
            rows[0],
            AreaRow {
                code: "1508".into(),
                name: "巴彦淖尔市".into(),
                level: "league".into()
            }
        );
        assert_eq!(rows[1].level, "county");
    }

    #[test]
    fn each_bad_row_is_named() {
        let text = "code,name,level\n15082,五原县,county\n150821,,county\n150821100,镇,village\n1508,市,league\n1508,市,league\n1509,盟\n";
        let error = error(text);
        let lines: Vec<&str> = error.lines().collect();
        assert_eq!(lines.len(), 5, "{error}");
        assert!(lines[0].starts_with("row 2: \"15082\" is not an area code"));
        assert!(lines[1].starts_with("row 3: area 150821 has no name"));
        assert!(lines[2].contains("row 4: level \"village\" does not fit a code of 9 digits"));
        assert!(lines[3].starts_with("row 6: code 1508 stands there twice"));
        assert!(lines[4].starts_with("row 7: 2 columns"));
    }

    #[test]
    fn a_table_without_its_header_is_refused() {
        assert!(error("1508,巴彦淖尔市,league\n").starts_with("row 1: the columns must be"));
        assert!(error("").starts_with("row 1: the columns must be"));
    }

    #[test]
    fn the_county_that_comes_with_the_simulator_is_read() {
        let rows = read_areas(include_str!("../../../data/areas-wuyuan.csv")).unwrap();
        assert_eq!(rows.iter().filter(|row| row.level == "village").count(), 148);
        assert_eq!(rows.iter().filter(|row| row.level == "township").count(), 11);
    }
}

//! Reports as CSV: a line a figure, each with all that it is a figure of.

use super::Report;
use crate::service::export::{BYTE_ORDER_MARK, csv_line};
use crate::words;
use otor_protocol::words::Words;

pub(super) const HEADER: [&str; 17] = [
    "statistic",
    "by",
    "group",
    "measure",
    "value",
    "unit",
    "at_least",
    "part",
    "whole",
    "from",
    "to",
    "area",
    "region_version",
    "cut_off",
    "history",
    "definitions",
    "note",
];

/// A report as CSV that a spreadsheet opens; by names, or in words. `note` stands in every line: what the report is.
pub fn csv(report: &Report, note: &str, words: Option<&Words>) -> Vec<u8> {
    let called = |sort: &str, name: &str| match words {
        Some(words) => words::called(words, sort, name),
        None => name.to_string(),
    };
    let part = |by: &str, group: &str| match words {
        Some(words) => words::with_names(by, &words::part(words, by, group), &report.names),
        None => group.to_string(),
    };
    let mut bytes = BYTE_ORDER_MARK.as_bytes().to_vec();
    bytes.extend(csv_line(HEADER.iter().map(|name| called("figure", name))));
    let frame = &report.frame;
    for figure in &report.figures {
        let maybe = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
        let cells = [
            called("statistic", figure.statistic),
            figure.by.map(|by| called("division", by)).unwrap_or_default(),
            crate::service::export::text_cell(&part(
                figure.by.unwrap_or_default(),
                figure.group.as_deref().unwrap_or_default(),
            )),
            called("measure", figure.measure),
            figure.value.map(|value| value.to_string()).unwrap_or_default(),
            called("unit", figure.unit.name()),
            if figure.at_least {
                "yes".to_string()
            } else {
                String::new()
            },
            maybe(figure.part),
            maybe(figure.whole),
            frame.from.clone(),
            frame.to.clone(),
            crate::service::export::text_cell(frame.area.as_deref().unwrap_or_default()),
            frame.region_version.to_string(),
            frame.cut_off.to_string(),
            frame.history.clone(),
            frame.definitions.to_string(),
            crate::service::export::text_cell(note),
        ];
        bytes.extend(csv_line(cells.into_iter()));
    }
    bytes
}

//! Codes of areas and the labels of their depths.

use otor_protocol::area::AreaCode;

/// Labels that each depth may have, by the number of digits.
const LABELS: [(usize, &[&str]); 6] = [
    (4, &["league", "city"]),
    (6, &["county", "district", "banner"]),
    (9, &["township", "street", "town", "sumu"]),
    (12, &["village", "community", "gacha"]),
    (15, &["grid"]),
    (18, &["micro-grid", "microgrid", "micro_grid"]),
];

/// The labels that an area's depth may have.
pub(in crate::trace) fn labels(digits: usize) -> &'static [&'static str] {
    LABELS
        .iter()
        .find(|(length, _)| *length == digits)
        .map_or(&[], |(_, labels)| labels)
}

/// Reads an area's code.
pub(super) fn parse_code(code: &str) -> Result<AreaCode, String> {
    code.parse()
        .map_err(|error: otor_protocol::area::BadAreaCode| error.to_string())
}

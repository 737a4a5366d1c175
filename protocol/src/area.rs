//! Area codes: digits whose prefixes are their ancestors; the depth is the length.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Lengths a code may have, from league (4) to micro-grid (18), with the label of each.
pub const DEPTHS: [(usize, &str); 6] = [
    (4, "league"),
    (6, "county"),
    (9, "township"),
    (12, "village"),
    (15, "grid"),
    (18, "micro-grid"),
];

/// Length of a grid's code.
pub const GRID_DIGITS: usize = 15;

/// A validated area code.
///
/// ```
/// use otor_protocol::area::AreaCode;
/// let grid: AreaCode = "150821100201001".parse().unwrap();
/// let county: AreaCode = "150821".parse().unwrap();
/// assert!(county.contains(&grid));
/// assert_eq!(grid.level_name(), "grid");
/// assert!("15082".parse::<AreaCode>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "u64", try_from = "u64")]
pub struct AreaCode(String);

/// A text that is not an area code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an area code: 4, 6, 9, 12, 15 or 18 digits are, the first not 0")]
pub struct BadAreaCode(String);

impl AreaCode {
    /// The code's digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `other` is this area or lies in it.
    pub fn contains(&self, other: &AreaCode) -> bool {
        other.0.starts_with(&self.0)
    }

    /// The label of this depth: league, county, township, village, grid or micro-grid.
    pub fn level_name(&self) -> &'static str {
        DEPTHS
            .iter()
            .find(|(length, _)| *length == self.0.len())
            .map_or("", |(_, name)| name)
    }

    /// The area this one lies in, if it is not a league.
    pub fn parent(&self) -> Option<AreaCode> {
        let length = DEPTHS
            .iter()
            .map(|(length, _)| *length)
            .rev()
            .find(|length| *length < self.0.len())?;
        Some(AreaCode(self.0[..length].to_string()))
    }

    /// The area whose scope holds this area's records: its grid, or itself where it is no deeper.
    pub fn scope_area(&self) -> AreaCode {
        AreaCode(self.0[..self.0.len().min(GRID_DIGITS)].to_string())
    }
}

impl FromStr for AreaCode {
    type Err = BadAreaCode;

    fn from_str(text: &str) -> Result<Self, BadAreaCode> {
        let known_length = DEPTHS.iter().any(|(length, _)| *length == text.len());
        let digits = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
        if known_length && digits {
            Ok(AreaCode(text.to_string()))
        } else {
            Err(BadAreaCode(text.chars().take(24).collect()))
        }
    }
}

impl fmt::Display for AreaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<AreaCode> for u64 {
    fn from(code: AreaCode) -> u64 {
        // At most 18 digits: always below 2^64.
        code.0
            .bytes()
            .fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'))
    }
}

impl TryFrom<u64> for AreaCode {
    type Error = BadAreaCode;

    fn try_from(number: u64) -> Result<Self, BadAreaCode> {
        number.to_string().parse()
    }
}

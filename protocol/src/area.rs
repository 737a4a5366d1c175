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

/// Length of the longest code.
const DIGITS_MAX: usize = 18;

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
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "u64", try_from = "u64")]
pub struct AreaCode {
    /// ASCII digits, and zeros behind them: a code stands right before those that it begins.
    digits: [u8; DIGITS_MAX],
    len: u8,
}

/// A text that is not an area code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an area code: 4, 6, 9, 12, 15 or 18 digits are, the first not 0")]
pub struct BadAreaCode(String);

impl AreaCode {
    /// The code's digits.
    pub fn as_str(&self) -> &str {
        // Digits are text.
        std::str::from_utf8(self.digits()).unwrap_or_default()
    }

    fn digits(&self) -> &[u8] {
        &self.digits[..usize::from(self.len)]
    }

    /// The first so many digits, at most all: one of the lengths in [`DEPTHS`].
    fn beginning(&self, len: usize) -> AreaCode {
        let mut beginning = self.clone();
        beginning.digits[len..].fill(0);
        // At most DIGITS_MAX.
        beginning.len = len as u8;
        beginning
    }

    /// Whether `other` is this area or lies in it.
    pub fn contains(&self, other: &AreaCode) -> bool {
        other.digits().starts_with(self.digits())
    }

    /// The label of this depth: league, county, township, village, grid or micro-grid.
    pub fn level_name(&self) -> &'static str {
        DEPTHS
            .iter()
            .find(|(length, _)| *length == self.digits().len())
            .map_or("", |(_, name)| name)
    }

    /// The area this one lies in, if it is not a league.
    pub fn parent(&self) -> Option<AreaCode> {
        let length = DEPTHS
            .iter()
            .map(|(length, _)| *length)
            .rev()
            .find(|length| *length < self.digits().len())?;
        Some(self.beginning(length))
    }

    /// The area whose scope holds this area's records: its grid, or itself where it is no deeper.
    pub fn scope_area(&self) -> AreaCode {
        self.beginning(self.digits().len().min(GRID_DIGITS))
    }
}

impl FromStr for AreaCode {
    type Err = BadAreaCode;

    fn from_str(text: &str) -> Result<Self, BadAreaCode> {
        let known_length = DEPTHS.iter().any(|(length, _)| *length == text.len());
        let are_digits = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
        if !(known_length && are_digits) {
            return Err(BadAreaCode(text.chars().take(24).collect()));
        }
        let mut digits = [0; DIGITS_MAX];
        digits[..text.len()].copy_from_slice(text.as_bytes());
        // No known length is above DIGITS_MAX.
        let len = text.len() as u8;
        Ok(AreaCode { digits, len })
    }
}

impl fmt::Display for AreaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for AreaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AreaCode").field(&self.as_str()).finish()
    }
}

impl From<AreaCode> for u64 {
    fn from(code: AreaCode) -> u64 {
        // At most 18 digits: always below 2^64.
        let digits = code.digits().iter();
        digits.fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'))
    }
}

impl TryFrom<u64> for AreaCode {
    type Error = BadAreaCode;

    fn try_from(number: u64) -> Result<Self, BadAreaCode> {
        let mut digits = [0; DIGITS_MAX];
        let (mut left, mut len) = (number, 0);
        while left > 0 && len < DIGITS_MAX {
            digits[len] = b'0' + (left % 10) as u8;
            left /= 10;
            len += 1;
        }
        digits[..len].reverse();
        match left == 0 && DEPTHS.iter().any(|(length, _)| *length == len) {
            true => Ok(AreaCode {
                digits,
                len: len as u8,
            }),
            false => Err(BadAreaCode(number.to_string())),
        }
    }
}

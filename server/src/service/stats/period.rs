//! Periods: whole days of the field, first and last included.

use crate::state::fact::day_of;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Serialize, Serializer};
use std::ops::Range;

/// Most days of one period: ten years.
pub const DAYS_MAX: u32 = 3_660;

/// A period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// Its first day, counted from 1970.
    pub from: u32,
    /// Its last day.
    pub to: u32,
}

impl Period {
    /// From one day to another, both included, as text like 2026-03-02.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn read(from: &str, to: &str) -> Result<Period, String> {
        let (from, to) = (read_day(from)?, read_day(to)?);
        if to < from {
            return Err("the period ends before it begins: from is its first day, to its last".into());
        }
        if to - from >= DAYS_MAX {
            return Err(format!("a period has at most {DAYS_MAX} days"));
        }
        Ok(Period { from, to })
    }

    /// Its days.
    pub fn days(self) -> Range<u32> {
        self.from..self.to.saturating_add(1)
    }

    /// All days up to its end.
    pub fn until_its_end(self) -> Range<u32> {
        0..self.to.saturating_add(1)
    }
}

/// A day of the field by its date.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn read_day(text: &str) -> Result<u32, String> {
    let date: Date = text
        .trim()
        .parse()
        .map_err(|_| format!("{text:?} is not a day such as 2026-03-02"))?;
    // Noon in universal time is on the same day in the field.
    let noon = date.at(12, 0, 0, 0).to_zoned(TimeZone::UTC);
    let noon = noon.map_err(|_| format!("{text:?} lies beyond the days that can be told"))?;
    match date.year() {
        1970..=9998 => Ok(day_of(noon.timestamp().as_millisecond())),
        _ => Err(format!("{text:?}: the years 1970 to 9998 are told")),
    }
}

/// A day of the field as its date.
pub fn day_as_text(day: u32) -> String {
    let noon_s = i64::from(day) * 86_400 + 43_200;
    jiff::Timestamp::from_second(noon_s)
        .map(|noon| noon.to_zoned(TimeZone::UTC).date().to_string())
        .unwrap_or_default()
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (day_as_text(self.from), day_as_text(self.to)).serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_read_back() {
        for text in ["1970-01-01", "2026-03-02", "2024-02-29", "9998-12-31"] {
            assert_eq!(read_day(text).map(day_as_text), Ok(text.to_string()));
        }
        assert_eq!(read_day("2026-03-02"), Ok(20_514));
        for bad in ["", "2026-02-30", "yesterday", "1969-12-31", "2026-3-2x"] {
            assert!(read_day(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_period_has_its_last_day_and_is_bounded() {
        let day = Period::read("2026-03-02", "2026-03-02").unwrap();
        assert_eq!(day.days().count(), 1);
        assert!(Period::read("2026-03-02", "2026-03-01").is_err());
        assert!(Period::read("1970-01-01", "2026-03-01").is_err());
    }
}

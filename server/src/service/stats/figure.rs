//! Figures: one number each, with what it is a number of; and how numbers are rounded.

use super::vocabulary::{DIVISIONS, MEASURES};
use serde::{Serialize, Serializer};
use std::fmt;

/// A decimal number, exactly: so many of the last place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    scaled: i64,
    places: u32,
}

impl Decimal {
    /// A whole number.
    pub fn whole(number: i64) -> Self {
        Decimal {
            scaled: number,
            places: 0,
        }
    }

    /// `part / whole`, rounded half up (half away from nought); none if there is no whole.
    pub fn ratio(part: i64, whole: i64, places: u32) -> Option<Self> {
        let scale = 10i128.checked_pow(places)?;
        let whole = i128::from(whole);
        if whole <= 0 {
            return None;
        }
        let part = i128::from(part) * scale;
        let rounded = (2 * part.abs() + whole) / (2 * whole);
        let scaled = i64::try_from(rounded * part.signum()).ok()?;
        Some(Decimal { scaled, places })
    }

    /// How many per cent `part` is of `whole`, to one place; none if there is no whole.
    pub fn percent(part: i64, whole: i64) -> Option<Self> {
        Decimal::ratio(part.checked_mul(100)?, whole, 1)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.places == 0 {
            return write!(f, "{}", self.scaled);
        }
        let scale = 10u64.pow(self.places);
        let (size, sign) = (self.scaled.unsigned_abs(), if self.scaled < 0 { "-" } else { "" });
        let width = self.places as usize;
        write!(f, "{sign}{}.{:0width$}", size / scale, size % scale)
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.places {
            0 => serializer.serialize_i64(self.scaled),
            // The shortest text of this number is the decimal itself: there are at most two places.
            places => serializer.serialize_f64(self.scaled as f64 / 10f64.powi(places as i32)),
        }
    }
}

/// What a value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Things.
    Count,
    /// Hundredths of a whole.
    Percent,
    /// So many of one thing for one of another.
    Ratio,
    /// Minutes.
    Minutes,
    /// 1 for yes, 0 for no.
    YesNo,
}

impl Unit {
    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Unit::Count => "count",
            Unit::Percent => "percent",
            Unit::Ratio => "ratio",
            Unit::Minutes => "minutes",
            Unit::YesNo => "yes_no",
        }
    }
}

/// One number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// Of which statistic.
    pub statistic: &'static str,
    /// By what it is divided, if by anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<&'static str>,
    /// Which part of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// What is measured.
    pub measure: &'static str,
    /// The value; none where there is nothing to reckon it from, or too few to tell.
    pub value: Option<Decimal>,
    /// What it counts.
    pub unit: Unit,
    /// Whether it may be more.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub at_least: bool,
    /// Of a share or a ratio: the part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<i64>,
    /// Of a share, a ratio, a median: of how many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whole: Option<i64>,
}

/// Figures as they are gathered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// All so far.
    pub all: Vec<Figure>,
    statistic: &'static str,
    group: Option<(&'static str, String)>,
}

impl Figures {
    /// What follows is of this statistic.
    pub fn of(&mut self, statistic: &'static str) {
        self.statistic = statistic;
        self.group = None;
    }

    /// What follows is of this part.
    pub fn part(&mut self, by: &'static str, group: impl Into<String>) {
        debug_assert!(DIVISIONS.contains(&by), "vocabulary.rs lacks the division {by}");
        self.group = Some((by, group.into()));
    }

    fn add(&mut self, measure: &'static str, value: Option<Decimal>, unit: Unit) -> &mut Figure {
        debug_assert!(
            MEASURES.contains(&measure),
            "vocabulary.rs lacks the measure {measure}"
        );
        let (by, group) = match &self.group {
            Some((by, group)) => (Some(*by), Some(group.clone())),
            None => (None, None),
        };
        let at = self.all.len();
        self.all.push(Figure {
            statistic: self.statistic,
            by,
            group,
            measure,
            value,
            unit,
            at_least: false,
            part: None,
            whole: None,
        });
        &mut self.all[at]
    }

    /// A number of things.
    pub fn count(&mut self, measure: &'static str, count: i64) {
        self.add(measure, Some(Decimal::whole(count)), Unit::Count);
    }

    /// A number of things that may be more.
    pub fn at_least(&mut self, measure: &'static str, count: i64, at_least: bool) {
        self.add(measure, Some(Decimal::whole(count)), Unit::Count)
            .at_least = at_least;
    }

    /// A share, with what it is of.
    pub fn percent(&mut self, measure: &'static str, part: i64, whole: i64) {
        let figure = self.add(measure, Decimal::percent(part, whole), Unit::Percent);
        (figure.part, figure.whole) = (Some(part), Some(whole));
    }

    /// So many for each of another.
    pub fn ratio(&mut self, measure: &'static str, part: i64, whole: i64, places: u32) {
        let figure = self.add(measure, Decimal::ratio(part, whole, places), Unit::Ratio);
        (figure.part, figure.whole) = (Some(part), Some(whole));
    }

    /// Whether something is so.
    pub fn yes_no(&mut self, measure: &'static str, so: bool) {
        self.add(measure, Some(Decimal::whole(i64::from(so))), Unit::YesNo);
    }

    /// A count that is not told where fewer than `least` stand behind it.
    pub fn count_of_enough(&mut self, measure: &'static str, count: i64, of: i64, least: i64) {
        let value = (of >= least).then(|| Decimal::whole(count));
        self.add(measure, value, Unit::Count).whole = Some(of);
    }

    /// Median and nine tenths of times in milliseconds, told in minutes.
    pub fn durations(&mut self, median: &'static str, ninth: &'static str, mut times_ms: Vec<i64>) {
        times_ms.sort_unstable();
        let n = times_ms.len() as i64;
        for (measure, tenths) in [(median, 5), (ninth, 9)] {
            let minutes = quantile(&times_ms, tenths).and_then(|ms| Decimal::ratio(ms, 60_000, 0));
            self.add(measure, minutes, Unit::Minutes).whole = Some(n);
        }
    }
}

/// The least of some sorted numbers that so many tenths of them do not exceed.
fn quantile(sorted: &[i64], tenths: usize) -> Option<i64> {
    let rank = (sorted.len() * tenths).div_ceil(10);
    sorted.get(rank.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn percent(part: i64, whole: i64) -> String {
        Decimal::percent(part, whole).map_or_else(String::new, |one| one.to_string())
    }

    #[test]
    fn shares_are_rounded_half_up_to_one_place() {
        assert_eq!(percent(301, 1_005), "30.0"); // S1: 29.95
        assert_eq!(percent(1, 2_000), "0.1"); // 0.05
        assert_eq!(percent(-72, 121), "-59.5"); // S1
        assert_eq!(percent(1, 0), "");
        assert_eq!(Decimal::ratio(1_509, 1_402, 2).unwrap().to_string(), "1.08"); // S2
        assert_eq!(Decimal::ratio(3_369, 6, 1).unwrap().to_string(), "561.5"); // S3
        let json = serde_json::to_string(&Decimal::percent(108_404, 122_810)).unwrap();
        assert_eq!(json, "88.3");
    }

    #[test]
    fn of_49643_appeals_those_closed_at_91_percent_lie_between_44927_and_45423_seed_s1() {
        let whole = |closed: i64| Decimal::ratio(closed * 100, 49_643, 0).unwrap().to_string();
        assert_eq!(
            [44_926, 44_927, 45_175, 45_423, 45_424].map(whole),
            ["90", "91", "91", "91", "92"]
        );
    }

    #[test]
    fn a_quantile_is_one_of_the_numbers() {
        assert_eq!(quantile(&[], 5), None);
        assert_eq!(quantile(&[7], 5), Some(7));
        assert_eq!(quantile(&[1, 2, 3, 4], 5), Some(2));
        assert_eq!(quantile(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 9), Some(9));
        assert_eq!(quantile(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 9), Some(10));
    }
}

//! Times as administrators read and write them: RFC 3339, UTC, with milliseconds.

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;

/// Milliseconds since the Unix epoch as text. A time beyond the years that can be written, as a phone with a
/// wild clock may claim, becomes the last that can.
pub fn rfc3339(ms: i64) -> String {
    let latest = if ms < 0 { Timestamp::MIN } else { Timestamp::MAX };
    let time = Timestamp::from_millisecond(ms).unwrap_or(latest);
    DateTimePrinter::new()
        .precision(Some(3))
        .timestamp_to_string(&time)
}

/// Reads a time as milliseconds since the Unix epoch; none if it is not RFC 3339.
pub fn read_rfc3339(text: &str) -> Option<i64> {
    let time: Timestamp = text.trim().parse().ok()?;
    Some(time.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_back_and_wild_ones_are_bounded() {
        let text = rfc3339(1_772_409_600_007);
        assert_eq!(text, "2026-03-02T00:00:00.007Z");
        assert_eq!(read_rfc3339(&text), Some(1_772_409_600_007));
        assert_eq!(
            read_rfc3339("2026-03-02T08:00:00.007+08:00"),
            Some(1_772_409_600_007)
        );
        assert!(rfc3339(i64::MAX).starts_with("9999-12-"));
        assert!(rfc3339(i64::MIN).starts_with("-009999-"));
        assert_eq!(read_rfc3339("yesterday"), None);
    }
}

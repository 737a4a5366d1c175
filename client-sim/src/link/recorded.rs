//! Recorded links in the mahimahi format: when one packet of 1500 bytes may cross.
//!
//! Each line is a time in milliseconds from the start of the recording; a line repeated is another packet in
//! that millisecond. At its end the recording begins again, its last time being its length. There is one file
//! for each direction. Opportunities that nobody waits for pass unused.

use thiserror::Error;

/// Bytes that cross at one opportunity.
pub const OPPORTUNITY_BYTES: u64 = 1500;

/// A recorded link, both directions, in place of a profile's rates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedLink {
    /// Opportunities from the phone to the server.
    pub up: Opportunities,
    /// Opportunities from the server to the phone.
    pub down: Opportunities,
}

/// Why a recording could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RecordingError {
    /// A line is not a whole number of milliseconds.
    #[error("line {line}: `{text}` is not a whole number of milliseconds")]
    NotATime {
        /// Line, counted from 1.
        line: usize,
        /// What stands there.
        text: String,
    },
    /// A line is earlier than the one before it.
    #[error("line {line}: {time_ms} ms is earlier than {previous_ms} ms on the line before")]
    GoesBack {
        /// Line, counted from 1.
        line: usize,
        /// The time on it, in milliseconds.
        time_ms: u64,
        /// The time before it, in milliseconds.
        previous_ms: u64,
    },
    /// The last time is 0 (or there is no line), so the recording would repeat without time passing.
    #[error("line {line}: the recording ends at 0 ms, so nothing could repeat")]
    NoLength {
        /// The last line, counted from 1; 0 when there is none.
        line: usize,
    },
}

/// One direction of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opportunities {
    times_ms: Vec<u64>,
    period_ms: u64,
}

impl Opportunities {
    /// Reads the text of one mahimahi file. Empty lines are passed over.
    pub fn parse(text: &str) -> Result<Self, RecordingError> {
        let mut times_ms: Vec<u64> = Vec::new();
        let mut last_line = 0;
        for (index, content) in text.lines().enumerate() {
            let (line, content) = (index + 1, content.trim());
            if content.is_empty() {
                continue;
            }
            let time_ms = content.parse::<u64>().map_err(|_| RecordingError::NotATime {
                line,
                text: content.chars().take(40).collect(),
            })?;
            if let Some(&previous_ms) = times_ms.last()
                && time_ms < previous_ms
            {
                return Err(RecordingError::GoesBack {
                    line,
                    time_ms,
                    previous_ms,
                });
            }
            times_ms.push(time_ms);
            last_line = line;
        }
        match times_ms.last() {
            Some(&period_ms) if period_ms > 0 => Ok(Self { times_ms, period_ms }),
            _ => Err(RecordingError::NoLength { line: last_line }),
        }
    }

    /// The mean rate in kbit/s.
    pub fn mean_kbit_s(&self) -> u64 {
        (self.times_ms.len() as u64).saturating_mul(OPPORTUNITY_BYTES * 8) / self.period_ms
    }

    /// The time of opportunity `index`, counted on through the repetitions, in microseconds.
    fn time_us(&self, index: u64) -> u64 {
        let count = self.times_ms.len() as u64;
        // The remainder is below the length of the vector.
        let within_ms = self.times_ms[(index % count) as usize];
        let round_ms = (index / count).saturating_mul(self.period_ms);
        round_ms.saturating_add(within_ms).saturating_mul(1_000)
    }

    /// The first opportunity at or after `at_us`.
    fn first_from(&self, at_us: u64) -> u64 {
        let at_ms = at_us.div_ceil(1_000);
        let (round, within_ms) = match (at_ms / self.period_ms, at_ms % self.period_ms) {
            // The last opportunity of a round falls together with the start of the next.
            (round, 0) if round > 0 => (round - 1, self.period_ms),
            inside => inside,
        };
        let skipped = self.times_ms.partition_point(|&time_ms| time_ms < within_ms) as u64;
        round
            .saturating_mul(self.times_ms.len() as u64)
            .saturating_add(skipped)
    }
}

/// How far one direction of a connection has used a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct RecordingCursor {
    index: u64,
    used_bytes: u64,
}

impl RecordingCursor {
    /// Takes the opportunities that `bytes` handed over at `at_us` need; answers when the last byte has crossed.
    /// Small packets share an opportunity.
    pub(super) fn cross(&mut self, opportunities: &Opportunities, at_us: u64, bytes: u64) -> u64 {
        if opportunities.time_us(self.index) < at_us {
            *self = Self {
                index: opportunities.first_from(at_us),
                used_bytes: 0,
            };
        }
        let wanted = self.used_bytes.saturating_add(bytes);
        let whole = wanted.saturating_sub(1) / OPPORTUNITY_BYTES;
        self.index = self.index.saturating_add(whole);
        self.used_bytes = wanted - whole * OPPORTUNITY_BYTES;
        opportunities.time_us(self.index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SHORT: &str = "0\n5\n5\n20\n";

    fn short() -> Opportunities {
        Opportunities::parse(SHORT).expect("a good recording")
    }

    #[test]
    fn packets_cross_at_the_recorded_times_and_the_recording_repeats() {
        let (opportunities, mut cursor) = (short(), RecordingCursor::default());
        let crossed: Vec<_> = (0..6).map(|_| cursor.cross(&opportunities, 0, 1500)).collect();
        assert_eq!(crossed, [0, 5_000, 5_000, 20_000, 20_000, 25_000]);
    }

    #[test]
    fn small_packets_share_an_opportunity_and_large_ones_take_several() {
        let (opportunities, mut cursor) = (short(), RecordingCursor::default());
        assert_eq!(cursor.cross(&opportunities, 1, 700), 5_000);
        assert_eq!(cursor.cross(&opportunities, 2, 800), 5_000);
        assert_eq!(cursor.cross(&opportunities, 3, 1501), 20_000);
    }

    #[test]
    fn unused_opportunities_pass() {
        let (opportunities, mut cursor) = (short(), RecordingCursor::default());
        assert_eq!(cursor.cross(&opportunities, 0, 100), 0);
        assert_eq!(cursor.cross(&opportunities, 6_000, 100), 20_000);
        assert_eq!(cursor.cross(&opportunities, 2_000_001, 100), 2_005_000);
    }

    #[test]
    fn errors_name_the_line() {
        let error = |text| {
            Opportunities::parse(text)
                .expect_err("a bad recording")
                .to_string()
        };
        assert_eq!(
            error("1\n\nx\n"),
            "line 3: `x` is not a whole number of milliseconds"
        );
        assert_eq!(
            error("1\n-2\n"),
            "line 2: `-2` is not a whole number of milliseconds"
        );
        assert_eq!(
            error("7\n9\n8\n"),
            "line 3: 8 ms is earlier than 9 ms on the line before"
        );
        assert_eq!(
            error("0\n0\n"),
            "line 2: the recording ends at 0 ms, so nothing could repeat"
        );
        assert_eq!(
            error(""),
            "line 0: the recording ends at 0 ms, so nothing could repeat"
        );
    }

    #[test]
    fn carriage_returns_are_accepted_and_the_mean_rate_is_right() {
        let opportunities = Opportunities::parse("10\r\n500\r\n1000\r\n").expect("a good recording");
        assert_eq!(opportunities.mean_kbit_s(), 36);
    }

    proptest! {
        #[test]
        fn crossing_never_goes_back_nor_before_the_handing_over(
            steps in proptest::collection::vec((0_u64..90_000, 0_u64..5_000), 1..60)
        ) {
            let (opportunities, mut cursor) = (short(), RecordingCursor::default());
            let (mut at_us, mut last_us) = (0, 0);
            for (wait_us, bytes) in steps {
                at_us += wait_us;
                let crossed_us = cursor.cross(&opportunities, at_us, bytes);
                prop_assert!(crossed_us >= at_us && crossed_us >= last_us);
                last_us = crossed_us;
            }
        }

        #[test]
        fn odd_texts_times_and_sizes_never_panic(text in "[0-9\n x]{0,40}", at_us: u64, bytes: u64) {
            if let Ok(opportunities) = Opportunities::parse(&text) {
                let mut cursor = RecordingCursor::default();
                cursor.cross(&opportunities, at_us, bytes);
                cursor.cross(&opportunities, at_us, bytes);
                opportunities.mean_kbit_s();
            }
        }
    }
}

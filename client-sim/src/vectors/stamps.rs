//! Stamps, and the uptimes that phones note.

use super::document::{document as vectors_of, line};
use otor_protocol::stamp::Stamp;
use otor_protocol::sync::clock::{next_uptime, told_stamp};
use serde::Serialize;

const ABOUT: &str = "`of` \"stamp\": the stamp of an op unless a run tells another. `of` \"uptime\": the uptime that a \
phone notes for its next op: its clock, the last op of the boot (null if none), the greatest stamp seen, and the \
boot's shift (null while it is not known).";

#[derive(Serialize)]
struct OfStamp {
    of: &'static str,
    uptime_ms: i64,
    shift_ms: i64,
    stamp: Stamp,
}

#[derive(Serialize)]
struct OfUptime {
    of: &'static str,
    clock_ms: i64,
    last_ms: Option<i64>,
    seen: Stamp,
    shift_ms: Option<i64>,
    uptime_ms: i64,
}

pub(super) fn document() -> String {
    const SHIFT_MS: i64 = 1_772_409_600_000;
    let mut vectors: Vec<String> = [(0, 0), (3_600_000, SHIFT_MS), (5, -5), (-1, SHIFT_MS)]
        .map(|(uptime_ms, shift_ms)| {
            line(&OfStamp {
                of: "stamp",
                uptime_ms,
                shift_ms,
                stamp: told_stamp(uptime_ms, shift_ms),
            })
        })
        .into();
    for (clock_ms, last_ms, seen_ms, shift_ms) in [
        (1_000, None, None, None),
        (1_000, Some(999), None, None),
        (1_000, Some(1_000), None, None),
        (1_000, Some(5_000), None, None),
        (1_000, None, Some(SHIFT_MS + 900), Some(SHIFT_MS)),
        (1_000, None, Some(SHIFT_MS + 1_000), Some(SHIFT_MS)),
        (1_000, Some(1_500), Some(SHIFT_MS + 4_000), Some(SHIFT_MS)),
        (1_000, None, Some(SHIFT_MS + 4_000), None),
    ] {
        let seen = seen_ms.map_or(Stamp::default(), Stamp::end_of_ms);
        vectors.push(line(&OfUptime {
            of: "uptime",
            clock_ms,
            last_ms,
            seen,
            shift_ms,
            uptime_ms: next_uptime(clock_ms, last_ms, seen, shift_ms),
        }));
    }
    vectors_of(ABOUT, &vectors)
}

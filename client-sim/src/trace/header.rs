//! The first line of a trace: its version, name and epoch.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use serde::{Deserialize, Serialize};

/// The version of the format that this module reads and writes.
const VERSION: u64 = 1;

/// Offset that epochs are written with: China's one time zone.
const WRITTEN_OFFSET: Offset = jiff::tz::offset(8);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    otor_trace: u64,
    name: String,
    epoch: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
}

/// Reads the header: the trace's name, its epoch in milliseconds since the Unix epoch, and its seed.
pub(super) fn parse(text: &str) -> Result<(String, i64, Option<u64>), String> {
    let header: Header = serde_json::from_str(text).map_err(|error| {
        format!(
            "{}; the first line must be the header: \
             {{\"otor_trace\":1,\"name\":\"…\",\"epoch\":\"2026-03-02T08:00:00+08:00\"}}",
            super::line::plain_message(&error)
        )
    })?;
    if header.otor_trace != VERSION {
        let found = header.otor_trace;
        return Err(format!(
            "trace version {found} is not known here: use version {VERSION}, or a newer otor-sim"
        ));
    }
    let epoch: Timestamp = header.epoch.parse().map_err(|_| {
        format!(
            "epoch {:?} is not a moment: write it like 2026-03-02T08:00:00+08:00, with its offset",
            header.epoch
        )
    })?;
    Ok((header.name, epoch.as_millisecond(), header.seed))
}

/// Writes the header, without a newline.
pub(super) fn write(name: &str, epoch_ms: i64, seed: Option<u64>) -> String {
    let header = Header {
        otor_trace: VERSION,
        name: name.to_string(),
        epoch: epoch_text(epoch_ms),
        seed,
    };
    super::line::to_text(&header)
}

fn epoch_text(epoch_ms: i64) -> String {
    // Only times read by `parse` or made up in this crate come here; beyond jiff's years, its bounds.
    let bound = if epoch_ms < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    };
    let epoch = Timestamp::from_millisecond(epoch_ms).unwrap_or(bound);
    epoch
        .to_zoned(TimeZone::fixed(WRITTEN_OFFSET))
        .strftime("%Y-%m-%dT%H:%M:%S%.f%:z")
        .to_string()
}

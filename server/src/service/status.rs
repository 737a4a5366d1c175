//! How the server is: its counts, and whether it can take work.

use super::clock::Distrust;
use crate::state::cell::DeviceCell;
use crate::state::{StateError, key, read};
use crate::store::engine::{RowKey, View, key_after};
use serde::{Deserialize, Serialize};

/// The server's counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Version of the server.
    pub version: String,
    /// Name of its unbroken history, as 16 hexadecimal digits.
    pub incarnation: String,
    /// The last commit.
    pub commit: u64,
    /// How many records there are.
    pub records: u64,
    /// How many ops are quarantined.
    pub quarantined: u64,
    /// How many ops wait for their record.
    pub parked: u64,
    /// How many frames of phones did not decode and are kept as bytes.
    pub unreadable: u64,
    /// How many damaged rows of the table were folded again from the journal.
    pub mended: u64,
    /// How often the journal was synced since the server started: once for all that was committed together.
    pub journal_syncs: u64,
    /// How many phones are enrolled and not revoked.
    pub devices: u64,
    /// `right`, or why the server's clock is not trusted.
    pub clock: String,
    /// `room`, or why nothing is written any more.
    pub disk: String,
}

/// Counts what the view holds. `published` is its commit, `journal_syncs` how often it was synced, `distrust` what is
/// said against the server's clock, `no_room` against its disk.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn status(
    view: &dyn View,
    (published, journal_syncs): (u64, u64),
    distrust: Option<Distrust>,
    no_room: Option<String>,
) -> Result<Status, StateError> {
    let server = read::server(view)?;
    let devices = read::under::<DeviceCell>(view, &key::devices())?;
    Ok(Status {
        version: env!("CARGO_PKG_VERSION").to_string(),
        incarnation: format!("{:016x}", server.incarnation),
        commit: published,
        records: server.records,
        quarantined: count(view, &key::all_quarantined())?,
        parked: count(view, &key::all_parked())?,
        unreadable: count(view, &key::all_unreadable())?,
        mended: read::get(view, &key::mended())?.unwrap_or_default(),
        journal_syncs,
        devices: devices
            .iter()
            .filter(|(_, device)| device.revoked_ms.is_none())
            .count() as u64,
        clock: distrust.map_or_else(|| "right".into(), |why| why.to_string()),
        disk: no_room.unwrap_or_else(|| "room".into()),
    })
}

fn count(view: &dyn View, prefix: &[u8]) -> Result<u64, StateError> {
    const PAGE: usize = 1_000;
    let end = key::end_of(prefix);
    let mut from = RowKey::from_slice(prefix);
    let mut count = 0;
    loop {
        let page = view.range(&from, &end, PAGE)?;
        count += page.len() as u64;
        match page.last() {
            Some((last, _)) if page.len() == PAGE => from = key_after(last),
            _ => return Ok(count),
        }
    }
}

/// Whether the server's history has begun.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn has_begun(view: &dyn View) -> Result<bool, StateError> {
    Ok(read::server(view)?.next_person > 0)
}

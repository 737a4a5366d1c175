//! When each phone was last heard of, since this server started. Kept in memory only.

use otor_protocol::ids::DeviceId;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The last sight of each phone.
#[derive(Debug, Default)]
pub struct Presence {
    last_seen_ms: Mutex<BTreeMap<DeviceId, i64>>,
}

impl Presence {
    /// Notes that a phone was heard of at this time, milliseconds since the Unix epoch.
    pub fn note(&self, device: DeviceId, now_ms: i64) {
        self.map().insert(device, now_ms);
    }

    /// When a phone was last heard of, if it was.
    pub fn last_seen_ms(&self, device: DeviceId) -> Option<i64> {
        self.map().get(&device).copied()
    }

    fn map(&self) -> MutexGuard<'_, BTreeMap<DeviceId, i64>> {
        // One insertion at a time: nothing is ever half done.
        self.last_seen_ms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

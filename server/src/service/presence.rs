//! When each phone was last heard of, and its newest request, since this server started. Kept in memory only.

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

/// The newest request of each phone: half-dead connections live on, and an older request commits nothing once a
/// newer hello of its phone has come.
#[derive(Debug, Default)]
pub struct NewestRequests {
    numbers: Mutex<(u64, BTreeMap<DeviceId, u64>)>,
}

impl NewestRequests {
    /// Notes that a request of a phone has come; its number.
    pub fn begin(&self, device: DeviceId) -> u64 {
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        numbers.0 += 1;
        let number = numbers.0;
        numbers.1.insert(device, number);
        number
    }

    /// Whether no newer request of the phone has come.
    pub fn is_newest(&self, device: DeviceId, number: u64) -> bool {
        let numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        numbers.1.get(&device) == Some(&number)
    }
}

//! When each phone was last met, and what it had written by then, since this server started.

use crate::decide::admin::met::{Sighting, Sightings};
use otor_protocol::ids::DeviceId;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The last sight of each phone. In memory: an exchange without ops writes nothing to the journal, and so a
/// restart forgets; then a phone is told as not known since, never as having nothing.
#[derive(Debug)]
pub struct Presence {
    sightings: Mutex<Sightings>,
    differences: Mutex<BTreeMap<DeviceId, u64>>,
}

impl Presence {
    /// No phone has been met, `now_ms` being milliseconds since the Unix epoch.
    pub fn since(now_ms: i64) -> Self {
        let sightings = Sightings {
            since_ms: now_ms,
            ..Sightings::default()
        };
        Presence {
            sightings: Mutex::new(sightings),
            differences: Mutex::default(),
        }
    }

    /// Notes what a phone said of itself.
    pub fn note(&self, device: DeviceId, sighting: Sighting) {
        self.lock().met.insert(device, sighting);
    }

    /// The last sight of a phone, if it was met.
    pub fn last(&self, device: DeviceId) -> Option<Sighting> {
        self.lock().met.get(&device).cloned()
    }

    /// Notes in how many scopes and lanes a phone found that it differs from the server.
    pub fn note_differences(&self, device: DeviceId, found: u64) {
        if found > 0 {
            *self.differences().entry(device).or_default() += found;
        }
    }

    /// How often a phone found that it differs from the server.
    pub fn differences_of(&self, device: DeviceId) -> u64 {
        self.differences().get(&device).copied().unwrap_or(0)
    }

    fn differences(&self) -> MutexGuard<'_, BTreeMap<DeviceId, u64>> {
        self.differences.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The last sight of every phone.
    pub fn sightings(&self) -> Sightings {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Sightings> {
        // One insertion at a time: nothing is ever half done.
        self.sightings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! The keys of phones' exchanges: each takes a key agreement to find, which costs more than all else in an exchange
//! with nothing new. Kept in memory only.

use crate::state::cell::DeviceCell;
use otor_protocol::ids::DeviceId;
use otor_protocol::keys::{DeviceKey, PublicKeys, Secret};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Most keys that are kept: some tens of MiB.
const KEPT_MAX: usize = 200_000;

/// Keys that were found before.
#[derive(Default)]
pub struct Keyring(Mutex<BTreeMap<DeviceId, (PublicKeys, DeviceKey)>>);

impl Keyring {
    /// The key of a phone's exchanges with the holder of `server`.
    pub fn key(&self, server: &Secret, device: &DeviceCell) -> DeviceKey {
        // One insertion at a time: nothing is ever half done.
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((keys, key)) = kept().get(&device.id)
            && *keys == device.keys
        {
            return key.clone();
        }
        let key = server.device_key(&device.keys, &device.keys);
        let mut kept = kept();
        if kept.len() >= KEPT_MAX {
            // As good as any other way to forget: they are found again.
            kept.clear();
        }
        kept.insert(device.id, (device.keys, key.clone()));
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use otor_protocol::ids::{ActorId, PersonId};

    fn device(keys: PublicKeys) -> DeviceCell {
        DeviceCell {
            id: DeviceId(1),
            owner: PersonId(2),
            actors: [ActorId(4), ActorId(5), ActorId(6)],
            keys,
            enrolled_ms: 0,
            revoked_ms: None,
            copies: Vec::new(),
        }
    }

    #[test]
    fn a_key_is_the_one_that_would_be_found_anew_also_when_the_number_gets_other_keys() {
        let (server, keyring) = (Secret::new([1; 32]), Keyring::default());
        for seed in [2, 2, 3, 2] {
            let keys = Secret::new([seed; 32]).public();
            let found = keyring.key(&server, &device(keys));
            assert_eq!(
                found.hello_mac(b"hello"),
                server.device_key(&keys, &keys).hello_mac(b"hello")
            );
        }
    }
}

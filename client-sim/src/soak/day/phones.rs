//! What befalls phones on a day.

use super::Day;
use crate::soak::plan::Fault;
use crate::trace::{Clock, DeviceAct, LinkChange, StorageFault, What};
use rand::RngExt;

/// Links a phone may come to have; those of a phone that moves about.
const LINKS: [&str; 9] = [
    "lte_ok",
    "lte_edge",
    "lte_flap",
    "hilltop",
    "umts_rural",
    "edge_lossy",
    "gprs_rural",
    "cut3",
    "geo_sat",
];
/// How far clocks jump: 46 days.
const JUMP_MS: i64 = 4_000_000_000;
/// How many steps a phone is in the dark at most.
const DARK_STEPS: usize = 120;

impl Day {
    pub(super) fn befall_phone(&mut self, fault: Fault) {
        let act = match fault {
            Fault::Link => DeviceAct::Link(LinkChange::Profile(self.one_of(&LINKS).into())),
            Fault::Dark => return self.go_dark(),
            Fault::Crash => DeviceAct::Crash,
            Fault::Restart => DeviceAct::Restart,
            Fault::Reboot => DeviceAct::Reboot,
            Fault::Clock => {
                let near = self.rng.random_bool(0.5);
                let most = if near { 600_000 } else { JUMP_MS };
                DeviceAct::Clock(Clock {
                    offset_ms: self.rng.random_range(-most..most),
                })
            }
            Fault::Storage => {
                let nth = self.rng.random_range(1..20);
                DeviceAct::Storage(if self.rng.random_bool(0.5) {
                    StorageFault::WriteFails(nth)
                } else {
                    StorageFault::SyncFails(nth)
                })
            }
            Fault::Damage => DeviceAct::Storage(StorageFault::Damaged(self.rng.random_range(0..10))),
            Fault::PhoneBackup => return self.phone_backup(),
            Fault::Clone => return self.clone_phone(),
            _ => return,
        };
        self.on_phone(act);
    }

    fn go_dark(&mut self) {
        let device = self.phone().name;
        let link = |change| What::Device {
            device: device.clone(),
            act: DeviceAct::Link(change),
        };
        let (down, up) = (link(LinkChange::Down), link(LinkChange::Up));
        self.try_to(down);
        self.some_time_later(DARK_STEPS, up);
    }

    /// A phone is backed up, or comes back from a backup without what it wrote since.
    fn phone_backup(&mut self) {
        if self.backups.is_empty() || self.rng.random_bool(0.4) {
            let device = self.phone().name;
            let name = format!("s{}", self.backups.len());
            self.backups.push((device.clone(), name.clone()));
            let act = DeviceAct::Snapshot(name);
            return self.try_to(What::Device { device, act });
        }
        let backups = self.backups.clone();
        let (device, name) = self.one_of(&backups);
        let act = DeviceAct::Restore(name);
        self.try_to(What::Device { device, act });
    }

    fn clone_phone(&mut self) {
        let original = self.phone();
        let device = format!("c{}", self.steps.len());
        let act = DeviceAct::Clone(original.name.clone());
        self.try_to(What::Device {
            device: device.clone(),
            act,
        });
        self.phones.push(super::PhoneOfDay {
            name: device,
            ..original
        });
    }
}

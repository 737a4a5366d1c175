//! What befalls phones on a day.

use super::Day;
use crate::soak::plan::Fault;
use crate::trace::{Clock, DeviceAct, LinkChange, StorageFault, Sync, What};
use rand::RngExt;

/// Links a phone may come to have; those of a phone that moves about.
const LINKS: [&str; 12] = [
    "lte_ok",
    "lte_edge",
    "lte_flap",
    "hilltop",
    "umts_rural",
    "edge_lossy",
    "gprs_rural",
    "cut3",
    "geo_sat",
    "drive_1",
    "drive_2",
    "drive_3",
];
/// How far clocks jump: 46 days.
const JUMP_MS: i64 = 4_000_000_000;
/// How many steps a phone is in the dark at most.
const DARK_STEPS: usize = 120;

impl Day {
    pub(super) fn befall_phone(&mut self, fault: Fault) {
        let act = match fault {
            Fault::Link => return self.other_link(),
            Fault::Dark => return self.go_dark(),
            Fault::Crash => return self.crash(),
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

    /// A phone gets another link, and often tries it at once. One that flaps comes often: it leaves connections half open.
    fn other_link(&mut self) {
        let device = self.phone().name;
        let flaps = self.rng.random_bool(0.25);
        let link = if flaps { "lte_flap" } else { self.one_of(&LINKS) };
        self.on(&device, DeviceAct::Link(LinkChange::Profile(link.into())));
        if flaps || self.rng.random_bool(0.3) {
            self.try_sync(&device);
        }
    }

    /// A phone's process dies, often in the middle of a reply over a slow link.
    fn crash(&mut self) {
        let device = self.phone().name;
        if self.rng.random_bool(0.4) {
            let slow = self.one_of(&["gprs_rural", "edge_lossy", "umts_rural"]);
            self.on(&device, DeviceAct::Link(LinkChange::Profile(slow.into())));
            self.try_sync(&device);
            self.at_ms += self.rng.random_range(500..8_000);
        }
        self.on(&device, DeviceAct::Crash);
    }

    pub(super) fn on(&mut self, device: &str, act: DeviceAct) {
        let device = device.to_owned();
        self.try_to(What::Device { device, act });
    }

    fn try_sync(&mut self, device: &str) {
        let sync = Sync {
            until_done: true,
            ..Sync::default()
        };
        self.on(device, DeviceAct::Sync(sync));
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

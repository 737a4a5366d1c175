//! Phones that are cloned, and phones and a server that come back from backups, on a random day.

use super::day::{Day, PHONES};
use otor_sim::trace::{DeviceAct, ServerAct, What};
use rand::RngExt;

/// Phones that may come to be as copies of others.
const CLONES: usize = 2;

impl Day {
    /// A phone is backed up, comes back from a backup, or is copied, with whatever it has not sent.
    pub(super) fn copies(&mut self) {
        let phone = self.rng.random_range(0..self.phones.len());
        let device = format!("d{phone}");
        match self.rng.random_range(0..3) {
            0 => {
                let name = format!("s{}", self.backups.len());
                self.backups.push((phone, name.clone()));
                let act = DeviceAct::Snapshot(name);
                self.push(What::Device { device, act });
            }
            1 if !self.backups.is_empty() => {
                let (phone, name) = self.backups[self.rng.random_range(0..self.backups.len())].clone();
                let act = DeviceAct::Restore(name);
                let device = format!("d{phone}");
                self.push(What::Device { device, act });
            }
            _ if self.phones.len() < PHONES + CLONES => {
                let clone = format!("d{}", self.phones.len());
                self.phones.push(self.phones[phone]);
                let act = DeviceAct::Clone(device);
                self.push(What::Device { device: clone, act });
            }
            _ => {}
        }
    }

    /// The server is backed up, or comes back from its backup, with or without its operator saying so.
    pub(super) fn backups_of_the_server(&mut self) {
        let act = match self.rng.random_range(0..4) {
            _ if !self.backed_up => ServerAct::Backup,
            0 => ServerAct::Backup,
            1 | 2 => ServerAct::Restore,
            _ => ServerAct::RestoreUntold,
        };
        if act == ServerAct::Backup && !self.server_up {
            return;
        }
        self.backed_up = true;
        self.server_up |= act != ServerAct::Backup;
        self.push(What::Server(act));
    }
}

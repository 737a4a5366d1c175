//! What a power cut leaves of a simulated disk.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use super::CrashMode;
use super::files::{Files, Inode};

/// Unit in which unsynced bytes reach the medium out of order.
const BLOCK_LEN: usize = 512;

impl Files {
    /// Cuts the power and starts the machine again.
    pub(super) fn crash(&mut self, mode: CrashMode, seed: u64) {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        self.crash_names(mode, &mut random);
        for inode in &mut self.inodes {
            inode.crash(mode, &mut random);
        }
        self.reboot();
    }

    fn crash_names(&mut self, mode: CrashMode, random: &mut Xoshiro256PlusPlus) {
        let mut names = self.durable_names.clone();
        let changes = std::mem::take(&mut self.changes);
        let kept_in_order = random.random_range(0..=changes.len());
        for (index, change) in changes.iter().enumerate() {
            let kept = match mode {
                CrashMode::LoseUnsynced => false,
                CrashMode::Torn => index < kept_in_order,
                CrashMode::Reordered => random.random_bool(0.5),
            };
            if kept {
                change.apply(&mut names);
            }
        }
        self.names = names;
    }
}

impl Inode {
    fn crash(&mut self, mode: CrashMode, random: &mut Xoshiro256PlusPlus) {
        let zeros = self.content.split_off(self.content.len() - self.reserved);
        let unsynced = self.content.split_off(self.agree.min(self.content.len()));
        let kept = match mode {
            CrashMode::LoseUnsynced => 0,
            CrashMode::Torn | CrashMode::Reordered => random.random_range(0..=unsynced.len()),
        };
        if kept == 0 {
            // A truncation whose sync failed may be undone as well.
            self.content = self.durable.clone();
            self.agree = self.content.len();
            return;
        }
        let from = self.content.len();
        self.content.extend_from_slice(&unsynced[..kept]);
        if mode == CrashMode::Reordered {
            self.content[from..].chunks_mut(BLOCK_LEN).for_each(|block| {
                if random.random_bool(0.3) {
                    block.fill(0);
                }
            });
        }
        // Zeros laid ahead that were durable are where they were; of others some.
        if !zeros.is_empty() {
            let some = random.random_range(0..=zeros.len());
            self.content.resize(self.content.len() + some, 0);
        }
        self.content.extend(self.durable.iter().skip(self.content.len()));
    }
}

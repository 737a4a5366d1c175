//! What a seed draws: how large its day is, and which faults befall it how often.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// How much happens on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Phones.
    pub phones: usize,
    /// Ops that phones write or try to.
    pub ops: usize,
    /// Exchanges before everything heals, about: so many syncs are drawn that these come of them.
    pub exchanges: usize,
}

impl Size {
    /// The day by which speed is counted.
    pub const STANDARD: Size = Size {
        phones: 20,
        ops: 600,
        exchanges: 80,
    };
    /// A small one, of which many can be run without optimisation.
    pub const SMALL: Size = Size {
        phones: 5,
        ops: 90,
        exchanges: 30,
    };
}

/// Something that may befall a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A link of another profile.
    Link,
    /// No link for a while.
    Dark,
    /// A phone's process dies.
    Crash,
    /// A phone's process starts anew.
    Restart,
    /// A phone boots anew.
    Reboot,
    /// A phone's wall clock jumps.
    Clock,
    /// A phone's storage fails once.
    Storage,
    /// A phone is backed up, or comes back from a backup.
    PhoneBackup,
    /// A phone is copied.
    Clone,
    /// The server's process dies.
    Kill,
    /// The server's machine loses power.
    PowerCut,
    /// The server dies at a point of its work.
    DieAt,
    /// The server's disk is full or fails.
    Disk,
    /// The table is lost, old or damaged.
    Table,
    /// The server is backed up, or comes back from its backup and its operator says so.
    ServerBackup,
    /// It comes back and nobody says so.
    Untold,
    /// A worker is moved.
    Move,
    /// Areas are split, merged, moved and closed.
    Tree,
    /// A record is filed elsewhere.
    Relocate,
    /// A phone is shut out.
    Revoke,
    /// What a record holds of persons is removed.
    Erase,
    /// A quarantined op is let in.
    Release,
    /// A phone is enrolled in the middle of the day.
    Enrol,
    /// A phone's storage damages unsent work.
    Damage,
    /// The server's clock jumps.
    ServerClock,
    /// The server gets a newer catalogue, with old phones still out.
    Upgrade,
    /// The server acts by rules, or by others.
    Rules,
    /// A muster is called.
    Muster,
    /// A grid or a worker is new.
    Grow,
    /// Accounts are made, act and are closed.
    Account,
    /// A file of another system is brought.
    Import,
    /// The server learns a dictionary.
    Learn,
    /// Accounts pull.
    Pull,
    /// Figures that others gather are supplied.
    Supply,
}

impl Fault {
    /// All of them, each with the most that a standard day has of it.
    pub const ALL: [(Fault, usize); 34] = [
        (Fault::Link, 20),
        (Fault::Dark, 8),
        (Fault::Crash, 12),
        (Fault::Restart, 6),
        (Fault::Reboot, 6),
        (Fault::Clock, 6),
        (Fault::Storage, 8),
        (Fault::PhoneBackup, 8),
        (Fault::Clone, 3),
        (Fault::Kill, 5),
        (Fault::PowerCut, 5),
        (Fault::DieAt, 12),
        (Fault::Disk, 4),
        (Fault::Table, 5),
        (Fault::ServerBackup, 4),
        (Fault::Untold, 3),
        (Fault::Move, 6),
        (Fault::Tree, 8),
        (Fault::Relocate, 6),
        (Fault::Revoke, 2),
        (Fault::Erase, 5),
        (Fault::Release, 8),
        (Fault::Enrol, 2),
        (Fault::Damage, 3),
        (Fault::ServerClock, 3),
        (Fault::Upgrade, 6),
        (Fault::Rules, 3),
        (Fault::Muster, 2),
        (Fault::Grow, 3),
        (Fault::Account, 16),
        (Fault::Import, 4),
        (Fault::Learn, 8),
        (Fault::Pull, 60),
        (Fault::Supply, 6),
    ];
}

/// What befalls the first try of a synchronisation, as shares of all.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SyncFaults {
    /// Cut at a byte.
    pub cut: f64,
    /// The reply is lost.
    pub reply_lost: f64,
    /// The request is late.
    pub late: f64,
    /// The request comes twice.
    pub again: f64,
    /// The phone waits for news.
    pub wait: f64,
}

/// The day of a seed before its steps are drawn.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The seed.
    pub seed: u64,
    /// How much happens.
    pub size: Size,
    /// How often each fault comes; those that do not are left out.
    pub faults: Vec<(Fault, usize)>,
    /// What befalls synchronisations.
    pub sync: SyncFaults,
    /// Whether feeds are trimmed at random.
    pub trims: bool,
    pub(super) rng: ChaCha8Rng,
}

/// Of so many seeds one has no fault at all, and another one has all of them.
const PURE_SEEDS: u64 = 40;
/// How likely a day has a fault.
const FAULT_CHANCE: f64 = 0.35;

impl Plan {
    /// The plan of a seed.
    pub fn of(seed: u64, size: Size) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x50a4);
        let chance = match rng.random_range(0..PURE_SEEDS) {
            0 => 0.0,
            1 => 1.0,
            _ => FAULT_CHANCE,
        };
        let mut faults = Vec::new();
        for (fault, most) in Fault::ALL {
            // A small day has fewer of them, and some.
            let most = (most * size.ops).div_ceil(Size::STANDARD.ops).max(2).min(most);
            let count = rng.random_range(1..=most);
            if rng.random_bool(chance) {
                faults.push((fault, count));
            }
        }
        let mut share = |most: f64| {
            let share = rng.random_range(0.0..most);
            if rng.random_bool(chance) { share } else { 0.0 }
        };
        let sync = SyncFaults {
            cut: share(0.6),
            reply_lost: share(0.3),
            late: share(0.3),
            again: share(0.3),
            wait: share(0.3),
        };
        let trims = rng.random_bool(chance);
        Plan {
            seed,
            size,
            faults,
            sync,
            trims,
            rng,
        }
    }

    /// Whether phones or the server may come back from backups, or phones be copied.
    pub fn has_copies(&self) -> bool {
        let faults = [
            Fault::Clone,
            Fault::PhoneBackup,
            Fault::ServerBackup,
            Fault::Untold,
        ];
        faults.into_iter().any(|fault| self.has(fault))
    }

    /// Whether a fault befalls the day.
    pub fn has(&self, fault: Fault) -> bool {
        self.faults.iter().any(|(one, _)| *one == fault)
    }
}

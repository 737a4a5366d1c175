//! What befalls the server on a day.

use super::Day;
use crate::soak::plan::Fault;
use crate::trace::{DeviceAct, DieAt, DiskFault, Loss, Point, ServerAct, TableFault, What};
use rand::RngExt;

/// How many steps the server is away at most.
const AWAY_STEPS: usize = 25;

impl Day {
    pub(super) fn befall_server(&mut self, fault: Fault) {
        match fault {
            Fault::Kill => self.server(ServerAct::Kill),
            Fault::PowerCut => self.server(ServerAct::PowerCut),
            Fault::DieAt => self.die(),
            Fault::Disk => self.disk(),
            Fault::Table => self.table(),
            Fault::ServerClock => return self.jump(),
            Fault::Upgrade => return self.upgrade(),
            Fault::ServerBackup => self.backup(ServerAct::Restore),
            Fault::Untold => self.backup(ServerAct::RestoreUntold),
            _ => return,
        }
        self.some_time_later(AWAY_STEPS, What::Server(ServerAct::Start));
    }

    pub(super) fn server(&mut self, act: ServerAct) {
        self.try_to(What::Server(act));
    }

    fn die(&mut self) {
        let point = self.one_of(&Point::ALL);
        let time = match point {
            // A start and a checkpoint have a few dozen.
            Point::Any => self.rng.random_range(1..60),
            _ => self.rng.random_range(1..4),
        };
        let power = match self.rng.random_range(0..4) {
            0 => None,
            1 => Some(Loss::All),
            2 => Some(Loss::Torn),
            _ => Some(Loss::Reordered),
        };
        self.server(ServerAct::DieAt(DieAt { point, time, power }));
        // Some come to it only in a checkpoint or a start.
        match self.rng.random_range(0..4) {
            0 => self.server(ServerAct::Checkpoint),
            1 => {
                self.server(ServerAct::Kill);
                self.server(ServerAct::Start);
            }
            _ => {}
        }
    }

    fn disk(&mut self) {
        let (fault, end) = match self.rng.random_range(0..3) {
            0 => (
                DiskFault::FullAfter(self.rng.random_range(0..20_000)),
                Some(DiskFault::Roomy),
            ),
            1 => (DiskFault::ReadsFail, Some(DiskFault::ReadsWork)),
            _ => (DiskFault::SyncsFail(self.rng.random_range(1..4)), None),
        };
        self.server(ServerAct::Disk(fault));
        if let Some(end) = end {
            self.some_time_later(AWAY_STEPS, What::Server(ServerAct::Disk(end)));
        }
        // It stops over it, and is started again until that helps.
        for round in 1..4 {
            self.some_time_later(AWAY_STEPS * round, What::Server(ServerAct::Start));
        }
    }

    /// Its clock jumps by a minute at least, by a day at most, and is set right later.
    fn jump(&mut self) {
        let jump_ms = self.rng.random_range(60_000..86_400_000);
        let ahead = self.rng.random_bool(0.5);
        self.server(ServerAct::Clock(if ahead { jump_ms } else { -jump_ms }));
        self.some_time_later(AWAY_STEPS, What::Server(ServerAct::Clock(0)));
    }

    /// First the server gets the newer catalogue, then phones do, one after the other and not all.
    fn upgrade(&mut self) {
        if !self.upgraded {
            self.upgraded = true;
            return self.server(ServerAct::Catalogue(2));
        }
        self.on_phone(DeviceAct::Catalogue(2));
    }

    fn table(&mut self) {
        let fault = match self.rng.random_range(0..4) {
            _ if !self.table_kept => TableFault::Kept,
            0 => TableFault::Kept,
            1 => TableFault::Empty,
            2 => TableFault::Old,
            _ => TableFault::Damaged,
        };
        self.table_kept = true;
        if fault != TableFault::Kept {
            // So that there is something in it.
            self.server(ServerAct::Checkpoint);
        }
        self.server(ServerAct::Table(fault));
    }

    fn backup(&mut self, restore: ServerAct) {
        let act = if self.backed_up && self.rng.random_bool(0.6) {
            restore
        } else {
            ServerAct::Backup
        };
        self.backed_up = true;
        self.server(act);
    }
}

//! The steps of a trace that happen to the server, in virtual time.

use super::replay::Run;
use crate::in_process::LocalServer;
use crate::trace::{ServerAct, TableFault};

impl Run {
    pub fn server_act(&mut self, act: ServerAct) -> anyhow::Result<()> {
        match act {
            ServerAct::Kill => {
                self.hit_if_running("server.kill");
                self.world.server.kill();
            }
            ServerAct::PowerCut => {
                self.hit_if_running("server.power_cut");
                self.world.server.power_cut();
            }
            ServerAct::Start => {
                let now_ms = self.world.now_ms();
                self.world.server.start(now_ms)?;
            }
            ServerAct::Backup => self.world.server.back_up(),
            ServerAct::Checkpoint => self.world.server.checkpoint()?,
            ServerAct::TrimAtRandom => self.world.server.trim_at_random(),
            ServerAct::DieAt(end) => self.world.server.die_at(end),
            ServerAct::Disk(fault) => self.world.server.befall_disk(fault),
            ServerAct::Sound => self.world.server.heal(),
            ServerAct::Clock(offset_ms) => {
                self.world.server.clock_jumps(offset_ms);
                self.world.coverage.hit("server.clock");
            }
            ServerAct::Catalogue(version) => {
                let now_ms = self.world.now_ms();
                self.world.server.use_catalogue(version, now_ms)?;
                self.world.coverage.hit("server.other_catalogue");
            }
            ServerAct::Table(fault) => {
                self.world.server.befall_table(fault)?;
                self.world.coverage.hit(table_fault(fault));
            }
            ServerAct::Restore => self.restore_server(true)?,
            ServerAct::RestoreUntold => self.restore_server(false)?,
        }
        Ok(())
    }

    fn restore_server(&mut self, told: bool) -> anyhow::Result<()> {
        let now_ms = self.world.now_ms();
        for device in self.world.stations.keys().cloned().collect::<Vec<_>>() {
            self.world.drop_attempt(&device);
        }
        // Whatever becomes of it, what the server showed before is over.
        self.world.watch.server_restored();
        if !told {
            self.world.book.note_restored_untold();
        }
        self.world.server.restore(now_ms, told)?;
        let reader = self.world.server.reader()?;
        self.world.coverage.hit(if told {
            "server.restored"
        } else {
            "server.restored_untold"
        });
        self.written
            .server_restored(|dot, op| LocalServer::holds(&reader, dot, op));
        Ok(())
    }

    fn hit_if_running(&mut self, name: &str) {
        if self.world.server.is_running() {
            self.world.coverage.hit(name);
        }
    }
}

/// What a fault of the table is called in the coverage.
fn table_fault(fault: TableFault) -> &'static str {
    match fault {
        TableFault::Kept => "table.kept",
        TableFault::Empty => "table.empty",
        TableFault::Old => "table.old",
        TableFault::Damaged => "table.damaged",
    }
}

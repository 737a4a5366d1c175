//! A backup of a server's data, and the server that comes back from it.

use super::LocalServer;
use anyhow::Context;
use otor_server::decide::history;
use otor_server::state::read;
use otor_server::store::disk::Fuse;
use otor_server::store::table::MemoryTables;

impl LocalServer {
    /// Takes a backup of its data, in place of an earlier one.
    pub fn back_up(&mut self) {
        self.backup = Some(self.disk.duplicate(Fuse::default()));
    }

    /// Comes back from the backup at server time `now_ms`. Its operator says so if `told`.
    ///
    /// # Errors
    /// If there is no backup, or its data does not open.
    pub fn restore(&mut self, now_ms: i64, told: bool) -> anyhow::Result<()> {
        let backup = self.backup.as_ref().context("there is no backup")?;
        self.running = None;
        self.disk = backup.duplicate(Fuse::default());
        self.disk.kill();
        // The table is no part of a backup: it is folded again.
        self.tables = MemoryTables::new(Fuse::default());
        self.start(now_ms)?;
        if told {
            let former = read::server(&self.reader()?.snapshot())?.incarnation;
            self.begin_anew(former, now_ms)?;
        }
        let erasures = self.erasures.clone();
        self.decide(now_ms, move |desk| history::erase_again(desk, &erasures))?;
        Ok(())
    }
}

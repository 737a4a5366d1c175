//! A backup of a server's data, and the server that comes back from it.

use super::LocalServer;
use anyhow::Context;
use otor_protocol::ids::RecordId;
use otor_server::decide::history;
use otor_server::state::cell::RecordCell;
use otor_server::state::{key, read};
use otor_server::store::disk::Fuse;
use otor_server::store::table::MemoryTables;
use std::collections::BTreeSet;

impl LocalServer {
    /// Takes a backup of its data, in place of an earlier one. The last commit that it has for certain: one that does not
    /// run may have more than it ever showed.
    pub fn back_up(&mut self) -> u64 {
        self.backup = Some(self.disk.duplicate(Fuse::default()));
        self.reader().map_or(0, |reader| reader.published())
    }

    /// Comes back from the backup at server time `now_ms`. Its operator says so if `told`.
    ///
    /// # Errors
    /// If there is no backup, or its data does not open.
    pub fn restore(&mut self, now_ms: i64, told: bool) -> anyhow::Result<()> {
        let backup = self.backup.as_ref().context("there is no backup")?;
        self.running = None;
        self.disk = backup.duplicate(self.watch.fuse().clone());
        self.disk.kill();
        // The table is no part of a backup: it is folded again.
        self.tables = MemoryTables::new(self.watch.fuse().clone());
        self.watch.nothing_spoilt();
        // Nobody keeps a table for long: one of the history that is lost would not be of this data.
        self.kept_table = None;
        // The machine it comes back on is another one.
        self.heal();
        self.start(now_ms)?;
        let former = read::server(&self.reader()?.snapshot())?.incarnation;
        if told {
            self.begin_anew(former, now_ms)?;
        } else {
            self.used_again.insert(former);
        }
        let erasures = self.erasures.clone();
        self.decide(now_ms, move |desk| history::erase_again(desk, &erasures))?;
        Ok(())
    }

    /// The records it has.
    ///
    /// # Errors
    /// If it does not run, or cannot read.
    pub fn records(&self) -> anyhow::Result<BTreeSet<RecordId>> {
        let cells = read::under::<RecordCell>(&self.reader()?.snapshot(), &key::records())?;
        let ids = cells.iter().map(|(_, cell)| Ok(cell.record()?.id));
        ids.collect()
    }

    /// Keeps what is erased in a record apart from the data, so that it outlives the restoring of a backup.
    ///
    /// # Errors
    /// If it does not run, or cannot read.
    pub(super) fn keep_erasure(&mut self, id: RecordId) -> anyhow::Result<()> {
        let reader = self.reader()?;
        let view = reader.snapshot();
        // It may have been named by the number that a copied phone had first given it.
        for id in std::iter::once(id).chain(read::renumbered(&view, id)?) {
            if let Some(cell) = read::record(&view, id)? {
                self.erasures
                    .push((id, cell.record()?.erased.into_iter().collect()));
            }
        }
        Ok(())
    }
}

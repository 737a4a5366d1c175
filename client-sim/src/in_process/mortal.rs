//! What ends the server in this process: faults of its disk and its table, and points of its work at which it dies.

use super::LocalServer;
use crate::trace::{DieAt, DiskFault, Loss, Point, TableFault};
use anyhow::Context;
use otor_protocol::ids::DeviceId;
use otor_server::state::key;
use otor_server::store::disk::CrashMode;
use otor_server::store::engine::{alter_table_row, table_rows};
use rand::RngExt;
use std::collections::BTreeMap;

/// The request or the act cannot be had: the server does not run, or is not the one it began with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Gone {
    /// It does not run.
    #[error("the server is not running")]
    Down,
    /// It was started anew since.
    #[error("the server is another one now")]
    Another,
    /// Its clock is wrong, and it takes nothing until it is right.
    #[error("the server's clock is wrong")]
    Clock,
}

/// What may stop a server without anything being wrong with it, and what did.
#[derive(Debug, Default)]
pub(super) struct Troubles {
    /// With the power, when it dies at a point.
    power: Option<Loss>,
    /// The disk is or was full or failing since the last start that went well.
    disk: bool,
    /// The table has been altered behind its back.
    pub(super) table: bool,
    /// How often each fault of the disk stopped it.
    stopped: BTreeMap<&'static str, u64>,
    /// Ends that nothing explains.
    unexplained: Vec<String>,
}

impl LocalServer {
    /// From now on it dies when it comes to a point of its work.
    pub fn die_at(&mut self, end: DieAt) {
        self.troubles.power = end.power;
        self.watch.arm(end.point, end.time);
    }

    /// Something befalls its disk.
    pub fn befall_disk(&mut self, fault: DiskFault) {
        self.troubles.disk = true;
        match fault {
            DiskFault::FullAfter(bytes) => self.disk.set_free_bytes(Some(bytes)),
            DiskFault::Roomy => self.disk.set_free_bytes(None),
            DiskFault::ReadsFail => {
                self.disk.set_failing_reads(true);
                self.watch.fail_reads(true);
            }
            DiskFault::ReadsWork => {
                self.disk.set_failing_reads(false);
                self.watch.fail_reads(false);
            }
            DiskFault::SyncsFail(count) => self.disk.fail_syncs(count),
        }
    }

    /// The disk is sound and has room, and nothing is armed any more.
    pub fn heal(&mut self) {
        self.watch.disarm();
        self.watch.fail_reads(false);
        self.disk.set_free_bytes(None);
        self.disk.set_failing_reads(false);
        self.disk.fail_syncs(0);
        self.clock_jumps(0);
    }

    /// Something befalls its table.
    ///
    /// # Errors
    /// If it is to be as it was and was never noted.
    pub fn befall_table(&mut self, fault: TableFault) -> anyhow::Result<()> {
        if fault == TableFault::Kept {
            self.kept_table = Some(self.tables.content());
            return Ok(());
        }
        self.kill();
        self.troubles.table = true;
        match fault {
            TableFault::Kept => {}
            TableFault::Empty => self.tables.put_back(BTreeMap::new()),
            TableFault::Old => {
                let kept = self.kept_table.clone().context("the table was never noted")?;
                self.tables.put_back(kept);
            }
            TableFault::Damaged => self.damage_table(),
        }
        Ok(())
    }

    /// Alters what it holds of some records, or makes one of its rows unreadable.
    fn damage_table(&mut self) {
        let rows = self.tables.content();
        if rows.is_empty() {
            return;
        }
        if self.rng.random_bool(0.5) {
            let place = self.rng.random_range(0..rows.len());
            if let Some(key) = rows.into_keys().nth(place) {
                self.watch.spoil(key);
            }
            return;
        }
        // Records are checked against their sums. A table that cannot be read is damaged enough.
        let Ok(mut rows) = table_rows(&self.tables, &key::records()) else {
            return;
        };
        for _ in 0..3.min(rows.len()) {
            let (key, mut value) = rows.swap_remove(self.rng.random_range(0..rows.len()));
            if !value.is_empty() {
                let byte = self.rng.random_range(0..value.len());
                value[byte] ^= self.rng.random_range(1..=u8::MAX);
            }
            if alter_table_row(&self.tables, &key, Some(value)).is_err() {
                return;
            }
        }
    }

    /// Sees to what has ended it: the machine stopped at a point, or its commit path stopped over an error.
    pub(super) fn see_to_end(&mut self, error: Option<String>) {
        if self.watch.take_fired().is_some() {
            match self.troubles.power.take() {
                None => self.kill(),
                Some(loss) => self.lose_power(match loss {
                    Loss::All => CrashMode::LoseUnsynced,
                    Loss::Torn => CrashMode::Torn,
                    Loss::Reordered => CrashMode::Reordered,
                }),
            }
            return;
        }
        let stopped = self.running.as_ref().and_then(|running| running.path.stopped());
        let Some(why) = error.or_else(|| stopped.map(|why| why.to_string())) else {
            return;
        };
        self.note_stop(&why);
        self.kill();
    }

    fn note_stop(&mut self, why: &str) {
        let cause = if why.contains("the disk is full") {
            "disk_full"
        } else if why.contains("cannot sync") {
            "sync_failed"
        } else if why.contains("cannot read") {
            "read_failed"
        } else if why.contains("damaged") {
            "table_damaged"
        } else {
            "other"
        };
        let explained = match cause {
            "table_damaged" => self.troubles.table,
            "other" => false,
            _ => self.troubles.disk,
        };
        *self.troubles.stopped.entry(cause).or_default() += 1;
        if !explained {
            self.troubles
                .unexplained
                .push(format!("the server stopped: {why}"));
        }
    }

    /// Notes a request that failed though nothing explains it.
    pub(super) fn note_failed(&mut self, error: &anyhow::Error) {
        let explained = self.troubles.table || self.troubles.disk;
        if self.running.is_none() || error.downcast_ref::<Gone>().is_some() || explained {
            return;
        }
        self.troubles
            .unexplained
            .push(format!("a request failed: {error:#}"));
    }

    /// Notes that a phone was brought news of which it would not have been told, had it waited for some.
    pub(super) fn note_unwoken(&mut self, device: DeviceId) {
        let line = format!("phone {} would have waited in vain for what is there", device.0);
        self.troubles.unexplained.push(line);
    }

    /// Ends and failures so far that nothing explains, a line each.
    pub fn unexplained(&self) -> &[String] {
        &self.troubles.unexplained
    }

    /// How often it died at each point of its work.
    pub fn deaths(&self) -> BTreeMap<Point, u64> {
        self.watch.deaths()
    }

    /// How often it stopped over each kind of error.
    pub fn stops(&self) -> &BTreeMap<&'static str, u64> {
        &self.troubles.stopped
    }
}

//! The steps of a trace that happen to the server, in virtual time.

use super::replay::Run;
use crate::in_process::{LocalServer, taught_by};
use crate::trace::{ServerAct, TableFault};
use anyhow::Context;
use otor_protocol::wire::SHIPPED_DICTIONARY;
use std::sync::OnceLock;

/// Of whom a dictionary is learned: so many workers, in so many grids. A day has too few for anything to count as
/// common: these are made up.
const WORKERS_ALIKE: u32 = 60;
const GRIDS_ALIKE: u32 = 12;
/// So many texts have nothing in common, each of so many characters.
const TOPICS_APART: usize = 8;
const TOPIC_CHARS: u32 = 0x400;

/// What is learned of each: making it takes far longer than a small day.
static LEARNED: [OnceLock<Option<Vec<u8>>>; TOPICS_APART] = [const { OnceLock::new() }; TOPICS_APART];

/// The dictionary of a topic; none if too little is common.
fn content_of(topic: u32) -> anyhow::Result<Option<Vec<u8>>> {
    let topic = topic as usize % TOPICS_APART;
    // Without numbers, which are nobody else's business.
    let first = 0x5000 + topic as u32 * TOPIC_CHARS;
    let text: String = (first..first + TOPIC_CHARS).filter_map(char::from_u32).collect();
    let texts = (0..WORKERS_ALIKE).map(|worker| {
        let grid = format!("150821100300{:03}", worker % GRIDS_ALIKE + 1);
        Ok((worker, grid.parse()?, text.clone()))
    });
    let texts = texts.collect::<anyhow::Result<Vec<_>>>()?;
    Ok(LEARNED[topic].get_or_init(|| taught_by(texts)).clone())
}

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
            ServerAct::Backup => {
                let commit = self.world.server.back_up();
                self.office.backed_up();
                self.pulls.backed_up(commit);
            }
            ServerAct::Learn(topic) => self.learn(topic)?,
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
            let backed_up = self.pulls.last_backup();
            let mut read = self.world.watch.read_beyond(backed_up);
            for (device, commit) in self.world.late_reads().filter(|(_, commit)| *commit > backed_up) {
                let through = read.entry(device).or_default();
                *through = commit.max(*through);
            }
            self.world.book.note_restored_untold(backed_up, read);
            self.pulls.restored_untold();
        }
        let restored = self.world.server.restore(now_ms, told);
        if !told {
            // If it cannot be told what it has, nothing of it can be asked for.
            let records = self.world.server.records().unwrap_or_default();
            self.world.note_absent(&records);
            self.world.watch.restored_untold(&records);
        }
        restored?;
        let reader = self.world.server.reader()?;
        self.office.restored();
        self.world.coverage.hit(if told {
            "server.restored"
        } else {
            "server.restored_untold"
        });
        self.written
            .server_restored(|dot, op| LocalServer::holds(&reader, dot, op));
        Ok(())
    }

    fn learn(&mut self, topic: u32) -> anyhow::Result<()> {
        let now_ms = self.world.now_ms();
        let before = self.world.server.dictionary()?.map(|(number, _)| number);
        let content = content_of(topic)?.context("too little is common")?;
        let newest = self.world.server.teach(now_ms, content)?;
        let name = match before == Some(newest) {
            true => "dictionary.unchanged",
            false => "dictionary.learned",
        };
        self.world.coverage.hit(name);
        Ok(())
    }

    /// Phones that pack with what the server learned.
    pub(super) fn count_dictionaries(&mut self) {
        let numbers = self.world.stations.values().filter_map(|station| {
            let dictionary = station.phone.replica()?.dictionary()?;
            Some(dictionary.number())
        });
        let learned = numbers.filter(|number| *number != SHIPPED_DICTIONARY).count();
        self.world.coverage.add("dictionary.fetched", learned as u64);
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

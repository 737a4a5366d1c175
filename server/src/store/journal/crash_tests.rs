//! Any sequence of appends, syncs and crashes keeps every synced entry.

use std::sync::Arc;

use proptest::prelude::*;

use super::{DatabaseId, Entry, Journal, inspect};
use crate::store::disk::{CrashMode, Disk, Side, SimulatedDisk};

#[derive(Debug, Clone)]
enum Step {
    Append(Vec<usize>),
    Sync,
    Kill,
    Crash(CrashMode, u64),
    /// Blows the fuse at this many operations from now, with a crash to follow.
    Arm(u64, Side),
    FailSync,
}

fn mode() -> impl Strategy<Value = CrashMode> {
    prop_oneof![
        Just(CrashMode::LoseUnsynced),
        Just(CrashMode::Torn),
        Just(CrashMode::Reordered)
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let side = prop_oneof![Just(Side::Before), Just(Side::After)];
    prop_oneof![
        5 => prop::collection::vec(0usize..900, 0..5).prop_map(Step::Append),
        4 => Just(Step::Sync),
        1 => Just(Step::Kill),
        2 => (mode(), any::<u64>()).prop_map(|(mode, seed)| Step::Crash(mode, seed)),
        1 => (0u64..12, side).prop_map(|(operations, side)| Step::Arm(operations, side)),
        1 => Just(Step::FailSync),
    ]
}

struct Model {
    simulated: SimulatedDisk,
    disk: Arc<dyn Disk>,
    journal: Option<Journal>,
    /// What was given to the journal, by number, so far as it may still be there.
    appended: Vec<Vec<u8>>,
    synced: u64,
    salt: u64,
}

impl Model {
    fn new() -> Self {
        let simulated = SimulatedDisk::default();
        let disk = Arc::new(simulated.clone());
        let mut model = Self {
            simulated,
            disk,
            journal: None,
            appended: Vec::new(),
            synced: 0,
            salt: 0,
        };
        model.reopen();
        model
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Append(lens) => self.append(lens),
            Step::Sync => self.sync(),
            Step::Kill => {
                self.journal = None;
                self.simulated.kill();
                self.reopen();
            }
            Step::Crash(mode, seed) => {
                self.journal = None;
                self.simulated.crash(*mode, *seed);
                self.reopen();
            }
            Step::Arm(operations, side) => {
                let fuse = self.simulated.fuse();
                fuse.arm(fuse.operations() + operations, *side);
            }
            Step::FailSync => self.simulated.fail_syncs(1),
        }
    }

    fn append(&mut self, lens: &[usize]) {
        let Some(journal) = &mut self.journal else { return };
        self.salt += 1;
        let payloads: Vec<Vec<u8>> = lens
            .iter()
            .enumerate()
            .map(|(at, len)| vec![(self.salt as usize + at) as u8; *len])
            .collect();
        let first = journal.last() + 1;
        // A failed append may have left entries all the same.
        self.appended.truncate(journal.last() as usize);
        self.appended.extend(payloads.iter().cloned());
        match journal.append(&payloads) {
            Ok(number) => assert_eq!(number, first),
            Err(_) => self.journal = None,
        }
        if let Some(journal) = &self.journal {
            self.synced = self.synced.max(journal.durable());
        }
    }

    fn sync(&mut self) {
        let Some(journal) = &mut self.journal else { return };
        match journal.sync() {
            Ok(durable) => self.synced = durable,
            Err(_) => self.journal = None,
        }
    }

    /// Opens it, crashing on until it succeeds; then everything synced must be there, and nothing else but a
    /// beginning of what was appended.
    fn reopen(&mut self) {
        self.simulated.fail_syncs(0);
        let journal = loop {
            let opened = inspect(&*self.disk)
                .and_then(|found| Journal::open(self.disk.clone(), found, DatabaseId([1; 16]), 1_000));
            match opened {
                Ok(journal) => break journal,
                Err(error) if self.simulated.fuse().is_blown() => {
                    self.salt += 1;
                    self.simulated.crash(CrashMode::Reordered, self.salt);
                    drop(error);
                }
                Err(error) => panic!("{error}"),
            }
        };
        let fuse = self.simulated.fuse().clone();
        fuse.restore();
        assert!(
            journal.last() >= self.synced,
            "lost: {} of {}",
            journal.last(),
            self.synced
        );
        let entries: Vec<Entry> = journal.read_from(1).unwrap().map(Result::unwrap).collect();
        assert_eq!(entries.len() as u64, journal.last());
        for (index, entry) in entries.iter().enumerate() {
            assert_eq!(entry.number, index as u64 + 1);
            assert!(
                entry.payload == self.appended[index],
                "entry {} was altered",
                entry.number
            );
        }
        self.appended.truncate(entries.len());
        self.synced = journal.last();
        self.journal = Some(journal);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_synced_entry_survives_any_crash_and_the_rest_is_a_prefix(
        steps in prop::collection::vec(step(), 1..60),
        last in (mode(), any::<u64>()),
    ) {
        let mut model = Model::new();
        for step in &steps {
            model.step(step);
        }
        model.step(&Step::Crash(last.0, last.1));
    }
}

//! A crash before and after every single operation of the disk and the table, of every kind.

use super::super::{Engine, EngineError, View, key_after_prefix};
use super::ledger::{LEDGER, Ledger, Machine, dump, folded, folded_by, some_entries};
use crate::store::disk::{CrashMode, Disk, Side};

const SIDES: [Side; 2] = [Side::Before, Side::After];

/// How the machine comes back.
#[derive(Debug, Clone, Copy)]
enum Fall {
    Kill,
    Cut(CrashMode),
}

const FALLS: [Fall; 4] = [
    Fall::Kill,
    Fall::Cut(CrashMode::LoseUnsynced),
    Fall::Cut(CrashMode::Torn),
    Fall::Cut(CrashMode::Reordered),
];

impl Machine {
    fn fall(&self, fall: Fall, seed: u64) {
        match fall {
            Fall::Kill => self.kill(),
            Fall::Cut(mode) => self.crash(mode, seed),
        }
    }
}

/// What was told to the outside before the crash.
#[derive(Debug, Default, Clone, Copy)]
struct Told {
    /// Entries given to the journal, so that at most these may be there.
    staged: usize,
    /// Entries acknowledged, so that at least these must be there.
    persisted: usize,
}

/// Opens, and commits what is still missing of the entries, with checkpoints in between; until done or crashed.
fn run(machine: &Machine, entries: &[Vec<u8>], told: &mut Told) -> Result<(), EngineError> {
    let (mut engine, report) = machine.open()?;
    check(&engine, machine.fold, entries, told)?;
    told.persisted = report.commit as usize;
    told.staged = told.persisted;
    let mut group = 0;
    while told.persisted < entries.len() {
        let end = (told.persisted + 1 + group % 3).min(entries.len());
        for entry in &entries[told.persisted..end] {
            engine.stage(entry.clone())?;
        }
        told.staged = end;
        told.persisted = engine.persist()? as usize;
        assert_eq!(told.persisted, end);
        group += 1;
        if group % 3 == 0 {
            engine.checkpoint()?;
        }
    }
    Ok(())
}

/// Everything acknowledged is there once, and the state is that of a fold from scratch, byte for byte.
fn check(engine: &Engine, fold: Ledger, entries: &[Vec<u8>], told: &Told) -> Result<(), EngineError> {
    let commit = engine.published() as usize;
    assert!(
        commit >= told.persisted,
        "acknowledged {}, found {commit}",
        told.persisted
    );
    assert!(
        commit <= told.staged.max(told.persisted),
        "found {commit} of {} staged",
        told.staged
    );
    let state = engine
        .reader()
        .snapshot()
        .range(&[], &key_after_prefix(&[]), usize::MAX)?;
    assert!(
        state.into_iter().eq(folded_by(fold, &entries[..commit])),
        "state at {commit}"
    );
    Ok(())
}

/// Opens, with a crash at this operation if it comes so far, then again without.
fn reopen_through_a_crash(
    machine: &Machine,
    at: u64,
    side: Side,
    fall: Fall,
    entries: &[Vec<u8>],
    told: &Told,
) {
    machine.fuse.arm(at, side);
    match machine.open() {
        Ok((engine, _)) => {
            machine.fuse.restore();
            check(&engine, machine.fold, entries, told).unwrap();
        }
        Err(error) => assert!(machine.fuse.is_blown(), "{error}"),
    }
    machine.fall(fall, at * 31 + 7);
    let (engine, _) = machine
        .open()
        .unwrap_or_else(|error| panic!("after {at} {side:?} {fall:?}: {error}"));
    check(&engine, machine.fold, entries, told).unwrap();
}

fn verified(machine: &Machine, context: &dyn std::fmt::Debug) {
    let report = machine.verify().unwrap();
    assert!(report.is_sound(), "{context:?}: {report:?}");
}

#[test]
fn every_persisted_entry_is_there_once_after_a_crash_at_any_operation() {
    let entries = some_entries(16);
    let machine = Machine::new();
    run(&machine, &entries, &mut Told::default()).unwrap();
    let operations = machine.fuse.operations();
    assert!(operations > 100, "{operations}");
    for at in 0..operations {
        for (side, fall) in SIDES.into_iter().flat_map(|side| FALLS.map(|fall| (side, fall))) {
            let machine = Machine::new();
            let mut told = Told::default();
            machine.fuse.arm(at, side);
            let crashed = run(&machine, &entries, &mut told);
            assert!(
                crashed.is_err() || (side, at) == (Side::After, operations - 1),
                "{at} {side:?}"
            );
            machine.fall(fall, at);
            run(&machine, &entries, &mut told)
                .unwrap_or_else(|error| panic!("{at} {side:?} {fall:?}: {error}"));
            verified(&machine, &(at, side, fall));
            machine.fall(fall, at + 1);
            let (engine, _) = machine.open().unwrap();
            check(&engine, machine.fold, &entries, &told).unwrap();
            assert_eq!(
                machine.tables.set_aside_count(),
                0,
                "{at} {side:?} {fall:?}: no crash damages the table"
            );
        }
    }
}

#[test]
fn a_second_crash_while_opening_or_after_it_loses_nothing_either() {
    let entries = some_entries(8);
    let machine = Machine::new();
    run(&machine, &entries, &mut Told::default()).unwrap();
    let operations = machine.fuse.operations();
    for (first, second) in (0..operations).flat_map(|first| (0..80).map(move |second| (first, second))) {
        let side = SIDES[(first + second) as usize % 2];
        let machine = Machine::new();
        let mut told = Told::default();
        machine.fuse.arm(first, Side::After);
        let _ = run(&machine, &entries, &mut told);
        machine.fall(FALLS[(first + second / 8) as usize % 4], first);
        reopen_through_a_crash(
            &machine,
            second,
            side,
            FALLS[second as usize / 2 % 4],
            &entries,
            &told,
        );
        assert_eq!(machine.tables.set_aside_count(), 0, "{first} {second}");
    }
}

#[test]
fn a_crash_at_any_operation_of_a_rebuild_loses_nothing() {
    let entries = some_entries(14);
    let prepared = || {
        let machine = Machine::new();
        run(&machine, &entries, &mut Told::default()).unwrap();
        machine.kill();
        machine
    };
    let machine = prepared();
    drop(machine.rebuild().unwrap());
    let operations = machine.fuse.operations();
    let told = Told {
        staged: entries.len(),
        persisted: entries.len(),
    };
    for at in 0..operations {
        for (side, fall) in SIDES.into_iter().flat_map(|side| FALLS.map(|fall| (side, fall))) {
            let machine = prepared();
            machine.fuse.arm(at, side);
            let rebuilt = machine.rebuild();
            assert!(rebuilt.is_err() || at == operations - 1);
            drop(rebuilt);
            machine.fall(fall, at);
            reopen_through_a_crash(&machine, at % 40, side, fall, &entries, &told);
            verified(&machine, &(at, side, fall));
        }
    }
}

#[test]
fn a_checkpoint_that_an_older_version_left_undone_is_never_done() {
    let entries = some_entries(6);
    let machine = Machine::new();
    run(&machine, &entries, &mut Told::default()).unwrap();
    let operations = machine.fuse.operations();
    let mut interrupted = 0;
    for (first, second) in (0..operations).flat_map(|first| (0..60).map(move |second| (first, second))) {
        let machine = Machine::new();
        let mut told = Told::default();
        machine.fuse.arm(first, Side::After);
        let _ = run(&machine, &entries, &mut told);
        machine.kill();
        if machine.disk.list("checkpoint").unwrap().is_empty() {
            continue;
        }
        interrupted += 1;
        let newer = Machine {
            fold: Ledger {
                version: LEDGER.version + 1,
            },
            ..machine
        };
        newer.fuse.restore();
        let (side, fall) = (SIDES[second as usize % 2], FALLS[second as usize / 2 % 4]);
        reopen_through_a_crash(&newer, second, side, fall, &entries, &told);
        verified(&newer, &(first, second));
    }
    assert!(interrupted > 100);
}

#[test]
fn after_any_error_the_engine_stops_and_a_restart_goes_on() {
    for fault in 0..4 {
        let machine = Machine::new();
        let entries = some_entries(12);
        let (mut engine, _) = machine.open().unwrap();
        super::ledger::commit_all(&mut engine, &entries[..6]);
        engine.stage(entries[6].clone()).unwrap();
        match fault {
            0 => machine.disk.fail_syncs(1),
            1 => machine.disk.set_free_bytes(Some(20)),
            _ => machine.disk.set_free_bytes(Some(0)),
        }
        let error = if fault == 3 {
            engine.checkpoint().map(drop)
        } else {
            engine.persist().map(drop)
        };
        error.unwrap_err();
        machine.disk.set_free_bytes(None);
        assert!(matches!(engine.persist(), Err(EngineError::Stopped { .. })));
        assert!(matches!(
            engine.stage(entries[7].clone()),
            Err(EngineError::Stopped { .. })
        ));
        assert!(matches!(engine.checkpoint(), Err(EngineError::Stopped { .. })));
        assert!(engine.reader().stopped().is_some());
        assert!(
            dump(&engine.reader().snapshot()) == folded(&entries[..6]),
            "what is durable can still be read"
        );
        drop(engine);
        machine.kill();
        let mut told = Told {
            staged: 7,
            persisted: 6,
        };
        run(&machine, &entries, &mut told).unwrap();
        assert_eq!(told.persisted, 12);
    }
}

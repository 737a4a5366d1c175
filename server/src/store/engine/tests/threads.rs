//! Readers and checkpoints beside a committer that goes on.

use std::sync::atomic::{AtomicBool, Ordering};

use super::super::View;
use super::ledger::{Machine, balance_key, dump, entry, folded};

#[test]
fn every_snapshot_is_the_state_of_its_commit_whatever_goes_on_beside_it() {
    let machine = Machine::new();
    let (mut engine, _) = machine.open().unwrap();
    let entries: Vec<Vec<u8>> = (0..400)
        .map(|at| entry((at % 5) as u8, (at % 3) as u32 * 3_000))
        .collect();
    let (reader, checkpointer) = (engine.reader(), engine.checkpointer());
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                checkpointer.run().unwrap();
            }
        });
        let reads = scope.spawn(|| {
            let (mut reads, mut last) = (0u64, 0);
            while !done.load(Ordering::Relaxed) {
                let snapshot = reader.snapshot();
                let commit = snapshot.published();
                assert!(commit >= last);
                last = commit;
                let sum: u64 = (0..5)
                    .map(|account| {
                        let balance = snapshot.get(&balance_key(account)).unwrap();
                        balance.map_or(0, |bytes| u64::from_le_bytes(bytes.try_into().unwrap()))
                    })
                    .sum();
                assert_eq!(sum, commit, "each entry adds one to one balance");
                assert_eq!(
                    snapshot.range(b"l", b"m", usize::MAX).unwrap().len() as u64,
                    commit
                );
                reads += 1;
            }
            reads
        });
        for group in entries.chunks(4) {
            group.iter().for_each(|entry| {
                engine.stage(entry.clone()).unwrap();
            });
            engine.persist().unwrap();
        }
        while reader.published() < entries.len() as u64 {}
        done.store(true, Ordering::Relaxed);
        assert!(reads.join().unwrap() > 0);
    });
    assert!(dump(&engine.reader().snapshot()) == folded(&entries));
    drop((engine, reader, checkpointer));
    assert!(machine.verify().unwrap().is_sound());
}

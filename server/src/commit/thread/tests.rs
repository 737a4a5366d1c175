//! The thread that drives the commit path: what it takes, refuses and waits for.

use super::*;
use crate::state::StateFold;
use crate::store::disk::{Fuse, SimulatedDisk};
use crate::store::engine::{Engine, EngineOptions};
use crate::store::journal::DatabaseId;
use crate::store::table::MemoryTables;
use otor_protocol::catalogue::Catalogue;
use std::sync::mpsc::channel;

fn path() -> CommitPath {
    let disk = Arc::new(SimulatedDisk::new(Fuse::default()));
    let tables = Arc::new(MemoryTables::new(Fuse::default()));
    let options = EngineOptions::new(DatabaseId([1; 16]));
    let (engine, _) = Engine::open(disk, tables, Arc::new(StateFold), options, &mut |_| {}).unwrap();
    CommitPath::new(engine, Catalogue::built_in()).unwrap()
}

fn driver(room: impl Room + 'static) -> Driver {
    Driver {
        path: path(),
        now_ms: Box::new(|| 1),
        tell: Box::new(|_| {}),
        room: Box::new(room),
        no_room: Arc::default(),
        mending: BTreeSet::new(),
        beside: Beside::default(),
    }
}

/// Room that comes and goes with every look.
#[derive(Default)]
struct Scarce {
    looks: u32,
}

impl Room for Scarce {
    fn lacks(&mut self) -> Option<String> {
        self.looks += 1;
        self.looks.is_multiple_of(2).then(|| "full".to_owned())
    }

    fn make(&mut self) {}
}

#[test]
fn without_room_what_would_be_written_is_refused_and_the_rest_goes_on() {
    let mut path = path();
    let (done, ended) = channel();
    let propose = |act: Option<u64>| {
        let done = done.clone();
        Proposal {
            decide: Box::new(move |_| {
                Ok(act.map(|incarnation| crate::state::entry::Act::Genesis { incarnation }.into()))
            }),
            completed: Box::new(move |result| done.send(result).unwrap()),
        }
    };
    let mut room = Scarce::default();
    for (act, expected) in [
        (Some(1), Ok(1)),
        (Some(2), Err(Uncommitted::NoRoom("full".into()))),
        (None, Ok(1)),
        (None, Ok(1)),
        (Some(3), Ok(2)),
    ] {
        path.refuse_writes(room.lacks());
        path.offer(propose(act)).unwrap();
        path.step(1);
        assert_eq!(ended.recv().unwrap(), expected);
    }
}

#[test]
fn however_much_arrives_at_once_nothing_that_was_taken_is_dropped() {
    const ARRIVING: usize = QUEUE_MAX + 500;
    let (sender, receiver) = sync_channel(ARRIVING + 1);
    let (done, ended) = channel();
    for _ in 0..ARRIVING {
        let done = done.clone();
        let proposal = Proposal {
            decide: Box::new(|_| Ok(None)),
            completed: Box::new(move |result| done.send(result).unwrap()),
        };
        sender.send(Message::Propose(proposal)).unwrap();
    }
    sender.send(Message::Stop).unwrap();
    driver(Endless).drive(&receiver).unwrap();
    drop(done);
    assert_eq!(ended.iter().filter(Result::is_ok).count(), ARRIVING);
}

#[test]
fn what_whoever_reads_finds_wrong_with_the_table_ends_the_thread_though_nobody_proposes_anything() {
    let path = path();
    path.engine().distrust_table("a page").unwrap_err();
    let (_committer, thread) = start(path, || 1, |_| {}, Endless).unwrap();
    let (done, ended) = channel();
    std::thread::spawn(move || done.send(thread.join()));
    let ended = ended.recv_timeout(Duration::from_secs(20)).expect("it ends");
    let Stopped(why) = ended.unwrap().unwrap_err();
    assert!(why.contains("a page"), "{why}");
}

fn commit(path: &mut CommitPath, incarnation: u64) {
    let proposal = Proposal {
        decide: Box::new(move |_| Ok(Some(crate::state::entry::Act::Genesis { incarnation }.into()))),
        completed: Box::new(|result| assert!(result.is_ok())),
    };
    path.offer(proposal).unwrap();
    path.step(1);
}

#[test]
fn a_checkpoint_is_due_then_late_and_then_too_much_is_held() {
    let mut path = path();
    commit(&mut path, 1);
    let held_bytes = path.engine().dirty_bytes();
    let mut seen = Vec::new();
    for checkpoint_bytes in [held_bytes + 1, held_bytes, held_bytes * 3 / 4, held_bytes / 3] {
        path = path.with_checkpoints_of(checkpoint_bytes);
        seen.push([
            path.checkpoint_due(),
            path.checkpoint_late(),
            path.holds_too_much(),
        ]);
    }
    let expected = [
        [false, false, false],
        [true, false, false],
        [true, true, false],
        [true, true, true],
    ];
    assert_eq!(seen, expected);
}

#[test]
fn commits_wait_for_a_checkpoint_when_too_much_is_in_memory() {
    let mut driver = driver(Endless);
    driver.path = path().with_checkpoints_of(1);
    let reader = driver.path.engine().reader();
    let reading = reader.snapshot();
    commit(&mut driver.path, 1);
    driver.bring_up_to_date(false).unwrap();
    assert!(!driver.beside.is_free(), "it waits for whoever reads");
    commit(&mut driver.path, 2);
    let held_bytes = driver.path.engine().held_bytes();
    let (may_end, ends) = channel();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            ends.recv().unwrap();
            drop(reading);
        });
        may_end.send(()).unwrap();
        driver.bring_up_to_date(false).unwrap();
        assert!(driver.path.engine().held_bytes() < held_bytes);
    });
}

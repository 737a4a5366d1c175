//! Power cuts for real: a store on ext4 in a file, the file copied while a process writes into it, the copy mounted
//! elsewhere and looked at. `OTOR_POWER_CUTS` asks for more rounds.
//!
//! Two copies made one after the other that are equal are the disk as it was at the moment between them: each of
//! its blocks was read before that moment and after it, and was the same. What the writer's kernel had not handed
//! to the disk by then is not in them: that is what a power cut takes.

use crate::harness::administration::TOKEN;
use crate::harness::mounts::{Mounted, make_ext4};
use crate::harness::{RealServer, otor_sim, printed, wait_for};
use otor_tests::ledger::{self, Looked};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const ROUNDS: u32 = 50;
/// Room of the disk.
const DISK_MIB: u32 = 24;
/// How often a moment is looked for in which the disk stands still, between two copies.
const TRIES: u32 = 2_000;

/// A process that is killed when this is dropped.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A disk, and a store on it that is being written.
struct Scene {
    // In this order: the writer ends before its disk is unmounted.
    writer: Killed,
    _disk: Mounted,
    image: PathBuf,
    acks: PathBuf,
    folder: tempfile::TempDir,
}

impl Scene {
    fn begin(flags: &[&str]) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let image = make_ext4(folder.path(), DISK_MIB)?;
        let disk = Mounted::ext4(&image)?;
        let acks = folder.path().join("acks");
        let writer = Command::new(env!("CARGO_BIN_EXE_otor-writer-under-test"))
            .arg(disk.path())
            .arg(&acks)
            .args(["1", "--rest-us", "250000"])
            .args(flags)
            .spawn()
            .expect("the writer can be run");
        Some(Scene {
            writer: Killed(writer),
            _disk: disk,
            image,
            acks,
            folder,
        })
    }

    /// The disk at one moment while it is written, and what was acknowledged by then.
    fn cut(&mut self) -> (Vec<u8>, u64) {
        let ended = self.writer.0.try_wait().expect("its status");
        assert!(ended.is_none(), "the writer has ended: {ended:?}");
        let (copy, noted) = still(&self.image, &self.acks);
        let acknowledged = noted.lines().last();
        let acknowledged = acknowledged.map_or(0, |line| line.parse().expect("a number"));
        (copy, acknowledged)
    }

    /// Mounts the copy elsewhere, opens the store and looks at everything in it.
    fn look(&self, copy: &[u8], acknowledged: u64) -> anyhow::Result<Looked> {
        let path = self.folder.path().join("copy.img");
        fs::write(&path, copy)?;
        look_at(&path, acknowledged)
    }
}

fn look_at(image: &Path, acknowledged: u64) -> anyhow::Result<Looked> {
    let disk = Mounted::ext4(image).expect("what was mounted before can be mounted");
    let (engine, report) = ledger::open(disk.path(), None)?;
    let looked = ledger::look(&engine, &report, acknowledged);
    drop(engine);
    looked
}

#[test]
fn the_power_is_cut_fifty_times_and_everything_acknowledged_is_on_the_disk() {
    let given = std::env::var("OTOR_POWER_CUTS")
        .ok()
        .and_then(|text| text.parse().ok());
    let rounds: u32 = given.unwrap_or(ROUNDS);
    let Some(mut scene) = Scene::begin(&[]) else {
        return;
    };
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let (mut seen, mut finished, mut rebuilt) = (0, 0, 0);
    for round in 0..rounds {
        // Nothing is awaited: it is a moment while the writer writes.
        std::thread::sleep(Duration::from_micros(rng.random_range(0..60_000)));
        let (copy, acknowledged) = scene.cut();
        let looked = scene.look(&copy, acknowledged);
        let looked = looked.unwrap_or_else(|error| panic!("round {round}: {error:#}"));
        seen = seen.max(looked.last);
        finished += u32::from(looked.finished);
        rebuilt += u32::from(looked.rebuilt);
    }
    eprintln!(
        "{rounds} cuts, {seen} entries, {finished} checkpoints finished, {rebuilt} tables folded again"
    );
    assert!(
        seen > u64::from(rounds),
        "it was not written meanwhile: {seen} entries"
    );
}

#[test]
fn a_store_that_does_not_sync_is_found_out_by_the_same_look() {
    let Some(mut scene) = Scene::begin(&["--without-sync"]) else {
        return;
    };
    for _ in 0..ROUNDS {
        std::thread::sleep(Duration::from_millis(20));
        let (copy, acknowledged) = scene.cut();
        if acknowledged > 0 && scene.look(&copy, acknowledged).is_err() {
            return;
        }
    }
    panic!("{ROUNDS} power cuts took nothing from a store that syncs nothing");
}

/// The real server on such a disk, phones of `otor-sim run` that write to it, and their acknowledgements in a file:
/// the check that anybody can make with a harness of their own.
#[test]
fn what_phones_saw_acknowledged_is_on_the_disk_of_a_real_server_whose_power_was_cut() {
    const CUTS: u32 = 5;
    let folder = tempfile::tempdir().expect("a folder");
    let Some(image) = make_ext4(folder.path(), 64) else {
        return;
    };
    let Some(disk) = Mounted::ext4(&image) else { return };
    let acks = folder.path().join("acks");
    let data = disk.path().join("data");
    let mut server = RealServer::new(&data, &["--reserve-mib", "0"]);
    server.up();
    let phones = otor_sim()
        .args(["run", "--phones", "6", "--seconds", "600", "--speed", "4"])
        .args([
            "--write-every",
            "2",
            "--sync-every",
            "5",
            "--server",
            server.url(),
            "--token",
            TOKEN,
        ])
        .arg("--ack-log")
        .arg(&acks)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let _phones = Killed(phones.expect("otor-sim can be run"));
    let mut compared = 0;
    for cut in 0..CUTS {
        let lines = || fs::read_to_string(&acks).unwrap_or_default().lines().count();
        let until = lines() + 12;
        wait_for("acknowledgements", || (lines() >= until).then_some(()));
        let (copy, noted) = still(&image, &acks);
        let path = folder.path().join("copy.img");
        fs::write(&path, copy).expect("a copy");
        let elsewhere = Mounted::ext4(&path).expect("what was mounted before can be mounted");
        let mut after = RealServer::new(&elsewhere.path().join("data"), &["--reserve-mib", "0"]);
        after.up();
        let listed = printed(
            &after
                .command("device list --json")
                .output()
                .expect("otor can be run"),
        );
        let listed: serde_json::Value = serde_json::from_str(&listed).expect("JSON");
        let actors = listed["devices"].as_array().expect("phones").iter();
        let through: BTreeMap<u64, u64> = actors
            .flat_map(|device| device["actors"].as_array().expect("actors"))
            .map(|actor| {
                (
                    actor["actor"].as_u64().expect("a number"),
                    actor["acked"].as_u64().expect("a number"),
                )
            })
            .collect();
        for line in noted.lines() {
            let numbers: Vec<u64> = line
                .split(' ')
                .map(|word| word.parse().expect("a number"))
                .collect();
            let held = through.get(&numbers[1]).copied().unwrap_or(0);
            assert!(
                held >= numbers[2],
                "cut {cut}: LOST {line}: the server has {held}"
            );
            compared += 1;
        }
        after.terminate();
        let verified = printed(&after.offline("verify"));
        assert!(verified.contains("what the journal says"), "{verified}");
    }
    assert!(compared > 100, "{compared} acknowledgements were compared");
}

/// A disk's file at a moment at which nothing was written to it, and what had been noted by then.
fn still(image: &Path, noted: &Path) -> (Vec<u8>, String) {
    for _ in 0..TRIES {
        let before = fs::read_to_string(noted).unwrap_or_default();
        let first = fs::read(image).expect("the disk");
        if first == fs::read(image).expect("the disk") {
            return (first, before);
        }
    }
    panic!("in {TRIES} tries the disk never stood still for the time of a copy");
}

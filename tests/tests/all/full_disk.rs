//! A disk that becomes full under a real server: it stops taking work before, goes on reading, starts again with not
//! a byte free, and takes work again as soon as there is room.

use crate::harness::mounts::Mounted;
use crate::harness::{
    Administration, FieldPhone, GRIDS, Merged, RealServer, found_county, printed, stderr, wait_for,
};
use otor_sim::transport::Ending;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use tokio::runtime::Runtime;

const RESERVE_MIB: u64 = 8;

/// Fills the disk until it takes no byte more, or so many MiB.
fn fill(path: &Path, most_mib: u64) {
    let mut file = File::options()
        .create(true)
        .append(true)
        .open(path)
        .expect("a file");
    let piece = vec![0xaa; 64 * 1024];
    for _ in 0..most_mib * 16 {
        if file.write_all(&piece).is_err() {
            return;
        }
    }
}

/// What the server says of itself where it is not ready.
fn refusal(server: &RealServer) -> Option<String> {
    let agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .new_agent();
    let mut answer = agent
        .get(format!("{}/readyz", server.url()))
        .call()
        .expect("an answer");
    let text = answer.body_mut().read_to_string().expect("a text");
    (!answer.status().is_success()).then_some(text)
}

#[test]
fn a_server_whose_disk_is_full_takes_nothing_loses_nothing_reads_on_and_recovers() {
    let Some(disk) = Mounted::tmpfs(48) else { return };
    let filler = disk.path().join("filler");
    let reserve = RESERVE_MIB.to_string();
    let mut server = RealServer::new(&disk.path().join("data"), &["--reserve-mib", &reserve]);
    server.up();
    let administration = Administration::of(server.url());
    found_county(&administration);
    let runtime = Runtime::new().expect("a runtime");
    let phone = runtime.block_on(FieldPhone::invited(&administration, server.url(), "w0", "w0"));
    for number in 0..50 {
        phone.visit(GRIDS[0], GRIDS[0], &format!("老人独居 {number}"));
    }
    runtime.block_on(phone.sync());
    let pulled = server.full_pull();
    let reserved = fs::metadata(server.data().join("RESERVE"))
        .expect("a reserve")
        .len();
    assert_eq!(reserved, RESERVE_MIB << 20);

    // It stops before the disk is full.
    let refused = |server: &RealServer| {
        let why = wait_for("the limit", || refusal(server));
        assert!(
            why.contains("disk-full") && why.contains("MiB are free beside the reserve"),
            "{why}"
        );
    };
    let free = |server: &RealServer| {
        let stat = std::process::Command::new("stat")
            .args(["-f", "--format=%a %S"])
            .arg(server.data())
            .output()
            .expect("stat can be run");
        let text = printed(&stat);
        let (blocks, size) = text.trim().split_once(' ').expect("two numbers");
        blocks.parse::<u64>().expect("a number") * size.parse::<u64>().expect("a number")
    };
    fill(&filler, (free(&server) - (RESERVE_MIB << 20)) / (1 << 20) + 1);
    refused(&server);
    assert!(free(&server) > 4 << 20, "{} bytes are left", free(&server));
    let task = server
        .command("task create --title well --area 150821100201001")
        .output();
    let task = task.expect("otor can be run");
    assert_eq!(task.status.code(), Some(1));
    assert!(
        stderr(&task).contains("the disk is nearly full"),
        "{}",
        stderr(&task)
    );
    phone.visit(GRIDS[0], GRIDS[0], "磁盘满时写的");
    let attempt = runtime.block_on(phone.sync_once());
    assert!(
        matches!(
            attempt.ending,
            Ending::Status {
                code: 503,
                retry_after_ms: Some(60_000),
                ..
            }
        ),
        "{:?}",
        attempt.ending
    );
    assert_eq!(
        phone.lock().unsent(),
        Some(1),
        "the phone keeps what was not taken"
    );
    assert_eq!(server.full_pull(), pulled, "reads go on");

    // Others take the last byte; the server is killed, and starts all the same.
    fill(&filler, 100);
    assert_eq!(server.full_pull(), pulled);
    server.kill();
    server.up();
    fill(&filler, 100);
    assert!(!server.data().join("RESERVE").exists(), "it was needed");
    refused(&server);
    assert_eq!(server.full_pull(), pulled);
    assert!(runtime.block_on(phone.sync_once()).report.welcome.is_none());
    server.kill();

    // Room again.
    File::options()
        .write(true)
        .open(&filler)
        .expect("the filler")
        .set_len(1 << 20)
        .expect("less");
    server.up();
    wait_for("room", || refusal(&server).is_none().then_some(()));
    runtime.block_on(phone.sync());
    let merged = Merged::of(&server.full_pull());
    merged.assert_sound(&[phone], &administration, &BTreeSet::new());
    assert_eq!(merged.0.len(), 51);
    assert!(server.data().join("RESERVE").exists(), "it is kept again");
    server.terminate();
    let verified = printed(&server.offline("verify"));
    assert!(verified.contains("what the journal says"), "{verified}");
}

//! `otor backup` beside a running server, `otor restore` into an empty folder, and the drill: the data folder is
//! destroyed, yesterday's backup restored, and the phones refill it.

use crate::harness::phones::settle;
use crate::harness::{
    Administration, FieldPhone, GRIDS, Merged, RealServer, WORKERS, found_county, otor, printed, stderr,
    wait_for,
};
use otor_protocol::record::Edit;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::runtime::Runtime;

fn backup(data: &Path, to: &Path, flags: &[&str]) -> Output {
    let mut command = otor();
    command.arg("backup").arg("--data").arg(data).arg("--to").arg(to);
    command.args(flags).output().expect("otor can be run")
}

fn report(output: &Output) -> Value {
    serde_json::from_str(&printed(output)).expect("a report in JSON")
}

fn restore(from: &Path, data: &Path) -> Output {
    let mut command = otor();
    command
        .arg("restore")
        .arg("--from")
        .arg(from)
        .arg("--data")
        .arg(data);
    command.output().expect("otor can be run")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect()
}

struct County {
    server: RealServer,
    administration: Administration,
    phones: Vec<FieldPhone>,
    runtime: Runtime,
}

impl County {
    fn new(data: &Path) -> Self {
        let server = RealServer::start(data);
        let administration = Administration::of(server.url());
        found_county(&administration);
        let runtime = Runtime::new().expect("a runtime");
        let enrol = |(worker, _): &(&str, _)| {
            runtime.block_on(FieldPhone::invited(&administration, server.url(), worker, worker))
        };
        let phones = WORKERS[..3].iter().map(enrol).collect();
        County {
            server,
            administration,
            phones,
            runtime,
        }
    }

    /// Waits until the server has committed so much more.
    fn wait_for_commits(&self, count: u64) {
        let commit = || self.administration.get("status")["commit"].as_u64();
        let until = commit().map(|commit| commit + count);
        wait_for("commits", || (commit() >= until).then_some(()));
    }

    /// Every phone writes, edits what it knows, and synchronises, until it is told to stop.
    fn storm(&self, while_it_lasts: impl FnOnce()) {
        let is_over = Arc::new(AtomicBool::new(false));
        let working: Vec<_> = self
            .phones
            .iter()
            .cloned()
            .map(|phone| {
                let is_over = Arc::clone(&is_over);
                self.runtime.spawn(async move {
                    while !is_over.load(Ordering::Relaxed) {
                        write(&phone, 3);
                        phone.sync().await;
                    }
                })
            })
            .collect();
        while_it_lasts();
        is_over.store(true, Ordering::Relaxed);
        for one in working {
            self.runtime.block_on(one).expect("no panic in the storm");
        }
    }
}

fn write(phone: &FieldPhone, count: usize) {
    let worker = phone.lock().worker.clone();
    let grid = WORKERS
        .iter()
        .find(|(name, _)| *name == worker)
        .expect("a worker")
        .1[0];
    for number in 0..count {
        phone.visit(grid, grid, &format!("老人独居，身体尚好 {number}"));
        let known = phone.records();
        let mut edit = Edit::default();
        edit.append
            .push(("notes".to_owned(), vec![format!("note {number}").as_str().into()]));
        phone.edit(known[number % known.len()], &edit);
    }
}

#[test]
fn the_data_folder_is_destroyed_and_phones_refill_what_yesterdays_backup_lacks() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, kept) = (folder.path().join("data"), folder.path().join("backup"));
    let mut county = County::new(&data);
    let mut reports = Vec::new();
    county.storm(|| {
        for _ in 0..4 {
            county.wait_for_commits(20);
            reports.push(report(&backup(&data, &kept, &["--json"])));
        }
    });
    let added = |report: &Value| report["entries_added"].as_u64().expect("a number");
    assert!(
        reports.iter().skip(1).map(added).sum::<u64>() > 0,
        "no storm: {reports:?}"
    );
    let first = &county.phones[0];
    let named = first.visit(GRIDS[0], "h-named", "备份前，说了名字");
    county.runtime.block_on(first.sync());
    let yesterday = report(&backup(&data, &kept, &["--json", "--check-all"]));
    assert_eq!(yesterday["checked_all"], json!(true));
    assert!(
        yesterday["bytes_copied"].as_u64() < yesterday["bytes"].as_u64(),
        "{yesterday}"
    );

    // Today: more work, a phone of which the backup knows nothing, a name erased.
    let mut newcomers = Vec::new();
    county.storm(|| {
        let newcomer = FieldPhone::invited(&county.administration, county.server.url(), "new", "w0");
        let newcomer = county.runtime.block_on(newcomer);
        write(&newcomer, 4);
        county.runtime.block_on(newcomer.sync());
        newcomers.push(newcomer);
        county
            .administration
            .post(&format!("records/{named}/erase"), &json!({}));
    });
    county.server.kill();
    fs::remove_dir_all(&data).expect("the data are destroyed");
    let restored = printed(&restore(&kept, &data));
    assert!(restored.contains("1 erasures were applied again"), "{restored}");
    county.server.up();

    county.phones.append(&mut newcomers);
    county.runtime.block_on(settle(&county.phones));
    county.runtime.block_on(settle(&county.phones));
    let merged = Merged::of(&county.server.full_pull());
    assert_eq!(merged.0[&named.to_string()]["state"], json!("erased"));
    merged.assert_sound(&county.phones, &county.administration, &BTreeSet::new());
    county.server.terminate();
    let verified = printed(&county.server.offline("verify"));
    assert!(verified.contains("what the journal says"), "{verified}");
    // The restored server's backups go on from where it was.
    let next = report(&backup(&data, &kept, &["--json"]));
    assert!(added(&next) > 0, "{next}");
}

#[test]
fn restoring_overwrites_nothing_and_a_damaged_backup_makes_no_data_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, kept, other) = (
        folder.path().join("data"),
        folder.path().join("backup"),
        folder.path().join("other"),
    );
    let county = County::new(&data);
    write(&county.phones[0], 5);
    county.runtime.block_on(county.phones[0].sync());
    printed(&backup(&data, &kept, &[]));

    let before = names(&data);
    let refused = restore(&kept, &data);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("is not empty"), "{}", stderr(&refused));
    assert_eq!(names(&data), before);
    county.administration.get("status");

    let inside = backup(&data, &data.join("backup"), &[]);
    assert_eq!(inside.status.code(), Some(2), "{}", stderr(&inside));
    assert_eq!(names(&data), before);
    fs::create_dir(&other).expect("a folder");
    fs::write(other.join("precious"), b"mine").expect("a file");
    let refused = backup(&data, &other, &[]);
    assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
    assert_eq!(names(&other), BTreeSet::from(["precious".to_owned()]));

    let segment = kept.join("journal/00000000000000000001.log");
    let mut bytes = fs::read(&segment).expect("a segment");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    fs::write(&segment, &bytes).expect("a damaged backup");
    let new = folder.path().join("new");
    let refused = restore(&kept, &new);
    assert_eq!(refused.status.code(), Some(1));
    let said = stderr(&refused);
    assert!(
        said.contains("the backup is damaged: journal/00000000000000000001.log"),
        "{said}"
    );
    assert!(!new.exists(), "nothing was made of it");
    let refused = backup(&data, &kept, &[]);
    assert!(
        stderr(&refused).contains("the backup is damaged"),
        "{}",
        stderr(&refused)
    );
}

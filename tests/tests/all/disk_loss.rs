//! The table of a server is lost, damaged or replaced by an older one: the journal makes it again, as it was.

use crate::harness::{Administration, FieldPhone, GRIDS, Merged, RealServer, found_county, printed, stderr};
use otor_protocol::record::Edit;
use serde_json::json;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use tokio::runtime::Runtime;

/// A server that has worked, stopped in order; what it held when it stopped.
struct Worked {
    server: RealServer,
    administration: Administration,
    phone: FieldPhone,
    runtime: Runtime,
    /// A copy of the table from an earlier stop.
    older: PathBuf,
    pulled: String,
}

impl Worked {
    fn new(folder: &Path) -> Self {
        let mut server = RealServer::start(&folder.join("data"));
        let administration = Administration::of(server.url());
        found_county(&administration);
        let runtime = Runtime::new().expect("a runtime");
        let phone = runtime.block_on(FieldPhone::invited(&administration, server.url(), "w0", "w0"));
        write(&phone, 20);
        runtime.block_on(phone.sync());
        server.terminate();
        let older = folder.join("older");
        copy_folder(&table(&server), &older);
        server.up();
        write(&phone, 20);
        runtime.block_on(phone.sync());
        let task = json!({"title": "well", "area": GRIDS[0], "assignee": "w0"});
        administration.post("tasks", &task);
        runtime.block_on(phone.sync());
        let pulled = server.full_pull();
        server.terminate();
        Worked {
            server,
            administration,
            phone,
            runtime,
            older,
            pulled,
        }
    }

    /// The server starts again, says that it folds the journal, and has what it had; phones go on with it.
    fn assert_it_comes_back(&mut self) {
        self.server.up();
        let said = self.server.said();
        assert!(
            said.contains("folding the journal into a new table, because "),
            "{said}"
        );
        assert!(said.contains("(100 %)"), "{said}");
        self.assert_all_is_there();
    }

    /// What runs has what was there, and phones go on with it.
    fn assert_all_is_there(&mut self) {
        assert_eq!(self.server.full_pull(), self.pulled);
        write(&self.phone, 1);
        self.runtime.block_on(self.phone.sync());
        let merged = Merged::of(&self.server.full_pull());
        let task = merged
            .0
            .values()
            .find(|row| row["kind"] == "task")
            .expect("the task");
        let task = task["id"]
            .as_str()
            .and_then(|id| id.parse().ok())
            .expect("its id");
        let phones = std::slice::from_ref(&self.phone);
        merged.assert_sound(phones, &self.administration, &BTreeSet::from([task]));
        self.server.kill();
        self.assert_verified();
    }

    fn assert_verified(&self) {
        let verified = printed(&self.server.offline("verify"));
        assert!(verified.contains("what the journal says"), "{verified}");
    }

    /// `otor verify` says no with status 1.
    fn assert_refuted(&self) {
        let output = self.server.offline("verify");
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        assert!(stderr(&output).contains("`otor rebuild`"), "{}", stderr(&output));
    }
}

fn write(phone: &FieldPhone, count: u32) {
    for number in 0..count {
        let visit = phone.visit(GRIDS[0], GRIDS[0], &format!("老人独居 {number}"));
        let mut edit = Edit::default();
        edit.append.push(("notes".to_owned(), vec!["again".into()]));
        phone.edit(visit, &edit);
    }
}

fn table(server: &RealServer) -> PathBuf {
    server.data().join("sled")
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a new folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a file that can be copied");
        }
    }
}

/// The largest file of a folder.
fn largest(folder: &Path) -> PathBuf {
    let files = fs::read_dir(folder).expect("a folder");
    let paths = files.map(|entry| entry.expect("an entry").path());
    let length = |path: &PathBuf| fs::metadata(path).expect("a file").len();
    paths
        .filter(|path| path.is_file())
        .max_by_key(length)
        .expect("a file")
}

#[test]
fn a_table_that_was_deleted_comes_back_from_the_journal() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut worked = Worked::new(folder.path());
    fs::remove_dir_all(table(&worked.server)).expect("the table's folder");
    worked.assert_refuted();
    worked.assert_it_comes_back();
}

#[test]
fn a_table_that_was_cut_short_comes_back_from_the_journal() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut worked = Worked::new(folder.path());
    let file = largest(&table(&worked.server));
    let bytes = fs::read(&file).expect("a file");
    // Its end is made of zeros, in advance.
    let written = bytes
        .iter()
        .rposition(|byte| *byte != 0)
        .expect("something in it");
    fs::write(&file, &bytes[..written / 2]).expect("a shorter file");
    worked.assert_refuted();
    worked.assert_it_comes_back();
}

#[test]
fn an_older_table_does_not_pass_for_the_one_that_was_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut worked = Worked::new(folder.path());
    fs::remove_dir_all(table(&worked.server)).expect("the table's folder");
    copy_folder(&worked.older, &table(&worked.server));
    worked.assert_refuted();
    worked.assert_it_comes_back();
}

#[test]
fn rebuilding_on_demand_mends_a_table_that_verifying_refutes() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut worked = Worked::new(folder.path());
    worked.assert_verified();
    fs::remove_dir_all(table(&worked.server)).expect("the table's folder");
    copy_folder(&worked.older, &table(&worked.server));
    worked.assert_refuted();
    let rebuilt = printed(&worked.server.offline("rebuild"));
    assert!(rebuilt.contains("into a new table"), "{rebuilt}");
    worked.assert_verified();
    // On a sound one it does no harm.
    printed(&worked.server.offline("rebuild"));
    worked.assert_verified();
    worked.server.up();
    assert!(
        !worked.server.said().contains("folding the journal"),
        "{}",
        worked.server.said()
    );
    worked.assert_all_is_there();
}

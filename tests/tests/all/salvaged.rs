//! A real server whose journal is damaged in the middle: it does not start and says where; `otor salvage` names what
//! is lost and brings the rest into a new folder; phones refill it. With a backup nothing is lost at all.

use crate::harness::phones::settle;
use crate::harness::{
    Administration, FieldPhone, GRIDS, Merged, RealServer, found_county, otor, printed, stderr,
};
use otor_protocol::record::Edit;
use otor_server::state::entry::{Act, Entry};
use serde_json::json;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Output;
use tokio::runtime::Runtime;

/// A note that stands in one entry only.
const MARK: &str = "这一条会损坏";

/// As docs/disk-format.md has them.
const SEGMENT_HEAD_LEN: usize = 40;
const ENTRY_HEAD_LEN: usize = 24;

/// Whether a phone's frame came with [`MARK`] in it.
fn holds_the_mark(act: &Act) -> bool {
    let mark = MARK.as_bytes();
    matches!(act, Act::Frame(frame) if frame.content.windows(mark.len()).any(|text| text == mark))
}

struct Scene {
    folder: tempfile::TempDir,
    server: RealServer,
    administration: Administration,
    phones: Vec<FieldPhone>,
    runtime: Runtime,
    pulled: String,
}

impl Scene {
    /// Two phones of one grid and the centre have written; the server has stopped, and was backed up before that.
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut server = RealServer::start(&folder.path().join("data"));
        let administration = Administration::of(server.url());
        found_county(&administration);
        let runtime = Runtime::new().expect("a runtime");
        let enrol =
            |worker| runtime.block_on(FieldPhone::invited(&administration, server.url(), worker, worker));
        let phones: Vec<FieldPhone> = ["w0", "w1"].map(enrol).into();
        for _ in 0..4 {
            phones[0].visit(GRIDS[0], GRIDS[0], "损坏以前");
        }
        runtime.block_on(settle(&phones));
        let marked = phones[0].visit(GRIDS[0], GRIDS[0], MARK);
        runtime.block_on(settle(&phones));
        // What builds upon it: the other's edit, the author's own further work, the centre's.
        let mut edit = Edit::default();
        edit.append.push(("notes".to_owned(), vec!["别人补的".into()]));
        phones[1].edit(marked, &edit);
        phones[0].visit(GRIDS[0], GRIDS[0], "损坏以后");
        runtime.block_on(settle(&phones));
        let task = json!({"title": "well", "area": GRIDS[0], "assignee": "w0"});
        administration.post("tasks", &task);
        runtime.block_on(settle(&phones));
        let pulled = server.full_pull();
        let backup = otor()
            .args(["backup", "--data"])
            .arg(server.data())
            .arg("--to")
            .arg(folder.path().join("backup"))
            .output();
        printed(&backup.expect("otor can be run"));
        server.terminate();
        Scene {
            folder,
            server,
            administration,
            phones,
            runtime,
            pulled,
        }
    }

    /// Damages the last entry of which `is_meant` holds: its checksum, so that it is not left to how the entry was
    /// packed whether what remains of it can be read.
    fn damage(&self, is_meant: impl Fn(&Act) -> bool) {
        let path = self.server.data().join("journal/00000000000000000001.log");
        let mut bytes = fs::read(&path).expect("a segment");
        let mut meant = None;
        let mut at = SEGMENT_HEAD_LEN;
        while let Some(len) = bytes.get(at..at + 4) {
            let len = u32::from_le_bytes(len.try_into().expect("four bytes")) as usize;
            let payload = &bytes[at + ENTRY_HEAD_LEN..at + ENTRY_HEAD_LEN + len];
            let entry = Entry::decode(payload).expect("an entry");
            if is_meant(&entry.act) {
                meant = Some(at + 4);
            }
            at += ENTRY_HEAD_LEN + len;
        }
        bytes[meant.expect("it stands in the journal")] ^= 1;
        fs::write(&path, bytes).expect("a segment");
        // The table is lost too, so that nothing hides the damage.
        fs::remove_dir_all(self.server.data().join("sled")).expect("the table");
    }

    /// Sets the damaged folder aside and salvages it into the server's.
    fn salvage(&self, backup: Option<&Path>) -> Output {
        let aside = self.folder.path().join("damaged");
        fs::rename(self.server.data(), &aside).expect("set aside");
        let mut command = otor();
        command.arg("salvage").arg("--from").arg(&aside);
        command.arg("--data").arg(self.server.data());
        if let Some(backup) = backup {
            command.arg("--backup").arg(backup);
        }
        command.output().expect("otor can be run")
    }

    fn assert_sound(&mut self) {
        let rows = Merged::of(&self.server.full_pull());
        let tasks = rows.0.values().filter(|row| row["kind"] == "task");
        let others: BTreeSet<_> = tasks
            .map(|row| row["id"].as_str().and_then(|id| id.parse().ok()).expect("an id"))
            .collect();
        assert_eq!(others.len(), 1, "what the centre wrote after the damage is there");
        rows.assert_sound(&self.phones, &self.administration, &others);
        self.server.terminate();
        let verified = printed(&self.server.offline("verify"));
        assert!(verified.contains("what the journal says"), "{verified}");
    }
}

#[test]
fn what_a_damaged_journal_lost_is_named_and_phones_bring_it_again() {
    let mut scene = Scene::new();
    scene.damage(holds_the_mark);
    let refused = scene.server.offline("verify");
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        stderr(&refused).contains("the journal is damaged"),
        "{}",
        stderr(&refused)
    );
    assert!(!stderr(&refused).contains("panicked"), "{}", stderr(&refused));
    let said = printed(&scene.salvage(None));
    assert!(said.contains("lost: entry "), "{said}");
    assert!(
        said.contains("lost, by what remains of their bytes: ops "),
        "{said}"
    );
    assert!(said.contains("lost: ops "), "{said}");
    assert!(said.contains("waits for its record: op "), "{said}");
    assert!(said.contains("a new history has begun"), "{said}");
    scene.server.up();
    for _ in 0..2 {
        scene.runtime.block_on(settle(&scene.phones));
    }
    assert_eq!(scene.administration.kept_aside(), (0, 0), "{said}");
    scene.assert_sound();
}

#[test]
fn with_a_backup_a_damaged_journal_is_whole_again() {
    let mut scene = Scene::new();
    scene.damage(holds_the_mark);
    fs::remove_file(scene.server.data().join("server.key")).expect("the key is lost too");
    let backup = scene.folder.path().join("backup");
    let said = printed(&scene.salvage(Some(&backup)));
    assert!(said.contains("1 of them are in the backup"), "{said}");
    assert!(said.contains("nothing was lost, the history goes on"), "{said}");
    scene.server.up();
    assert_eq!(scene.server.full_pull(), scene.pulled);
    scene.runtime.block_on(settle(&scene.phones));
    scene.assert_sound();
}

#[test]
fn a_phone_whose_enrolment_is_lost_is_admitted_again_and_brings_all_its_work() {
    let mut scene = Scene::new();
    scene.damage(|act| matches!(act, Act::Enrol { .. }));
    let said = printed(&scene.salvage(None));
    assert!(said.contains("lost: entry "), "{said}");
    assert!(
        said.contains("left out until their phone brings them again: ops "),
        "{said}"
    );
    scene.server.up();
    for _ in 0..3 {
        scene.runtime.block_on(settle(&scene.phones));
    }
    assert_eq!(scene.administration.kept_aside(), (0, 0), "{said}");
    scene.assert_sound();
}

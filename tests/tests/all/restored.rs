//! A real server comes back from a backup: phones bring again what it lost, one that was enrolled since is admitted
//! again, what was erased stays erased.

use crate::harness::{Administration, FieldPhone, GRIDS, Merged, RealServer, found_county, printed};
use otor_protocol::record::Edit;
use serde_json::json;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use tokio::runtime::Runtime;

/// What the README calls a backup: the key and the journal.
fn back_up(data: &Path, backup: &Path) {
    fs::create_dir_all(backup.join("journal")).expect("a folder");
    fs::copy(data.join("server.key"), backup.join("server.key")).expect("the key");
    for entry in fs::read_dir(data.join("journal")).expect("a journal") {
        let entry = entry.expect("a segment");
        fs::copy(entry.path(), backup.join("journal").join(entry.file_name())).expect("a segment");
    }
}

fn note(text: &str) -> Edit {
    let mut edit = Edit::default();
    edit.append.push(("notes".to_owned(), vec![text.into()]));
    edit
}

/// `told`: whether the operator says that the data came from a backup.
fn comes_back(told: bool) {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, backup) = (folder.path().join("data"), folder.path().join("backup"));
    let mut server = RealServer::start(&data);
    let administration = Administration::of(server.url());
    found_county(&administration);
    let runtime = Runtime::new().expect("a runtime");
    let phone = runtime.block_on(FieldPhone::invited(&administration, server.url(), "w0", "w0"));
    let before = phone.visit(GRIDS[0], "h1", "备份前");
    let named = phone.visit(GRIDS[0], "h5", "备份前，说了名字");
    runtime.block_on(phone.sync());
    server.terminate();
    back_up(&data, &backup);

    server.up();
    let since = phone.visit(GRIDS[0], "h2", "备份后");
    let named_since = phone.visit(GRIDS[0], "h6", "备份后，也说了名字");
    phone.edit(before, &note("备份后补的"));
    runtime.block_on(phone.sync());
    let newcomer = runtime.block_on(FieldPhone::invited(&administration, server.url(), "new", "w0"));
    runtime.block_on(newcomer.sync());
    let late = newcomer.visit(GRIDS[0], "h3", "备份后才入网");
    newcomer.edit(since, &note("新手机补的"));
    runtime.block_on(newcomer.sync());
    for record in [named, named_since] {
        administration.post(&format!("records/{record}/erase"), &json!({}));
    }
    runtime.block_on(phone.sync());
    server.terminate();

    fs::remove_dir_all(&data).expect("the data are lost");
    fs::rename(&backup, &data).expect("the backup is put in its place");
    if told {
        let said = printed(&server.offline("restored"));
        assert!(said.contains("2 erasures"), "{said}");
    }
    server.up();
    let new = phone.visit(GRIDS[0], "h4", "恢复以后");
    for _ in 0..3 {
        runtime.block_on(newcomer.sync());
        runtime.block_on(phone.sync());
    }
    let merged = Merged::of(&server.full_pull());
    for record in [before, since, late, new] {
        assert!(merged.0.contains_key(&record.to_string()), "{record} is lost");
    }
    for record in [named, named_since] {
        let row = &merged.0[&record.to_string()];
        assert_eq!(
            (&row["state"], &row["fields"]["note"]),
            (&json!("erased"), &json!(null)),
            "{row:#}"
        );
    }
    assert_eq!(merged.0.len(), 6);
    assert_eq!(
        merged.0[&late.to_string()]["fields"]["note"],
        json!("备份后才入网")
    );
    merged.assert_sound(&[phone, newcomer], &administration, &BTreeSet::new());
    assert_eq!(administration.kept_aside(), (0, 0));
}

#[test]
fn a_server_back_from_a_backup_is_refilled_by_its_phones_and_what_was_erased_stays_erased() {
    comes_back(true);
}

#[test]
fn a_server_back_from_a_backup_finds_it_out_when_nobody_says_so() {
    comes_back(false);
}

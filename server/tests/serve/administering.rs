//! The command line against a running server: what it prints, and its exit status.

use crate::process::{Server, otor, printed, stderr};
use serde_json::Value;
use std::fs;
use std::path::Path;

const AREAS: &str = "\u{feff}code,name,level\r\n1508,Bayannur,league\r\n150821,Wuyuan,county\r\n\
                     150821100201001,first grid,grid\r\n150821100201002,second grid,grid\r\n";
const WORKERS: &str = "code,name,areas\nw1,Li,150821100201001\nw2,Wang,150821100201001;150821100201002\n";

fn county(folder: &Path) -> Server {
    let server = Server::start(&folder.join("data"));
    printed(&server.run_with("areas import -", AREAS));
    printed(&server.run_with("workers import -", WORKERS));
    server
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn created(said: &str) -> String {
    let id = said
        .strip_prefix("created ")
        .and_then(|rest| rest.split(',').next());
    id.unwrap().to_owned()
}

#[test]
fn an_import_names_the_rows_it_refuses_and_takes_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let server = county(folder.path());
    let rows = "code,name,level\n150821100201003,third grid,grid\n15082,wrong,county\n";
    let output = server.run_with("areas import -", rows);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("row 3: "), "{}", stderr(&output));
    assert!(
        server
            .run("areas list --under 150821100201003")
            .contains("third grid")
    );
    let output = server.run_with("areas import - --json", rows);
    let answer = json(std::str::from_utf8(&output.stdout).unwrap());
    assert_eq!(
        (answer["unchanged"].as_u64(), answer["errors"][0]["row"].as_u64()),
        (Some(1), Some(3))
    );
}

#[test]
fn records_of_another_system_are_tried_brought_once_and_changed() {
    let folder = tempfile::tempdir().unwrap();
    let server = county(folder.path());
    let row = |number: &str, more: &str| {
        format!(
            "{{\"kind\":\"report\",\"area\":\"150821100201001\",\"fields\":{{\"channel\":\"hotline\",\"external_id\":\"{number}\"{more}}}}}"
        )
    };
    let counts = |line: &str, rows: &str| {
        let output = server.run_with(line, rows);
        let answer = json(std::str::from_utf8(&output.stdout).unwrap());
        let errors = answer["errors"].as_array().map_or(0, Vec::len);
        let counts = ["imported", "updated", "unchanged"].map(|name| answer[name].as_u64().unwrap_or(0));
        (counts, errors, output.status.code())
    };
    let file = format!(
        "\u{feff}{}\r\n\r\n{}\r\nnot a row\r\n",
        row("1", ",\"title\":\"pipe\""),
        row("2", "")
    );
    let (trial, earnest) = ("records import --dry-run - --json", "records import - --json");
    assert_eq!(counts(trial, &file), ([2, 0, 0], 1, Some(1)));
    assert_eq!(counts(earnest, &file), ([2, 0, 0], 1, Some(1)));
    assert_eq!(counts(earnest, &file), ([0, 0, 2], 1, Some(1)));
    let changed = row("2", ",\"category\":\"water\"");
    assert_eq!(counts(trial, &changed), ([1, 1, 0], 0, Some(0)));
    assert_eq!(counts(earnest, &changed), ([1, 1, 0], 0, Some(0)));
    assert_eq!(counts(earnest, &changed), ([0, 0, 1], 0, Some(0)));
    assert!(server.run("records list --kind report --json").contains("water"));
}

#[test]
fn exit_statuses_tell_bad_input_refusal_and_an_absent_server_apart() {
    let folder = tempfile::tempdir().unwrap();
    let server = county(folder.path());
    let status = |line: &str| server.command(line).output().unwrap().status.code();
    assert_eq!(status("areas import /nowhere/areas.csv"), Some(2));
    assert_eq!(status("records create visit --area nowhere"), Some(2));
    assert_eq!(status("records erase 1-1"), Some(2));
    assert_eq!(status("records show 9-9"), Some(1));
    assert_eq!(status("status --token wrong"), Some(1));
    assert_eq!(status("status --server ftp://127.0.0.1"), Some(2));
    let gone = server.url.clone();
    server.kill();
    let output = otor()
        .args(["status", "--token", "any", "--server", &gone])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(stderr(&output).lines().count(), 1);
}

#[test]
fn a_task_is_created_once_under_one_key_assigned_and_called_off() {
    let folder = tempfile::tempdir().unwrap();
    let server = county(folder.path());
    let line = "task create --title well --area 150821100201001 --assignee w1 --idempotency-key k1";
    let (first, second) = (server.run(line), server.run(line));
    assert_eq!(first, second);
    let id = created(&first);
    let tasks = || json(&server.run("task list --json"));
    assert_eq!(tasks()["records"].as_array().unwrap().len(), 1);
    assert_eq!(tasks()["records"][0]["fields"]["assignee"], "w1");
    server.run(&format!("task assign {id} --to w2"));
    assert_eq!(tasks()["records"][0]["fields"]["assignee"], "w2");
    server.run(&format!("task cancel {id} --reason safety"));
    assert!(
        server.run("task list").contains("cancel"),
        "{}",
        server.run("task list")
    );
}

#[test]
fn a_record_is_created_edited_filed_elsewhere_and_erased() {
    let folder = tempfile::tempdir().unwrap();
    let server = county(folder.path());
    let id = created(&server.run(
        "records create report --area 150821100201001 --set title=lamp --set severity:=2 --set household=1508211",
    ));
    server.run(&format!(
        "records edit {id} --add tags=a --add tags=b --append notes=seen"
    ));
    server.run(&format!("records event {id} handle"));
    server.run(&format!("records relocate {id} --area 150821100201002"));
    let record = json(&server.run(&format!("records show {id} --json")));
    assert_eq!(record["area"], "150821100201002");
    let fields = &record["fields"];
    assert_eq!(
        (&fields["severity"], &fields["tags"], &fields["household"]),
        (&2.into(), &serde_json::json!(["a", "b"]), &"1508211".into())
    );
    let receipt = record["receipt"].as_str().unwrap();
    assert!(server.run(&format!("records show {receipt}")).contains("lamp"));
    server.run(&format!("records erase {id} --yes"));
    let erased = server.run(&format!("records show {id} --json"));
    assert!(!erased.contains("lamp") && erased.contains("erased"), "{erased}");
}

#[test]
fn phones_accounts_and_quarantine_are_listed_and_revoked() {
    let folder = tempfile::tempdir().unwrap();
    let server = county(folder.path());
    let invited = json(&server.run("device invite w1 --hours 2 --json"));
    assert!(invited["code"].as_str().unwrap().len() >= 8, "{invited}");
    assert_eq!(
        json(&server.run("device list --json"))["devices"],
        Value::Array(Vec::new())
    );
    assert_eq!(
        json(&server.run("quarantine list --json"))["held"],
        Value::Array(Vec::new())
    );
    let added = json(&server.run("admin add centre --level township --area 150821100 --json"));
    let token = added["token"].as_str().unwrap();
    let file = folder.path().join("token");
    fs::write(&file, format!("{token}\n")).unwrap();
    let as_centre = || {
        let mut command = server.command("areas list");
        command.arg("--token-file").arg(&file).output().unwrap()
    };
    let seen = printed(&as_centre());
    assert!(seen.contains("first grid"), "{seen}");
    assert!(server.run("admin list").contains("centre"));
    server.run("admin revoke centre");
    assert_eq!(as_centre().status.code(), Some(1));
}

#[test]
fn a_nightly_pull_fetches_exactly_what_changed() {
    let folder = tempfile::tempdir().unwrap();
    let server = county(folder.path());
    let state = folder.path().join("state");
    let rows = folder.path().join("rows.csv");
    let pull = || {
        let mut command = server.command("pull --kind household --format csv");
        let output = command
            .arg("--state")
            .arg(&state)
            .arg("--output")
            .arg(&rows)
            .output();
        printed(&output.unwrap());
        fs::read_to_string(&rows).unwrap()
    };
    let create = |code: &str| {
        server.run(&format!(
            "records create household --area 150821100201001 --set code={code}"
        ));
    };
    create("150821100201001");
    create("150821100201002");
    let first = pull();
    assert_eq!(first.lines().count(), 3, "{first}");
    assert!(
        first.contains("\t150821100201001"),
        "a spreadsheet would round it: {first}"
    );
    assert_eq!(pull().lines().count(), 1);
    create("150821100201003");
    let third = pull();
    assert!(
        third.lines().count() == 2 && third.contains("150821100201003"),
        "{third}"
    );
}

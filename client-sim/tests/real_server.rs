//! Traces and phones against a real server: this crate's executable as a child process.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use otor_sim::in_process::child::{Launch, SERVE_CHILD, ServerChild};
use otor_sim::remote::{self, Access, AckLog, HttpCentre, Load, Options, ServerChoice};
use otor_sim::replay::centre::Centre;
use otor_sim::replay::report::Report;
use otor_sim::trace::{AreaStep, Trace};
use serde_json::{Map, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

const TOKEN: &str = "a-token-of-sixteen-or-more";
const GRID: &str = "150821100201001";

const HEAD: &str = r#"{"otor_trace":1,"name":"t","epoch":"2026-03-02T08:00:00+08:00"}
{"at":0,"area":{"code":"150821100201001","name":"一格","level":"grid"}}
{"at":0,"worker":{"ref":"w1","name":"甲","areas":["150821100201001"]}}
{"at":0,"worker":{"ref":"w2","name":"乙","areas":["150821100201001"]}}
{"at":0,"device":{"ref":"d1","worker":"w1"}}
{"at":0,"device":{"ref":"d2","worker":"w2"}}
"#;

fn launch() -> Launch {
    Launch {
        program: env!("CARGO_BIN_EXE_otor-sim").into(),
        arguments: vec![SERVE_CHILD.into()],
    }
}

fn spawned(folder: &Path) -> ServerChoice {
    ServerChoice::Spawned {
        data: folder.join("otor-data"),
        launch: launch(),
    }
}

fn running(folder: &Path) -> (ServerChild, Access) {
    let mut server = ServerChild::new(launch(), &folder.join("otor-data"), TOKEN);
    let url = server.start().unwrap();
    (
        server,
        Access {
            url,
            token: TOKEN.into(),
            ca_cert: None,
        },
    )
}

fn trace(steps: &str) -> Trace {
    let links: Vec<&str> = otor_sim::link::profile::all()
        .iter()
        .map(|profile| profile.name)
        .collect();
    Trace::parse(&format!("{HEAD}{steps}"), &links).unwrap_or_else(|errors| panic!("{errors}"))
}

fn fast(server: ServerChoice) -> Options {
    Options {
        speed: 20_000.0,
        ..Options::new(server)
    }
}

fn replay(steps: &str, server: ServerChoice) -> Report {
    remote::replay(&trace(steps), fast(server), &mut |_| {}).unwrap()
}

fn assert_ends_well(report: &Report) {
    assert!(
        report.ok && report.converged,
        "{:#?} {:#?}",
        report.failures,
        report.differences
    );
    assert_eq!((report.ops.lost, report.ops.duplicated), (0, 0));
}

#[test]
fn what_was_written_while_the_server_was_dead_arrives_when_it_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let steps = r#"{"at":1000,"device":"d1","create":{"ref":"v1","kind":"visit","fields":{"note":"一"}}}
{"at":2000,"device":"d1","sync":{"until_done":true}}
{"at":3000,"server":"kill"}
{"at":4000,"device":"d1","create":{"ref":"v2","kind":"visit","fields":{"note":"二"}}}
{"at":5000,"device":"d1","sync":{"until_done":true}}
{"at":5000,"device":"d2","create":{"ref":"v3","kind":"visit","fields":{"note":"三"}}}
{"at":6000,"device":"d2","sync":{"until_done":true}}
{"at":60000,"device":"d2","crash":{}}
{"at":61000,"device":"d2","sync":{"until_done":true}}
{"at":90000,"server":"start"}
{"at":300000,"device":"d1","sync":{"until_done":true}}
{"at":300000,"device":"d2","sync":{"until_done":true}}
{"at":600000,"device":"d1","sync":{"until_done":true}}
{"at":900000,"expect":{"records":{"kind":"visit","count":3},"converged":true,"device":"d2","holds":["v1","v2","v3"]}}"#;
    let report = replay(steps, spawned(folder.path()));
    assert_ends_well(&report);
    assert_eq!((report.ops.written, report.ops.acked), (3, 3));
}

#[test]
fn phones_without_a_link_are_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let steps = r#"{"at":1000,"device":"d1","link":"down"}
{"at":2000,"device":"d1","create":{"ref":"v1","kind":"visit","fields":{"note":"一"}}}
{"at":3000,"device":"d1","sync":{"until_done":true}}
{"at":9000,"expect":{"device":"d1","outbox":1}}
{"at":9000,"expect":{"records":{"kind":"visit","count":0},"converged":false}}
{"at":99000,"device":"d1","link":"lte_ok"}
{"at":100000,"device":"d1","sync":{"until_done":true}}
{"at":200000,"expect":{"device":"d1","outbox":0}}
{"at":200000,"device":"d2","sync":{"until_done":true}}
{"at":300000,"expect":{"records":{"kind":"visit","count":1},"converged":true}}"#;
    assert_ends_well(&replay(steps, spawned(folder.path())));
}

#[test]
fn backups_cuts_and_restarts_of_phones_lose_nothing_that_a_phone_still_has() {
    let folder = tempfile::tempdir().unwrap();
    let steps = r#"{"at":1000,"device":"d1","create":{"ref":"v1","kind":"visit","fields":{"note":"一"}}}
{"at":2000,"device":"d1","sync":{"cut_reply":true}}
{"at":60000,"device":"d1","restart":{}}
{"at":61000,"device":"d1","create":{"ref":"v2","kind":"visit","fields":{"note":"二"}}}
{"at":62000,"device":"d1","sync":{"cut_after_bytes":300}}
{"at":90000,"device":"d1","reboot":{}}
{"at":91000,"device":"d1","create":{"ref":"v3","kind":"visit","fields":{"note":"三"}}}
{"at":92000,"device":"d1","sync":{"until_done":true}}
{"at":93000,"device":"d1","clock":{"offset_ms":86400000}}
{"at":94000,"device":"d1","edit":{"ref":"v1","append":{"notes":["加"]}}}
{"at":95000,"device":"d1","sync":{"until_done":true}}
{"at":200000,"device":"d2","sync":{"until_done":true}}
{"at":300000,"expect":{"records":{"kind":"visit","count":3},"quarantined":0,"converged":true}}
{"at":300000,"expect":{"ref":"v1","fields":{"notes":["加"]}}}"#;
    let report = replay(steps, spawned(folder.path()));
    assert_ends_well(&report);
    assert_eq!(report.ops.acked, 4);
}

#[test]
fn a_failed_expectation_names_its_line_and_the_report_is_not_ok() {
    let folder = tempfile::tempdir().unwrap();
    let report = replay(
        r#"{"at":0,"expect":{"records":{"kind":"visit","count":1}}}"#,
        spawned(folder.path()),
    );
    assert!(!report.ok);
    assert!(
        report.failures[0].starts_with("line 7: "),
        "{:?}",
        report.failures
    );
}

#[test]
fn what_a_server_held_before_a_replay_does_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, access) = running(folder.path());
    let steps = r#"{"at":1000,"device":"d1","create":{"ref":"v1","kind":"visit","fields":{"note":"一"}}}
{"at":1000,"admin":{"revoke":{"device":"d2"}}}
{"at":2000,"device":"d2","create":{"ref":"v2","kind":"visit","fields":{"note":"二"}}}
{"at":3000,"device":"d1","sync":{"until_done":true}}
{"at":3000,"device":"d2","sync":{}}
{"at":9000,"expect":{"records":{"kind":"visit","count":1},"quarantined":1}}"#;
    for records in 1..=2 {
        let report = replay(steps, ServerChoice::Running(access.clone()));
        assert!(report.ok, "{:?}", report.failures);
        assert_eq!((report.server.records, report.ops.quarantined), (records, 1));
    }
}

#[test]
fn acts_at_the_centre_outlast_a_server_that_is_being_started_again() {
    let folder = tempfile::tempdir().unwrap();
    let (mut server, access) = running(folder.path());
    let mut centre = HttpCentre::new(&access, 1).unwrap();
    centre
        .areas([&AreaStep {
            code: GRID.into(),
            name: "一格".into(),
            level: "grid".into(),
        }])
        .unwrap();
    server.kill();
    let restart = std::thread::spawn(move || {
        server.start().unwrap();
        server
    });
    let fields = Map::from_iter([("title".to_owned(), json!("查一下水井"))]);
    let task = centre.create("task", GRID, fields).unwrap();
    let _server = restart.join().unwrap();
    let rows = centre.rows().unwrap();
    assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), [task]);
}

#[test]
fn a_server_asked_to_end_does_so_in_order_and_starts_again_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (mut server, access) = running(folder.path());
    server.terminate().unwrap();
    assert!(!server.is_running());
    assert_eq!(server.start().unwrap(), access.url);
    assert!(HttpCentre::new(&access, 1).is_ok());
}

#[test]
fn a_server_that_cannot_start_says_why() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("otor-data"), "a file, no folder").unwrap();
    let mut server = ServerChild::new(launch(), &folder.path().join("otor-data"), TOKEN);
    let error = server.start().unwrap_err().to_string();
    assert!(error.contains("did not start: otor:"), "{error}");
}

#[test]
fn phones_driven_for_a_time_agree_with_the_server_in_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, access) = running(folder.path());
    let options = Options {
        speed: 600.0,
        cuts_idleness: false,
        ..Options::new(ServerChoice::Running(access))
    };
    let load = Load {
        link: Some("lte_edge".into()),
        ..Load::new(6, 120)
    };
    let log = folder.path().join("acks");
    let acks = AckLog::open(&log).unwrap();
    let report = remote::run(options, &load, Some(acks), &mut |_| {}).unwrap();
    assert_ends_well(&report);
    assert!(
        report.ops.written > 100 && report.ops.acked == report.ops.written,
        "{:?}",
        report.ops
    );
    // Every acknowledgement was noted as it came: those of an actor only rise, and all of them end where it ended.
    let mut through = BTreeMap::new();
    for line in std::fs::read_to_string(&log).unwrap().lines() {
        let numbers: Vec<u64> = line.split(' ').map(|word| word.parse().unwrap()).collect();
        let before = through.insert(numbers[1], numbers[2]);
        assert!(before < Some(numbers[2]), "{line}");
    }
    assert_eq!(through.values().sum::<u64>(), report.ops.acked as u64);
}

fn otor_sim(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_otor-sim"))
        .args(arguments)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_power_cut_of_a_real_server_is_told_in_one_line_with_status_2() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.jsonl");
    std::fs::write(&path, format!("{HEAD}{{\"at\":5,\"server\":\"power_cut\"}}\n")).unwrap();
    let output = otor_sim(&["replay", path.to_str().unwrap(), "--spawn"]);
    assert_eq!(
        (output.status.code(), said(&output).lines().count()),
        (Some(2), 1),
        "{}",
        said(&output)
    );
    let output = otor_sim(&["replay", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}

#[test]
fn the_report_is_the_last_line_and_the_status_tells_whether_it_is_ok() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.jsonl");
    let made = otor_sim(&["trace", "make", "--workers", "3", "--out", path.to_str().unwrap()]);
    assert_eq!(made.status.code(), Some(0), "{}", said(&made));
    let output = otor_sim(&["replay", path.to_str().unwrap(), "--seed", "9"]);
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let report: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(
        (output.status.code(), &report["ok"]),
        (Some(0), &json!(true)),
        "{}",
        said(&output)
    );
    assert_eq!(report["seed"], 9);
    let steps = format!("{HEAD}{{\"at\":0,\"expect\":{{\"records\":{{\"kind\":\"visit\",\"count\":1}}}}}}\n");
    std::fs::write(&path, steps).unwrap();
    assert_eq!(
        otor_sim(&["replay", path.to_str().unwrap()]).status.code(),
        Some(1)
    );
    std::fs::write(&path, HEAD.replace("w2", "w1")).unwrap();
    let wrong = otor_sim(&["replay", path.to_str().unwrap()]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(said(&wrong).contains("line 4"), "{}", said(&wrong));
}

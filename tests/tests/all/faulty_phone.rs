//! An app that writes what it must not, against a real server: one op after another is kept aside with its reason,
//! everything between them is taken, the worker sees all of it in the tray, and the centre lets in what can be.

use crate::harness::{Administration, FieldPhone, GRIDS, RealServer, found_county, printed};
use otor_protocol::ids::{ActorId, Dot, RecordId};
use otor_protocol::op::{Body, Change, FieldId, KindId};
use otor_protocol::replica::OpState;
use otor_protocol::value::Value;
use otor_protocol::wire::Reason;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

const NOTE: FieldId = FieldId(5);
const NOTES: FieldId = FieldId(60);
const GRID: &str = GRIDS[0];

fn visit(kind: u16, note: &str) -> Body {
    Body::Create {
        kind: KindId(kind),
        area: GRID.parse().expect("a code"),
        changes: vec![Change::Once(NOTE, note.into())],
    }
}

fn noting(record: Dot, text: &str) -> Body {
    Body::Edit {
        record: RecordId(record),
        changes: vec![Change::Append(NOTES, text.into())],
    }
}

fn name(dot: Dot) -> String {
    RecordId(dot).to_string()
}

/// The tray, by op.
fn tray(phone: &FieldPhone) -> BTreeMap<Dot, OpState> {
    let phone = phone.lock();
    let tray = phone.replica().expect("a running phone").tray();
    tray.into_iter().map(|entry| (entry.dot, entry.state)).collect()
}

fn kept(reason: Reason) -> OpState {
    OpState::Quarantined { reason, behind: None }
}

/// What the command line lists as kept aside: the reason and what it waits behind, by op.
fn listed(server: &RealServer, line: &str) -> BTreeMap<String, (String, Json)> {
    let output = server.command(&format!("quarantine list --json {line}")).output();
    let answer: Json = serde_json::from_str(&printed(&output.expect("otor can be run"))).expect("JSON");
    let held = answer["held"].as_array().expect("a list").iter();
    held.map(|entry| {
        let text = |name: &str| entry[name].as_str().expect("a text").to_owned();
        (text("op"), (text("reason"), entry["behind"].clone()))
    })
    .collect()
}

fn succeeds(server: &RealServer, line: &str) -> bool {
    let output = server.command(line).output().expect("otor can be run");
    output.status.success()
}

fn fields_of(administration: &Administration, record: Dot) -> Json {
    administration.get(&format!("records/{}", name(record)))["fields"].clone()
}

#[tokio::test]
async fn faulty_ops_are_kept_aside_one_by_one_and_stay_in_the_tray_until_they_are_let_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut server = RealServer::start(folder.path());
    let administration = Administration::of(server.url());
    found_county(&administration);
    let phone = FieldPhone::invited(&administration, server.url(), "a", "w0").await;
    let other = FieldPhone::invited(&administration, server.url(), "b", "w1").await;
    other.sync().await;

    let first = phone.visit(GRID, "door 1", "first");
    let nul = phone.write_unchecked(GRID, visit(2, "井\0水"));
    let behind_nul = phone.write_unchecked(GRID, noting(nul, "three days"));
    let long = phone.write_unchecked(GRID, visit(2, &"水".repeat(4_500)));
    let behind_too = phone.write_unchecked(GRID, noting(nul, "still"));
    let unknown_kind = phone.write_unchecked(GRID, visit(77, "of a newer app"));
    let nowhere = phone.write_unchecked(GRID, noting(Dot::new(ActorId(900_000), 1), "to nobody"));
    let to_come = other.next_dot();
    let early = phone.write_unchecked(GRID, noting(to_come, "before its visit"));
    let garbage = phone.write_raw(GRID, b"no op at all");
    let too_long = phone.write_unchecked(GRID, visit(2, &"水".repeat(6_000)));
    let last = phone.visit(GRID, "door 2", "last");
    phone.sync().await;

    let expected = BTreeMap::from([
        (nul, kept(Reason::Unprintable(NOTE))),
        (
            behind_nul,
            OpState::Quarantined {
                reason: Reason::BehindAnother,
                behind: Some(nul),
            },
        ),
        (long, kept(Reason::BadValue(NOTE))),
        (
            behind_too,
            OpState::Quarantined {
                reason: Reason::BehindAnother,
                behind: Some(nul),
            },
        ),
        (unknown_kind, kept(Reason::UnknownKind)),
        (nowhere, kept(Reason::NoSuchRecord)),
        (early, OpState::Parked),
        (garbage, kept(Reason::Unreadable)),
        (too_long, kept(Reason::Unreadable)),
    ]);
    assert_eq!(tray(&phone), expected);
    // What is sound is merged, and the worker sees the rest beside it.
    assert_eq!(administration.kept_aside(), (8, 1));
    for sound in [first, last] {
        assert!(fields_of(&administration, sound.0)["note"].is_string());
    }
    assert!(phone.records().contains(&RecordId(nul)));
    let mut quarantined = BTreeMap::from([
        (name(nul), ("unprintable".to_owned(), Json::Null)),
        (name(behind_nul), ("behind_another".to_owned(), json!(name(nul)))),
        (name(long), ("bad_value".to_owned(), Json::Null)),
        (name(behind_too), ("behind_another".to_owned(), json!(name(nul)))),
        (name(unknown_kind), ("unknown_kind".to_owned(), Json::Null)),
        (name(nowhere), ("no_such_record".to_owned(), Json::Null)),
        (name(garbage), ("unreadable".to_owned(), Json::Null)),
        (name(too_long), ("unreadable".to_owned(), Json::Null)),
    ]);
    assert_eq!(listed(&server, ""), quarantined);
    assert_eq!(
        listed(&server, "--waiting"),
        BTreeMap::from([(name(early), ("waiting".to_owned(), Json::Null))])
    );
    assert_eq!(listed(&server, "--reason bad_value").len(), 1);

    // Neither the phone nor the server forgets any of it.
    phone.crash();
    server.kill();
    server.up();
    phone.sync().await;
    assert_eq!(tray(&phone), expected);
    assert_eq!(listed(&server, ""), quarantined);

    // The other phone's visit comes, and what waited for it is merged by itself.
    let visit_to_come = other.visit(GRID, "door 3", "awaited");
    assert_eq!(visit_to_come.0, to_come);
    other.sync().await;
    phone.sync().await;
    assert_eq!(
        fields_of(&administration, to_come)["notes"],
        json!(["before its visit"])
    );
    assert!(!tray(&phone).contains_key(&early));

    // The centre vouches for the texts: what waited behind comes with them, in the order of writing.
    assert!(!succeeds(
        &server,
        &format!("quarantine release {}", name(behind_nul))
    ));
    assert!(succeeds(&server, &format!("quarantine release {}", name(nul))));
    assert!(succeeds(&server, "quarantine release --reason bad_value"));
    let shown = fields_of(&administration, nul);
    assert_eq!(shown["note"], json!("井\u{fffd}水"));
    assert_eq!(shown["notes"], json!(["three days", "still"]));
    assert_eq!(
        fields_of(&administration, long)["note"],
        json!("水".repeat(4_500))
    );
    assert!(succeeds(
        &server,
        &format!("quarantine release {}", name(too_long))
    ));
    let csv = administration.text("pull?kind=visit&format=csv");
    assert!(!csv.contains('\0') && csv.contains('\u{fffd}'));
    // What nothing can be made of stays, and says so.
    for hopeless in [unknown_kind, nowhere, garbage] {
        let line = format!("quarantine release {}", name(hopeless));
        assert!(!succeeds(&server, &line), "{line}");
    }
    for op in [nul, behind_nul, long, behind_too, too_long] {
        quarantined.remove(&name(op));
    }
    assert_eq!(listed(&server, ""), quarantined);
    phone.sync().await;
    other.sync().await;
    let left: Vec<Dot> = tray(&phone).into_keys().collect();
    assert_eq!(left, [unknown_kind, nowhere, garbage]);
    for phone in [&phone, &other] {
        let phone = phone.lock();
        let replica = phone.replica().expect("a running phone");
        let notes = replica
            .mirrored(RecordId(nul))
            .expect("the visit")
            .entries(NOTES)
            .len();
        assert_eq!(notes, 2);
        assert_eq!(replica.incidents(), []);
        let text = replica
            .mirrored(RecordId(nul))
            .and_then(|record| record.register(NOTE).cloned());
        assert_eq!(text, Some(Value::from("井\0水")));
    }
}

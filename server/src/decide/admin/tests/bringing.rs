//! Records of other systems: new ones, the same again, changed ones, bad ones.

use crate::decide::admin::bring::{self, RecordRow};
use crate::decide::admin::record::{self, NewRecord, RecordEdit};
use crate::decide::admin::{Imported, RowError};
use crate::service::import::records as read_file;
use crate::service::records;
use crate::state::read;
use crate::test_server::{GRIDS, TestServer};
use otor_protocol::catalogue::Catalogue;
use otor_protocol::ids::RecordId;
use serde_json::{Map, Value as Json, json};

fn rows(lines: &[Json]) -> Vec<RecordRow> {
    let text: Vec<String> = lines.iter().map(ToString::to_string).collect();
    let file = read_file(text.join("\n").as_bytes());
    assert_eq!(file.errors, []);
    file.rows
}

fn report(number: &str, fields: Json) -> Json {
    let mut all = fields.as_object().cloned().expect("fields");
    all.insert("channel".into(), "hotline".into());
    all.insert("external_id".into(), number.into());
    json!({"kind": "report", "area": GRIDS[0], "fields": all})
}

/// Brings a file, commit by commit.
fn import(server: &mut TestServer, lines: &[Json]) -> Imported {
    let mut rest = rows(lines);
    let mut whole = Imported::default();
    while !rest.is_empty() {
        let part = rest.clone();
        let done = server.county(move |desk, county| bring::import(desk, county, &part));
        let done = done.expect("an answer");
        whole.imported += done.imported;
        whole.updated += done.updated;
        whole.unchanged += done.unchanged;
        whole.errors.extend(done.errors);
        rest.drain(..done.taken);
    }
    whole
}

fn counts(imported: &Imported) -> (u64, u64, u64, usize) {
    let Imported {
        imported,
        updated,
        unchanged,
        errors,
        ..
    } = imported;
    (*imported, *updated, *unchanged, errors.len())
}

/// All records with this number elsewhere, with their fields.
fn of_number(server: &TestServer, number: &str) -> Vec<(RecordId, Map<String, Json>)> {
    let (reader, catalogue) = (server.reader(), Catalogue::built_in());
    let view = reader.snapshot();
    let county = read::person_by_code(&view, "county")
        .expect("readable")
        .expect("county");
    let cells = read::under::<crate::state::cell::RecordCell>(&view, &crate::state::key::records());
    let ids = cells
        .expect("readable")
        .into_iter()
        .map(|(_, cell)| cell.record().expect("sound").id);
    ids.filter_map(|id| Some((id, records::one(&view, &catalogue, &county, id).ok()??.fields)))
        .filter(|(_, fields)| fields.get("external_id") == Some(&json!(number)))
        .collect()
}

fn fields(server: &TestServer, number: &str) -> (RecordId, Map<String, Json>) {
    let mut found = of_number(server, number);
    assert_eq!(found.len(), 1, "one record of number {number}");
    found.remove(0)
}

#[test]
fn a_row_is_brought_once_and_a_changed_one_changes_its_record() {
    let mut server = TestServer::new();
    let first = report(
        "A-1",
        json!({"title": "漏水", "category": "pipe", "phone": "1", "tags": ["a"], "notes": ["来电"]}),
    );
    assert_eq!(
        counts(&import(&mut server, std::slice::from_ref(&first))),
        (1, 0, 0, 0)
    );
    assert_eq!(
        counts(&import(&mut server, std::slice::from_ref(&first))),
        (0, 0, 1, 0)
    );
    let changed = report(
        "A-1",
        json!({"title": "漏水", "category": "water", "phone": "2", "tags": ["a", "b"], "notes": ["来电", "再来电"]}),
    );
    assert_eq!(
        counts(&import(&mut server, std::slice::from_ref(&changed))),
        (1, 1, 0, 0)
    );
    assert_eq!(
        counts(&import(&mut server, std::slice::from_ref(&changed))),
        (0, 0, 1, 0)
    );
    let (_, fields) = fields(&server, "A-1");
    let told = ["category", "phone", "tags", "notes"].map(|name| fields[name].clone());
    assert_eq!(
        told,
        [
            json!("water"),
            json!("2"),
            json!(["a", "b"]),
            json!(["来电", "再来电"])
        ]
    );
}

#[test]
fn a_row_that_has_not_changed_takes_back_nothing_that_was_done_since() {
    let mut server = TestServer::new();
    let row = report("A-2", json!({"title": "路灯", "category": "lamp"}));
    import(&mut server, std::slice::from_ref(&row));
    let (id, _) = fields(&server, "A-2");
    let edit = RecordEdit {
        set: json!({"category": "power"}).as_object().cloned().expect("fields"),
        ..RecordEdit::default()
    };
    let edited = server.county(move |desk, county| record::edit(desk, county, id, &edit));
    edited.expect("edited");
    assert_eq!(counts(&import(&mut server, &[row])), (0, 0, 1, 0));
    assert_eq!(fields(&server, "A-2").1["category"], json!("power"));
}

#[test]
fn what_is_set_once_stays_and_is_told_and_the_rest_of_the_row_is_taken() {
    let mut server = TestServer::new();
    import(
        &mut server,
        &[report("A-3", json!({"title": "井盖", "category": "road"}))],
    );
    let changed = report("A-3", json!({"title": "井盖没了", "category": "danger"}));
    let told = import(&mut server, std::slice::from_ref(&changed));
    assert_eq!(counts(&told), (1, 1, 0, 1));
    assert!(told.errors[0].message.contains("title"), "{:?}", told.errors);
    let (_, fields) = fields(&server, "A-3");
    assert_eq!(
        (&fields["title"], &fields["category"]),
        (&json!("井盖"), &json!("danger"))
    );
    // It is told once, not with every file.
    assert_eq!(counts(&import(&mut server, &[changed])), (0, 0, 1, 0));
}

#[test]
fn bad_rows_are_told_one_by_one_and_the_others_are_brought() {
    let mut server = TestServer::new();
    let lines = [
        report("B-1", json!({"title": "一"})),
        json!({"kind": "report", "area": GRIDS[0], "fields": {"title": "no number"}}),
        report("B-2", json!({"title": "二", "severity": 9})),
        json!({"kind": "household", "area": GRIDS[0], "fields": {"code": "h-1", "honesty_score": 3}}),
        json!({"kind": "visit", "area": GRIDS[0], "fields": {"note": "x"}}),
        json!({"kind": "report", "area": "999999999999999", "fields": {"external_id": "B-3"}}),
        report("B-4", json!({"title": "x".repeat(201)})),
        json!({"kind": "household", "area": GRIDS[0], "fields": {"code": "h-2", "place": "三巷四号"}}),
    ];
    let told = import(&mut server, &lines);
    assert_eq!(counts(&told), (2, 0, 0, 6));
    let bad: Vec<u64> = told.errors.iter().map(|RowError { row, .. }| *row).collect();
    assert_eq!(bad, [2, 3, 4, 5, 6, 7]);
    assert_eq!(of_number(&server, "B-1").len(), 1);
    // The file mended and sent again brings what was missing.
    let mended = [
        report("B-1", json!({"title": "一"})),
        report("B-2", json!({"title": "二", "severity": 2})),
    ];
    assert_eq!(counts(&import(&mut server, &mended)), (1, 0, 1, 0));
}

#[test]
fn one_number_twice_in_a_file_is_one_record_that_the_later_row_changes() {
    let mut server = TestServer::new();
    let (one, two) = (
        report("C-1", json!({"title": "树倒", "category": "tree"})),
        report("C-1", json!({"title": "树倒", "category": "road"})),
    );
    let lines = [one.clone(), one.clone(), two.clone()];
    assert_eq!(counts(&import(&mut server, &lines)), (2, 1, 1, 0));
    assert_eq!(fields(&server, "C-1").1["category"], json!("road"));
}

#[test]
fn what_was_erased_is_not_brought_back() {
    let mut server = TestServer::new();
    import(
        &mut server,
        &[report("D-1", json!({"title": "王家漏水", "category": "pipe"}))],
    );
    let (id, _) = fields(&server, "D-1");
    let erased = server.county(move |desk, county| record::erase(desk, county, id));
    erased.expect("erased");
    let changed = report(
        "D-1",
        json!({"title": "王家漏水", "phone": "13800001111", "category": "water"}),
    );
    assert_eq!(counts(&import(&mut server, &[changed])), (1, 1, 0, 0));
    let (_, fields) = fields(&server, "D-1");
    assert_eq!((fields.get("title"), fields.get("phone")), (None, None));
    assert_eq!(fields["category"], json!("water"));
}

#[test]
fn a_trial_counts_what_would_come_of_a_whole_file_and_writes_nothing() {
    let mut server = TestServer::new();
    import(&mut server, &[report("E-1", json!({"title": "一"}))]);
    let mut lines: Vec<Json> = (0..100)
        .map(|n| report(&format!("F-{n}"), json!({"title": "二"})))
        .collect();
    lines.push(report("E-1", json!({"title": "一", "category": "pipe"})));
    lines.push(report("F-1", json!({"title": "二"})));
    lines.push(report("G-1", json!({"severity": 0})));
    let before = server.reader().published();
    let whole = rows(&lines);
    let tried = server.county(move |desk, county| Ok((None, bring::preview(desk, county, &whole)?)));
    assert_eq!(server.reader().published(), before);
    let tried = tried.expect("weighed");
    assert_eq!(counts(&tried), (101, 1, 1, 1));
    assert_eq!(counts(&import(&mut server, &lines)), (101, 1, 1, 1));
}

#[test]
fn an_account_brings_nothing_outside_its_area() {
    let mut server = TestServer::new();
    let row = NewRecord {
        kind: "household".into(),
        area: "150822100201001".into(),
        fields: json!({"code": "h-9"}).as_object().cloned().expect("fields"),
    };
    let part = [RecordRow { row: 1, record: row }];
    let told = server.county(move |desk, county| bring::import(desk, county, &part));
    assert_eq!(counts(&told.expect("an answer")), (0, 0, 0, 1));
}

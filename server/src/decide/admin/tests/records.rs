//! Records by administrators.

use crate::decide::admin::account::{self, NewAccount};
use crate::decide::admin::record::{self, NewRecord, RecordEdit, RecordEvent};
use crate::decide::admin::{AdminRefusal, Outcome, token_hash};
use crate::service::records;
use crate::service::row::{Row, RowState};
use crate::state::read;
use crate::test_server::{FAR_GRID, GRIDS, TestServer};
use otor_protocol::catalogue::Catalogue;
use otor_protocol::ids::{Lane, RecordId};
use otor_protocol::op::{Body, Change, FieldId, KindId};
use otor_protocol::receipt::record_named;
use otor_protocol::wire::Verdict;
use serde_json::{Map, Value as Json, json};

fn object(json: Json) -> Map<String, Json> {
    json.as_object().expect("an object").clone()
}

fn create(server: &mut TestServer, kind: &str, area: &str, fields: Json) -> Outcome<RecordId> {
    let request = NewRecord {
        kind: kind.into(),
        area: area.into(),
        fields: object(fields),
    };
    let created = server.county(move |desk, own| record::create(desk, own, &request))?;
    Ok(created.record().expect("an id"))
}

fn row(server: &TestServer, id: RecordId) -> Row {
    let (reader, catalogue) = (server.reader(), Catalogue::built_in());
    let view = reader.snapshot();
    let county = read::person_by_code(&view, "county")
        .expect("readable")
        .expect("county");
    let row = records::one(&view, &catalogue, &county, id).expect("readable");
    row.expect("the record is there")
}

fn edit(server: &mut TestServer, id: RecordId, set: Json) -> Outcome<()> {
    let request = RecordEdit {
        set: object(set),
        ..RecordEdit::default()
    };
    server
        .county(move |desk, own| record::edit(desk, own, id, &request))
        .map(|_| ())
}

#[test]
fn a_record_is_created_edited_and_read_back() {
    let mut server = TestServer::new();
    let id = create(
        &mut server,
        "report",
        GRIDS[0],
        json!({"title": "水管破裂", "severity": 2, "tags": ["water"]}),
    )
    .expect("created");
    edit(&mut server, id, json!({"phone": "13800001111"})).expect("edited");
    let request = RecordEdit {
        add: object(json!({"tags": ["pipe"]})),
        remove: object(json!({"tags": ["water"]})),
        append: object(json!({"notes": ["called"]})),
        ..RecordEdit::default()
    };
    server
        .county(move |desk, own| record::edit(desk, own, id, &request))
        .expect("edited");
    let event = RecordEvent {
        event: "close".into(),
        fields: object(json!({"outcome": "mended"})),
    };
    server
        .county(move |desk, own| record::event(desk, own, id, &event))
        .expect("closed");
    let row = row(&server, id);
    assert_eq!(row.fields["title"], "水管破裂");
    assert_eq!(row.fields["tags"], json!(["pipe"]));
    assert_eq!(row.fields["notes"], json!(["called"]));
    assert_eq!(row.fields["status"], "closed");
    assert_eq!(row.created_by, "county");
    assert_eq!(record_named(&row.receipt), Ok(id));
}

#[test]
fn what_a_phone_may_not_write_is_refused_and_nothing_is_kept_aside() {
    let mut server = TestServer::new();
    let id = create(&mut server, "visit", GRIDS[0], json!({"note": "first"})).expect("created");
    let once = edit(&mut server, id, json!({"note": "second"}));
    assert!(matches!(once, Err(AdminRefusal::Unacceptable(_))), "{once:?}");
    let field = edit(&mut server, id, json!({"colour": "red"}));
    assert!(matches!(field, Err(AdminRefusal::Invalid(_))), "{field:?}");
    let kind = create(&mut server, "horoscope", GRIDS[0], json!({}));
    assert!(matches!(kind, Err(AdminRefusal::Invalid(_))), "{kind:?}");
    let area = create(&mut server, "visit", "150821109", json!({}));
    assert!(matches!(area, Err(AdminRefusal::Unacceptable(_))), "{area:?}");
    let empty = edit(&mut server, id, json!({}));
    assert!(matches!(empty, Err(AdminRefusal::Invalid(_))), "{empty:?}");
    let missing = edit(
        &mut server,
        "9-9".parse().expect("an id"),
        json!({"follow_up": "x"}),
    );
    assert!(matches!(missing, Err(AdminRefusal::NotFound(_))), "{missing:?}");
    let view = server.reader();
    let held = view.snapshot();
    let held = read::under::<crate::state::cell::HeldCell>(&held, &crate::state::key::all_quarantined());
    assert_eq!(held.expect("readable"), []);
}

#[test]
fn an_edit_wins_over_what_its_author_saw_even_in_the_same_millisecond() {
    let mut server = TestServer::new();
    server.worker("w1", &GRIDS);
    let phone = server.phone("w1", 1);
    let mut ids = Vec::new();
    for number in 0..3 {
        let body = Body::Create {
            kind: KindId(2),
            area: GRIDS[0].parse().expect("a code"),
            changes: vec![Change::Latest(
                FieldId(7),
                format!("phone {number}").as_str().into(),
            )],
        };
        let (dot, verdict) = server.phone_writes(&phone, Lane::Rest, body);
        assert_eq!(verdict, Verdict::Accepted);
        ids.push(RecordId(dot));
    }
    for id in ids {
        edit(&mut server, id, json!({"follow_up": "centre"})).expect("edited");
        assert_eq!(row(&server, id).fields["follow_up"], "centre");
    }
}

#[test]
fn a_relocated_record_is_filed_where_it_was_sent() {
    let mut server = TestServer::new();
    let id = create(&mut server, "report", GRIDS[0], json!({})).expect("created");
    let moved = server.county(move |desk, own| record::relocate(desk, own, id, FAR_GRID));
    let again = server.county(move |desk, own| record::relocate(desk, own, id, FAR_GRID));
    assert_eq!(moved, again, "a second time there is nothing to do");
    assert_eq!(row(&server, id).area, FAR_GRID);
}

#[test]
fn an_erasure_takes_the_personal_fields_and_beats_later_edits() {
    let mut server = TestServer::new();
    let id = create(
        &mut server,
        "household",
        GRIDS[0],
        json!({"code": "h1", "place": "东头", "phone": "139"}),
    )
    .expect("created");
    server
        .county(move |desk, own| record::erase(desk, own, id))
        .expect("erased");
    edit(&mut server, id, json!({"place": "again"})).expect("taken, but to no effect");
    let row = row(&server, id);
    assert_eq!(row.state, RowState::Erased);
    assert_eq!(
        Json::Object(row.fields),
        json!({"code": "h1", "status": "occupied"})
    );
}

#[test]
fn an_account_acts_on_records_of_its_area_and_level_only() {
    let mut server = TestServer::new();
    let near = create(&mut server, "report", GRIDS[0], json!({})).expect("created");
    let far = create(&mut server, "report", FAR_GRID, json!({})).expect("created");
    let request = NewAccount {
        name: "township".into(),
        level: "township".into(),
        area: Some("150821100".into()),
    };
    let created = server.county(move |desk, own| account::create(desk, own, &request, token_hash("t")));
    created.expect("an account");
    let mut note = |id| {
        let request = RecordEdit {
            append: object(json!({"notes": ["seen"]})),
            ..RecordEdit::default()
        };
        server.account("township", move |desk, own| record::edit(desk, own, id, &request))
    };
    assert!(note(near).is_ok());
    assert!(matches!(note(far), Err(AdminRefusal::NotFound(_))));
    let away = server.account("township", move |desk, own| {
        record::relocate(desk, own, near, FAR_GRID)
    });
    assert!(matches!(away, Err(AdminRefusal::NotAllowed(_))), "{away:?}");
    let erased = server.account("township", move |desk, own| record::erase(desk, own, near));
    assert!(matches!(erased, Err(AdminRefusal::NotAllowed(_))), "{erased:?}");
}

//! One case from whichever side, however its marks came.

use super::{case_root, marked_as};
use crate::decide::admin::record::{self, NewRecord, RecordEvent};
use crate::service::row::record_of;
use crate::state::read;
use crate::test_server::{GRIDS, TestServer};
use otor_protocol::catalogue::Catalogue;
use otor_protocol::catalogue::built_in::report;
use otor_protocol::ids::{Dot, Lane, RecordId};
use otor_protocol::lifecycle::{CASE_MAX, told_of};
use otor_protocol::op::{Body, Change, EventId};
use otor_protocol::record::Record;
use otor_protocol::value::Value;
use otor_protocol::wire::Verdict;
use serde_json::{Map, json};
use std::collections::BTreeSet;

const NOW: u64 = u64::MAX;

fn create(server: &mut TestServer) -> RecordId {
    let request = NewRecord {
        kind: "report".into(),
        area: GRIDS[0].into(),
        fields: Map::new(),
    };
    let created = server.county(move |desk, own| record::create(desk, own, &request));
    created.expect("created").record().expect("an id")
}

fn say(server: &mut TestServer, id: RecordId, event: &str, of: RecordId) {
    let fields = json!({"of": of.to_string()});
    let request = RecordEvent {
        event: event.into(),
        fields: fields.as_object().cloned().expect("arguments"),
    };
    let said = server.county(move |desk, own| record::event(desk, own, id, &request));
    said.expect("it is said");
}

fn creation() -> Body {
    let kinds = Catalogue::built_in();
    Body::Create {
        kind: kinds.kind_named("report").expect("a kind").id,
        area: GRIDS[0].parse().expect("an area"),
        changes: Vec::new(),
    }
}

fn said(record: RecordId, event: EventId, of: RecordId) -> Body {
    let args = vec![(report::OF, Value::Record(of))];
    Body::Edit {
        record,
        changes: vec![Change::Event {
            event,
            round: 1,
            args,
        }],
    }
}

fn roots(server: &TestServer, ids: &[RecordId], through: u64) -> Vec<RecordId> {
    let reader = server.reader();
    let view = reader.snapshot();
    let root = |id: &RecordId| case_root(&view, *id, through).expect("readable");
    ids.iter().map(root).collect()
}

fn held(server: &TestServer, id: RecordId) -> Record {
    let cell = read::record(&server.reader().snapshot(), id).expect("readable");
    record_of(id, &cell.expect("it is there")).expect("a record")
}

/// Fails unless the state is what the journal folds into, byte for byte.
fn assert_folds_again(server: &TestServer) {
    assert!(server.dump() == server.dump_of_the_journal());
}

#[test]
fn mark_that_comes_with_its_report_joins_both_and_is_told_to_the_other() {
    let mut server = TestServer::new();
    server.worker("w1", &[GRIDS[0]]);
    let phone = server.phone("w1", 1);
    let first = create(&mut server);
    let second = RecordId(Dot::new(phone.actors[Lane::Reports.index()], 1));
    let bodies = vec![creation(), said(second, report::MARK_DUPLICATE, first)];
    let (dot, verdicts) = server.phone_writes_all(&phone, Lane::Reports, bodies);
    assert_eq!((RecordId(dot), verdicts), (second, vec![Verdict::Accepted; 2]));
    let root = first.min(second);
    assert_eq!(roots(&server, &[first, second], NOW), [root, root]);
    assert_eq!(told_of(&held(&server, first)), BTreeSet::from([second]));
    assert_folds_again(&server);
}

#[test]
fn report_that_comes_after_it_was_named_is_of_the_case_and_is_told() {
    let mut server = TestServer::new();
    server.worker("w1", &[GRIDS[0]]);
    let phone = server.phone("w1", 1);
    let double = create(&mut server);
    let late = RecordId(Dot::new(phone.actors[Lane::Reports.index()], 1));
    say(&mut server, double, "mark_duplicate", late);
    let root = late.min(double);
    assert_eq!(roots(&server, &[double], NOW), [root], "it counts as it is named");
    server.phone_writes(&phone, Lane::Reports, creation());
    assert_eq!(roots(&server, &[double, late], NOW), [root, root]);
    assert_eq!(told_of(&held(&server, late)), BTreeSet::from([double]));
    assert_folds_again(&server);
}

#[test]
fn circle_of_which_one_mark_goes_elsewhere_is_one_case_from_every_side() {
    let mut server = TestServer::new();
    let ids: Vec<RecordId> = (0..3).map(|_| create(&mut server)).collect();
    let before = server.reader().published();
    say(&mut server, ids[0], "mark_duplicate", ids[1]);
    say(&mut server, ids[1], "mark_duplicate", ids[0]);
    let circle = server.reader().published();
    say(&mut server, ids[1], "mark_duplicate", ids[2]);
    assert_eq!(roots(&server, &ids, NOW), [ids[0]; 3]);
    assert_eq!(told_of(&held(&server, ids[1])), BTreeSet::from([ids[0]]));
    assert_eq!(roots(&server, &ids, before), ids, "none was marked then");
    assert_eq!(roots(&server, &ids, circle), [ids[0], ids[0], ids[2]]);
    say(&mut server, ids[0], "unmark_duplicate", ids[1]);
    assert_eq!(roots(&server, &ids, NOW), [ids[0], ids[1], ids[1]]);
    assert_folds_again(&server);
}

#[test]
fn report_of_very_many_doubles_keeps_its_log_and_all_find_the_first() {
    const MANY: usize = 2 * CASE_MAX + 10;
    let mut server = TestServer::new();
    let first = create(&mut server);
    let doubles: Vec<RecordId> = (0..MANY).map(|_| create(&mut server)).collect();
    for double in &doubles {
        say(&mut server, *double, "mark_duplicate", first);
    }
    assert_eq!(roots(&server, &doubles, NOW), vec![first; MANY]);
    assert_eq!(told_of(&held(&server, first)).len(), CASE_MAX);
    let known = marked_as(&server.reader().snapshot(), first).expect("readable");
    assert!(known.len() > CASE_MAX && known.contains(&doubles[0]));
    assert_folds_again(&server);
}

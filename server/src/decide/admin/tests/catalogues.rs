//! A server with an older catalogue than a phone: what it does not know it keeps.

use crate::decide::admin::quarantine::release;
use crate::state::read;
use crate::test_server::{GRIDS, TestServer};
use otor_protocol::catalogue::Catalogue;
use otor_protocol::ids::{Lane, RecordId};
use otor_protocol::op::{Body, FieldId};
use otor_protocol::record::Edit;
use otor_protocol::value::Value;
use otor_protocol::wire::{Reason, Verdict};

fn creation(kind: &str, set: Vec<(&str, Value)>) -> Body {
    let catalogue = Catalogue::built_in();
    let kind = catalogue.kind_named(kind).expect("a kind");
    let edit = Edit {
        set: set
            .into_iter()
            .map(|(name, value)| (name.to_string(), value))
            .collect(),
        ..Edit::default()
    };
    Body::Create {
        kind: kind.id,
        area: GRIDS[0].parse().expect("a code"),
        changes: edit.creating(kind).expect("fields of the kind"),
    }
}

#[test]
fn an_older_server_keeps_new_fields_as_they_are_and_new_kinds_aside_until_it_is_updated() {
    let mut server = TestServer::new();
    server.use_catalogue(Catalogue::of_version(1).expect("the first catalogue"));
    server.worker("w1", &[GRIDS[0]]);
    let phone = server.phone("w1", 1);
    let report = creation(
        "report",
        vec![("title", "漏水".into()), ("channel", "snapshot".into())],
    );
    let (report, verdict) = server.phone_writes(&phone, Lane::Reports, report);
    assert_eq!(verdict, Verdict::Accepted);
    let hazard = creation(
        "hazard",
        vec![("finding", "烟道私改".into()), ("severity_found", Value::Int(3))],
    );
    let (hazard, verdict) = server.phone_writes(&phone, Lane::Reports, hazard);
    assert_eq!(verdict, Verdict::Quarantined(Reason::UnknownKind));

    server.use_catalogue(Catalogue::built_in());
    let released = server.county(move |desk, own| release(desk, own, hazard));
    assert_eq!(released.expect("it is known now").verdict, "accepted");
    let reader = server.reader();
    let record = |id| {
        let cell = read::record(&reader.snapshot(), RecordId(id)).expect("readable");
        cell.expect("it is there").record().expect("a record")
    };
    assert_eq!(record(report).register(FieldId(11)), Some(&"snapshot".into()));
    assert_eq!(record(hazard).register(FieldId(7)), Some(&Value::Int(3)));
}

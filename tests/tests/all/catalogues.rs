//! Phones with an older catalogue than the server, with a newer one, and with another than one another.

use crate::field::{Field, GRID};
use otor_protocol::catalogue::Catalogue;
use otor_protocol::ids::RecordId;
use otor_protocol::record::Edit;
use otor_protocol::value::Value;
use otor_sim::device::Phone;

fn with(set: &[(&str, Value)]) -> Edit {
    Edit {
        set: set
            .iter()
            .map(|(name, value)| ((*name).to_string(), value.clone()))
            .collect(),
        ..Edit::default()
    }
}

fn create(field: &Field, phone: &mut Phone, kind: &str, edit: &Edit) -> RecordId {
    let (replica, clock) = phone.desk(field.now_ms).expect("a running phone");
    let area = GRID.parse().expect("a code");
    replica.create(clock, kind, area, edit).expect("written")
}

fn state(phone: &Phone, id: RecordId) -> Option<Vec<u8>> {
    Some(phone.replica()?.mirrored(id)?.encode())
}

#[test]
fn an_older_phone_keeps_what_it_has_no_name_for_and_its_own_work_goes_on() {
    let mut field = Field::new();
    let (mut old, mut new) = (field.phone("a"), field.phone("b"));
    let first = Catalogue::of_version(1).expect("the first catalogue");
    let (replica, _) = old.desk(field.now_ms).expect("a running phone");
    replica.use_catalogue(first);
    let report = with(&[("title", "漏水".into()), ("channel", "snapshot".into())]);
    let report = create(&field, &mut new, "report", &report);
    let hazard = create(
        &field,
        &mut new,
        "hazard",
        &with(&[("finding", "烟道私改".into())]),
    );
    field.sync(&mut new);
    field.sync(&mut old);
    assert!(state(&old, hazard).is_some() && state(&old, hazard) == state(&new, hazard));

    // It edits what it knows of the one, and cannot write of the other.
    let (replica, clock) = old.desk(field.now_ms).expect("a running phone");
    replica
        .edit(clock, report, &with(&[("category", "pipe".into())]))
        .expect("written");
    assert!(
        replica
            .edit(clock, hazard, &with(&[("category", "fire".into())]))
            .is_err()
    );
    let visit = field.write(&mut old, GRID);
    field.sync(&mut old);
    field.sync(&mut new);
    for id in [report, hazard, visit] {
        assert_eq!(state(&old, id), state(&new, id));
    }
    let (replica, _) = new.desk(field.now_ms).expect("a running phone");
    let seen = replica.view(report).expect("held");
    assert_eq!(
        seen.register(otor_protocol::op::FieldId(11)),
        Some(&"snapshot".into())
    );
    assert_eq!(seen.register(otor_protocol::op::FieldId(7)), Some(&"pipe".into()));
    assert_eq!(
        old.replica()
            .map(|replica| (replica.unsent(), replica.tray().len())),
        Some((0, 0))
    );
}

#[test]
fn an_older_server_keeps_a_newer_phone_s_fields_as_they_are_and_its_kinds_aside_until_it_is_updated() {
    let mut field = Field::new();
    let (mut new, mut other) = (field.phone("a"), field.phone("b"));
    field.sync(&mut new);
    field.sync(&mut other);
    field
        .server
        .use_catalogue(1, field.now_ms)
        .expect("an older server");
    let report = with(&[("title", "漏水".into()), ("channel", "snapshot".into())]);
    let report = create(&field, &mut new, "report", &report);
    let hazard = create(
        &field,
        &mut new,
        "hazard",
        &with(&[("finding", "烟道私改".into()), ("severity_found", Value::Int(3))]),
    );
    field.sync(&mut new);
    field.sync(&mut other);
    // The field that the server has no name for has come through it; the kind waits, and its author sees it.
    let there = other.replica().and_then(|replica| replica.mirrored(report));
    let channel = there.and_then(|record| record.register(otor_protocol::op::FieldId(11)).cloned());
    assert_eq!(channel, Some("snapshot".into()));
    assert!(state(&other, hazard).is_none());
    let in_tray = |phone: &Phone| phone.replica().map(|replica| replica.tray().len());
    assert_eq!(in_tray(&new), Some(1));
    assert!(
        new.replica()
            .is_some_and(|replica| replica.view(hazard).is_some())
    );

    field
        .server
        .use_catalogue(2, field.now_ms)
        .expect("the server is updated");
    field.let_in(hazard.0);
    field.sync(&mut new);
    field.sync(&mut other);
    assert_eq!(in_tray(&new), Some(0));
    for id in [report, hazard] {
        assert!(state(&new, id).is_some());
        assert_eq!(state(&new, id), state(&other, id));
    }
}

#[test]
fn phones_of_every_earlier_catalogue_keep_the_newest_kinds_and_fields_as_they_are() {
    let mut field = Field::new();
    let mut new = field.phone("a");
    let mut older: Vec<Phone> = ["b", "a", "b"].map(|name| field.phone(name)).into();
    for (version, old) in (1..).zip(&mut older) {
        let (replica, _) = old.desk(field.now_ms).expect("a running phone");
        replica.use_catalogue(Catalogue::of_version(version).expect("an earlier catalogue"));
    }
    let duty = with(&[("type", "checkpoint".into()), ("place", "桥头".into())]);
    let visit = with(&[("counted", "sheep".into()), ("count", Value::Int(120))]);
    let made = [
        create(&field, &mut new, "duty", &duty),
        create(&field, &mut new, "visit", &visit),
    ];
    field.sync(&mut new);
    for old in &mut older {
        field.sync(old);
    }
    // They go on with what they know of the one they can name.
    for old in &mut older {
        let (replica, clock) = old.desk(field.now_ms).expect("a running phone");
        let note = with(&[("category", "herd".into())]);
        replica.edit(clock, made[1], &note).expect("written");
        field.sync(old);
    }
    for phone in older.iter_mut().chain([&mut new]) {
        field.sync(phone);
    }
    for (old, id) in older.iter().flat_map(|old| made.map(|id| (old, id))) {
        assert!(state(&new, id).is_some());
        assert_eq!(state(old, id), state(&new, id));
    }
}

#[test]
fn a_server_of_every_earlier_catalogue_passes_new_fields_on_and_keeps_new_kinds_until_it_is_updated() {
    for version in 2..otor_protocol::catalogue::built_in::VERSION {
        let mut field = Field::new();
        let (mut new, mut other) = (field.phone("a"), field.phone("b"));
        field.sync(&mut new);
        field.sync(&mut other);
        field
            .server
            .use_catalogue(version, field.now_ms)
            .expect("an older server");
        let visit = with(&[("counted", "sheep".into()), ("count", Value::Int(120))]);
        let visit = create(&field, &mut new, "visit", &visit);
        let duty = create(&field, &mut new, "duty", &with(&[("type", "checkpoint".into())]));
        field.sync(&mut new);
        field.sync(&mut other);
        assert!(state(&other, visit).is_some() && state(&other, visit) == state(&new, visit));
        assert!(state(&other, duty).is_none());
        let newest = otor_protocol::catalogue::built_in::VERSION;
        field.server.use_catalogue(newest, field.now_ms).expect("updated");
        field.let_in(duty.0);
        field.sync(&mut new);
        field.sync(&mut other);
        assert!(state(&other, duty).is_some() && state(&other, duty) == state(&new, duty));
    }
}

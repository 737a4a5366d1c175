//! Proof of agreement: what a phone's storage or the server's table has damaged is found by digests, and only that
//! is put right, while everything unsent stays.

use crate::field::{Field, GRID};
use crate::harness::{Administration, FieldPhone, GRIDS, RealServer, found_county, printed};
use otor_protocol::ids::{Lane, RecordId};
use otor_protocol::replica::Incident;
use otor_server::store::table::SledTables;
use otor_sim::check::{Checked, differences};
use otor_sim::device::{Crossing, Phone};
use otor_sim::in_process::alter_record;
use otor_sim::replay::book::Book;
use otor_sim::replay::centre::Centre;
use otor_sim::replay::expect::by_id;
use tokio::runtime::Runtime;

/// A row of a phone's mirror.
fn row(record: RecordId) -> Vec<u8> {
    let mut key = vec![b'r'];
    key.extend(record.0.actor.0.to_be_bytes());
    key.extend(record.0.seq.to_be_bytes());
    key
}

/// Visits by the phone of worker b, all at the server.
fn visits(field: &mut Field, phone: &mut Phone, count: usize) -> Vec<RecordId> {
    let records = (0..count).map(|_| field.write(phone, GRID)).collect();
    while phone.unsent() != Some(0) {
        field.exchange(phone, 0, usize::MAX);
    }
    records
}

fn disagreements(field: &mut Field, phone: &Phone) -> Vec<String> {
    let rows = by_id(field.centre().rows().expect("rows"));
    let checked = [Checked {
        name: &phone.name,
        worker: &phone.worker,
        replica: phone.replica().expect("running"),
    }];
    let found = differences(&checked, &rows, &Book::default());
    found.into_iter().filter(|line| !line.contains(" met ")).collect()
}

/// Exchanges until nothing is in doubt any more: how many, and the bytes of requests and replies.
fn heal(field: &mut Field, phone: &mut Phone) -> (u32, usize) {
    let (mut exchanges, mut bytes) = (0, 0);
    loop {
        field.now_ms += 1_000;
        let mut exchange = phone.begin_exchange(field.now_ms, 0).expect("a request");
        let mut serving = field.server.open_exchange().expect("a running server");
        let request = exchange.frames().concat();
        let reply = field.server.receive(&mut serving, &request, field.now_ms);
        exchanges += 1;
        assert!(exchanges < 20, "it does not heal");
        bytes += request.len();
        if let Ok(Some(reply)) = reply {
            bytes += reply.len();
            exchange.handle_bytes(phone, &reply).expect("a good reply");
        }
        let report = exchange.finish(phone, &Crossing::default()).expect("durable");
        let replica = phone.replica().expect("running");
        if report.complete && !report.more && !replica.in_doubt() && !report.progress() {
            return (exchanges, bytes);
        }
    }
}

#[test]
fn damaged_piece_of_a_feed_is_given_up_and_phones_behind_it_go_through_their_records_again() {
    let mut field = Field::new();
    let (mut phone, mut other) = (field.phone("a"), field.phone("b"));
    let before = visits(&mut field, &mut other, 3);
    field.sync(&mut phone);
    field.sync(&mut other);
    let since = visits(&mut field, &mut other, 2);
    let unsent = field.write(&mut phone, GRID);
    let grid = GRID.parse().expect("a code");
    let replica = phone.replica().expect("running");
    let scope = replica
        .scopes()
        .find(|(_, state)| state.area.as_ref() == Some(&grid));
    let scope = scope.expect("the grid's scope").0;
    field
        .server
        .damage_feed(scope, Lane::Rest, field.now_ms)
        .expect("a feed");

    heal(&mut field, &mut phone);
    assert_eq!(field.server.mended(), 1);
    let replica = phone.replica().expect("running");
    for record in before.iter().chain(&since).chain([&unsent]) {
        assert!(replica.mirrored(*record).is_some());
    }
    assert_eq!((phone.unsent(), doubts(&phone)), (Some(0), 0));
    heal(&mut field, &mut other);
    for phone in [&phone, &other] {
        assert_eq!(disagreements(&mut field, phone), Vec::<String>::new());
    }
    // Nothing else of the table was taken for damaged, and the journal folds to the same.
    assert_eq!(field.server.mended(), 1);
    field.server.power_cut();
    field.server.start(field.now_ms).expect("it starts");
    heal(&mut field, &mut phone);
    assert_eq!(disagreements(&mut field, &phone), Vec::<String>::new());
}

fn doubts(phone: &Phone) -> usize {
    let incidents = phone.replica().expect("running").incidents();
    incidents
        .iter()
        .filter(|incident| matches!(incident, Incident::Differs { .. }))
        .count()
}

#[test]
fn one_damaged_row_of_five_thousand_is_found_in_a_few_exchanges_and_few_bytes() {
    const RECORDS: usize = 5_000;
    let mut field = Field::new();
    let (mut phone, mut other) = (field.phone("a"), field.phone("b"));
    let records = visits(&mut field, &mut other, RECORDS);
    field.sync(&mut phone);
    assert_eq!(phone.replica().unwrap().mirror().count(), RECORDS);
    let (damaged, reverted, surplus) = (records[1_234], records[4_321], records[2_500]);
    let storage = phone.storage_mut().unwrap();
    let former = storage.row(&row(reverted)).unwrap();
    let gone = storage.row(&row(surplus)).unwrap();
    field.note(&mut other, reverted, "又去了一次");
    field.sync(&mut other);
    crate::replies::file_elsewhere(&mut field, surplus);
    field.sync(&mut phone);
    assert_eq!(disagreements(&mut field, &phone), Vec::<String>::new());

    // Work that is not sent, on a damaged record too.
    field.note(&mut phone, damaged, "还没有发出去");
    let unsent = field.write(&mut phone, GRID);
    let storage = phone.storage_mut().unwrap();
    let mut flipped = storage.row(&row(damaged)).unwrap();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 4;
    storage.set_row(&row(damaged), Some(flipped));
    // A write that was lost, and one that came back.
    storage.set_row(&row(reverted), Some(former));
    storage.set_row(&row(surplus), Some(gone));
    phone.restart().expect("it opens all the same");
    assert_eq!(phone.unsent(), Some(2));
    assert!(phone.replica().unwrap().mirrored(damaged).is_none());

    let (exchanges, bytes) = heal(&mut field, &mut phone);
    println!("{RECORDS} records, 3 rows damaged: {exchanges} exchanges, {bytes} bytes");
    assert_eq!(disagreements(&mut field, &phone), Vec::<String>::new());
    assert_eq!(doubts(&phone), 1);
    assert!(
        exchanges <= 6 && bytes <= 6_000,
        "{exchanges} exchanges, {bytes} bytes"
    );
    assert!(phone.replica().unwrap().mirrored(unsent).is_some());
    let notes = field.notes_at_server(damaged).unwrap();
    assert!(notes.to_string().contains("还没有发出去"));
}

#[test]
fn repair_survives_cuts_while_records_change_and_never_wipes() {
    let mut field = Field::new();
    let (mut phone, mut other) = (field.phone("a"), field.phone("b"));
    let records = visits(&mut field, &mut other, 600);
    field.sync(&mut phone);
    let before: Vec<_> = records.iter().step_by(50).copied().collect();
    for record in &before {
        let storage = phone.storage_mut().unwrap();
        storage.set_row(&row(*record), None);
    }
    phone.restart().expect("opens");
    let mut least = usize::MAX;
    for round in 0..200 {
        field.note(&mut other, records[round * 3], "变化");
        field.exchange(&mut other, 0, usize::MAX);
        field.note(&mut phone, records[599 - round], "我的");
        field.exchange(&mut phone, 0, 200 + round * 37);
        least = least.min(phone.replica().unwrap().mirror().count());
        if round > 10 && !phone.replica().unwrap().in_doubt() && doubts(&phone) > 0 {
            break;
        }
    }
    heal(&mut field, &mut phone);
    assert!(doubts(&phone) > 0);
    assert_eq!(least, 600 - before.len(), "nothing else ever went");
    assert_eq!(disagreements(&mut field, &phone), Vec::<String>::new());
}

#[test]
fn phone_that_has_lost_its_whole_mirror_gets_it_back_and_keeps_its_work() {
    let mut field = Field::new();
    let (mut phone, mut other) = (field.phone("a"), field.phone("b"));
    let records = visits(&mut field, &mut other, 200);
    field.sync(&mut phone);
    let own = field.write(&mut phone, GRID);
    for record in &records {
        phone.storage_mut().unwrap().set_row(&row(*record), None);
    }
    phone.restart().expect("opens");
    heal(&mut field, &mut phone);
    assert_eq!(disagreements(&mut field, &phone), Vec::<String>::new());
    assert!(phone.replica().unwrap().mirrored(own).is_some());
}

/// Alters one letter of a visit's note.
fn alter_note(row: &mut [u8]) {
    let note = "入户".as_bytes();
    let place = row.windows(note.len()).position(|part| part == note);
    row[place.expect("its note") + note.len() - 1] ^= 1;
}

#[test]
fn record_altered_in_the_servers_table_is_folded_again_before_any_phone_takes_it() {
    let mut field = Field::new();
    let mut other = field.phone("b");
    let records = visits(&mut field, &mut other, 40);
    let (altered, undecodable, missing) = (records[7], records[20], records[33]);
    let now_ms = field.now_ms;
    let damaged = [
        field.server.damage_record(altered, now_ms, |row| alter_note(row)),
        field
            .server
            .damage_record(undecodable, now_ms, |row| row.truncate(9)),
        field.server.damage_record(missing, now_ms, Vec::clear),
    ];
    assert!(damaged.iter().all(Result::is_ok), "{damaged:?}");
    // A phone that comes for the first time, and one that writes to the altered record.
    let mut phone = field.phone("a");
    field.note(&mut other, altered, "补充");
    heal(&mut field, &mut other);
    heal(&mut field, &mut phone);
    for phone in [&phone, &other] {
        assert_eq!(disagreements(&mut field, phone), Vec::<String>::new());
        assert_eq!(doubts(phone), 0);
    }
    assert_eq!(field.server.mended(), 3);
    assert_eq!(field.centre().disagreements().unwrap(), Vec::<String>::new());
}

#[test]
fn digest_altered_at_the_server_is_made_again_when_a_phone_asks() {
    let mut field = Field::new();
    let (mut phone, mut other) = (field.phone("a"), field.phone("b"));
    let records = visits(&mut field, &mut other, 40);
    field.sync(&mut phone);
    let scope = phone
        .replica()
        .unwrap()
        .scopes()
        .find(|(_, state)| state.area.is_some())
        .map(|(scope, _)| scope);
    let damaged = field
        .server
        .damage_digest(scope.expect("a grid"), Lane::Rest, field.now_ms);
    damaged.expect("it has one");
    field.note(&mut other, records[0], "一");
    heal(&mut field, &mut other);
    heal(&mut field, &mut phone);
    field.note(&mut other, records[1], "二");
    heal(&mut field, &mut other);
    heal(&mut field, &mut phone);
    assert_eq!(field.server.mended(), 1);
    for phone in [&phone, &other] {
        assert_eq!(disagreements(&mut field, phone), Vec::<String>::new());
        assert!(doubts(phone) <= 1);
    }
    let found = field.centre().disagreements().unwrap();
    assert!(
        found.iter().all(|line| line.starts_with("phones asked")),
        "{found:?}"
    );
}

#[test]
fn row_altered_in_sled_is_folded_again_by_the_running_server_and_it_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut server = RealServer::start(&folder.path().join("data"));
    let administration = Administration::of(server.url());
    found_county(&administration);
    let runtime = Runtime::new().expect("a runtime");
    let writer = runtime.block_on(FieldPhone::invited(&administration, server.url(), "w0", "w0"));
    let records: Vec<_> = (0..30)
        .map(|_| writer.visit(GRIDS[0], GRIDS[0], "入户"))
        .collect();
    runtime.block_on(writer.sync());
    let pulled = server.full_pull();
    server.terminate();
    let tables = SledTables::new(server.data().join("sled"), 16 << 20);
    alter_record(&tables, records[3], |row| alter_note(row)).expect("altered");
    alter_record(&tables, records[20], |row| row.truncate(7)).expect("altered");
    let verified = server.offline("verify");
    assert_eq!(verified.status.code(), Some(1), "the table is damaged");

    server.up();
    let reader = runtime.block_on(FieldPhone::invited(&administration, server.url(), "again", "w0"));
    runtime.block_on(reader.sync());
    let edit = otor_protocol::record::Edit {
        append: vec![("notes".into(), vec!["补充".into()])],
        ..Default::default()
    };
    reader.edit(records[3], &edit);
    runtime.block_on(reader.sync());
    runtime.block_on(writer.sync());
    for record in records {
        let (reader, writer) = (reader.lock(), writer.lock());
        let mirrored =
            [&reader, &writer].map(|phone| phone.replica().unwrap().mirrored(record).unwrap().encode());
        assert_eq!(mirrored[0], mirrored[1]);
    }
    let (status, said) = (administration.get("status"), server.said());
    assert_eq!(status["mended"], 2, "{status}");
    assert!(said.contains("it was folded again from the journal"), "{said}");
    assert_eq!(server.full_pull().lines().count(), pulled.lines().count());
    server.terminate();
    let verified = printed(&server.offline("verify"));
    assert!(verified.contains("what the journal says"), "{verified}");
}

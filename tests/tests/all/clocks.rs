//! Phones whose clocks show anything: what they write is in its place in time all the same, in the order of
//! writing, and what the phone claimed is kept beside it.

use crate::field::{Field, GRID, START_MS};
use otor_protocol::catalogue::Catalogue;
use otor_protocol::ids::{Lane, RecordId};
use otor_protocol::op::Facts;
use otor_protocol::record::{Edit, Record};
use otor_server::service::export::Columns;
use otor_server::service::row::RowMaker;
use otor_server::state::read;
use otor_sim::device::Phone;
use otor_sim::replay::centre::Centre;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// The start of 2038, as seen from the start of the tests.
const TO_2038_MS: i64 = 2_145_916_800_000 - START_MS;

fn facts_at_server(field: &mut Field, id: RecordId) -> Facts {
    let rows = field.centre().rows().expect("rows");
    let row = rows.into_iter().find(|row| row.id == id).expect("the record");
    let record = Record::decode(&row.state.expect("its bytes")).expect("a record");
    record.creation.facts
}

fn facts_on_phone(phone: &Phone, id: RecordId) -> Facts {
    let replica = phone.replica().expect("running");
    replica.mirrored(id).expect("the own record").creation.facts
}

/// A report; with severity 4 it goes through lane 0.
fn report(field: &Field, phone: &mut Phone, severity: i64) -> RecordId {
    let (replica, clock) = phone.desk(field.now_ms).expect("running");
    let edit = Edit {
        set: vec![
            ("title".into(), "水管冻裂".into()),
            ("severity".into(), severity.into()),
        ],
        ..Edit::default()
    };
    replica
        .create(clock, "report", GRID.parse().expect("a code"), &edit)
        .expect("written")
}

#[test]
fn whatever_year_a_phone_is_in_its_records_are_of_the_hour_they_were_written() {
    for off_ms in [-START_MS, TO_2038_MS, DAY_MS, -40 * DAY_MS] {
        let mut field = Field::new();
        let mut phone = field.phone("a");
        phone.clock.offset_ms = off_ms;
        let before_meeting = (field.write(&mut phone, GRID), field.now_ms);
        field.now_ms += HOUR_MS;
        field.sync(&mut phone);
        field.now_ms += HOUR_MS;
        let after_meeting = (field.write(&mut phone, GRID), field.now_ms);
        field.now_ms += 8 * HOUR_MS;
        field.sync(&mut phone);
        for (id, written_ms) in [before_meeting, after_meeting] {
            let facts = facts_at_server(&mut field, id);
            assert_eq!(facts.stamp.ms(), written_ms, "{off_ms}");
            assert_eq!(facts.claimed_ms, written_ms + off_ms);
            assert!(!facts.uncertain);
            assert_eq!(facts_on_phone(&phone, id), facts);
        }
    }
}

#[test]
fn clock_that_jumps_in_the_middle_of_the_day_moves_nothing() {
    let mut field = Field::new();
    let mut phone = field.phone("a");
    let mut written = Vec::new();
    for off_ms in [0, DAY_MS, -START_MS, 0] {
        phone.clock.offset_ms = off_ms;
        written.push((field.write(&mut phone, GRID), field.now_ms, off_ms));
        field.now_ms += HOUR_MS;
    }
    field.sync(&mut phone);
    for (id, written_ms, off_ms) in written {
        let facts = facts_at_server(&mut field, id);
        assert_eq!(
            (facts.stamp.ms(), facts.claimed_ms),
            (written_ms, written_ms + off_ms)
        );
    }
}

#[test]
fn boots_that_never_met_the_server_are_guessed_within_what_is_known_and_marked() {
    let mut field = Field::new();
    let mut phone = field.phone("a");
    field.sync(&mut phone);
    let last_contact_ms = field.now_ms;
    let mut written = Vec::new();
    for off_ms in [0, -START_MS, TO_2038_MS] {
        field.now_ms += HOUR_MS;
        phone.clock.offset_ms = off_ms;
        phone.reboot(field.now_ms).expect("it boots");
        // A visit, then something urgent, which overtakes it on the way.
        for urgent in [false, true] {
            field.now_ms += 60_000;
            let id = if urgent {
                report(&field, &mut phone, 4)
            } else {
                field.write(&mut phone, GRID)
            };
            written.push((id, field.now_ms));
        }
    }
    field.now_ms += HOUR_MS;
    phone.clock.offset_ms = 0;
    phone.reboot(field.now_ms).expect("it boots");
    field.now_ms += 60_000;
    let known = report(&field, &mut phone, 4);
    let known_ms = field.now_ms;
    field.sync(&mut phone);
    field.sync(&mut phone);
    assert_eq!(phone.unsent(), Some(0));

    let mut last = otor_protocol::stamp::Stamp::end_of_ms(last_contact_ms);
    for (place, (id, written_ms)) in written.iter().enumerate() {
        let facts = facts_at_server(&mut field, *id);
        assert!(facts.uncertain, "{place}");
        assert!(facts.stamp > last && facts.stamp.ms() < known_ms, "{place}");
        assert_eq!(facts_on_phone(&phone, *id), facts);
        // The first boot's clock was right, and so is the guess.
        assert!(
            place > 1 || facts.stamp.ms() == *written_ms,
            "{place}: {}",
            facts.stamp.ms() - written_ms
        );
        last = facts.stamp;
    }
    let facts = facts_at_server(&mut field, known);
    assert_eq!((facts.stamp.ms(), facts.uncertain), (known_ms, false));
    assert!(facts.stamp > last);
}

#[test]
fn order_holds_across_lanes_though_the_urgent_arrives_first() {
    let mut field = Field::new();
    let mut phone = field.phone("a");
    field.sync(&mut phone);
    // All in one moment: the phone itself has to keep them apart.
    let written = [
        field.write(&mut phone, GRID),
        report(&field, &mut phone, 2),
        report(&field, &mut phone, 4),
        field.write(&mut phone, GRID),
        report(&field, &mut phone, 4),
    ];
    field.now_ms += HOUR_MS;
    field.sync(&mut phone);
    let stamps = written.map(|id| facts_at_server(&mut field, id).stamp);
    assert!(stamps.is_sorted_by(|one, next| one < next), "{stamps:?}");
    let lanes = phone.replica().expect("running").lanes();
    assert_eq!(Lane::ALL.map(|lane| lanes[lane.index()].last()), [2, 1, 2]);
}

#[test]
fn phone_a_day_ahead_does_not_win_by_its_clock() {
    let mut field = Field::new();
    let (mut right, mut ahead) = (field.phone("a"), field.phone("b"));
    ahead.clock.offset_ms = DAY_MS;
    let visit = field.write(&mut right, GRID);
    field.sync(&mut right);
    field.sync(&mut ahead);
    let set = |field: &Field, phone: &mut Phone, category: &str| {
        let (replica, clock) = phone.desk(field.now_ms).expect("running");
        let edit = Edit {
            set: vec![("category".into(), category.into())],
            ..Edit::default()
        };
        replica.edit(clock, visit, &edit).expect("written");
    };
    field.now_ms += HOUR_MS;
    set(&field, &mut ahead, "earlier");
    field.now_ms += HOUR_MS;
    set(&field, &mut right, "later");
    // Whoever comes first to the server, the later one stands.
    field.sync(&mut right);
    field.sync(&mut ahead);
    field.sync(&mut right);
    let rows = field.centre().rows().expect("rows");
    assert_eq!(rows[0].fields["category"], "later");
}

#[test]
fn boot_is_journaled_once_and_told_once() {
    let mut field = Field::new();
    let mut phone = field.phone("a");
    let published = |field: &Field| field.server.reader().expect("running").published();
    let enrolled = published(&field);
    field.sync(&mut phone);
    assert_eq!(
        published(&field),
        enrolled + 1,
        "the boot's clock, though nothing was written"
    );
    for _ in 0..3 {
        field.sync(&mut phone);
    }
    assert_eq!(published(&field), enrolled + 1);
    phone.reboot(field.now_ms).expect("it boots");
    field.sync(&mut phone);
    field.sync(&mut phone);
    assert_eq!(published(&field), enrolled + 2);
}

#[test]
fn rows_tell_the_corrected_time_the_claimed_one_and_whether_it_is_a_guess() {
    let mut field = Field::new();
    let mut phone = field.phone("a");
    phone.clock.offset_ms = -START_MS;
    let visit = field.write(&mut phone, GRID);
    phone.reboot(field.now_ms + HOUR_MS).expect("it boots");
    field.now_ms += 2 * HOUR_MS;
    field.sync(&mut phone);
    let catalogue = Catalogue::built_in();
    let reader = field.server.reader().expect("running");
    let view = reader.snapshot();
    let cell = read::record(&view, visit).expect("readable").expect("there");
    let record = cell.record().expect("a record");
    let row = RowMaker::new(&view, &catalogue)
        .row(&cell, &record)
        .expect("a row");
    assert!(row.uncertain);
    assert!(row.claimed_at.starts_with("1970-01-01"), "{}", row.claimed_at);
    assert!(row.written_at.as_str() > "2026-03-02" && row.written_at <= row.received_at);
    let columns = Columns::of(catalogue.kind(record.kind).expect("visits"), None);
    let text = |bytes| String::from_utf8(bytes).expect("text");
    let (header, line) = (text(columns.header()), text(columns.line(&row)));
    let place = header
        .split(',')
        .position(|name| name == "uncertain")
        .expect("a column");
    assert_eq!(line.split(',').nth(place), Some("true"));
    let json = serde_json::to_value(&row).expect("JSON");
    assert_eq!(json["uncertain"], true);
}

//! A server back from a backup that knows little: not the worker whose phone comes, or only what phones no longer keep.

use crate::field::{Field, GRID};
use otor_protocol::replica::OpState;
use otor_server::state::read;
use otor_sim::replay::centre::Centre;
use std::collections::BTreeMap;
use std::slice::from_mut;

const DAY_MS: i64 = 86_400_000;

fn once(notes: &[&str]) -> BTreeMap<String, usize> {
    notes.iter().map(|note| ((*note).to_owned(), 1)).collect()
}

#[test]
fn a_phone_whose_owner_the_backup_does_not_know_brings_its_work_and_gets_an_area_again() {
    let mut field = Field::new();
    field.server.back_up();
    field
        .centre()
        .worker("c", "丙", &[GRID.to_string()])
        .expect("a worker");
    let mut phone = field.phone("c");
    field.write_note(&mut phone, GRID, "acknowledged");
    field.sync(&mut phone);
    field.write_note(&mut phone, GRID, "unsent");
    field
        .server
        .restore(field.now_ms, true)
        .expect("a backup that opens");
    field.settle(from_mut(&mut phone));

    let owner = phone.replica().expect("running").identity().certificate.owner;
    let lost = format!("lost-{}", owner.0);
    let person = {
        let reader = field.server.reader().expect("running");
        read::person_by_code(&reader.snapshot(), &lost)
            .expect("readable")
            .expect("the owner")
    };
    assert_eq!(
        (person.id, person.name.as_str(), person.areas().len()),
        (owner, "丙", 0)
    );
    // What had been accepted stays so; the rest waits for somebody who says what they answer for.
    assert_eq!(field.notes(), once(&["acknowledged"]));
    let replica = phone.replica().expect("running");
    let tray = replica.tray();
    assert_eq!(tray.len(), 1);
    assert!(matches!(tray[0].state, OpState::Quarantined { .. }), "{tray:?}");
    assert_eq!(replica.records().count(), 2, "their worker sees both");

    field
        .centre()
        .move_worker(&lost, &[GRID.to_string()])
        .expect("moved");
    field.let_in(tray[0].dot);
    field.settle(from_mut(&mut phone));
    field.write_note(&mut phone, GRID, "afterwards");
    field.settle(from_mut(&mut phone));
    assert_eq!(field.notes(), once(&["acknowledged", "unsent", "afterwards"]));
    let replica = phone.replica().expect("running");
    assert_eq!(replica.tray(), []);
    assert_eq!(replica.mirror().count(), 3);
    assert_eq!(replica.incidents(), []);
}

#[test]
fn work_after_what_a_phone_no_longer_keeps_goes_under_new_numbers_and_nothing_of_it_is_lost_or_doubled() {
    let mut field = Field::new();
    let mut phone = field.phone("a");
    field.write_note(&mut phone, GRID, "in the backup");
    field.sync(&mut phone);
    field.server.back_up();
    let forgotten = field.write_note(&mut phone, GRID, "forgotten");
    field.sync(&mut phone);
    // Forty days later the phone keeps nothing of that but the last op of its lane.
    field.now_ms += 40 * DAY_MS;
    let kept = field.write_note(&mut phone, GRID, "kept");
    field.sync(&mut phone);
    field.sync(&mut phone);
    assert!(phone.replica().expect("running").own_op(forgotten.0).is_none());
    field.note(&mut phone, kept, "on what is kept");
    field.note(&mut phone, forgotten, "on what is forgotten");
    let mut other = field.phone("b");
    field.sync(&mut other);

    field
        .server
        .restore(field.now_ms, true)
        .expect("a backup that opens");
    field.settle(from_mut(&mut phone));
    field.settle(from_mut(&mut other));
    field.settle(from_mut(&mut phone));
    assert_eq!(field.notes(), once(&["in the backup", "kept", "on what is kept"]));
    let replica = phone.replica().expect("running");
    assert_ne!(replica.renumbered(kept), kept, "under a new number");
    assert!(replica.mirrored(replica.renumbered(kept)).is_some());
    // The edit of what is gone for good is kept aside, in sight of its writer and of the centre.
    let tray = replica.tray();
    assert_eq!((tray.len(), tray[0].record), (1, Some(forgotten)));
    let held = field.centre().held().expect("held");
    assert_eq!(held.parked + held.quarantined, 1);
    let mirrored = |phone: &otor_sim::device::Phone| {
        let replica = phone.replica().expect("running");
        replica.mirror().map(|record| record.encode()).collect::<Vec<_>>()
    };
    assert_eq!(mirrored(&phone), mirrored(&other));
    // It goes on as ever.
    field.write_note(&mut phone, GRID, "afterwards");
    field.settle(from_mut(&mut phone));
    assert_eq!(field.notes()["afterwards"], 1);
}

#[test]
fn work_that_was_in_the_dark_for_longer_than_phones_keep_what_the_server_has_comes_again_to_a_restored_one() {
    let mut field = Field::new();
    let mut phone = field.phone("a");
    field.server.back_up();
    let notes = ["first", "second", "third"];
    for note in notes {
        field.write_note(&mut phone, GRID, note);
    }
    field.now_ms += 40 * DAY_MS;
    field.sync(&mut phone);
    field.now_ms += 20 * DAY_MS;
    field.sync(&mut phone);
    assert_eq!(field.notes(), once(&notes));
    field
        .server
        .restore(field.now_ms, true)
        .expect("a backup that opens");
    assert_eq!(field.notes(), once(&[]));
    field.settle(from_mut(&mut phone));
    assert_eq!(field.notes(), once(&notes));
}

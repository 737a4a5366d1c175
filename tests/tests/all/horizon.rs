//! The feeds' horizon: a phone that was away longer than feeds are kept comes back through a first pass and keeps
//! its work; one that missed nothing is spared it.

use crate::field::{ELSEWHERE, Field, GRID};
use crate::replies::{assert_agrees, file_elsewhere};
use otor_protocol::wire::Cursor;
use otor_server::decide::admin;
use otor_server::state::read;
use otor_sim::device::Phone;

fn trim(field: &mut Field, kept: u64) {
    field.now_ms += 1_000;
    let trimmed = field.server.trim(field.now_ms, kept);
    trimmed.expect("a running server");
}

/// Exchanges until nothing is left; how many.
fn settle(field: &mut Field, phone: &mut Phone) -> u32 {
    for exchanges in 1..20 {
        let report = field.exchange(phone, 0, usize::MAX);
        if report.complete && !report.more {
            return exchanges;
        }
    }
    panic!("it does not settle");
}

#[test]
fn phone_silent_beyond_the_horizon_comes_back_through_a_first_pass_and_keeps_its_work() {
    let mut field = Field::new();
    let (mut phone, mut other) = (field.phone("a"), field.phone("b"));
    let records: Vec<_> = (0..40).map(|_| field.write(&mut other, GRID)).collect();
    field.sync(&mut other);
    field.sync(&mut phone);
    let edited = records[25];
    field.note(&mut phone, edited, "带回来的");
    let written = field.write(&mut phone, GRID);
    // While it is away, records come, change and leave.
    for record in &records[..10] {
        file_elsewhere(&mut field, *record);
    }
    for record in &records[10..20] {
        field.note(&mut other, *record, "变化");
    }
    let new = field.write(&mut other, GRID);
    field.sync(&mut other);
    trim(&mut field, 0);

    assert_eq!(settle(&mut field, &mut phone), 1, "one exchange is enough");
    let replica = phone.replica().expect("running");
    assert!(replica.mirrored(new).is_some() && replica.mirrored(written).is_some());
    assert!(replica.mirrored(records[0]).is_none(), "what left is gone");
    assert!(replica.incidents().is_empty(), "{:?}", replica.incidents());
    let notes = field.notes_at_server(edited).expect("its notes");
    assert!(notes.to_string().contains("带回来的"));
    assert_agrees(&mut field, &phone);
    // The other one goes on where it was.
    settle(&mut field, &mut other);
    assert_agrees(&mut field, &other);
}

#[test]
fn phone_that_missed_nothing_of_what_was_trimmed_takes_no_pass_again() {
    let mut field = Field::new();
    let (mut phone, mut other) = (field.phone("a"), field.phone("b"));
    let visit = field.write(&mut other, GRID);
    field.sync(&mut other);
    field.sync(&mut phone);
    trim(&mut field, 0);
    let report = field.exchange(&mut phone, 0, usize::MAX);
    assert_eq!((report.complete, report.frames), (true, 0));
    field.note(&mut other, visit, "一");
    field.sync(&mut other);
    trim(&mut field, 2);
    let report = field.exchange(&mut phone, 0, usize::MAX);
    assert_eq!((report.complete, report.frames), (true, 1), "one change");
    assert_agrees(&mut field, &phone);
}

#[test]
fn verdict_that_changed_while_the_phone_was_away_is_told_below_the_horizon() {
    let mut field = Field::new();
    let (mut phone, mut other) = (field.phone("a"), field.phone("b"));
    let visit = field.write(&mut phone, ELSEWHERE);
    field.sync(&mut phone);
    assert_eq!(phone.replica().expect("running").tray().len(), 1);
    let released = field.server.decide(field.now_ms, move |desk| {
        let account =
            read::person_by_code(desk.view, admin::start::FIRST_ACCOUNT)?.expect("the first account");
        admin::quarantine::release(desk, &account, visit.0)
    });
    released.expect("a running server").expect("released");
    for _ in 0..5 {
        field.write(&mut other, GRID);
    }
    field.sync(&mut other);
    trim(&mut field, 0);
    assert!(settle(&mut field, &mut phone) <= 2);
    let replica = phone.replica().expect("running");
    assert!(replica.tray().is_empty(), "{:?}", replica.tray());
    assert!(replica.mirrored(visit).is_some());
    assert_agrees(&mut field, &phone);
}

#[test]
fn first_pass_interrupted_beyond_the_horizon_begins_anew() {
    let mut field = Field::new();
    let mut other = field.phone("b");
    let records: Vec<_> = (0..300).map(|_| field.write(&mut other, GRID)).collect();
    field.sync(&mut other);
    let mut phone = field.phone("a");
    let passing = |phone: &Phone| {
        let replica = phone.replica().expect("running");
        let cursors = replica.scopes().flat_map(|(_, state)| state.cursors);
        cursors
            .filter(|cursor| matches!(cursor, Cursor::Pass { after: Some(_), .. }))
            .count()
    };
    let begun = (300..3_000).step_by(50).any(|cut| {
        field.exchange(&mut phone, 0, cut);
        passing(&phone) == 1
    });
    assert!(begun, "the pass is under way");
    for record in &records[..20] {
        file_elsewhere(&mut field, *record);
    }
    trim(&mut field, 0);
    settle(&mut field, &mut phone);
    assert_agrees(&mut field, &phone);
}

//! Own ops that a phone's storage damages before they are sent: the phone opens, says what is gone, and goes on;
//! what the server has after all comes back.

use crate::field::{ELSEWHERE, Field, GRID};
use otor_protocol::ids::{Lane, RecordId};
use otor_server::service::devices;
use otor_server::service::presence::Presence;
use otor_server::state::read;
use otor_sim::device::{Crossing, Phone};
use otor_sim::replay::centre::Centre;

/// Damages the stored row of an op of lane 2: another byte in its middle, or nothing left.
fn damage(phone: &mut Phone, seq: u64, drop: bool) -> Vec<u8> {
    phone.stop();
    let key = [&[b'o', 2][..], &seq.to_be_bytes()].concat();
    let storage = phone.storage_mut().expect("a phone that stands still");
    let mut row = storage.row(&key).expect("a stored op");
    let middle = row.len() / 2;
    row[middle] ^= 0x20;
    storage.set_row(&key, (!drop).then(|| row.clone()));
    phone.start().expect("it opens all the same");
    row
}

fn lost_on(phone: &Phone) -> Vec<(Lane, u64, u64)> {
    let lost = phone.replica().expect("running").lost_ops();
    lost.map(|(lane, lost)| (lane, lost.first, lost.last)).collect()
}

fn lost_at_server(field: &Field) -> Vec<[u64; 2]> {
    let reader = field.server.reader().expect("running");
    let view = reader.snapshot();
    let county = read::person_by_code(&view, "county")
        .expect("readable")
        .expect("an account");
    let list = devices::list(&view, &county, &Presence::since(0)).expect("a list");
    list.into_iter()
        .flat_map(|device| device.actors)
        .flat_map(|actor| actor.lost)
        .collect()
}

fn kept(field: &mut Field) -> Vec<RecordId> {
    field
        .centre()
        .rows()
        .expect("rows")
        .into_iter()
        .map(|row| row.id)
        .collect()
}

/// Synchronises until there is nothing left to say.
fn settle(field: &mut Field, phone: &mut Phone) {
    for _ in 0..4 {
        field.sync(phone);
    }
    assert_eq!(phone.unsent(), Some(0));
    assert_eq!(lost_on(phone), []);
    assert!(phone.replica().expect("running").incidents().is_empty());
}

#[test]
fn damaged_op_in_the_middle_is_declared_and_the_others_get_through() {
    for drop in [false, true] {
        let mut field = Field::new();
        let mut phone = field.phone("a");
        let visits: Vec<RecordId> = (0..4).map(|_| field.write(&mut phone, GRID)).collect();
        let bytes = damage(&mut phone, 2, drop);
        assert_eq!(lost_on(&phone), [(Lane::ALL[2], 2, 2)]);
        assert_eq!(phone.unsent(), Some(3));
        settle(&mut field, &mut phone);
        assert_eq!(kept(&mut field), [visits[0], visits[2], visits[3]]);
        assert_eq!(lost_at_server(&field), [[2, 2]]);
        // What the storage still has of it stays for whoever rescues it.
        let damaged = phone.replica().expect("running").damaged_ops().to_vec();
        assert_eq!(
            damaged,
            if drop {
                vec![]
            } else {
                vec![(Lane::ALL[2], 2, bytes)]
            }
        );
        // And the phone goes on, through restarts.
        phone.restart().expect("it starts");
        let next = field.write(&mut phone, GRID);
        settle(&mut field, &mut phone);
        assert!(kept(&mut field).contains(&next));
        assert_eq!(lost_at_server(&field), [[2, 2]]);
    }
}

#[test]
fn damaged_last_ops_are_declared_with_what_was_written_since() {
    let mut field = Field::new();
    let mut phone = field.phone("a");
    let first = field.write(&mut phone, GRID);
    field.sync(&mut phone);
    for _ in 0..2 {
        field.write(&mut phone, GRID);
    }
    damage(&mut phone, 2, false);
    damage(&mut phone, 3, false);
    assert_eq!(lost_on(&phone), [(Lane::ALL[2], 2, 3)]);
    let since = field.write(&mut phone, GRID);
    assert_eq!(since.0.seq, 4);
    phone.restart().expect("it starts");
    settle(&mut field, &mut phone);
    assert_eq!(kept(&mut field), [first, since]);
    assert_eq!(lost_at_server(&field), [[2, 3]]);
}

#[test]
fn op_that_the_server_had_already_is_not_lost_and_comes_back() {
    let mut field = Field::new();
    let mut phone = field.phone("a");
    let visits: Vec<RecordId> = (0..2).map(|_| field.write(&mut phone, GRID)).collect();
    // The server takes both; nothing of its reply arrives.
    field.exchange(&mut phone, 0, 0);
    damage(&mut phone, 2, false);
    let since = field.write(&mut phone, GRID);
    settle(&mut field, &mut phone);
    assert_eq!(lost_at_server(&field), Vec::<[u64; 2]>::new());
    assert_eq!(kept(&mut field), [visits[0], visits[1], since]);
    let replica = phone.replica().expect("running");
    for visit in visits.iter().chain([&since]) {
        assert!(replica.mirrored(*visit).is_some(), "{visit}");
    }
}

#[test]
fn phone_whose_last_op_is_damaged_while_it_is_on_its_way_is_no_copy() {
    // Before it there is another one that is not acknowledged: sound, or damaged as well.
    for damaged in [&[3][..], &[2, 3], &[1, 3]] {
        let mut field = Field::new();
        let mut phone = field.phone("a");
        let visits: Vec<RecordId> = (0..3).map(|_| field.write(&mut phone, GRID)).collect();
        field.exchange(&mut phone, 0, 0);
        for seq in damaged {
            damage(&mut phone, *seq, false);
        }
        settle(&mut field, &mut phone);
        assert_eq!(lost_at_server(&field), Vec::<[u64; 2]>::new());
        let since = field.write(&mut phone, GRID);
        settle(&mut field, &mut phone);
        assert_eq!(since.0.actor, visits[0].0.actor, "{damaged:?}");
        assert_eq!(phone.replica().expect("running").recoveries(), []);
        for visit in visits.iter().chain([&since]) {
            let replica = phone.replica().expect("running");
            assert!(replica.mirrored(*visit).is_some(), "{damaged:?}: {visit}");
        }
    }
}

#[test]
fn lost_end_of_a_lane_is_told_and_declared_only_once_what_stands_before_it_is_there() {
    let mut field = Field::new();
    let mut phone = field.phone("a");
    let visits: Vec<RecordId> = (0..2).map(|_| field.write(&mut phone, GRID)).collect();
    damage(&mut phone, 2, false);
    field.exchange(&mut phone, 0, 0);
    assert_eq!(lost_at_server(&field), Vec::<[u64; 2]>::new());
    assert_eq!(kept(&mut field), [visits[0]]);
    settle(&mut field, &mut phone);
    assert_eq!(lost_at_server(&field), [[2, 2]]);
}

#[test]
fn declaration_whose_answer_was_lost_is_repeated_and_counts_once() {
    let mut field = Field::new();
    let mut phone = field.phone("a");
    for _ in 0..3 {
        field.write(&mut phone, GRID);
    }
    damage(&mut phone, 1, true);
    for _ in 0..3 {
        field.exchange(&mut phone, 0, 0);
    }
    assert_eq!(lost_at_server(&field), [[1, 1]]);
    settle(&mut field, &mut phone);
    assert_eq!(lost_at_server(&field), [[1, 1]]);
    assert_eq!(kept(&mut field).len(), 2);
    field.server.power_cut();
    field.server.start(field.now_ms).expect("it starts");
    assert_eq!(lost_at_server(&field), [[1, 1]]);
}

#[test]
fn damaged_op_that_is_acknowledged_needs_no_declaration() {
    let mut field = Field::new();
    let mut phone = field.phone("a");
    let visits: Vec<RecordId> = (0..2).map(|_| field.write(&mut phone, GRID)).collect();
    field.sync(&mut phone);
    damage(&mut phone, 2, true);
    assert_eq!(lost_on(&phone), []);
    let since = field.write(&mut phone, GRID);
    settle(&mut field, &mut phone);
    assert_eq!(kept(&mut field), [visits[0], visits[1], since]);
    assert_eq!(lost_at_server(&field), Vec::<[u64; 2]>::new());
}

#[test]
fn edits_of_a_record_that_was_lost_are_kept_aside_one_by_one() {
    let mut field = Field::new();
    let mut phone = field.phone("a");
    let lost = field.write(&mut phone, GRID);
    field.note(&mut phone, lost, "went there again");
    let other = field.write(&mut phone, GRID);
    damage(&mut phone, 1, false);
    settle(&mut field, &mut phone);
    assert_eq!(kept(&mut field), [other]);
    assert_eq!(field.centre().held().expect("held").quarantined, 1);
    assert_eq!(phone.replica().expect("running").tray().len(), 1);
}

/// A phone that has been told by a restored server, in full, that its visit is not there, and has not brought it again.
fn about_to_bring_again() -> (Field, Phone, RecordId) {
    let mut field = Field::new();
    let mut phone = field.phone("a");
    field.server.back_up();
    let lost = field.write_note(&mut phone, GRID, "低保材料还差一份证明");
    field.sync(&mut phone);
    field.server.restore(field.now_ms, false).expect("it starts");
    // It is told of another history, and has everything told anew.
    for _ in 0..2 {
        field.exchange(&mut phone, 0, usize::MAX);
    }
    let replica = phone.replica().expect("running");
    assert!(replica.is_old(lost) && replica.has_to_send());
    (field, phone, lost)
}

#[test]
fn what_a_restored_server_had_of_a_lost_op_is_kept_aside() {
    for drop in [false, true] {
        let (mut field, mut phone, lost) = about_to_bring_again();
        let shown = phone.replica().expect("running").mirrored(lost).cloned();
        damage(&mut phone, 1, drop);
        settle(&mut field, &mut phone);
        phone.restart().expect("it starts");
        let replica = phone.replica().expect("running");
        assert_eq!(replica.mirror().count(), 0);
        assert_eq!(replica.lost_records().expect("readable"), [shown.expect("shown")]);
        assert_eq!(kept(&mut field), []);
    }
}

#[test]
fn record_that_left_while_work_on_it_was_unsent_goes_with_that_work() {
    let mut field = Field::new();
    let (mut phone, mut other) = (field.phone("a"), field.phone("b"));
    let visit = field.write(&mut other, GRID);
    field.sync(&mut other);
    field.sync(&mut phone);
    field.centre().relocate(visit, ELSEWHERE).expect("it moves");
    // The phone's worker writes while the reply that takes the record away is on its way.
    let mut exchange = phone.begin_exchange(field.now_ms, 0).expect("a request");
    let mut serving = field.server.open_exchange().expect("a running server");
    let reply = field
        .server
        .receive(&mut serving, &exchange.frames().concat(), field.now_ms);
    field.note(&mut phone, visit, "未见");
    let reply = reply.expect("an answer").expect("a whole answer");
    exchange.handle_bytes(&mut phone, &reply).expect("a good reply");
    exchange
        .finish(&mut phone, &Crossing::default())
        .expect("durable");
    assert!(phone.replica().expect("running").mirrored(visit).is_some());
    damage(&mut phone, 1, false);
    settle(&mut field, &mut phone);
    let replica = phone.replica().expect("running");
    assert_eq!(replica.mirror().count(), 0);
    assert_eq!(replica.lost_records().expect("readable"), []);
}

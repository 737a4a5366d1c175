//! A phone and its copy that hold the same unsent work: whichever of them hands over whichever part of it, and however
//! their requests are cut, each op is at the server once, and both phones end with the same.

use crate::field::{ELSEWHERE, Field, GRID};
use otor_protocol::op::FieldId;
use otor_protocol::record::Edit;
use otor_sim::device::{Crossing, Phone};
use otor_sim::replay::centre::Centre;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// The log of notes of a visit.
const NOTES: FieldId = FieldId(60);
/// Exchanges after which two phones with a clean link must have come to terms.
const ENOUGH: usize = 12;

impl Field {
    /// One exchange of which only the first `frames` frames of the request reach the server, and no reply comes.
    fn cut_after(&mut self, phone: &mut Phone, frames: usize) {
        self.now_ms += 1_000;
        let exchange = phone.begin_exchange(self.now_ms, 0).expect("a request");
        let request = exchange.frames().iter().take(frames).flatten().copied();
        let request: Vec<u8> = request.collect();
        let mut serving = self.server.open_exchange().expect("a running server");
        // Whatever it would say, nobody hears it.
        let _ = self.server.receive(&mut serving, &request, self.now_ms);
        exchange.finish(phone, &Crossing::default()).expect("durable");
    }

    /// One exchange whatever the server says.
    fn attempt(&mut self, phone: &mut Phone) -> bool {
        self.now_ms += 1_000;
        let mut exchange = phone.begin_exchange(self.now_ms, 0).expect("a request");
        let request = exchange.frames().concat();
        let mut serving = self.server.open_exchange().expect("a running server");
        let reply = self.server.receive(&mut serving, &request, self.now_ms);
        let reply = reply.expect("an answer").expect("a whole answer");
        if reply.is_empty() {
            phone.note_unknown();
        }
        let taken = exchange.handle_bytes(phone, &reply);
        let report = exchange.finish(phone, &Crossing::default()).expect("durable");
        taken.is_ok() && report.complete && !report.more && phone.unsent() == Some(0)
    }

    pub fn settle(&mut self, phones: &mut [Phone]) {
        for phone in phones.iter_mut() {
            assert!((0..ENOUGH).any(|_| self.attempt(phone)), "{} goes on", phone.name);
        }
        for phone in phones {
            self.sync(phone);
        }
    }

    /// Every note at the server, with how often it is there.
    pub fn notes(&mut self) -> BTreeMap<String, usize> {
        let mut notes = BTreeMap::new();
        for row in self.centre().rows().expect("rows") {
            let own = row.fields.get("note").and_then(|note| note.as_str());
            let more = row.fields.get("notes").and_then(|notes| notes.as_array());
            let more = more.into_iter().flatten().filter_map(|note| note.as_str());
            for note in own.into_iter().chain(more) {
                *notes.entry(note.to_owned()).or_default() += 1;
            }
        }
        notes
    }
}

fn mirrored(phone: &Phone) -> Vec<Vec<u8>> {
    let replica = phone.replica().expect("running");
    replica.mirror().map(|record| record.encode()).collect()
}

#[test]
fn work_that_a_copy_hands_over_before_a_cut_upload_of_the_original_goes_on_is_there_once() {
    let mut field = Field::new();
    let mut original = field.phone("a");
    field.sync(&mut original);
    let visit = field.write_note(&mut original, GRID, "shared");
    field.note(&mut original, visit, "shared note");
    let mut copy = original.cloned_as("copy", 7).expect("a copy");
    // The server has met the original's attempt, and nothing of what it brought.
    field.cut_after(&mut original, 1);
    field.note(&mut original, visit, "the original's");
    field.settle(std::slice::from_mut(&mut copy));
    // What the copy handed over stays in sight on the original, though its numbers are the copy's now.
    assert!(!field.attempt(&mut original), "it is told that it is a copy");
    let replica = original.replica().expect("running");
    assert_eq!(original.unsent(), Some(1), "only what the original wrote alone");
    assert!(replica.view(replica.renumbered(visit)).is_some());

    let mut phones = [original, copy];
    field.settle(&mut phones);
    let notes = field.notes();
    assert_eq!(
        notes,
        ["shared", "shared note", "the original's"]
            .map(|note| (note.to_owned(), 1))
            .into()
    );
    assert_eq!(mirrored(&phones[0]), mirrored(&phones[1]));
    assert_eq!(phones[0].replica().expect("running").incidents(), []);
}

#[test]
fn work_that_the_original_hands_over_before_its_copy_comes_with_new_numbers_is_there_once() {
    let mut field = Field::new();
    let mut original = field.phone("a");
    field.sync(&mut original);
    let visit = field.write_note(&mut original, GRID, "shared");
    field.note(&mut original, visit, "shared note");
    let mut copy = original.cloned_as("copy", 7).expect("a copy");
    field.cut_after(&mut original, 1);
    // The copy gets its numbers, and is cut before it hands anything over.
    assert!(!field.attempt(&mut copy));
    assert_eq!(copy.unsent(), Some(2));
    let renumbered = copy.replica().expect("running").renumbered(visit);
    field.note(&mut copy, renumbered, "the copy's");
    field.cut_after(&mut copy, 1);
    field.settle(std::slice::from_mut(&mut original));

    let mut phones = [original, copy];
    field.settle(&mut phones);
    let notes = field.notes();
    assert_eq!(
        notes,
        ["shared", "shared note", "the copy's"]
            .map(|note| (note.to_owned(), 1))
            .into()
    );
    assert_eq!(mirrored(&phones[0]), mirrored(&phones[1]));
}

#[test]
fn shared_work_that_is_kept_aside_is_aside_once_and_in_both_trays() {
    let mut field = Field::new();
    let mut original = field.phone("a");
    field.sync(&mut original);
    let outside = field.write_note(&mut original, ELSEWHERE, "outside");
    let mut copy = original.cloned_as("copy", 7).expect("a copy");
    field.cut_after(&mut original, 1);
    field.settle(std::slice::from_mut(&mut copy));
    let mut phones = [original, copy];
    field.settle(&mut phones);
    assert_eq!(field.centre().held().expect("held").quarantined, 1);
    let trays: Vec<_> = phones
        .iter()
        .map(|phone| phone.replica().expect("running").tray())
        .collect();
    assert_eq!(trays[0], trays[1]);
    assert_eq!(trays[0].len(), 1);
    assert_ne!(trays[0][0].dot, outside.0, "under the copy's number");
}

#[test]
fn a_phone_back_from_a_backup_shows_again_what_of_its_forgotten_work_is_kept_aside() {
    let mut field = Field::new();
    let mut phone = field.phone("a");
    field.write_note(&mut phone, ELSEWHERE, "aside before");
    field.sync(&mut phone);
    let backup = phone.snapshot().expect("a backup");
    let forgotten = field.write_note(&mut phone, ELSEWHERE, "aside since");
    field.note(&mut phone, forgotten, "behind it");
    field.write_note(&mut phone, GRID, "merged since");
    field.sync(&mut phone);
    let before = phone.replica().expect("running").tray();
    assert_eq!(before.len(), 3);

    phone.restore(&backup).expect("a backup that opens");
    assert_eq!(phone.replica().expect("running").tray().len(), 1);
    field.settle(std::slice::from_mut(&mut phone));
    let replica = phone.replica().expect("running");
    assert_eq!(replica.tray(), before, "everything, with the reasons");
    assert!(replica.view(forgotten).is_some(), "its worker sees it");
    assert_eq!(replica.mirror().count(), 1);
    // It asked once, and remembers.
    phone.restart().expect("it starts");
    let exchange = phone.begin_exchange(field.now_ms, 0).expect("a request");
    assert!(exchange.request_bytes() < 300);
    assert_eq!(phone.replica().expect("running").tray(), before);

    field.let_in(forgotten.0);
    field.sync(&mut phone);
    let replica = phone.replica().expect("running");
    assert_eq!(replica.tray().len(), 1);
    assert_eq!(
        replica
            .mirrored(forgotten)
            .expect("it is merged")
            .entries(NOTES)
            .len(),
        1
    );
    assert_eq!(replica.incidents(), []);
}

#[test]
fn what_was_let_in_while_a_phone_was_away_and_came_back_as_a_copy_again_leaves_its_tray() {
    let mut field = Field::new();
    let mut phone = field.phone("a");
    let outside = field.write_note(&mut phone, ELSEWHERE, "outside");
    field.sync(&mut phone);
    let before = phone.snapshot().expect("a backup");
    field.write_note(&mut phone, GRID, "later");
    field.sync(&mut phone);
    phone.restore(&before).expect("a backup that opens");
    // Now what is kept aside is of a former branch, and a backup of that is used too.
    field.settle(std::slice::from_mut(&mut phone));
    let between = phone.snapshot().expect("a backup");
    field.write_note(&mut phone, GRID, "still later");
    field.sync(&mut phone);
    field.let_in(outside.0);
    phone.restore(&between).expect("a backup that opens");
    assert_eq!(phone.replica().expect("running").tray().len(), 1);
    field.settle(std::slice::from_mut(&mut phone));
    assert_eq!(phone.replica().expect("running").tray(), []);
    assert_eq!(phone.replica().expect("running").mirror().count(), 3);
}

/// Phones write, are copied, and hand over pieces, in every order.
fn random_day(seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut field = Field::new();
    let mut phones = vec![field.phone("a")];
    field.sync(&mut phones[0]);
    let mut written = 0;
    for _ in 0..40 {
        let at = rng.random_range(0..phones.len());
        match rng.random_range(0..10) {
            0..4 => {
                let note = format!("note {written}");
                written += 1;
                let records: Vec<_> = phones[at].replica().expect("running").records().collect();
                if records.is_empty() || rng.random_bool(0.5) {
                    let kind = ["visit", "report"][rng.random_range(0..2)];
                    field.write_kind(&mut phones[at], kind, &note);
                } else {
                    let record = records[rng.random_range(0..records.len())];
                    field.note(&mut phones[at], record, &note);
                }
            }
            4..8 => {
                let frames = rng.random_range(0..6);
                field.cut_after(&mut phones[at], frames);
            }
            8 if phones.len() < 4 => {
                let name = format!("copy {}", phones.len());
                let copy = phones[at].cloned_as(&name, seed).expect("a copy");
                phones.push(copy);
            }
            _ => {
                field.attempt(&mut phones[at]);
            }
        }
    }
    field.settle(&mut phones);
    for phone in &mut phones {
        field.sync(phone);
    }
    let expected: BTreeMap<String, usize> =
        (0..written).map(|number| (format!("note {number}"), 1)).collect();
    assert_eq!(field.notes(), expected, "seed {seed}");
    for phone in &phones[1..] {
        assert_eq!(mirrored(&phones[0]), mirrored(phone), "seed {seed}");
    }
}

impl Field {
    fn write_kind(&self, phone: &mut Phone, kind: &str, note: &str) {
        let (replica, clock) = phone.desk(self.now_ms).expect("a running phone");
        let edit = Edit {
            set: vec![("severity".to_owned(), 2.into())]
                .into_iter()
                .filter(|_| kind == "report")
                .collect(),
            append: vec![("notes".into(), vec![note.into()])],
            ..Edit::default()
        };
        let area = GRID.parse().expect("a code");
        replica.create(clock, kind, area, &edit).expect("written");
    }
}

#[test]
fn whatever_phones_and_their_copies_hand_over_in_whatever_order_is_there_once() {
    for seed in 0..60 {
        random_day(seed);
    }
}

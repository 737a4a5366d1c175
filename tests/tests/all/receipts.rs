//! Receipt numbers given offline by a phone and by its copy, of which one has to give its report another number.

use crate::field::{Field, GRID};
use otor_protocol::ids::RecordId;
use otor_protocol::receipt::Receipt;
use otor_protocol::record::Edit;
use otor_sim::device::Phone;
use otor_sim::replay::centre::Centre;
use serde_json::{Map, Value};

/// A report, and the number that its resident is given at once.
fn report(field: &mut Field, phone: &mut Phone, title: &str) -> (RecordId, String) {
    field.now_ms += 1_000;
    let (replica, clock) = phone.desk(field.now_ms).expect("a running phone");
    let edit = Edit {
        set: vec![("title".into(), title.into())],
        ..Edit::default()
    };
    let area = GRID.parse().expect("a code");
    let id = replica.create(clock, "report", area, &edit).expect("written");
    let number = Receipt::of(&replica.view(id).expect("it is there")).to_string();
    (id, number)
}

fn stage(field: &mut Field, number: &str) -> Option<Value> {
    let told: Option<Value> = field.centre().receipt(number).expect("an answer");
    told.map(|told| told["stage"].clone())
}

#[test]
fn two_residents_whose_reports_had_one_number_on_a_phone_and_its_copy_each_learn_of_their_own() {
    let mut field = Field::new();
    let mut original = field.phone("a");
    field.sync(&mut original);
    let mut copy = original.cloned_as("copy", 7).expect("a copy");
    let (first, first_number) = report(&mut field, &mut original, "桥头水管漏水");
    let (second, second_number) = report(&mut field, &mut copy, "村西路灯不亮");
    assert_eq!(first, second, "neither knows of the other");
    assert_ne!(first_number, second_number);
    assert_eq!(stage(&mut field, &first_number), None, "nothing has come yet");

    let mut phones = [original, copy];
    field.settle(&mut phones);
    let renumbered = phones[1].replica().expect("running").renumbered(second);
    assert_ne!(renumbered, second);
    field
        .centre()
        .event(renumbered, "close", Map::new())
        .expect("closed");
    assert_eq!(stage(&mut field, &first_number), Some("reported".into()));
    assert_eq!(stage(&mut field, &second_number), Some("closed".into()));
    field.centre().erase(renumbered).expect("erased");
    assert_eq!(stage(&mut field, &second_number), None);
    assert_eq!(stage(&mut field, &first_number), Some("reported".into()));
}

//! What must come of a telephone number corrected by several people.

use crate::scene::*;
use otor_protocol::lifecycle::{conflicts, distinct_candidates};
use otor_protocol::op::FieldId;
use otor_protocol::record::Record;
use otor_protocol::value::Value;

fn household() -> Scene {
    let mut edit = set("code", "150821100201001-31");
    edit.set.push(("phone".into(), "13800000000".into()));
    Scene::begin("household", A, edit)
}

fn phone(scene: &Scene) -> FieldId {
    scene
        .kind()
        .field_named("phone")
        .expect("households have a phone")
        .id
}

fn numbers(scene: &Scene, record: &Record) -> Vec<String> {
    distinct_candidates(record, phone(scene))
        .iter()
        .filter_map(Value::as_text)
        .map(str::to_string)
        .collect()
}

/// A and B correct the number, neither seeing the other.
fn corrected_twice(by_a: &str, by_b: &str) -> Scene {
    let mut scene = household();
    let before = scene.seen();
    scene.offline(B, 20, &before, set("phone", by_b));
    scene.offline(A, 10, &before, set("phone", by_a));
    scene
}

#[test]
fn two_corrections_both_show_with_author_and_date_the_latest_first_and_flagged() {
    let scene = corrected_twice("13811111111", "13822222222");
    let record = scene.outcome();
    assert_eq!(numbers(&scene, &record), ["13822222222", "13811111111"]);
    assert_eq!(conflicts(scene.kind(), &record), ["phone"]);
    let shown: Vec<_> = record
        .candidates(phone(&scene))
        .iter()
        .map(|candidate| (candidate.author, candidate.stamp.ms()))
        .collect();
    assert_eq!(shown, [(B.person(), 20 * 60_000), (A.person(), 10 * 60_000)]);
}

#[test]
fn a_correction_replaces_the_number_it_saw() {
    let mut scene = household();
    scene.online(B, 10, set("phone", "13822222222"));
    let record = scene.outcome();
    assert_eq!(numbers(&scene, &record), ["13822222222"]);
    assert!(conflicts(scene.kind(), &record).is_empty());
}

#[test]
fn numbers_equal_after_normalising_are_no_conflict() {
    for same in [
        "138 1111 1111",
        "138-1111-1111",
        "+86 13811111111",
        "0086-138-1111-1111",
        "(138)11111111",
    ] {
        let scene = corrected_twice("13811111111", same);
        let record = scene.outcome();
        assert_eq!(numbers(&scene, &record), [same], "the latest spelling shows");
        assert!(conflicts(scene.kind(), &record).is_empty(), "{same}");
    }
}

#[test]
fn numbers_typed_in_full_width_are_the_same_numbers() {
    for same in [
        "１３８１１１１１１１１",
        "138－1111－1111",
        "（138）11111111",
        "＋86　13811111111",
    ] {
        let scene = corrected_twice("13811111111", same);
        assert!(conflicts(scene.kind(), &scene.outcome()).is_empty(), "{same}");
    }
}

#[test]
fn a_third_who_saw_both_settles_it() {
    let mut scene = corrected_twice("13811111111", "13822222222");
    scene.online(C, 30, set("phone", "13811111111"));
    let record = scene.outcome();
    assert_eq!(numbers(&scene, &record), ["13811111111"]);
    assert!(conflicts(scene.kind(), &record).is_empty());
    assert_eq!(record.candidates(phone(&scene))[0].author, C.person());
}

#[test]
fn a_third_who_saw_only_one_settles_only_that() {
    let mut scene = household();
    let before = scene.seen();
    scene.offline(A, 10, &before, set("phone", "13811111111"));
    let saw_a = scene.seen();
    scene.offline(B, 20, &before, set("phone", "13822222222"));
    scene.offline(C, 30, &saw_a, set("phone", "13833333333"));
    let record = scene.outcome();
    assert_eq!(numbers(&scene, &record), ["13833333333", "13822222222"]);
    assert_eq!(conflicts(scene.kind(), &record), ["phone"]);
}

#[test]
fn an_erased_number_stays_erased_under_every_concurrent_correction() {
    let mut scene = household();
    let before = scene.seen();
    let erased = otor_protocol::op::Change::Erase(vec![phone(&scene)]);
    scene.raw(TOWN, 10, vec![erased]);
    scene.offline(A, 20, &before, set("phone", "13811111111"));
    let record = scene.outcome();
    assert!(record.candidates(phone(&scene)).is_empty());
    assert!(numbers(&scene, &record).is_empty());
}

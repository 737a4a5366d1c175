//! What measuring promises.

use super::scene::Scene;
use super::writer::Writer;
use super::*;
use otor_protocol::wire::NoDictionaries;
use std::sync::Arc;

fn bytes_only(which: &[Which], seed: u64) -> Options {
    Options {
        notes_name: "own".into(),
        notes: Notes::read(notes::OWN),
        seed,
        learn: None,
        which: which.to_vec(),
        links: Vec::new(),
    }
}

fn measured(which: &[Which], seed: u64) -> Measurement {
    measure(&bytes_only(which, seed), &mut |_| {}).expect("a measurement")
}

#[test]
fn the_standard_exchange_is_31_ops_up_31_changes_and_3_tasks_down_in_one_round_trip() {
    let one = &measured(&[Which::Standard], 1).exchanges[0];
    assert_eq!(one.ops_up, 31);
    // A task comes as its creation and its assignment.
    assert_eq!(one.items_down, 31 + 2 * 3);
    assert_eq!(one.round_trips, 1);
    let chars = one.parts.text_chars;
    // 20 notes of 70 characters and 5 of 120, both ways, and what is shorter.
    assert!((4_000..6_500).contains(&chars), "{chars}");
}

#[test]
fn every_byte_belongs_to_one_part() {
    let which = [Which::Standard, Which::NothingNew, Which::FirstSync];
    for one in &measured(&which, 2).exchanges {
        assert_eq!(one.parts.total(), one.total, "{}", one.name);
        assert_eq!(one.total, one.bytes_up + one.bytes_down);
        assert!(one.floor.total() < one.total);
    }
}

#[test]
fn the_same_seed_gives_the_same_measurement() {
    let json = |seed| serde_json::to_string(&measured(&[Which::Standard], seed)).expect("JSON");
    assert_eq!(json(3), json(3));
    assert_ne!(json(3), json(4));
}

#[test]
fn an_exchange_ends_on_links_that_are_cut() {
    let links = ["gprs_rural", "cut3", "hilltop"].map(|name| Profile::by_name(name).expect("a profile"));
    let options = Options {
        links: links.to_vec(),
        ..bytes_only(&[Which::Standard], 1)
    };
    let measurement = measure(&options, &mut |_| {}).expect("a measurement");
    for on in &measurement.exchanges[0].links {
        assert!(on.seconds > 0.5 && on.connections >= 1, "{on:?}");
        assert!(
            // Frames may be larger there, which takes fewer bytes.
            on.bytes_up + on.bytes_down >= measurement.exchanges[0].total * 9 / 10,
            "{on:?}"
        );
    }
}

#[test]
fn a_first_sync_of_5000_records_stays_within_its_floor() {
    let one = measured(&[Which::FirstSyncLarge], 1).exchanges.remove(0);
    assert_eq!((one.items_down, one.round_trips), (5_000, 1));
    assert!(
        one.total <= one.most_by_floor,
        "{} of {}",
        one.total,
        one.most_by_floor
    );
}

#[test]
fn what_exchanges_weigh_stays_within_its_bounds() {
    let which = [
        Which::Standard,
        Which::StandardLearned,
        Which::NothingNew,
        Which::FirstSync,
    ];
    let measurement = measured(&which, 1);
    let by_name = |which: Which| {
        measurement
            .exchanges
            .iter()
            .find(|one| one.name == which.name())
            .expect("measured")
    };
    for one in &measurement.exchanges {
        assert!(
            one.total <= one.most_by_floor,
            "{}: {} of {}",
            one.name,
            one.total,
            one.most_by_floor
        );
        assert_eq!(one.round_trips, 1, "{}", one.name);
    }
    assert!(by_name(Which::NothingNew).total <= targets::NOTHING_NEW_MAX);
    let (shipped, learned) = (by_name(Which::Standard), by_name(Which::StandardLearned));
    assert_eq!((shipped.dictionary, learned.dictionary), ("shipped", "learned"));
    assert!(
        shipped.total <= targets::STANDARD_SHIPPED_MAX,
        "{}",
        shipped.total
    );
    assert!(
        learned.total <= targets::STANDARD_LEARNED_MAX,
        "{}",
        learned.total
    );
    assert!(shipped.total < shipped.gzip_json * 2 / 3);
    assert!(
        shipped.light_total < shipped.gzip_json * 4 / 5,
        "{}",
        shipped.light_total
    );
}

#[test]
fn a_missed_target_is_told() {
    let mut one = measured(&[Which::NothingNew], 1).exchanges.remove(0);
    let misses = |one: &Measured| {
        targets::judge(std::slice::from_ref(one))
            .iter()
            .filter(|target| !target.holds)
            .count()
    };
    one.total = targets::NOTHING_NEW_MAX;
    assert_eq!(misses(&one), 0);
    one.total += 1;
    one.round_trips = 2;
    assert_eq!(misses(&one), 2);
}

#[test]
fn a_phone_goes_on_without_a_dictionary_that_the_server_does_not_know() {
    let parted = Notes::read(notes::OWN).part(1).expect("enough notes");
    let mut scene = Scene::new(30, Writer::new(&parted.days, &parted.learned, 1), 1).expect("a scene");
    let numbered = |scene: &Scene| {
        let dictionary = scene.phones[1].replica().and_then(|replica| replica.dictionary());
        dictionary.map(|dictionary| dictionary.number())
    };
    assert_eq!(numbered(&scene), Some(1));
    scene.work_a_day(1).expect("a day");
    scene.server.use_dictionaries(Arc::new(NoDictionaries));
    let refused = scene.exchange(1).expect_err("it is refused");
    assert!(
        format!("{refused:#}").contains("UnknownDictionary"),
        "{refused:#}"
    );
    assert_eq!(numbered(&scene), None);
    let crossed = scene.exchange(1).expect("an exchange");
    assert_eq!(crossed.acked, 31);
}

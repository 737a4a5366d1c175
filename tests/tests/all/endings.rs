//! A grid that ends: its worker's phone is told, and what took its place.

use crate::field::{ELSEWHERE, Field, GRID};
use otor_protocol::wire::{AreaEnding, EndedArea};
use otor_sim::replay::centre::Centre;
use otor_sim::trace::{AdminAct, RetireArea, SplitArea, Successor};

const PARTS: [(&str, &str); 2] = [("150821100201011", "东片"), ("150821100201012", "西片")];

fn split() -> AdminAct {
    AdminAct::SplitArea(SplitArea {
        area: GRID.into(),
        into: PARTS
            .iter()
            .map(|(code, name)| Successor {
                code: (*code).into(),
                name: Some((*name).into()),
            })
            .collect(),
    })
}

fn told_of_the_split() -> EndedArea {
    EndedArea {
        area: GRID.parse().expect("a code"),
        ending: AreaEnding::Split,
        successors: PARTS
            .iter()
            .map(|(code, name)| (code.parse().expect("a code"), (*name).to_owned()))
            .collect(),
    }
}

#[test]
fn a_phone_is_told_once_that_its_grid_was_split_and_into_what_though_replies_are_lost() {
    let mut field = Field::new();
    let mut phone = field.phone("a");
    let visit = field.write(&mut phone, GRID);
    field.sync(&mut phone);
    assert_eq!(phone.replica().expect("running").ended_areas(), []);
    field.centre().reshape(&split()).expect("split");
    // The reply is cut before its welcome is there.
    field.exchange(&mut phone, 0, 20);
    assert_eq!(phone.replica().expect("running").ended_areas(), []);
    field.sync(&mut phone);
    let told = [told_of_the_split()];
    assert_eq!(phone.replica().expect("running").ended_areas(), told);
    phone.restart().expect("it starts");
    field.sync(&mut phone);
    let replica = phone.replica().expect("running");
    assert_eq!(replica.ended_areas(), told);
    assert!(replica.view(visit).is_some(), "its records stay");
    let quiet = field.exchange(&mut phone, 0, usize::MAX);
    assert!(
        quiet.complete && !quiet.progress(),
        "it is not told again and again"
    );
}

#[test]
fn a_phone_is_told_that_its_grid_was_closed_and_a_new_phone_that_it_had_been() {
    let mut field = Field::new();
    let mut phone = field.phone("a");
    field.sync(&mut phone);
    let closed = AdminAct::RetireArea(RetireArea { area: GRID.into() });
    field.centre().reshape(&closed).expect("closed");
    field.sync(&mut phone);
    let mut new = field.phone("b");
    field.sync(&mut new);
    for phone in [&phone, &new] {
        let [ended] = phone.replica().expect("running").ended_areas() else {
            panic!("one area has ended");
        };
        assert_eq!((ended.ending, ended.successors.len()), (AreaEnding::Closed, 0));
        assert_ne!(ended.area.as_str(), ELSEWHERE);
    }
}

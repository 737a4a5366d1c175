//! A made-up county is a valid trace, the same for the same seed, and as lively as a real one.

use super::*;
use std::collections::{BTreeMap, BTreeSet};

const LINKS: [&str; 9] = [
    "lte_ok",
    "lte_edge",
    "lte_flap",
    "hilltop",
    "umts_rural",
    "edge_lossy",
    "gprs_rural",
    "cut3",
    "geo_sat",
];

fn wuyuan() -> Vec<AreaRow> {
    read_areas(include_str!("../../../data/areas-wuyuan.csv")).unwrap()
}

fn acts(trace: &Trace) -> impl Iterator<Item = (&str, &DeviceAct)> {
    trace.steps.iter().filter_map(|step| match &step.what {
        What::Device { device, act } => Some((device.as_str(), act)),
        _ => None,
    })
}

#[test]
fn a_made_trace_is_read_back_as_it_was_made() {
    for (workers, days, seed) in [(1, 1, 0), (4, 1, 1), (40, 2, 2), (130, 1, 3)] {
        let trace = make(&wuyuan(), workers, days, seed).unwrap();
        let read = Trace::parse(&trace.write(), &LINKS).unwrap_or_else(|errors| panic!("{errors}"));
        assert!(read == trace, "{workers} workers, {days} days");
    }
    let league = read_areas(include_str!("../../../data/areas-xingan.csv")).unwrap();
    let trace = make_with(&league, &Settings::sparse(90, 4, 5)).unwrap();
    assert!(Trace::parse(&trace.write(), &LINKS).unwrap() == trace);
}

#[test]
fn the_same_seed_gives_the_same_trace_and_another_another() {
    let text = |seed| make(&wuyuan(), 12, 2, seed).unwrap().write();
    assert!(text(5) == text(5));
    assert!(text(5) != text(6));
}

#[test]
fn a_day_has_its_visits_reports_tasks_and_shared_households() {
    let trace = make(&wuyuan(), 100, 1, 9).unwrap();
    let count = |kind: &str| {
        let device =
            acts(&trace).filter(|(_, act)| matches!(act, DeviceAct::Create(create) if create.kind == kind));
        let admin = trace.steps.iter().filter(
            |step| matches!(&step.what, What::Admin(AdminAct::Create(create)) if create.kind == kind),
        );
        device.count() + admin.count()
    };
    assert!((1_900..2_100).contains(&count("visit")), "{}", count("visit"));
    assert!((4..20).contains(&count("report")), "{}", count("report"));
    assert!((8..35).contains(&count("task")), "{}", count("task"));
    assert!(count("household") < 300);
    let mut writers: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (device, act) in acts(&trace) {
        if let DeviceAct::Edit(edit) = act
            && edit.set.contains_key("phone")
        {
            writers.entry(&edit.record).or_default().insert(device);
        }
    }
    let shared = writers.values().filter(|devices| devices.len() == 2).count();
    assert!(
        shared >= 7,
        "each of the 7 shared grids has a household that both change, not {shared}"
    );
}

#[test]
fn phones_are_dark_for_hours_and_all_synchronise_in_the_evening() {
    let trace = make(&wuyuan(), 100, 1, 10).unwrap();
    let mut down_since: BTreeMap<&str, i64> = BTreeMap::new();
    let mut dark_ms: BTreeMap<&str, i64> = BTreeMap::new();
    let mut evening: BTreeMap<&str, usize> = BTreeMap::new();
    for step in &trace.steps {
        let What::Device { device, act } = &step.what else {
            continue;
        };
        match act {
            DeviceAct::Link(crate::trace::LinkChange::Down) => {
                down_since.insert(device, step.at_ms);
            }
            DeviceAct::Link(_) => {
                let since = down_since.remove(device.as_str());
                *dark_ms.entry(device).or_default() += since.map_or(0, |since| step.at_ms - since);
            }
            DeviceAct::Sync(sync) if step.at_ms > 690 * MINUTE_MS && sync.until_done => {
                *evening.entry(device).or_default() += 1;
            }
            _ => {}
        }
    }
    assert!(down_since.is_empty(), "every phone has a link in the evening");
    assert!(
        dark_ms
            .values()
            .filter(|dark_ms| **dark_ms > 5 * 60 * MINUTE_MS)
            .count()
            > 50
    );
    assert_eq!(evening.len(), 100);
    assert!(evening.values().all(|syncs| *syncs >= 4));
}

#[test]
fn the_trace_ends_with_what_must_then_be_true() {
    let trace = make(&wuyuan(), 5, 2, 11).unwrap();
    let visits =
        acts(&trace).filter(|(_, act)| matches!(act, DeviceAct::Create(create) if create.kind == "visit"));
    let expected: Vec<&Expect> = trace
        .steps
        .iter()
        .filter_map(|step| match &step.what {
            What::Expect(expect) => Some(expect),
            _ => None,
        })
        .collect();
    assert_eq!(expected.last(), Some(&&Expect::Converged(true)));
    assert!(expected.contains(&&Expect::Quarantined(0)));
    assert!(expected.contains(&&count_of("visit", visits.count() as u64)));
}

#[test]
fn one_link_may_be_asked_for_all_phones() {
    let settings = Settings {
        link: Some("gprs_rural".into()),
        ..Settings::ordinary(20, 1, 12)
    };
    let text = make_with(&wuyuan(), &settings).unwrap().write();
    assert!(Trace::parse(&text, &["gprs_rural"]).is_ok());
}

#[test]
fn impossible_wishes_are_refused() {
    let rows = wuyuan();
    assert_eq!(make(&rows, 0, 1, 0), Err(MakeError::Nothing));
    assert_eq!(make(&rows[..2], 3, 1, 0), Err(MakeError::NoVillages));
    assert!(matches!(make(&rows, 5, 1_000, 0), Err(MakeError::TooMuch { .. })));
    let one_village = [AreaRow {
        code: "150821100200".into(),
        name: "乌兰村委会".into(),
        level: "village".into(),
    }];
    assert_eq!(
        make(&one_village, 1_200, 1, 0),
        Err(MakeError::TooManyWorkers {
            workers: 1_200,
            villages: 1
        })
    );
    assert!(make(&one_village, 900, 1, 0).is_ok());
}

//! The seeds' figures of places: communities, grids, coverage.

use super::scene::{MORNING_MS, Made, Scene, value, values};
use crate::state::cell::{PersonCell, Role, Tenure};
use crate::state::entry::Act;
use crate::state::ledger::SuppliedAct;
use crate::state::rules::{Norm, Rules};
use otor_protocol::ids::PersonId;
use otor_protocol::op::{Change, FieldId};
use otor_protocol::stamp::Stamp;
use otor_protocol::value::Value;

fn supplied(name: &str, area: &str, day: &str, value: i64, at_least: bool) -> SuppliedAct {
    SuppliedAct {
        name: name.into(),
        area: area.parse().expect("a code"),
        day: super::super::read_day(day).expect("a day"),
        value,
        at_least,
    }
}

fn workers(count: usize, grids: &[String]) -> Act {
    let worker = |number: usize| PersonCell {
        id: PersonId(100 + number as u32),
        code: format!("w{number}"),
        name: String::new(),
        role: Role::Worker(vec![Tenure {
            since: Stamp::at_ms(MORNING_MS),
            areas: vec![grids[number % grids.len()].parse().expect("a code")],
        }]),
    };
    Act::Persons((0..count).map(worker).collect())
}

#[test]
fn f7_8742_property_disputes_are_settled_and_unmanaged_compounds_fall_from_121_to_49_seed_s1() {
    let mut scene = Scene::with_areas(["1522", "152201"]);
    let raised = Made::new(
        "mediation",
        "152201",
        MORNING_MS,
        &[("type", Value::from("property"))],
    );
    scene.add(&raised.then("agree", MORNING_MS + 1, &[]), 8_742);
    scene.add(&raised.then("fail", MORNING_MS + 1, &[]), 5);
    scene.act(Act::Supplied(vec![
        supplied("unmanaged_compounds", "152201", "2026-01-01", 121, false),
        supplied("unmanaged_compounds", "152201", "2026-03-20", 49, false),
    ]));
    let figures = scene.march("property");
    let told = values(
        &figures,
        [
            "disputes_settled",
            "unmanaged_compounds_before",
            "unmanaged_compounds_after",
            "unmanaged_compounds_change",
            "unmanaged_compounds_change_rate",
        ],
    );
    assert_eq!(told, ["8742", "121", "49", "-72", "-59.5"]);
}

#[test]
fn f10_301_of_1005_communities_bear_the_flag_30_0_percent_seed_s1() {
    let codes: Vec<String> = (0..1_005)
        .map(|n| format!("1522{:02}{:03}{:03}", 1 + n / 500, 1 + n % 500 / 100, 1 + n % 100))
        .collect();
    let mut scene = Scene::with_areas(codes.iter().map(String::as_str));
    let flags = codes[..301]
        .iter()
        .map(|code| supplied("flagged_community", code, "2026-02-01", 1, false));
    scene.act(Act::Supplied(flags.collect()));
    scene.act(Act::Supplied(vec![supplied(
        "flagged_community",
        &codes[400],
        "2026-02-01",
        0,
        false,
    )]));
    let figures = scene.march("flagged_communities");
    assert_eq!(
        values(&figures, ["communities", "flagged", "flagged_share"]),
        ["1005", "301", "30.0"]
    );
}

#[test]
fn f11_wuyuan_has_1509_workers_on_1402_grids_1_08_each_seed_s2() {
    let grids: Vec<String> = (0..1_402)
        .map(|n| format!("150821{:03}{:03}{:03}", 1 + n / 200, 1 + n % 200 / 10, 1 + n % 10))
        .collect();
    let mut scene = Scene::with_areas(grids.iter().map(String::as_str));
    scene.act(workers(1_509, &grids));
    let figures = scene.march("grid_norm");
    assert_eq!(
        values(&figures, ["grids", "workers", "workers_per_grid"]),
        ["1402", "1509", "1.08"]
    );
}

#[test]
fn f11_huabu_has_561_5_households_a_grid_and_all_six_are_oversize_of_143_grids_in_manzhouli_seed_s3() {
    let grids: Vec<String> = (0..143)
        .map(|n| format!("150781001{:03}{:03}", 1 + n / 6, 1 + n % 6))
        .collect();
    let mut scene = Scene::with_areas(grids.iter().map(String::as_str));
    let norms = vec![Norm {
        area: "150781".into(),
        least: 300,
        most: 500,
    }];
    scene.act(Act::Rules(Box::new(Rules {
        norms,
        ..Rules::default()
    })));
    for (number, grid) in grids[..6].iter().enumerate() {
        let household = Made::new("household", grid, MORNING_MS, &[("code", Value::from("h"))]);
        scene.add(&household, if number < 3 { 562 } else { 561 });
    }
    let figures = scene.figures(
        "grid_norm",
        Some("150781001001"),
        ("2026-03-01", "2026-03-31"),
        scene.commit,
    );
    let told = values(
        &figures,
        ["grids", "households", "households_per_grid", "oversize"],
    );
    assert_eq!(told, ["6", "3369", "561.5", "6"]);
    let all = scene.march("grid_norm");
    assert_eq!(
        values(&all, ["grids", "oversize", "undersize"]),
        ["143", "6", "137"]
    );
}

#[test]
fn f13_22000_activities_of_volunteers_and_how_many_there_are_seed_s1() {
    let mut scene = Scene::with_areas(["1522", "152201", "152202"]);
    let fields = [("type", Value::from("volunteer")), ("headcount", Value::Int(12))];
    scene.add(
        &Made::new("activity", "152201", MORNING_MS, &fields[..1])
            .edited(MORNING_MS + 1, vec![Change::Latest(FieldId(7), Value::Int(12))]),
        22_000,
    );
    scene.act(Act::Supplied(vec![
        supplied("volunteer_stations", "152201", "2026-01-01", 1_000, false),
        supplied("volunteer_stations", "152202", "2026-01-01", 475, false),
        supplied("volunteer_teams", "1522", "2026-01-01", 8_171, false),
        // Contained in what was supplied for the league: not added to it.
        supplied("volunteer_teams", "152201", "2026-01-01", 5_000, false),
        supplied("volunteers", "1522", "2026-01-01", 150_000, true),
        supplied("volunteer_beneficiaries", "1522", "2026-01-01", 500_000, true),
    ]));
    let figures = scene.march("volunteers");
    let told = values(
        &figures,
        [
            "activities",
            "attendance",
            "volunteer_stations",
            "volunteer_teams",
            "volunteers",
            "volunteer_beneficiaries",
        ],
    );
    assert_eq!(told, ["22000", "264000", "1475", "8171", "≥150000", "≥500000"]);
}

#[test]
fn f18_coverage_counts_households_once_and_segments_of_those_planned() {
    let grid = "150821100201001";
    let mut scene = Scene::with_areas(["150821", grid]);
    let household = Made::new("household", grid, MORNING_MS, &[("code", Value::from("h"))]);
    scene.add(&household, 40);
    let visit = Made::new("visit", grid, MORNING_MS + 1, &[("household", Value::from("h"))]);
    scene.visit_first(&visit, 30);
    // Story 5: the same door on the same afternoon. Visits two, households covered one.
    scene.visit_first(&visit, 10);
    let patrol = Made::new(
        "patrol",
        grid,
        MORNING_MS,
        &[("planned", Value::from("s1 s2 s3 s4"))],
    );
    let walked = patrol.edited(
        MORNING_MS + 1,
        ["s1", "s3", "elsewhere"]
            .map(|segment| Change::Append(FieldId(4), segment.into()))
            .to_vec(),
    );
    scene.add(&walked, 5);
    let figures = scene.march("coverage");
    let told = values(
        &figures,
        [
            "visits",
            "households",
            "households_visited",
            "household_coverage",
            "segments_planned",
            "segments_touched",
            "patrol_coverage",
        ],
    );
    assert_eq!(told, ["40", "40", "30", "75.0", "20", "10", "50.0"]);
    assert_eq!(value(&figures, Some("1508"), "visits"), "40");
}

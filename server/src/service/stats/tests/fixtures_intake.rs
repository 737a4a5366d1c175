//! The seeds' figures of intake and closure, from as many reports as they count.

use super::scene::{MINUTE_MS, MORNING_MS, Made, Scene, value, values};
use otor_protocol::value::Value;

const GRID: &str = "152201001001001";
const CLOSURE: [&str; 4] = ["received", "closed", "open", "closure_rate"];
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

fn report(fields: &[(&str, &str)]) -> Made {
    let fields: Vec<(&str, Value)> = fields
        .iter()
        .map(|(name, text)| (*name, Value::from(*text)))
        .collect();
    Made::new("report", GRID, MORNING_MS, &fields)
}

/// A scene with so many reports of a channel, of which so many are closed.
fn intake(channel: &str, received: usize, closed: usize) -> Scene {
    let mut scene = Scene::with_areas(["1522", GRID]);
    let open = report(&[("channel", channel)]);
    let done = open.then("close", MORNING_MS + DAY_MS, &[("outcome", "done".into())]);
    let ids = scene.add(&open, received);
    scene.change(&ids[..closed], &open, &done);
    scene
}

#[test]
fn f1_of_49643_appeals_45175_are_closed_91_percent_seed_s1() {
    let figures = intake("appeal", 49_643, 45_175).march("appeals");
    assert_eq!(values(&figures, CLOSURE), ["49643", "45175", "4468", "91.0"]);
}

#[test]
fn f2_of_122810_micro_matters_108404_are_done_88_3_percent_seed_s1() {
    let figures = intake("four_micro", 122_810, 108_404).march("micro_governance");
    assert_eq!(values(&figures, CLOSURE), ["122810", "108404", "14406", "88.3"]);
}

#[test]
fn f3_of_80812_disputes_online_74285_are_closed_91_9_percent_seed_s1() {
    let figures = intake("online_chain", 80_812, 74_285).march("disputes");
    assert_eq!(values(&figures, CLOSURE), ["80812", "74285", "6527", "91.9"]);
}

#[test]
fn f4_of_78182_matters_found_in_a_year_78013_are_solved_99_8_percent_seed_s4() {
    let scene = intake("patrol", 78_182, 78_013);
    let figures = scene.figures("matters", None, ("2026-01-01", "2026-12-31"), scene.commit);
    assert_eq!(values(&figures, CLOSURE), ["78182", "78013", "169", "99.8"]);
}

#[test]
fn the_three_totals_of_seed_s1_are_told_apart_and_never_added() {
    let mut scene = intake("appeal", 30, 20);
    scene.add(&report(&[("channel", "four_micro")]), 7);
    scene.add(&report(&[("channel", "online_chain")]), 5);
    for (statistic, received) in [("appeals", "30"), ("micro_governance", "7"), ("disputes", "5")] {
        assert_eq!(value(&scene.march(statistic), None, "received"), received);
    }
}

#[test]
fn f8_98_percent_of_resolutions_stay_in_the_community_seed_s1() {
    let mut scene = Scene::with_areas(["1522", GRID]);
    let small = report(&[]).then("close", MORNING_MS + 1, &[]);
    let big = report(&[])
        .then("escalate", MORNING_MS + 1, &[("level", "township".into())])
        .then("close", MORNING_MS + 2, &[]);
    scene.add(&small, 980);
    scene.add(&big, 20);
    // Open ones are no resolutions: they are in the denominator of no share.
    scene.add(&report(&[]), 500);
    let figures = scene.march("community_share");
    let told = values(&figures, ["resolved", "resolved_in_community", "community_share"]);
    assert_eq!(told, ["1000", "980", "98.0"]);
}

#[test]
fn f9_100000_service_items_are_direct_helped_or_by_proxy_seed_s1() {
    let mut scene = Scene::with_areas(["1522", GRID]);
    for (mode, items) in [("direct", 61_000), ("helped", 24_000), ("proxy", 15_000)] {
        scene.add(&report(&[("service_mode", mode)]), items);
    }
    scene.add(&report(&[("service_mode", "other")]), 3);
    let figures = scene.march("service_items");
    assert_eq!(value(&figures, None, "items"), "100000");
    assert_eq!(value(&figures, Some("helped"), "items"), "24000");
}

#[test]
fn f14_65_departments_stand_against_6_banners_seed_s1() {
    let banners = ["152201", "152202", "152221", "152222", "152223", "152224"];
    let mut scene = Scene::with_areas(banners.into_iter().chain(["1522"]));
    for number in 0..65 {
        let department = format!("d{number:02}");
        for banner in &banners[..1 + number % 6] {
            let fields = [("department", Value::from(department.as_str()))];
            // A centre names the department.
            let item = Made::new("report", &format!("{banner}001001001"), MORNING_MS, &[]).edited(
                MORNING_MS + 1,
                vec![otor_protocol::op::Change::Centre {
                    field: otor_protocol::op::FieldId(14),
                    value: fields[0].1.clone(),
                    epoch: 1,
                }],
            );
            scene.add(&item, 2);
        }
    }
    let figures = scene.march("responsibility");
    assert_eq!(values(&figures, ["departments", "banners"]), ["65", "6"]);
    let cells = figures
        .iter()
        .filter(|figure| figure.group.is_some() && figure.measure == "received");
    assert_eq!(cells.count(), 65 * 6);
    assert_eq!(value(&figures, Some("d05/152224"), "received"), "2");
    assert_eq!(value(&figures, Some("d00/152224"), "received"), "0");
}

#[test]
fn f16_what_comes_by_hotline_is_done_on_the_same_day_by_the_clock_of_the_field_seed_s2() {
    let mut scene = Scene::with_areas(["1522", GRID]);
    let asked = report(&[("channel", "hotline")]);
    // 08:00 in China: the day ends sixteen hours later.
    let midnight = MORNING_MS + 16 * 60 * MINUTE_MS;
    scene.add(&asked.then("close", midnight - 1, &[]), 9);
    scene.add(&asked.then("close", midnight, &[]), 1);
    scene.add(&report(&[("channel", "snapshot")]), 4);
    let figures = scene.march("same_day");
    let told = values(&figures, ["received", "done_same_day", "same_day_rate"]);
    assert_eq!(told, ["10", "9", "90.0"]);
}

#[test]
fn times_are_told_as_median_and_nine_tenths_and_are_never_below_nought() {
    let mut scene = Scene::with_areas(["1522", GRID]);
    for minutes in 1..=10 {
        let at = MORNING_MS + minutes * MINUTE_MS;
        let assigned = report(&[]).then("assign", at, &[]);
        scene.add(&assigned.then("close", at + 10 * MINUTE_MS, &[]), 1);
    }
    // Closed before it was written, as a bad clock has it.
    scene.add(&report(&[]).then("close", MORNING_MS - 5 * MINUTE_MS, &[]), 1);
    let figures = scene.march("durations");
    let told = values(
        &figures,
        [
            "report_to_assign_median",
            "report_to_assign_p90",
            "report_to_close_median",
            "assign_to_done_median",
        ],
    );
    assert_eq!(told, ["5", "9", "15", "–"]);
}

#[test]
fn answers_of_a_few_are_not_told() {
    let mut scene = Scene::with_areas(["1522", GRID]);
    let said = |result: &'static str| {
        let args = [("caller", Value::from("c1")), ("result", Value::from(result))];
        let closed = report(&[]).then("close", MORNING_MS + 1, &[]);
        closed.then("evaluate", MORNING_MS + 2, &args)
    };
    scene.add(&said("satisfied"), 3);
    scene.add(&said("unhappy"), 1);
    assert_eq!(value(&scene.march("satisfaction"), None, "satisfied"), "–");
    scene.add(&said("satisfied"), 1);
    let figures = scene.march("satisfaction");
    let told = values(&figures, ["answers", "satisfied", "unhappy", "satisfied_share"]);
    assert_eq!(told, ["5", "4", "1", "80.0"]);
}

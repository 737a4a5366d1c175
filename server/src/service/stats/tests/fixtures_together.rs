//! The seeds' figures of what is done together: hazards, whistles, activities, musters, campaigns.

use super::scene::{MINUTE_MS, MORNING_MS, Made, Scene, value, values};
use otor_protocol::op::{Change, FieldId};
use otor_protocol::value::Value;

const GRID: &str = "152201001001001";

fn scene() -> Scene {
    Scene::with_areas(["1522", GRID])
}

#[test]
fn f5_27001_hazards_are_rectified_over_three_years_and_have_no_denominator_seed_s1() {
    let mut scene = scene();
    // Found long before: what counts is the day on which it was removed.
    let before = MORNING_MS - 400 * 24 * 60 * MINUTE_MS;
    let found = Made::new("hazard", GRID, before, &[("severity_found", Value::Int(3))]);
    scene.add(&found.then("rectify", MORNING_MS, &[]), 27_001);
    scene.add(&found, 12);
    let figures = scene.figures("hazards", None, ("2024-01-01", "2026-12-31"), scene.commit);
    assert_eq!(values(&figures, ["rectified", "found"]), ["27001", "27013"]);
    let march = scene.march("hazards");
    assert_eq!(values(&march, ["rectified", "found"]), ["27001", "0"]);
    assert!(figures.iter().all(|figure| figure.whole.is_none()));
}

#[test]
fn f6_3873_whistles_are_done_seed_s1() {
    let mut scene = scene();
    let blown = Made::new("whistle", GRID, MORNING_MS, &[("lead", Value::from("housing"))]);
    let done = blown.then("reply", MORNING_MS + 1, &[("department", "housing".into())]);
    scene.add(&done, 3_873);
    scene.add(&blown, 4);
    let figures = scene.march("whistles");
    assert_eq!(values(&figures, ["solved", "blown"]), ["3873", "3877"]);
}

#[test]
fn f12_2000_problems_300_conflicts_500_wishes_1024_services_560_lessons_with_75000_seed_s2() {
    let mut scene = scene();
    let problem = Made::new("report", GRID, MORNING_MS, &[]);
    scene.add(&problem.then("close", MORNING_MS + 1, &[]), 2_000);
    let conflict = Made::new("mediation", GRID, MORNING_MS, &[("type", Value::from("family"))]);
    scene.add(&conflict.then("agree", MORNING_MS + 1, &[]), 300);
    scene.add(&Made::new("wish", GRID, MORNING_MS, &[]), 500);
    let activity = |code: &str, sessions: i64, headcount: i64| {
        let made = Made::new("activity", GRID, MORNING_MS, &[("type", Value::from(code))]);
        made.edited(
            MORNING_MS + 1,
            vec![
                Change::Latest(FieldId(6), Value::Int(sessions)),
                Change::Latest(FieldId(7), Value::Int(headcount)),
            ],
        )
    };
    scene.add(&activity("service", 2, 10), 512);
    scene.add(&activity("lesson", 1, 134), 400);
    scene.add(&activity("lesson", 4, 535), 40);
    let figures = scene.figures("by_type", None, ("2026-01-01", "2026-12-31"), scene.commit);
    let told = values(&figures, ["problems_solved", "conflicts_mediated", "wishes"]);
    assert_eq!(told, ["2000", "300", "500"]);
    assert_eq!(value(&figures, Some("service"), "sessions"), "1024");
    assert_eq!(value(&figures, Some("lesson"), "sessions"), "560");
    assert_eq!(value(&figures, Some("lesson"), "attendance"), "75000");
}

#[test]
fn f15_eight_of_ten_come_within_the_limit_of_each_zone_and_unreachable_is_no_refusal_seed_s2() {
    let mut scene = scene();
    let muster = Value::Record(otor_protocol::ids::RecordId::default());
    for (zone, hours) in [("centre", 1), ("banner", 2), ("whole", 3)] {
        let limit = MORNING_MS + hours * 60 * MINUTE_MS;
        let fields = [("muster", muster.clone()), ("zone", Value::from(zone))];
        let called = Made::new("alert", GRID, MORNING_MS, &fields).edited(
            MORNING_MS + 1,
            vec![Change::Centre {
                field: FieldId(4),
                value: Value::Int(limit),
                epoch: 1,
            }],
        );
        // At the last moment is in time, a moment after it is late.
        scene.add(&called.then("arrive", limit, &[]), 8);
        scene.add(&called.then("arrive", limit + 1, &[]), 1);
        scene.add(
            &called.then("unreachable", limit + 2, &[("due", Value::Int(limit))]),
            1,
        );
    }
    // The muster itself is a record without a person called: it is nobody who could come.
    scene.add(&Made::new("alert", GRID, MORNING_MS, &[]), 1);
    let figures = scene.march("muster");
    for zone in ["centre", "banner", "whole"] {
        let told = [
            "called",
            "in_time",
            "late",
            "unreachable",
            "declined",
            "in_time_rate",
        ];
        let told = told.map(|measure| value(&figures, Some(zone), measure));
        assert_eq!(told, ["10", "8", "1", "1", "0", "80.0"], "{zone}");
    }
    assert_eq!(values(&figures, ["called", "in_time_rate"]), ["30", "80.0"]);
}

#[test]
fn f17_turnout_meets_two_thirds_or_does_not_without_rounding_seed_s3() {
    let mut scene = scene();
    let campaign = |households: i64, registered: usize| {
        let of = |field, number| Change::Centre {
            field: FieldId(field),
            value: Value::Int(number),
            epoch: 1,
        };
        let fields = [("threshold_of", Value::Int(2)), ("threshold_in", Value::Int(3))];
        let mut made =
            Made::new("campaign", GRID, MORNING_MS, &fields).edited(MORNING_MS + 1, vec![of(5, households)]);
        for number in 0..registered {
            let args = [("household", Value::Text(format!("h{number}")))];
            made = made.then("registered", MORNING_MS + 2 + number as i64, &args);
        }
        made
    };
    let short = scene.add(&campaign(100, 66), 1)[0];
    let enough = scene.add(&campaign(99, 66), 1)[0];
    let figures = scene.march("turnout");
    let told = |id: otor_protocol::ids::RecordId| {
        let id = id.to_string();
        ["registered", "turnout", "threshold_met"].map(|measure| value(&figures, Some(&id), measure))
    };
    assert_eq!(told(short), ["66", "66.0", "0"]);
    assert_eq!(told(enough), ["66", "66.7", "1"]);
}

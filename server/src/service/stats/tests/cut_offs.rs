//! What was known after a commit does not change, whatever comes later; areas are those of then.

use super::super::{Asked, Period, changed, report};
use super::scene::{MORNING_MS, Made, Scene, value, values};
use crate::decide::admin::met::Sightings;
use crate::decide::admin::record::{self, NewRecord, RecordEvent};
use crate::decide::admin::reshape::{Reshape, Successor, reshape};
use crate::test_server::{FAR_GRID, GRIDS, TestServer};
use otor_protocol::ids::RecordId;
use otor_protocol::value::Value;
use proptest::prelude::*;
use serde_json::json;

const DAYS: (&str, &str) = ("2026-03-01", "2026-03-31");

#[test]
fn a_closing_a_reopening_and_a_move_change_nothing_that_was_known_before() {
    let (here, there) = ("152201001001001", "152201001002001");
    let mut scene = Scene::with_areas(["1522", here, there]);
    let open = Made::new("report", here, MORNING_MS, &[]);
    let closed = open.then("close", MORNING_MS + 1, &[]);
    let again = closed.then("reopen", MORNING_MS + 2, &[]);
    let moved = again.edited(
        MORNING_MS + 3,
        vec![otor_protocol::op::Change::Relocate {
            area: there.parse().unwrap(),
            epoch: 1,
        }],
    );
    let ids = scene.add(&open, 3);
    scene.change(&ids, &open, &closed);
    let march = scene.commit;
    scene.change(&ids[..1], &closed, &again);
    scene.change(&ids[..1], &again, &moved);
    let told = |area: Option<&str>, cut_off| {
        let figures = scene.figures("matters", area, DAYS, cut_off);
        values(&figures, ["received", "closed"])
    };
    assert_eq!(told(None, march - 1), ["3", "0"]);
    assert_eq!(told(None, march), ["3", "3"]);
    assert_eq!(told(None, march + 2), ["3", "2"]);
    assert_eq!(told(Some(here), march + 1), ["3", "2"]);
    assert_eq!(told(Some(here), march + 2), ["2", "2"]);
    assert_eq!(told(Some(there), march + 2), ["1", "0"]);
    // Story 8: the first round's closing still counts in last month's ledger.
    assert_eq!(told(Some(here), march), ["3", "3"]);
}

fn create(server: &mut TestServer, kind: &str, area: &str, fields: serde_json::Value) -> RecordId {
    let request = NewRecord {
        kind: kind.into(),
        area: area.into(),
        fields: fields.as_object().cloned().expect("fields"),
    };
    let created = server.county(move |desk, county| record::create(desk, county, &request));
    created.expect("created").id.parse().expect("an id")
}

fn event(server: &mut TestServer, id: RecordId, event: &str) {
    let request = RecordEvent {
        event: event.into(),
        fields: serde_json::Map::new(),
    };
    let done = server.county(move |desk, county| record::event(desk, county, id, &request));
    done.expect("said");
}

fn ask(server: &TestServer, area: &str, cut_off: u64, statistic: &str) -> Vec<super::super::Figure> {
    let asked = Asked {
        area: Some(area.parse().expect("a code")),
        period: Period::read(DAYS.0, DAYS.1).expect("a period"),
        cut_off,
        statistics: vec![statistic.into()],
        by_grid: true,
    };
    let reader = server.reader();
    let view = reader.snapshot();
    report(&view, &asked).expect("readable").figures
}

#[test]
fn a_split_grid_s_records_keep_it_and_its_village_s_total_stays_seed_story_13() {
    let mut server = TestServer::new();
    let village = &GRIDS[0][..12];
    for number in 0..9 {
        let fields = json!({"household": format!("h{number}"), "note": "x"});
        create(&mut server, "visit", GRIDS[0], fields);
    }
    let before = server.reader().published();
    let parts = ["150821100201031", "150821100201032"];
    let into = parts
        .map(|code| Successor {
            code: code.into(),
            name: Some(code.into()),
        })
        .to_vec();
    let split = Reshape::Split {
        code: GRIDS[0].into(),
        into,
    };
    server
        .county(move |desk, county| reshape(desk, county, &split, &Sightings::default()))
        .expect("split");
    let now = server.reader().published();
    for cut_off in [before, now] {
        let figures = ask(&server, village, cut_off, "coverage");
        assert_eq!(value(&figures, None, "visits"), "9");
        assert_eq!(
            value(&figures, Some(GRIDS[0]), "visits"),
            "9",
            "they keep their grid"
        );
    }
    // Each part has what the whole had: which part a door lies in is not in the record.
    let part = ask(&server, parts[0], now, "coverage");
    assert_eq!(value(&part, None, "visits"), "9");
    // Before the split there was no such part.
    let early = ask(&server, parts[0], before, "coverage");
    assert_eq!(value(&early, None, "visits"), "0");
}

#[test]
fn a_moved_grid_counts_where_it_is_now_and_where_it_was_before() {
    let mut server = TestServer::new();
    create(&mut server, "report", GRIDS[0], json!({"title": "t"}));
    let before = server.reader().published();
    let to = "150821101001009";
    let moved = Reshape::Move {
        code: GRIDS[0].into(),
        to: Successor {
            code: to.into(),
            name: None,
        },
    };
    server
        .county(move |desk, county| reshape(desk, county, &moved, &Sightings::default()))
        .expect("moved");
    let now = server.reader().published();
    let received = |area: &str, cut_off| value(&ask(&server, area, cut_off, "closure"), None, "received");
    assert_eq!(received(&FAR_GRID[..9], before), "0");
    assert_eq!(received(&FAR_GRID[..9], now), "1");
    assert_eq!(received(&GRIDS[0][..9], before), "1");
    let county = ask(&server, "150821", now, "closure");
    assert_eq!(value(&county, Some(&FAR_GRID[..9]), "received"), "1");
}

#[test]
fn twin_snapshots_are_two_reports_and_one_case_and_both_get_the_result_seed_story_14() {
    let mut server = TestServer::new();
    let fields = json!({"title": "pipe", "channel": "snapshot"});
    let one = create(&mut server, "report", GRIDS[0], fields.clone());
    let other = create(&mut server, "report", GRIDS[0], fields);
    for (of, double) in [(one, other), (other, one)] {
        let request = RecordEvent {
            event: "mark_duplicate".into(),
            fields: json!({"of": of.to_string()})
                .as_object()
                .cloned()
                .expect("fields"),
        };
        server
            .county(move |desk, county| record::event(desk, county, double, &request))
            .expect("marked");
    }
    event(&mut server, one, "close");
    let figures = ask(&server, "150821", server.reader().published(), "matters");
    let told = values(&figures, ["received", "cases", "closed"]);
    assert_eq!(told, ["2", "1", "2"]);
}

#[test]
fn what_was_retracted_is_no_visit_any_more() {
    let mut server = TestServer::new();
    let visit = create(&mut server, "visit", GRIDS[0], json!({"household": "h1"}));
    create(&mut server, "visit", GRIDS[0], json!({"household": "h2"}));
    let before = server.reader().published();
    event(&mut server, visit, "retract");
    let now = server.reader().published();
    let visits = |cut_off| value(&ask(&server, "150821", cut_off, "coverage"), None, "visits");
    assert_eq!((visits(before), visits(now)), ("2".to_string(), "1".to_string()));
    let (then, later) = (
        ask(&server, "150821", before, "coverage"),
        ask(&server, "150821", now, "coverage"),
    );
    let changed = changed(&then, &later);
    assert!(changed.iter().any(|one| one.measure == "visits"), "{changed:?}");
    assert_eq!(super::super::changed(&then, &then), []);
}

/// What becomes of one report in a made-up history.
#[derive(Clone, Copy, Debug)]
enum Step {
    Create(bool),
    Close(usize),
    Reopen(usize),
    Relocate(usize, bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let which = 0usize..6;
    let step = prop_oneof![
        3 => any::<bool>().prop_map(Step::Create),
        2 => which.clone().prop_map(Step::Close),
        1 => which.clone().prop_map(Step::Reopen),
        1 => (which, any::<bool>()).prop_map(|(which, there)| Step::Relocate(which, there)),
    ];
    prop::collection::vec(step, 1..14)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The rows of facts at every commit say what counting the records by hand said at that commit.
    #[test]
    fn facts_after_any_commit_are_what_was_counted_then(steps in steps()) {
        let areas = ["152201001001001", "152201001002001"];
        let mut scene = Scene::with_areas(["1522", areas[0], areas[1]]);
        let mut records: Vec<(RecordId, Made, bool, bool)> = Vec::new();
        let mut counted = vec![];
        for (step, number) in steps.into_iter().zip(1i64..) {
            let at = MORNING_MS + number * 1_000;
            match step {
                Step::Create(there) => {
                    let made = Made::new("report", areas[usize::from(there)], at, &[("channel", Value::from("x"))]);
                    let id = scene.add(&made, 1)[0];
                    records.push((id, made, there, false));
                }
                Step::Close(which) | Step::Reopen(which) | Step::Relocate(which, _) => {
                    let Some((id, made, there, closed)) = records.get_mut(which) else { continue };
                    let after = match step {
                        Step::Close(_) => { *closed = true; made.then("close", at, &[]) }
                        Step::Reopen(_) if *closed => { *closed = false; made.then("reopen", at, &[]) }
                        Step::Relocate(_, to) => {
                            *there = to;
                            let area = areas[usize::from(to)].parse().unwrap();
                            made.edited(at, vec![otor_protocol::op::Change::Relocate { area, epoch: number as u64 }])
                        }
                        _ => continue,
                    };
                    scene.change(&[*id], made, &after);
                    *made = after;
                }
            }
            let of = |place: bool, only_closed: bool| {
                records.iter().filter(|(_, _, there, closed)| *there == place && (*closed || !only_closed)).count()
            };
            counted.push((scene.commit, [of(false, false), of(false, true), of(true, false), of(true, true)]));
        }
        for (commit, counts) in counted {
            let mut told = Vec::new();
            for area in areas {
                let figures = scene.figures("matters", Some(area), DAYS, commit);
                told.extend(values(&figures, ["received", "closed"]));
            }
            prop_assert_eq!(told, counts.map(|count| count.to_string()).to_vec(), "after commit {}", commit);
        }
    }
}

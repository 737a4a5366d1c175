//! What a list takes on 5,000 records, by its index and by going through all of them.

use super::scans::{all, care_due, like_household, likely, my_tasks};
use super::scene::{DAY_MS, START_MS, Scene, TEXTS};
use crate::*;
use otor_protocol::area::AreaCode;
use otor_protocol::replica::{HouseholdDraft, ReportDraft};

/// How often each way of finding is gone through when times are measured.
const ROUNDS: u32 = 200;

/// Prints what a query takes on 5,000 records, and what keeping the indexes takes for one op. Run it in release:
/// `cargo test --release -p otor-protocol --test replica -- --ignored --nocapture lists_of`.
#[test]
#[ignore = "measures"]
fn lists_of_five_thousand_records_in_microseconds() {
    let mut scene = Scene::new();
    for n in 0..5_000 {
        let kind = match n % 20 {
            0 | 1 => "report",
            2 => "task",
            3..=6 => "household",
            _ => "visit",
        };
        scene.enter(kind, n);
    }
    let grid: AreaCode = GRID.parse().expect("sound in these tests");
    let replica = &scene.replica;
    let reports = ReportDraft {
        area: Some(&grid),
        text: TEXTS[0],
        category: Some("pipe"),
        household: None,
        place: Some((410_900_000, 1_082_700_000)),
    };
    let households = HouseholdDraft {
        area: &grid,
        code: Some("031"),
        place: Some("桥头5号"),
        phone: Some("10005550122"),
    };
    let time = |name: &str, query: &dyn Fn() -> usize, scan: &dyn Fn() -> usize| {
        let took = |what: &dyn Fn() -> usize, rounds: u32| {
            #[expect(clippy::disallowed_methods, reason = "this measures")]
            let start = std::time::Instant::now();
            let found = (0..rounds).map(|_| what()).max();
            (start.elapsed().as_secs_f64() * 1e6 / f64::from(rounds), found)
        };
        let (indexed, found) = took(query, ROUNDS);
        let (scanned, _) = took(scan, 2);
        println!("{name:>16}: {indexed:>8.1} µs by index, {scanned:>10.1} µs by scan ({found:?} found)");
    };
    let soon = START_MS + 2 * DAY_MS;
    time("my tasks", &|| replica.my_tasks().take(50).count(), &|| {
        my_tasks(replica).len()
    });
    time(
        "due households",
        &|| replica.care_due(soon).take(50).count(),
        &|| care_due(replica, soon).len(),
    );
    time("open cases", &|| replica.open_cases(Some(&grid)).len(), &|| {
        all(replica).len()
    });
    time(
        "like report",
        &|| replica.like_report(&reports, soon).len(),
        &|| {
            let all = all(replica);
            let reported = all.iter().filter(|(_, kind)| *kind == "report");
            reported
                .filter(|(record, _)| likely(record, &reports) > 400.0)
                .count()
        },
    );
    time(
        "like household",
        &|| replica.like_household(&households).len(),
        &|| like_household(replica, &households).len(),
    );
    time("to look at", &|| replica.to_look_at().count(), &|| {
        all(replica).len()
    });
    #[expect(clippy::disallowed_methods, reason = "this measures")]
    let start = std::time::Instant::now();
    assert!(replica.index_is_right());
    let each = start.elapsed().as_secs_f64() * 1e6 / 5_000.0;
    println!("{:>16}: {each:>8.1} µs a record", "all made anew");
    let id = replica.records().next().expect("a record");
    time(
        "state of a record",
        &|| usize::from(replica.record_state(id).is_some()),
        &|| 0,
    );
    #[expect(clippy::disallowed_methods, reason = "this measures")]
    let start = std::time::Instant::now();
    for n in 0..200 {
        scene.write(n, 3);
    }
    let each = start.elapsed().as_secs_f64() * 1e6 / 200.0;
    println!(
        "{:>16}: {each:>8.1} µs, storing and indexes together",
        "an op written"
    );
}

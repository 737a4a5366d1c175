//! Made county days in process: many phones on bad links, the server killed and cut from power in between.

use otor_protocol::ids::RecordId;
use otor_sim::replay::centre::Row;
use otor_sim::trace::make::{Settings, make_with, read_areas};
use otor_sim::trace::{ServerAct, Step, Trace, What};
use otor_sim::world::{Options, replay};
use std::collections::BTreeMap;

fn county(workers: usize, link: Option<&str>, seed: u64) -> Trace {
    let areas = include_str!("../../../client-sim/data/areas-wuyuan.csv");
    let areas = read_areas(areas).expect("the areas that ship");
    let mut settings = Settings::ordinary(workers, 1, seed);
    settings.link = link.map(str::to_string);
    make_with(&areas, &settings).expect("a county")
}

/// Kills the server (or cuts its power) at these moments, each for two minutes.
fn with_deaths(mut trace: Trace, at_minutes: &[i64], act: ServerAct) -> Trace {
    for minutes in at_minutes {
        for (at_ms, act) in [
            (minutes * 60_000, act),
            ((minutes + 2) * 60_000, ServerAct::Start),
        ] {
            let place = trace.steps.partition_point(|step| step.at_ms <= at_ms);
            trace.steps.insert(
                place,
                Step {
                    if_possible: false,
                    line: 0,
                    at_ms,
                    what: What::Server(act),
                },
            );
        }
    }
    trace
}

fn assert_clean(trace: &Trace, seed: u64) {
    let report = replay(
        trace,
        &Options {
            seed,
            ..Options::default()
        },
    )
    .expect("a run");
    let differences: Vec<&String> = report.differences.iter().take(5).collect();
    assert!(
        report.ok && report.converged,
        "seed {seed}: {:#?} {differences:#?}",
        report.failures
    );
    assert!(
        report.ops.written > 0 && report.ops.acked == report.ops.written,
        "seed {seed}: {:?}",
        report.ops
    );
}

/// The merged records without what depends on arrival: commits, receipt, and whether a phone had shown a task.
fn merged(trace: &Trace, seed: u64) -> BTreeMap<RecordId, Row> {
    let options = Options {
        seed,
        ..Options::default()
    };
    let report = replay(trace, &options).expect("a run");
    assert!(report.ok && report.converged, "{:#?}", report.failures);
    let rows = report.rows.into_iter().map(|mut row| {
        (row.commit, row.state) = (0, None);
        if row
            .fields
            .get("status")
            .is_some_and(|status| status == "delivered")
        {
            row.fields.insert("status".into(), "issued".into());
        }
        (row.id, row)
    });
    rows.collect()
}

#[test]
fn merged_records_do_not_depend_on_when_the_server_dies() {
    let trace = county(30, Some("edge_lossy"), 3);
    let undisturbed = merged(&trace, 3);
    assert!(undisturbed.len() > 300, "{} records", undisturbed.len());
    for first in [63, 127, 211, 389] {
        let minutes: Vec<i64> = (0..5).map(|death| first + death * 83).collect();
        let disturbed = merged(&with_deaths(trace.clone(), &minutes, ServerAct::Kill), 3);
        let differing: Vec<_> = undisturbed
            .iter()
            .filter(|(id, row)| disturbed.get(id) != Some(row))
            .map(|(id, row)| (row.clone(), disturbed.get(id).cloned()))
            .take(2)
            .collect();
        assert!(
            differing.is_empty() && disturbed.len() == undisturbed.len(),
            "first at {first}: {differing:#?}"
        );
    }
}

#[test]
fn a_hundred_workers_day_over_gprs_ends_converged() {
    assert_clean(&county(100, Some("gprs_rural"), 7), 7);
}

#[test]
fn power_cuts_at_any_moment_lose_nothing_and_double_nothing() {
    for seed in 1..=6 {
        let minutes: Vec<i64> = (0..8).map(|death| 60 + seed as i64 * 7 + death * 71).collect();
        let trace = with_deaths(county(12, None, seed), &minutes, ServerAct::PowerCut);
        assert_clean(&trace, seed);
    }
}

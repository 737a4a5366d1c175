//! Made county days in process: many phones on bad links, the server killed and cut from power in between.

use otor_sim::trace::make::{Settings, make_with, read_areas};
use otor_sim::trace::{ServerAct, Step, Trace, What};
use otor_sim::world::{Options, replay};

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
        for (at_ms, act) in [(minutes * 60_000, act), ((minutes + 2) * 60_000, ServerAct::Start)] {
            let place = trace.steps.partition_point(|step| step.at_ms <= at_ms);
            trace.steps.insert(place, Step { line: 0, at_ms, what: What::Server(act) });
        }
    }
    trace
}

fn assert_clean(trace: &Trace, seed: u64) {
    let report = replay(trace, Options { seed, ..Options::default() }).expect("a run");
    let differences: Vec<&String> = report.differences.iter().take(5).collect();
    assert!(report.ok && report.converged, "seed {seed}: {:#?} {differences:#?}", report.failures);
    assert!(report.ops.written > 0 && report.ops.acked == report.ops.written, "seed {seed}: {:?}", report.ops);
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

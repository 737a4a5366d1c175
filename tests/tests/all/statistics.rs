//! Statistics of made-up counties (real Wuyuan villages) are what a reference counts that shares nothing with them: of
//! several areas and periods, as known after several commits. The whole county and a league are for the command line:
//! see docs/statistics.md.

use otor_sim::replay::coverage::Coverage;
use otor_sim::trace::make::{Settings, make_with, read_areas};
use otor_sim::trace::{AdminAct, Create, DeviceAct, Event, Step, Trace, What};
use otor_sim::world::{Options, figures, replay};
use serde_json::{Value, json};

/// Figures that made-up weeks may have nothing of.
const SELDOM_TOLD: [&str; 3] = [
    "appeals.withdrawn",
    "disputes.withdrawn",
    "micro_governance.withdrawn",
];

const CHANNELS: [&str; 6] = ["appeal", "four_micro", "online_chain", "hotline", "snapshot", ""];

/// A hard week with reports of all channels, and with what the ordinary days do not have: hazards, mediations, wishes,
/// activities, patrols.
pub fn week(workers: usize, days: usize, seed: u64) -> Trace {
    let areas = include_str!("../../../client-sim/data/areas-wuyuan.csv");
    let areas = read_areas(areas).expect("the areas that ship");
    let settings = Settings {
        visits_mean: 2,
        report_share: 0.4,
        task_share: 0.1,
        matters: true,
        link: Some("edge_lossy".into()),
        ..Settings::ordinary(workers, days, seed)
    };
    let mut trace = make_with(&areas, &settings).expect("a county");
    let mut grids: Vec<String> = Vec::new();
    let mut reports = 0;
    for step in &mut trace.steps {
        if let What::Area(area) = &step.what
            && area.code.len() == 15
        {
            grids.push(area.code.clone());
        }
        if let What::Device {
            act: DeviceAct::Create(create),
            ..
        } = &mut step.what
            && create.kind == "report"
        {
            let channel = CHANNELS[reports % CHANNELS.len()];
            if !channel.is_empty() {
                create.fields.insert("channel".into(), json!(channel));
            }
            reports += 1;
        }
    }
    let last = trace.steps.last().map_or(0, |step| step.at_ms);
    let mut added = Vec::new();
    for (number, grid) in grids.iter().take(12).enumerate() {
        matters(&mut added, number, grid, last);
    }
    trace.steps.extend(added);
    trace.steps.sort_by_key(|step| step.at_ms);
    trace
}

fn matters(steps: &mut Vec<Step>, number: usize, grid: &str, last: i64) {
    let mut at = last / 12 * (number as i64 + 1) - 1;
    let mut add = |act: AdminAct| {
        at += 60_000;
        steps.push(Step {
            line: 0,
            at_ms: at.min(last),
            // A grid may have been cut by then.
            if_possible: true,
            what: What::Admin(act),
        });
    };
    let create = |kind: &str, fields: Value| {
        AdminAct::Create(Create {
            record: format!("x-{kind}-{number}"),
            kind: kind.into(),
            area: Some(grid.into()),
            fields: fields
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        })
    };
    let say = |kind: &str, event: &str| {
        AdminAct::Event(Event {
            record: format!("x-{kind}-{number}"),
            event: event.into(),
            fields: Default::default(),
            if_held: false,
        })
    };
    add(create("hazard", json!({"severity_found": 2})));
    add(create("mediation", json!({"type": "property"})));
    add(create("wish", json!({"category": "tools"})));
    add(create(
        "activity",
        json!({"type": "lesson", "headcount": 30 + number, "sessions": 2}),
    ));
    add(create(
        "patrol",
        json!({"planned": "a b c", "touched": ["a", "z"]}),
    ));
    if number.is_multiple_of(2) {
        add(say("hazard", "rectify"));
        add(say("mediation", "agree"));
    }
    if number.is_multiple_of(3) {
        add(say("mediation", "fail"));
        add(say("activity", "retract"));
        add(say("hazard", "reopen"));
    }
}

fn run(trace: &Trace, seed: u64) -> Coverage {
    let options = Options {
        seed,
        statistics: true,
        ..Options::default()
    };
    let report = replay(trace, &options).expect("a run");
    let wrong: Vec<_> = report
        .broken
        .iter()
        .filter(|(checker, _)| *checker == "statistics")
        .collect();
    assert!(wrong.is_empty(), "seed {seed}: {wrong:#?}");
    assert!(report.ok, "seed {seed}: {:#?}", report.failures);
    report.coverage
}

#[test]
fn a_county_s_week_is_told_as_the_reference_counts_it() {
    let mut told = Coverage::default();
    for seed in [1, 2] {
        told.absorb(&run(&week(18, 7, seed), seed));
    }
    // Agreeing on nought shows little: every figure is more than that somewhere.
    let names = told.iter().filter_map(|(name, _)| name.strip_prefix("nought."));
    let never = names.filter(|name| told.count(&format!("figure.{name}")) == 0);
    let never: Vec<&str> = never.filter(|name| !SELDOM_TOLD.contains(name)).collect();
    assert!(never.is_empty(), "{never:?}");
    assert!(
        told.iter()
            .filter(|(name, _)| name.starts_with("figure."))
            .count()
            > 100
    );
}

/// Minutes of work: `cargo test --release -p otor-tests --test all county_of_many -- --ignored`.
#[test]
#[ignore = "takes minutes"]
fn a_county_of_many_workers_is_told_as_the_reference_counts_it() {
    let told = run(&week(200, 7, 3), 3);
    assert!(told.count("figure.turnout.threshold_met") > 0);
}

/// A league of six banners from phones that are dark on most days, busier than a real one so that it has everything.
#[test]
fn a_league_s_days_are_told_as_the_reference_counts_them() {
    let areas = include_str!("../../../client-sim/data/areas-xingan.csv");
    let areas = read_areas(areas).expect("the areas that ship");
    // Few villages, so that each has several workers.
    let (villages, above): (Vec<_>, Vec<_>) = areas.into_iter().partition(|area| area.code.len() == 12);
    let areas: Vec<_> = above
        .into_iter()
        .chain(villages.into_iter().step_by(60))
        .collect();
    let settings = Settings {
        report_share: 0.25,
        task_share: 0.05,
        life_share: 0.4,
        link: Some("ideal".into()),
        ..Settings::sparse(130, 5, 1)
    };
    let trace = make_with(&areas, &settings).expect("a league");
    let report = figures(trace, &Options::default()).expect("a run");
    assert!(report.ok, "{:#?}", report.failures);
    let told = report.figures.expect("figures");
    let never: Vec<&String> = told
        .nought
        .iter()
        .filter(|name| !SELDOM_TOLD.contains(&name.as_str()))
        .collect();
    assert!(never.is_empty(), "{never:?}");
}

//! A county's hard week: every status is what the reference model, which shares nothing with the folds, makes of the
//! events. The whole county is for the command line: `otor-sim trace make --workers 1509 --days 7 --visits 2 --matters`.

use otor_sim::trace::make::{Settings, make_with, read_areas};
use otor_sim::trace::{AdminAct, Trace, What};
use otor_sim::world::{Options, replay};

fn week(workers: usize, seed: u64) -> Trace {
    let areas = include_str!("../../../client-sim/data/areas-wuyuan.csv");
    let areas = read_areas(areas).expect("the areas that ship");
    let settings = Settings {
        visits_mean: 1,
        report_share: 0.4,
        task_share: 0.1,
        matters: true,
        link: Some("edge_lossy".into()),
        ..Settings::ordinary(workers, 7, seed)
    };
    make_with(&areas, &settings).expect("a county")
}

fn acts(trace: &Trace, of: impl Fn(&AdminAct) -> bool) -> usize {
    let acts = trace.steps.iter().filter(|step| match &step.what {
        What::Admin(act) => of(act),
        _ => false,
    });
    acts.count()
}

#[test]
fn in_a_week_of_whistles_escalations_splits_and_moves_every_status_is_the_reference_s() {
    for seed in [1, 2] {
        let trace = week(24, seed);
        let named = |name: &'static str| move |act: &AdminAct| matches!(act, AdminAct::Event(event) if event.event == name);
        let whistles = acts(
            &trace,
            |act| matches!(act, AdminAct::Create(create) if create.kind == "whistle"),
        );
        let splits = acts(&trace, |act| matches!(act, AdminAct::SplitArea(_)));
        let moves = acts(&trace, |act| matches!(act, AdminAct::MoveWorker(_)));
        assert!(
            whistles > 3 && splits > 0 && moves > 0,
            "{whistles} {splits} {moves}"
        );
        assert!(acts(&trace, named("escalate")) > 0 && acts(&trace, named("reopen")) > 0);
        let options = Options {
            seed,
            ..Options::default()
        };
        let report = replay(&trace, &options).expect("a run");
        // Days that pass in the night are told to phones in the morning: nobody waits for that here.
        assert!(report.ok, "seed {seed}: {:#?}", report.failures);
        let statuses = report
            .rows
            .iter()
            .filter(|row| row.fields.contains_key("status"))
            .count();
        assert!(statuses > 100, "{statuses}");
    }
}

//! What the worker asks of the phone: every list is what going through all records gives, whatever was written, told,
//! moved, taken away or opened again in between.

mod measure;
mod scans;
mod scene;

use otor_protocol::replica::RecordState;
use proptest::prelude::*;
use scene::{Scene, Step, step};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn every_list_is_what_going_through_all_records_gives(steps in prop::collection::vec(step(), 1..40)) {
        let mut scene = Scene::new();
        for step in &steps {
            scene.run(step);
            assert!(scene.replica.index_is_right(), "after {step:?}");
        }
        scans::check(&scene.replica);
    }
}

#[test]
fn a_record_has_been_seen_once_the_centre_has_written_on_it_and_no_longer_when_the_worker_has_since() {
    let mut scene = Scene::new();
    scene.run(&Step::Create("report", 0));
    let report = scene.pick(0).expect("the report");
    let state = |scene: &Scene| scene.replica.record_state(report);
    assert_eq!(state(&scene), Some(RecordState::OnPhone { unsent: 1 }));
    scene.run(&Step::Exchange(0));
    assert_eq!(state(&scene), Some(RecordState::AtServer));
    scene.uptime_ms += 60_000;
    scene.run(&Step::Centre(0, 1));
    assert!(matches!(state(&scene), Some(RecordState::SeenByCentre { .. })));
    scene.uptime_ms += 60_000;
    scene.run(&Step::Write(0, 3));
    scene.run(&Step::Exchange(0));
    assert_eq!(state(&scene), Some(RecordState::AtServer));
}

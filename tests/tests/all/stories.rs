//! The stories of the field (domain, section 6), as traces with expectations, in process under virtual time.

use otor_sim::trace::Trace;
use otor_sim::world::{Options, replay};
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden/traces")
}

pub fn stories() -> Vec<(String, Trace)> {
    let links: Vec<&str> = otor_sim::link::profile::all()
        .iter()
        .map(|profile| profile.name)
        .collect();
    let mut stories: Vec<(String, Trace)> = std::fs::read_dir(folder())
        .expect("the folder of golden traces")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("a readable trace");
            let name = path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let trace = Trace::parse(&text, &links).unwrap_or_else(|error| panic!("{name}: {error}"));
            (name, trace)
        })
        .collect();
    stories.sort_by(|one, other| one.0.cmp(&other.0));
    stories
}

#[test]
fn every_story_ends_as_it_should() {
    let stories = stories();
    assert!(stories.len() >= 40, "stories are missing: {}", stories.len());
    let mut failures = Vec::new();
    for (name, trace) in &stories {
        for seed in 1..=5 {
            let report = replay(
                trace,
                &Options {
                    seed,
                    ..Options::default()
                },
            )
            .expect(name);
            if !report.ok {
                failures.push(format!("{name}, seed {seed}: {:#?}", report.failures));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn a_day_of_pulls_meets_departures_erasures_bodies_that_break_off_and_another_history() {
    let name = "pull-01-left-erased-and-restored";
    let (_, trace) = stories()
        .into_iter()
        .find(|(story, _)| story == name)
        .expect(name);
    let report = replay(&trace, &Options::default()).expect(name);
    for met in ["stopped", "went_on", "broken_off", "stale", "left", "erased"] {
        assert!(report.coverage.count(&format!("pull.{met}")) > 0, "{met}");
    }
}

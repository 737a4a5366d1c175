//! Days with everything going wrong, then a quiet end: nothing may be lost or doubled, every op is merged or in its
//! author's tray, and every phone must agree with the server. A seed that ever failed is kept as a trace.

use otor_sim::soak::{self, Options, Size};
use otor_sim::trace::Trace;

/// How many days, unless the environment says otherwise.
const DAYS: u64 = 220;

const SMALL: Options = Options {
    size: Size::SMALL,
    log: false,
};

fn days() -> u64 {
    let told = std::env::var("OTOR_SOAK_DAYS").ok();
    told.and_then(|text| text.parse().ok()).unwrap_or(DAYS)
}

#[test]
fn small_days_with_everything_going_wrong_end_with_nothing_lost_and_everyone_agreed() {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let tally = soak::many((0, days()), threads, &SMALL, &|| true, &mut |_, _| {});
    let failed: Vec<String> = tally
        .failed
        .iter()
        .map(|day| format!("seed {}:\n  {}", day.seed, day.failures.join("\n  ")))
        .collect();
    assert!(
        failed.is_empty(),
        "{} days failed\n{}",
        failed.len(),
        failed.join("\n")
    );
    assert_eq!(tally.days, days());
}

#[test]
fn the_same_seed_gives_the_same_day_byte_for_byte_on_one_thread_and_on_several() {
    let options = Options { log: true, ..SMALL };
    let logs = |threads| {
        let mut logs = std::collections::BTreeMap::new();
        soak::many((0, 6), threads, &options, &|| true, &mut |outcome, _| {
            logs.insert(outcome.seed, outcome.log.clone().expect("a log was asked for"));
        });
        logs
    };
    let (one, several) = (logs(1), logs(3));
    assert_eq!(one.len(), 6);
    assert!(one.values().all(|log| log.lines().count() > 100));
    for (seed, log) in &one {
        assert!(several.get(seed) == Some(log), "seed {seed} gave another day");
    }
}

#[test]
fn every_day_is_a_trace_that_can_be_written_read_and_run_alike() {
    let links: Vec<&str> = otor_sim::link::profile::all()
        .iter()
        .map(|profile| profile.name)
        .collect();
    for seed in 0..3 {
        let trace = soak::Plan::of(seed, Size::SMALL).trace();
        let read = Trace::parse(&trace.write(), &links).expect("a valid trace");
        assert_eq!(read, trace);
    }
}

/// Every day that ever failed, as it was made short.
#[test]
fn days_that_failed_once_do_not_fail_again() {
    let links: Vec<&str> = otor_sim::link::profile::all()
        .iter()
        .map(|profile| profile.name)
        .collect();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/seeds");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder of seeds")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "no seeds in {folder}");
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("a trace");
        let trace = Trace::parse(&text, &links).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let seed = trace.seed.expect("the seed it failed with");
        let outcome = soak::run_trace(&trace, seed, &SMALL);
        assert!(
            outcome.failures.is_empty(),
            "{}: {:?}",
            path.display(),
            outcome.failures
        );
    }
}

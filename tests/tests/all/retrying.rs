//! When a phone tries again: by itself, until nothing is left, and then not at all.

use otor_sim::replay::report::Report;
use otor_sim::trace::Trace;
use otor_sim::world::{Options, replay};

const GRID: &str = "150821100201001";

/// Replays the steps on a phone with this link.
fn replayed(link: &str, steps: &str, seed: u64) -> Report {
    let links: Vec<&str> = otor_sim::link::profile::all()
        .iter()
        .map(|profile| profile.name)
        .collect();
    let text = format!(
        r#"{{"otor_trace":1,"name":"retrying","epoch":"2026-03-02T08:00:00+08:00"}}
{{"at":0,"area":{{"code":"{GRID}","name":"grid","level":"grid"}}}}
{{"at":0,"worker":{{"ref":"w1","name":"王芳","areas":["{GRID}"]}}}}
{{"at":1000,"device":{{"ref":"d1","worker":"w1","link":"{link}"}}}}
{steps}"#
    );
    let trace = Trace::parse(&text, &links).unwrap_or_else(|error| panic!("{error}"));
    let options = Options {
        seed,
        ..Options::default()
    };
    let report = replay(&trace, &options).expect("a replay");
    assert!(report.ok, "{:#?}", report.failures);
    report
}

fn visit(at_ms: u64, name: &str) -> String {
    format!(
        r#"{{"at":{at_ms},"device":"d1","create":{{"ref":"{name}","kind":"visit","fields":{{"note":"入户"}}}}}}"#
    )
}

#[test]
fn failed_attempt_is_made_again_without_waiting_for_the_next_thing_written() {
    for seed in 1..=5 {
        let steps = [
            visit(2_000, "v1"),
            r#"{"at":2500,"device":"d1","link":"down"}"#.to_owned(),
            r#"{"at":3000,"device":"d1","sync":{"until_done":true}}"#.to_owned(),
            // An hour without service; nothing is written, nobody asks again.
            r#"{"at":3600000,"device":"d1","link":"up"}"#.to_owned(),
            r#"{"at":3700000,"expect":{"records":{"kind":"visit","count":1}}}"#.to_owned(),
            r#"{"at":3700000,"expect":{"device":"d1","outbox":0}}"#.to_owned(),
        ];
        replayed("ideal", &steps.join("\n"), seed);
    }
}

#[test]
fn phone_with_nothing_to_do_opens_no_connection() {
    let busy = [
        visit(2_000, "v1"),
        r#"{"at":3000,"device":"d1","sync":{"until_done":true}}"#.to_owned(),
        r#"{"at":60000,"expect":{"device":"d1","outbox":0}}"#.to_owned(),
    ]
    .join("\n");
    let then_idle = format!(
        "{busy}\n{}",
        r#"{"at":86400000,"expect":{"device":"d1","outbox":0}}"#
    );
    for link in ["ideal", "lte_edge"] {
        let (short, day) = (replayed(link, &busy, 1), replayed(link, &then_idle, 1));
        assert_eq!(short.totals.connections, day.totals.connections, "{link}");
        assert!(short.totals.connections >= 1);
    }
}

#[test]
fn waits_stay_short_while_a_cut_link_lets_something_through() {
    // On cut3 every contact is cut, and most bring something: the backoff never grows to a minute.
    let visits: Vec<String> = (0..40)
        .map(|number| visit(2_000 + number, &format!("v{number}")))
        .collect();
    let steps = [
        visits.join("\n"),
        r#"{"at":10000,"device":"d1","sync":{"until_done":true}}"#.to_owned(),
        r#"{"at":900000,"expect":{"device":"d1","outbox":0}}"#.to_owned(),
    ];
    for seed in 1..=10 {
        replayed("cut3", &steps.join("\n"), seed);
    }
}

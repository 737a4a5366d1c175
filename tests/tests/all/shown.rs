//! Every required outcome and every story has a trace, and every trace is replayed in other orders and against a real
//! server.

use crate::orders::meets;
use crate::stories::stories;
use std::collections::BTreeSet;

/// Stories of one phone alone: nobody could come before it.
const ALONE: [&str; 5] = [
    "story-01-first-sync",
    "story-02-three-days-dark",
    "story-03-cut-reply",
    "story-04-half-batch",
    "story-11-wrong-house",
];

/// What a real server's operator cannot do, for `otor restore` always tells the server that it was restored; and what
/// damages a phone's storage.
const IN_PROCESS_ALONE: [&str; 8] = [
    "copy-06-one-lost-what-both-had",
    "copy-08-shown-behind-a-gap",
    "copy-09-an-event-on-a-lost-report",
    "lost-01-what-names-a-lost-op",
    "lost-02-another-waited-for-it",
    "lost-03-what-a-restored-server-had",
    "server-02-restored-untold",
    "server-03-late-request-after-restoring",
];

/// The names of traces in each row of the table of required outcomes.
fn outcomes() -> Vec<BTreeSet<String>> {
    let document = include_str!("../../../docs/domain.md");
    let table = document.split("### Required outcomes").nth(1).expect("the table");
    let rows = table.lines().filter(|line| line.starts_with("| ")).skip(1);
    let traces = |row: &str| row.split('|').nth(2).map(str::to_owned);
    let named = rows.filter_map(traces).map(|cell| {
        let names = cell.split(',').map(|name| name.trim().to_owned());
        names.collect()
    });
    named.collect()
}

#[test]
fn every_required_outcome_and_every_story_has_its_trace() {
    let there: BTreeSet<String> = stories().into_iter().map(|(name, _)| name).collect();
    let outcomes = outcomes();
    assert_eq!(outcomes.len(), 15);
    for name in outcomes.iter().flatten() {
        assert!(there.contains(name), "there is no trace {name}");
    }
    for number in 1..=20 {
        let story = format!("story-{number:02}-");
        let of_it = there.iter().filter(|name| name.starts_with(&story)).count();
        assert_eq!(of_it, 1, "{story}");
    }
}

#[test]
fn every_trace_is_replayed_against_a_real_server_too() {
    let source = include_str!("real_stories.rs");
    for (name, _) in stories() {
        let is_there = source.contains(&format!("\"{name}\""));
        assert!(is_there != IN_PROCESS_ALONE.contains(&name.as_str()), "{name}");
    }
}

#[test]
fn phones_come_in_other_orders_in_every_story_and_outcome_but_those_of_one_phone() {
    for (name, trace) in stories() {
        let is_one = name.starts_with("story-") || name.starts_with("outcome-");
        assert!(
            !is_one || meets(&trace) != ALONE.contains(&name.as_str()),
            "{name}"
        );
    }
}

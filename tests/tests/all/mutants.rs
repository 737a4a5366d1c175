//! Some of the rules taken away, on days that are known to notice it: the simulator's checks do see what they are for.
//! `otor-sim mutants` does it with all rules and more days.

use otor_protocol::mutation::Mutation;
use otor_sim::mutants::{Options, Tried, run};
use otor_sim::soak::Size;

/// A rule, and a small day that fails without it.
const KNOWN: &[(Mutation, u64)] = &[
    (Mutation::AckBeforeSync, 0),
    (Mutation::OthersOpsTakenForOwn, 0),
    (Mutation::VisibleBeforeDurable, 0),
    (Mutation::WorkNotCompared, 0),
    (Mutation::RefillJudgedAnew, 10),
    (Mutation::CutSkipsRestOfCommit, 2),
    (Mutation::RemoveWithoutDots, 3),
    (Mutation::FloorIgnored, 3),
    (Mutation::LeaveUntold, 4),
    (Mutation::TieBreakRemoved, 5),
];
/// So many days are tried from the known one on: whatever changes the bytes that cross changes days a little.
const DAYS_TRIED: u64 = 8;

fn tried(mutation: Mutation, seed: u64) -> Vec<Tried> {
    let options = Options {
        seeds: seed..seed + 1,
        size: Size::SMALL,
        traces: Vec::new(),
        only: vec![mutation],
        first_only: true,
        threads: 1,
    };
    run(&options, &|_| {})
}

#[test]
fn day_that_is_sound_fails_in_a_check_once_a_rule_is_taken_away() {
    for (mutation, first) in KNOWN {
        let mut days = (*first..first + DAYS_TRIED).map(|seed| tried(*mutation, seed));
        let is_noticed = days.any(|day| day.iter().all(Tried::is_well));
        assert!(
            is_noticed,
            "nothing notices without {mutation:?}: {}",
            mutation.rule()
        );
    }
}

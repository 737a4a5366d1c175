//! Some of the rules taken away, on days that are known to notice it: the simulator's checks do see what they are for.
//! `otor-sim mutants` does it with all rules and more days.

use crate::stories::stories;
use otor_protocol::mutation::Mutation;
use otor_sim::mutants::{Options, Tried, run};
use otor_sim::soak::Size;
use otor_sim::trace::Trace;
use std::ops::Range;

/// A rule, and a small day that fails without it.
const KNOWN: &[(Mutation, u64)] = &[
    (Mutation::AckBeforeSync, 0),
    (Mutation::OthersOpsTakenForOwn, 0),
    (Mutation::VisibleBeforeDurable, 0),
    (Mutation::WorkNotCompared, 0),
    (Mutation::RefillJudgedAnew, 5),
    (Mutation::CutSkipsRestOfCommit, 0),
    (Mutation::RemoveWithoutDots, 2),
    (Mutation::FloorIgnored, 3),
    (Mutation::LeaveUntold, 0),
    (Mutation::TieBreakRemoved, 5),
    (Mutation::PullSkipsRestOfCommit, 0),
    (Mutation::PullDepartureUntold, 21),
    (Mutation::PullOfAnotherHistory, 1),
    (Mutation::PullTellsOfAnother, 0),
];
/// A rule that drawn days seldom or never need, the story written for it, and the check that notices.
const WRITTEN_FOR: &[(Mutation, &str, &str)] = &[
    (
        Mutation::ActorReissued,
        "server-04-numbers-of-the-lost-end",
        "meant",
    ),
    (
        Mutation::TakenBehindACopy,
        "copy-05-the-other-came-between",
        "on the way",
    ),
    (
        Mutation::TwinsNotCompared,
        "copy-04-the-other-came-first-after-a-restoring",
        "doubled",
    ),
];
/// So many days are tried from the known one on: whatever changes the bytes that cross changes days a little.
const DAYS_TRIED: u64 = 8;

fn tried(mutation: Mutation, seed: u64) -> Vec<Tried> {
    tried_on(mutation, seed..seed + 1, Vec::new())
}

fn tried_on(mutation: Mutation, seeds: Range<u64>, traces: Vec<Trace>) -> Vec<Tried> {
    let options = Options {
        seeds,
        size: Size::SMALL,
        traces,
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

#[test]
fn a_story_written_for_a_rule_fails_in_its_check_once_that_is_taken_away() {
    for (mutation, name, checker) in WRITTEN_FOR {
        let (_, story) = stories()
            .into_iter()
            .find(|(story, _)| story == name)
            .expect("the story");
        let tried = tried_on(*mutation, 0..1, vec![story]);
        let [as_it_is, without] = tried.as_slice() else {
            panic!("{tried:?}");
        };
        assert!(as_it_is.is_well() && without.is_well(), "{tried:?}");
        assert!(without.checkers.contains(*checker), "{without:?}");
    }
}

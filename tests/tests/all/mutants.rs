//! Some of the rules taken away, on days that are known to notice it: the simulator's checks do see what they are for.
//! `otor-sim mutants` does it with all rules and more days.

use otor_protocol::mutation::Mutation;
use otor_sim::mutants::{Options, run};
use otor_sim::soak::Size;

/// A rule, and a small day that fails without it.
const KNOWN: &[(Mutation, u64)] = &[(Mutation::AckBeforeSync, 0)];

#[test]
fn day_that_is_sound_fails_in_a_check_once_a_rule_is_taken_away() {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    for (mutation, seed) in KNOWN {
        let options = Options {
            seeds: *seed..seed + 1,
            size: Size::SMALL,
            only: vec![*mutation],
            first_only: true,
            threads,
        };
        let tried = run(&options, &|_| {});
        for one in &tried {
            assert!(one.is_well(), "{:?}, day {seed}: {one:?}", mutation);
        }
    }
}

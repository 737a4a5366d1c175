//! Properties of the link under random use: polling, order, odd inputs.

use proptest::prelude::*;

use super::behaviour::{connected, total};
use super::profile::all;
use super::*;

const SECOND: u64 = 1_000_000;

/// What an application does: how long it waits, which way it sends, how much.
fn application() -> impl Strategy<Value = Vec<(u64, bool, usize)>> {
    proptest::collection::vec((0_u64..20 * SECOND, any::<bool>(), 0_usize..6_000), 0..12)
}

/// Deliveries and ends of one connection whose link becomes `changed` half-way, advanced at odd moments.
fn run_with_polls(
    (profile, changed, seed, cut): (&Profile, Option<&Profile>, u64, Option<Cut>),
    steps: &[(u64, bool, usize)],
    poll_us: &[u64],
) -> (Vec<Arrival>, [Option<u64>; 3]) {
    let (mut link, mut connection) = connected(profile.clone(), seed);
    connection.set_cut(cut);
    let (mut now_us, mut arrivals, mut polls) = (connection.established_us(), Vec::new(), 0);
    let middle = steps.len() / 2;
    for (number, &(wait_us, up, bytes)) in steps.iter().chain([&(400 * SECOND, true, 0)]).enumerate() {
        let next_us = now_us + wait_us;
        while !poll_us.is_empty() {
            now_us += poll_us[polls % poll_us.len()];
            polls += 1;
            if now_us > next_us {
                break;
            }
            connection.next_event_us(&mut link);
            link.is_up(now_us + 1_000 * SECOND);
            arrivals.extend(connection.advance(&mut link, now_us));
        }
        now_us = next_us;
        if let Some(changed) = changed
            && number == middle
        {
            link.set_profile(changed.clone(), now_us);
        }
        connection.send(if up { Direction::Up } else { Direction::Down }, now_us, bytes);
    }
    arrivals.extend(connection.advance(&mut link, now_us));
    let ends = [
        connection.broken_at_us(),
        connection.noticed_at_us(Side::Phone),
        connection.noticed_at_us(Side::Server),
    ];
    (arrivals, ends)
}

/// Found by the property below.
#[test]
fn what_crosses_while_the_link_becomes_another_does_not_depend_on_when_that_was_asked() {
    let profiles = all();
    let question = (&profiles[5], Some(&profiles[0]), 12_765_748_189_814_818_415, None);
    let steps = [(10_945_434, false, 1), (667_307, false, 0)];
    let polled = run_with_polls(question, &steps, &[1_268_150, 344_731]);
    assert_eq!(run_with_polls(question, &steps, &[]), polled);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn results_do_not_depend_on_how_often_time_is_advanced(
        which in 0_usize..10, seed: u64, cut in proptest::option::of(0_u64..40_000), steps in application(),
        poll_us in proptest::collection::vec(20_000_u64..3 * SECOND, 1..6), to in proptest::option::of(0_usize..11),
    ) {
        let profiles = all();
        let question = (&profiles[which], to.map(|to| &profiles[to]), seed, cut.map(Cut::AfterBytes));
        prop_assert_eq!(run_with_polls(question, &steps, &[]), run_with_polls(question, &steps, &poll_us));
    }

    #[test]
    fn arrivals_are_in_order_of_time_whole_and_before_the_end(
        which in 0_usize..10, seed: u64, steps in application(), cut_s in proptest::option::of(0.0..200.0),
    ) {
        let cut = cut_s.map(Cut::after_seconds);
        let (arrivals, [broken_us, ..]) = run_with_polls((&all()[which], None, seed, cut), &steps, &[]);
        prop_assert!(arrivals.is_sorted_by_key(|arrival| arrival.at_us));
        for direction in [Direction::Up, Direction::Down] {
            let sent: usize = steps.iter().filter(|step| step.1 == (direction == Direction::Up)).map(|step| step.2).sum();
            let delivered = total(&arrivals, direction);
            prop_assert!(delivered <= sent);
            prop_assert!(delivered == sent || broken_us.is_some());
        }
        if let Some(broken_us) = broken_us {
            prop_assert!(arrivals.iter().all(|arrival| arrival.at_us <= broken_us));
        }
    }

    #[test]
    fn odd_inputs_never_panic(
        which in 0_usize..11, seed: u64, start_us: u64, connect_us: u64, times in proptest::collection::vec(any::<u64>(), 0..6),
        bytes in 0_usize..3_000, cut in proptest::option::of(any::<u64>()), change_us: u64, to in 0_usize..11,
    ) {
        let mut link = Link::new(all()[which].clone(), seed, start_us);
        link.next_up_us(change_us);
        let ConnectOutcome::Established { mut connection, .. } = link.connect(connect_us) else { return Ok(()) };
        connection.set_cut(cut.map(Cut::AfterUs));
        for time_us in times {
            connection.send(Direction::Up, time_us, bytes);
            connection.send(Direction::Down, time_us, 0);
            connection.advance(&mut link, time_us);
            connection.next_event_us(&mut link);
            link.set_profile(all()[to].clone(), change_us);
        }
        connection.advance(&mut link, u64::MAX);
    }
}

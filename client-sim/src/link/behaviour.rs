//! Tests of the link as a whole: what a request and its reply meet on it.

use super::profile::{Outages, all};
use super::recorded::{Opportunities, RecordedLink};
use super::tcp::GIVE_UP_US;
use super::*;

const SECOND: u64 = 1_000_000;

pub(super) fn profile(name: &str) -> Profile {
    Profile::by_name(name).expect("a named profile")
}

/// A link and an established connection on it, tried until one comes about.
pub(super) fn connected(profile: Profile, seed: u64) -> (Link, Connection) {
    let mut link = Link::new(profile, seed, 0);
    let mut now_us = 0;
    loop {
        match link.connect(now_us) {
            ConnectOutcome::Established { connection, .. } => return (link, *connection),
            ConnectOutcome::Failed { at_us } => now_us = link.next_up_us(at_us),
        }
    }
}

/// Follows the connection from event to event until nothing happens any more or `until_us`.
pub(super) fn drain(link: &mut Link, connection: &mut Connection, until_us: u64) -> Vec<Arrival> {
    let mut arrivals = Vec::new();
    while let Some(at_us) = connection.next_event_us(link).filter(|&at_us| at_us <= until_us) {
        arrivals.extend(connection.advance(link, at_us));
    }
    arrivals
}

pub(super) fn total(arrivals: &[Arrival], direction: Direction) -> usize {
    arrivals
        .iter()
        .filter(|arrival| arrival.direction == direction)
        .map(|arrival| arrival.bytes)
        .sum()
}

#[test]
fn same_seed_gives_the_same_deliveries_and_another_seed_others() {
    let run = |seed| {
        let (mut link, mut connection) = connected(profile("lte_edge"), seed);
        connection.send(Direction::Up, 0, 30_000);
        connection.send(Direction::Down, 0, 80_000);
        (
            drain(&mut link, &mut connection, 600 * SECOND),
            connection.broken_at_us(),
        )
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}

#[test]
fn goodput_stays_below_the_rate_and_above_a_sane_part_of_it() {
    for profile in all().into_iter().filter(|profile| profile.name != "down") {
        let name = profile.name;
        let profile = Profile {
            outages: Outages::Never,
            ..profile
        };
        for (direction, kbit_s) in [
            (Direction::Up, profile.up_kbit_s),
            (Direction::Down, profile.down_kbit_s),
        ] {
            // A minute's worth, so that the start does not count for much.
            let bytes = (kbit_s.min(4_000) * 125 * 60) as usize;
            let (mut shares, seeds) = (0.0, 6);
            for seed in 0..seeds {
                let (mut link, mut connection) = connected(profile.clone(), seed);
                connection.send(direction, 0, bytes);
                let arrivals = drain(&mut link, &mut connection, 3_000 * SECOND);
                assert_eq!(total(&arrivals, direction), bytes, "{name} {direction:?}");
                let last_us = arrivals[arrivals.len() - 1].at_us - connection.established_us();
                let share = bytes as f64 * 8_000.0 / last_us as f64 / kbit_s as f64;
                assert!(
                    share < 1360.0 / 1400.0,
                    "{name} {direction:?}: {share} of the rate"
                );
                shares += share / seeds as f64;
            }
            // Loss in bursts holds this TCP back most where rate times round trip is large.
            assert!(shares > 0.5, "{name} {direction:?}: only {shares} of the rate");
        }
    }
}

#[test]
fn small_exchange_takes_two_round_trips_and_its_bytes() {
    let steady = Profile {
        jitter_us: 0,
        loss: profile::LossModel::even(0.0),
        ..profile("umts_rural")
    };
    let mut link = Link::new(
        Profile {
            outages: Outages::Never,
            radio_sleep: None,
            ..steady
        },
        1,
        0,
    );
    let ConnectOutcome::Established {
        at_us,
        mut connection,
    } = link.connect(0)
    else {
        panic!("nothing is lost on this link")
    };
    // 40 bytes at 50 kbit/s, 40 at 200, and 400 ms between.
    assert_eq!(at_us, 400_000 + 6_400 + 1_600);
    connection.send(Direction::Up, at_us, 1_000);
    let up = drain(&mut link, &mut connection, at_us + 10 * SECOND);
    assert_eq!(
        up,
        [Arrival {
            at_us: at_us + 166_400 + 200_000,
            direction: Direction::Up,
            bytes: 1_000
        }]
    );
}

#[test]
fn cut_delivers_exactly_its_bytes_wherever_it_falls() {
    let size = 4_000;
    for after in 0..=2 * size as u64 + 1 {
        let (mut link, mut connection) = connected(profile("lte_ok").without_outages(), 3);
        connection.set_cut(Some(Cut::AfterBytes(after)));
        connection.send(Direction::Up, 0, size);
        connection.send(Direction::Down, 0, size);
        let arrivals = drain(&mut link, &mut connection, 100 * SECOND);
        let delivered = total(&arrivals, Direction::Up) + total(&arrivals, Direction::Down);
        assert_eq!(delivered as u64, after.min(2 * size as u64));
        assert_eq!(connection.delivered_bytes(), delivered as u64);
        assert_eq!(connection.end_cause().is_some(), after <= 2 * size as u64);
        assert_eq!(connection.noticed_at_us(Side::Phone), connection.broken_at_us());
        assert_eq!(connection.noticed_at_us(Side::Server), connection.broken_at_us());
    }
}

#[test]
fn cut_by_time_ends_the_connection_at_that_time() {
    let (mut link, mut connection) = connected(profile("gprs_rural").without_outages(), 3);
    connection.set_cut(Some(Cut::after_seconds(3.0)));
    connection.send(Direction::Up, 0, 100_000);
    let cut_us = connection.established_us() + 3 * SECOND;
    let arrivals = connection.advance(&mut link, 1_000 * SECOND);
    assert_eq!(connection.broken_at_us(), Some(cut_us));
    assert!(!arrivals.is_empty() && arrivals.iter().all(|arrival| arrival.at_us < cut_us));
    assert_eq!(connection.next_event_us(&mut link), None);
}

#[test]
fn nothing_is_delivered_after_an_outage_and_only_the_phone_knows_at_once() {
    for seed in 0..30 {
        let (mut link, mut connection) = connected(profile("cut3"), seed);
        connection.send(Direction::Up, 0, 1_000_000);
        let arrivals = connection.advance(&mut link, 1_000 * SECOND);
        let broken_us = connection
            .broken_at_us()
            .expect("cut3 does not let a megabyte through");
        assert!(!link.is_up(broken_us) && link.is_up(broken_us - 1));
        assert!(arrivals.iter().all(|arrival| arrival.at_us <= broken_us));
        assert_eq!(connection.noticed_at_us(Side::Phone), Some(broken_us));
        assert_eq!(connection.noticed_at_us(Side::Server), None);
        connection.send(Direction::Down, 1_000 * SECOND, 100);
        assert_eq!(connection.advance(&mut link, 2_000 * SECOND), []);
        assert_eq!(
            connection.noticed_at_us(Side::Server),
            Some(1_000 * SECOND + GIVE_UP_US)
        );
    }
}

#[test]
fn some_outages_of_a_flapping_link_end_some_leave_half_open_and_some_only_stall() {
    let (mut ended, mut half_open, mut survived) = (0, 0, 0);
    for seed in 0..400 {
        let (mut link, mut connection) = connected(profile("lte_flap"), seed);
        let gone_us = link
            .next_change_us(connection.established_us())
            .expect("it flaps");
        connection.advance(&mut link, gone_us);
        match connection.end_cause() {
            Some(EndCause::Outage) => ended += 1,
            Some(EndCause::HalfOpen) => half_open += 1,
            None => survived += 1,
            other => panic!("unexpected end {other:?}"),
        }
    }
    assert!((160..240).contains(&ended), "{ended} ended");
    assert!((20..65).contains(&half_open), "{half_open} half open");
    assert!((120..200).contains(&survived), "{survived} survived");
}

#[test]
fn connection_stalls_through_a_short_outage_and_gives_up_in_a_long_one() {
    let mut outcomes = [0, 0];
    for seed in 0..40 {
        let (mut link, mut connection) = connected(profile("geo_sat"), seed);
        let gone_us = link
            .next_change_us(connection.established_us())
            .expect("it has outages");
        let back_us = link.next_up_us(gone_us);
        connection.advance(&mut link, gone_us);
        connection.send(Direction::Up, gone_us, 5_000);
        let arrivals = drain(&mut link, &mut connection, gone_us + 2_000 * SECOND);
        match connection.end_cause() {
            None => {
                assert_eq!(total(&arrivals, Direction::Up), 5_000);
                assert!(arrivals.iter().all(|arrival| arrival.at_us > back_us));
                outcomes[0] += 1;
            }
            Some(cause) => {
                assert_eq!(cause, EndCause::GaveUp(Side::Phone));
                assert!(back_us - gone_us > 60 * SECOND);
                outcomes[1] += 1;
            }
        }
    }
    assert!(outcomes.iter().all(|&count| count > 2), "{outcomes:?}");
}

#[test]
fn link_taken_away_ends_its_connection_and_fails_the_next() {
    let (mut link, mut connection) = connected(profile("lte_ok").without_outages(), 1);
    connection.advance(&mut link, 5 * SECOND);
    link.set_profile(profile("down"), 6 * SECOND);
    connection.send(Direction::Up, 6 * SECOND, 100);
    assert_eq!(connection.advance(&mut link, 7 * SECOND), []);
    assert_eq!(connection.broken_at_us(), Some(6 * SECOND));
    assert!(matches!(link.connect(8 * SECOND), ConnectOutcome::Failed { at_us } if at_us > 8 * SECOND));
    assert_eq!(link.next_up_us(8 * SECOND), u64::MAX);
    link.set_profile(profile("ideal"), 9 * SECOND);
    assert_eq!(link.next_up_us(8 * SECOND), 9 * SECOND);
    assert!(matches!(
        link.connect(9 * SECOND),
        ConnectOutcome::Established { .. }
    ));
}

#[test]
fn lost_handshake_packets_are_sent_again_after_one_and_two_seconds() {
    let silent = Profile {
        syn_loss: 1.0,
        ..profile("ideal")
    };
    let mut link = Link::new(silent, 1, 0);
    assert!(matches!(link.connect(0), ConnectOutcome::Failed { at_us } if at_us == 63 * SECOND));
    let mut seen = [0; 3];
    for seed in 0..200 {
        let mut link = Link::new(
            Profile {
                syn_loss: 0.4,
                ..profile("ideal")
            },
            seed,
            0,
        );
        if let ConnectOutcome::Established { at_us, .. } = link.connect(0)
            && let Some(index) = [0, 1, 3].iter().position(|&second| at_us / SECOND == second)
        {
            seen[index] += 1;
        }
    }
    assert!(seen[0] > 80 && seen[1] > 20 && seen[2] > 8, "{seen:?}");
}

#[test]
fn sleeping_radio_delays_what_comes_after_silence() {
    let steady = Profile {
        jitter_us: 0,
        loss: profile::LossModel::even(0.0),
        ..profile("umts_rural")
    };
    let (mut link, mut connection) = connected(steady.without_outages(), 1);
    // The radio slept before the handshake.
    assert_eq!(connection.established_us(), 2_408_000);
    let mut delay_at = |sent_us: u64| {
        connection.send(Direction::Up, sent_us, 85);
        drain(&mut link, &mut connection, sent_us + 5 * SECOND)[0].at_us - sent_us
    };
    assert_eq!(delay_at(10 * SECOND), 220_000);
    assert_eq!(delay_at(30 * SECOND), 2_220_000);
}

#[test]
fn idle_connection_is_forgotten_by_the_operator_unseen() {
    let (mut link, mut connection) = connected(profile("lte_ok").without_outages(), 1);
    let forgotten_us = connection.established_us() + 300 * SECOND;
    connection.advance(&mut link, forgotten_us - 1);
    assert_eq!(connection.broken_at_us(), None);
    connection.send(Direction::Up, forgotten_us + 5, 10);
    assert_eq!(connection.advance(&mut link, forgotten_us + 100 * SECOND), []);
    assert_eq!(connection.end_cause(), Some(EndCause::NatIdle));
    assert_eq!(
        connection.noticed_at_us(Side::Phone),
        Some(forgotten_us + 5 + GIVE_UP_US)
    );
    assert_eq!(
        connection.next_event_us(&mut link),
        Some(forgotten_us + 5 + GIVE_UP_US)
    );
    assert_eq!(connection.noticed_at_us(Side::Server), None);
}

#[test]
fn proxy_holds_plain_bytes_until_the_sender_pauses_and_passes_encrypted_ones_by() {
    let run = |encrypted| {
        let (mut link, mut connection) = connected(profile("edge_lossy").without_outages(), 2);
        connection.set_encrypted(encrypted);
        connection.send(Direction::Up, 0, 10_000);
        drain(&mut link, &mut connection, 100 * SECOND)
    };
    let (plain, encrypted) = (run(false), run(true));
    assert_eq!(total(&plain, Direction::Up), 10_000);
    assert_eq!(total(&encrypted, Direction::Up), 10_000);
    assert_eq!(plain.len(), 1);
    assert!(encrypted.len() > 4);
    assert_eq!(plain[0].at_us, encrypted[encrypted.len() - 1].at_us + SECOND / 2);
}

#[test]
fn long_queue_inflates_the_delay_and_a_short_one_drops() {
    let steady = Profile {
        loss: profile::LossModel::even(0.0),
        jitter_us: 0,
        ..profile("gprs_rural")
    };
    let steady = steady.without_outages();
    let last_seconds = |queue_us| {
        let (mut link, mut connection) = connected(
            Profile {
                queue_us,
                ..steady.clone()
            },
            1,
        );
        connection.send(Direction::Up, 0, 200_000);
        let arrivals = drain(&mut link, &mut connection, 1_000 * SECOND);
        assert_eq!(total(&arrivals, Direction::Up), 200_000);
        (arrivals[arrivals.len() - 1].at_us - connection.established_us()) / SECOND
    };
    // 200 kB with headers at 18 kbit/s take 91 s; a queue shorter than a round trip makes it wait for losses.
    assert!((91..94).contains(&last_seconds(300 * SECOND)));
    assert!(last_seconds(SECOND / 10) > 100);
}

#[test]
fn recorded_opportunities_take_the_place_of_rates() {
    let recording = RecordedLink {
        up: Opportunities::parse("100\n200\n").expect("a good recording"),
        down: Opportunities::parse("10\n").expect("a good recording"),
    };
    let (mut link, mut connection) = connected(profile("ideal").with_recording(recording), 1);
    let start_us = connection.established_us();
    assert!(start_us < SECOND / 10);
    connection.send(Direction::Up, 0, 3 * 1360);
    let arrivals = drain(&mut link, &mut connection, 10 * SECOND);
    // 1400 bytes each: the second packet needs a part of the next opportunity, the third of the one after.
    let times_ms: Vec<_> = arrivals.iter().map(|arrival| arrival.at_us / 1_000).collect();
    assert_eq!(times_ms, [100, 200, 300]);
}

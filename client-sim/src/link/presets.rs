//! The named profiles: `ideal`, nine kinds of weak link, and `down`.
//!
//! Base rates follow published presets where there are any; outages and bursts are estimates.

use super::profile::{BufferingProxy, LossModel, Outages, Profile, RadioSleep, Storm};

const MS: u64 = 1_000;
const SECOND: u64 = 1_000_000;

/// All named profiles, best first.
pub(super) fn all() -> Vec<Profile> {
    vec![
        ideal(),
        lte_ok(),
        lte_edge(),
        lte_flap(),
        hilltop(),
        umts_rural(),
        edge_lossy(),
        gprs_rural(),
        cut3(),
        geo_sat(),
        down(),
    ]
}

/// Gilbert–Elliott with spells in milliseconds and losses in per cent.
fn bursts(good_ms: u64, bad_ms: u64, good_percent: f64, bad_percent: f64) -> LossModel {
    LossModel {
        good_mean_us: good_ms * MS,
        bad_mean_us: bad_ms * MS,
        good_loss: good_percent / 100.0,
        bad_loss: bad_percent / 100.0,
    }
}

fn spells(up_s: u64, down_s: u64) -> Outages {
    Outages::Spells {
        up_mean_us: up_s * SECOND,
        down_mean_us: down_s * SECOND,
        storm: None,
    }
}

fn ideal() -> Profile {
    Profile {
        name: "ideal",
        about: "a desk beside the server",
        rtt_us: MS,
        jitter_us: 0,
        down_kbit_s: 100_000,
        up_kbit_s: 100_000,
        loss: LossModel::even(0.0),
        outages: Outages::Never,
        outage_ends_connection: 1.0,
        outage_leaves_half_open: 0.0,
        nat_idle_us: None,
        radio_sleep: None,
        queue_us: 2 * SECOND,
        syn_loss: 0.0,
        proxy: None,
        recording: None,
    }
}

fn lte_ok() -> Profile {
    Profile {
        name: "lte_ok",
        about: "good 4G in a township",
        rtt_us: 70 * MS,
        jitter_us: 20 * MS,
        down_kbit_s: 8_000,
        up_kbit_s: 3_000,
        loss: bursts(20_000, 100, 0.1, 20.0),
        outages: spells(1_800, 5),
        // About a third of the changes of radio technology ended a connection where that was measured.
        outage_ends_connection: 0.3,
        nat_idle_us: Some(300 * SECOND),
        ..ideal()
    }
}

fn lte_edge() -> Profile {
    Profile {
        name: "lte_edge",
        about: "4G at the edge of its cell",
        rtt_us: 180 * MS,
        jitter_us: 120 * MS,
        down_kbit_s: 1_000,
        up_kbit_s: 150,
        loss: bursts(4_000, 250, 0.3, 40.0),
        outages: spells(45, 20),
        outage_ends_connection: 0.3,
        ..ideal()
    }
}

fn lte_flap() -> Profile {
    Profile {
        name: "lte_flap",
        about: "4G in a moving vehicle",
        rtt_us: 250 * MS,
        jitter_us: 150 * MS,
        down_kbit_s: 400,
        up_kbit_s: 100,
        loss: bursts(2_000, 250, 0.5, 40.0),
        outages: spells(8, 15),
        outage_ends_connection: 0.5,
        outage_leaves_half_open: 0.1,
        ..ideal()
    }
}

fn hilltop() -> Profile {
    Profile {
        name: "hilltop",
        about: "4G only from high ground, minutes a day",
        outages: spells(180, 28_800),
        outage_ends_connection: 1.0,
        ..lte_edge()
    }
}

fn umts_rural() -> Profile {
    Profile {
        name: "umts_rural",
        about: "country 3G whose radio sleeps",
        rtt_us: 400 * MS,
        jitter_us: 150 * MS,
        down_kbit_s: 200,
        up_kbit_s: 50,
        loss: bursts(6_000, 300, 0.3, 30.0),
        outages: spells(60, 30),
        radio_sleep: Some(RadioSleep {
            after_idle_us: 8 * SECOND,
            wake_us: 2 * SECOND,
        }),
        queue_us: 5 * SECOND,
        ..ideal()
    }
}

fn edge_lossy() -> Profile {
    Profile {
        name: "edge_lossy",
        about: "EDGE behind a buffering proxy",
        rtt_us: 840 * MS,
        jitter_us: 200 * MS,
        down_kbit_s: 200,
        up_kbit_s: 100,
        loss: bursts(8_000, 400, 0.3, 25.0),
        outages: spells(60, 30),
        queue_us: 5 * SECOND,
        proxy: Some(BufferingProxy {
            hold_us: 500 * MS,
            most_bytes: 64 * 1024,
        }),
        ..ideal()
    }
}

fn gprs_rural() -> Profile {
    Profile {
        name: "gprs_rural",
        about: "country GPRS with long queues",
        rtt_us: 1_300 * MS,
        jitter_us: 400 * MS,
        down_kbit_s: 20,
        up_kbit_s: 18,
        loss: bursts(6_000, 600, 0.5, 25.0),
        outages: spells(40, 60),
        queue_us: 30 * SECOND,
        syn_loss: 0.05,
        ..ideal()
    }
}

fn cut3() -> Profile {
    Profile {
        name: "cut3",
        about: "torture: a cut every three seconds",
        rtt_us: 800 * MS,
        down_kbit_s: 60,
        up_kbit_s: 60,
        loss: LossModel::even(0.02),
        outages: spells(3, 6),
        queue_us: 5 * SECOND,
        ..ideal()
    }
}

fn geo_sat() -> Profile {
    let storm = Storm {
        share_of_outages: 0.05,
        length_us: 1_200 * SECOND,
    };
    Profile {
        name: "geo_sat",
        about: "satellite dish, out in storms",
        rtt_us: 650 * MS,
        jitter_us: 50 * MS,
        down_kbit_s: 1_000,
        up_kbit_s: 256,
        loss: bursts(30_000, 300, 0.1, 10.0),
        outages: Outages::Spells {
            up_mean_us: 7_200 * SECOND,
            down_mean_us: 120 * SECOND,
            storm: Some(storm),
        },
        // The phone keeps its address at the dish, so a connection only stalls.
        outage_ends_connection: 0.0,
        ..ideal()
    }
}

fn down() -> Profile {
    Profile {
        name: "down",
        about: "no service",
        outages: Outages::Always,
        ..ideal()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found() {
        for profile in all() {
            assert_eq!(Profile::by_name(profile.name), Some(profile));
        }
        assert_eq!(Profile::by_name("5g"), None);
        let names: std::collections::BTreeSet<_> = all().iter().map(|profile| profile.name).collect();
        assert_eq!(names.len(), 11);
    }

    #[test]
    fn average_losses_are_those_published_with_the_profiles() {
        let table = [
            ("lte_ok", 0.2),
            ("lte_edge", 2.6),
            ("lte_flap", 4.9),
            ("hilltop", 2.6),
            ("umts_rural", 1.7),
            ("edge_lossy", 1.5),
            ("gprs_rural", 2.7),
            ("cut3", 2.0),
            ("geo_sat", 0.2),
        ];
        for (name, percent) in table {
            let average = Profile::by_name(name)
                .expect("a profile of the table")
                .loss
                .average()
                * 100.0;
            assert!(
                (average - percent).abs() < 0.06,
                "{name}: {average} instead of {percent}"
            );
        }
    }

    #[test]
    fn shares_of_outages_stay_within_one() {
        for profile in all() {
            assert!(profile.outage_ends_connection + profile.outage_leaves_half_open <= 1.0);
        }
    }
}

//! The on/off layer of a link: when there is a link at all.
//!
//! Up-spells are exponential, down-spells log-normal with sigma 1. A profile begins in an up-spell: whoever
//! gives a phone a link says that there is one.

use super::profile::Outages;
use super::spells::{LowSpell, Spells};
use super::streams::Purpose;

/// The outages of one profile from the moment it was given to a phone.
#[derive(Debug, Clone)]
pub(super) enum OutageProcess {
    /// There is always a link.
    Never,
    /// There is never a link.
    Always,
    /// Up and down in turn.
    Spells(Box<Spells>),
}

impl OutageProcess {
    /// The process of `outages` from `since_us` on; `segment` numbers the profiles of one link.
    pub(super) fn new(outages: &Outages, seed: u64, segment: u64, since_us: u64) -> Self {
        match outages {
            Outages::Never => Self::Never,
            Outages::Always => Self::Always,
            Outages::Spells {
                up_mean_us,
                down_mean_us,
                storm,
            } => {
                let low = LowSpell::LogNormal {
                    mean_us: *down_mean_us,
                    storm: *storm,
                };
                let name = (seed, Purpose::Outage, segment);
                Self::Spells(Box::new(Spells::new(name, since_us, *up_mean_us, low, true)))
            }
        }
    }

    /// Whether there is a link at `at_us`.
    pub(super) fn is_up(&mut self, at_us: u64) -> bool {
        match self {
            Self::Never => true,
            Self::Always => false,
            Self::Spells(spells) => spells.is_high(at_us),
        }
    }

    /// The first time after `at_us` at which the link comes or goes; `None`: it stays as it is.
    pub(super) fn next_change_us(&mut self, at_us: u64) -> Option<u64> {
        match self {
            Self::Never | Self::Always => None,
            Self::Spells(spells) => spells.next_flip_us(at_us),
        }
    }

    /// Frees what was kept for speed.
    pub(super) fn forget_era(&mut self) {
        if let Self::Spells(spells) = self {
            spells.forget_era();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::profile::{Profile, all};
    use super::*;

    /// Share of the time without a link over `cycles` mean cycles, measured exactly from change to change.
    fn down_share(profile: &Profile, seed: u64, cycles: u64) -> f64 {
        let Outages::Spells {
            up_mean_us,
            down_mean_us,
            ..
        } = &profile.outages
        else {
            return if profile.outages == Outages::Always {
                1.0
            } else {
                0.0
            };
        };
        let end_us = (up_mean_us + down_mean_us) * cycles;
        let mut process = OutageProcess::new(&profile.outages, seed, 0, 0);
        let (mut at_us, mut down_us) = (0, 0);
        while at_us < end_us {
            let next_us = process.next_change_us(at_us).expect("changes go on").min(end_us);
            if !process.is_up(at_us) {
                down_us += next_us - at_us;
            }
            at_us = next_us;
        }
        down_us as f64 / end_us as f64
    }

    #[test]
    fn down_shares_are_those_of_the_table() {
        let table = [
            ("lte_ok", 5.0 / 1805.0),
            ("lte_edge", 20.0 / 65.0),
            ("lte_flap", 15.0 / 23.0),
            ("hilltop", 28_800.0 / 28_980.0),
            ("umts_rural", 30.0 / 90.0),
            ("edge_lossy", 30.0 / 90.0),
            ("gprs_rural", 60.0 / 100.0),
            ("cut3", 6.0 / 9.0),
            ("geo_sat", 120.0 / 7320.0),
            ("ideal", 0.0),
            ("down", 1.0),
        ];
        for (name, expected) in table {
            let profile = Profile::by_name(name).expect("a profile of the table");
            let share = (0..8).map(|seed| down_share(&profile, seed, 4_000)).sum::<f64>() / 8.0;
            assert!(
                (share - expected).abs() <= 0.07 * expected,
                "{name}: {share} instead of {expected}"
            );
        }
        assert_eq!(all().len(), table.len());
    }

    #[test]
    fn hilltop_is_up_a_few_minutes_in_eight_hours() {
        let profile = Profile::by_name("hilltop").expect("a profile of the table");
        let mut process = OutageProcess::new(&profile.outages, 3, 0, 0);
        let mut changes_us = vec![0];
        for _ in 0..400 {
            changes_us.push(
                process
                    .next_change_us(changes_us[changes_us.len() - 1])
                    .expect("goes on"),
            );
        }
        let ups_us: u64 = changes_us.chunks_exact(2).map(|spell| spell[1] - spell[0]).sum();
        let mean_s = ups_us as f64 / 200.0 / 1e6;
        assert!((130.0..240.0).contains(&mean_s), "mean window {mean_s} s");
    }
}

//! Alternating spells of two states over virtual time, as a pure function of seed and time.
//!
//! A spell process that remembers only its present would answer differently depending on when it is asked.
//! This one answers any time, forwards or back: time is cut into eras of about [`CYCLES_PER_ERA`] cycles and
//! each era has a random stream of its own, so an era can be made again at will and none needs the one before.
//! The price is that a spell ends at the border of its era, which moves the shares by less than a part in a
//! hundred.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp1, LogNormal};

use super::profile::Storm;
use super::streams::{Purpose, stream};

const CYCLES_PER_ERA: f64 = 512.0;
const SHORTEST_ERA_US: f64 = 1_000_000.0;
const LONGEST_ERA_US: f64 = 1e15;
/// Shorter spells could pile up without time advancing.
const SHORTEST_SPELL_US: f64 = 1_000.0;
const LONGEST_SPELL_US: f64 = 1e15;

/// How long the spells of the low state last; those of the high state are exponential.
#[derive(Debug, Clone)]
pub(super) enum LowSpell {
    /// Exponential with the given mean.
    Exponential {
        /// Mean length in microseconds.
        mean_us: u64,
    },
    /// Log-normal with sigma 1 and the given mean, a share of it in storms of fixed length.
    LogNormal {
        /// Mean length in microseconds, storms included.
        mean_us: u64,
        /// Rare long spells, if there are any.
        storm: Option<Storm>,
    },
}

impl LowSpell {
    fn mean_us(&self) -> u64 {
        match self {
            Self::Exponential { mean_us } | Self::LogNormal { mean_us, .. } => *mean_us,
        }
    }

    fn draw_us(&self, rng: &mut ChaCha8Rng) -> f64 {
        match self {
            Self::Exponential { mean_us } => exponential_us(*mean_us, rng),
            Self::LogNormal { mean_us, storm: None } => log_normal_us(*mean_us as f64, rng),
            Self::LogNormal {
                mean_us,
                storm: Some(storm),
            } => {
                if rng.random::<f64>() < storm.share_of_outages {
                    return storm.length_us as f64;
                }
                let share = storm.share_of_outages.clamp(0.0, 0.99);
                let rest_us = (*mean_us as f64 - share * storm.length_us as f64) / (1.0 - share);
                log_normal_us(rest_us, rng)
            }
        }
    }
}

fn exponential_us(mean_us: u64, rng: &mut ChaCha8Rng) -> f64 {
    let unit: f64 = Exp1.sample(rng);
    unit * mean_us as f64
}

fn log_normal_us(mean_us: f64, rng: &mut ChaCha8Rng) -> f64 {
    // The mean of a log-normal is exp(mu + sigma²/2).
    match LogNormal::new(mean_us.max(SHORTEST_SPELL_US).ln() - 0.5, 1.0) {
        Ok(law) => law.sample(rng),
        Err(_) => mean_us,
    }
}

/// A two-state process: high (up, good) and low (down, bad).
#[derive(Debug, Clone)]
pub(super) struct Spells {
    seed: u64,
    purpose: Purpose,
    major: u64,
    since_us: u64,
    high_mean_us: u64,
    low: LowSpell,
    begins_high: bool,
    era_us: u64,
    era: Option<Era>,
}

#[derive(Debug, Clone)]
struct Era {
    index: u64,
    begins_high: bool,
    flips_us: Vec<u64>,
}

impl Spells {
    /// A process from `since_us` on. With `begins_high` its first spell is high, otherwise either by its share.
    pub(super) fn new(
        (seed, purpose, major): (u64, Purpose, u64),
        since_us: u64,
        high_mean_us: u64,
        low: LowSpell,
        begins_high: bool,
    ) -> Self {
        let cycle_us = high_mean_us as f64 + low.mean_us() as f64;
        let era_us = (cycle_us * CYCLES_PER_ERA).clamp(SHORTEST_ERA_US, LONGEST_ERA_US) as u64;
        Self {
            seed,
            purpose,
            major,
            since_us,
            high_mean_us,
            low,
            begins_high,
            era_us,
            era: None,
        }
    }

    /// Whether the high state holds at `at_us`; before the process begins, as at its beginning.
    pub(super) fn is_high(&mut self, at_us: u64) -> bool {
        let at_us = at_us.max(self.since_us);
        let era = self.era_at(at_us);
        let flips = era.flips_us.partition_point(|&flip_us| flip_us <= at_us);
        era.begins_high == flips.is_multiple_of(2)
    }

    /// The first time after `at_us` at which the state is another one; none before the end of time.
    pub(super) fn next_flip_us(&mut self, at_us: u64) -> Option<u64> {
        let mut at_us = at_us.max(self.since_us);
        let high = self.is_high(at_us);
        loop {
            let era = self.era_at(at_us);
            let flips = era.flips_us.partition_point(|&flip_us| flip_us <= at_us);
            if let Some(&flip_us) = era.flips_us.get(flips) {
                return Some(flip_us);
            }
            let next_era = era.index.checked_add(1)?;
            at_us = self.since_us.checked_add(next_era.checked_mul(self.era_us)?)?;
            if self.is_high(at_us) != high {
                return Some(at_us);
            }
        }
    }

    /// Frees what was kept for speed; answers stay the same.
    pub(super) fn forget_era(&mut self) {
        self.era = None;
    }

    fn era_at(&mut self, at_us: u64) -> &Era {
        let index = at_us.saturating_sub(self.since_us) / self.era_us;
        let era = match self.era.take() {
            Some(era) if era.index == index => era,
            _ => self.make_era(index),
        };
        self.era.insert(era)
    }

    fn make_era(&self, index: u64) -> Era {
        let mut rng = stream(self.seed, self.purpose, self.major, index);
        let begin_us = self.since_us.saturating_add(index.saturating_mul(self.era_us));
        let end_us = begin_us.saturating_add(self.era_us);
        let drawn_high = rng.random::<f64>() < self.high_share();
        let begins_high = drawn_high || (index == 0 && self.begins_high);
        let (mut at_us, mut high, mut flips_us) = (begin_us, begins_high, Vec::new());
        loop {
            let spell_us = match high {
                true => exponential_us(self.high_mean_us, &mut rng),
                false => self.low.draw_us(&mut rng),
            };
            at_us = at_us.saturating_add(spell_us.clamp(SHORTEST_SPELL_US, LONGEST_SPELL_US) as u64);
            if at_us >= end_us {
                return Era {
                    index,
                    begins_high,
                    flips_us,
                };
            }
            flips_us.push(at_us);
            high = !high;
        }
    }

    fn high_share(&self) -> f64 {
        let (high, low) = (self.high_mean_us as f64, self.low.mean_us() as f64);
        if high + low > 0.0 {
            high / (high + low)
        } else {
            1.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spells(seed: u64) -> Spells {
        let low = LowSpell::LogNormal {
            mean_us: 6_000_000,
            storm: None,
        };
        Spells::new((seed, Purpose::Outage, 0), 5_000, 3_000_000, low, true)
    }

    #[test]
    fn first_spell_is_high_when_asked_for() {
        for seed in 0..50 {
            assert!(spells(seed).is_high(0));
            assert!(spells(seed).is_high(5_000));
        }
    }

    #[test]
    fn every_flip_changes_the_state_and_nothing_changes_between() {
        let mut process = spells(9);
        let (mut at_us, mut high) = (5_000, process.is_high(5_000));
        // More than one era, so that borders are walked over too.
        for _ in 0..3_000 {
            let flip_us = process.next_flip_us(at_us).expect("flips go on");
            assert!(flip_us > at_us);
            assert_eq!(process.is_high(flip_us - 1), high);
            assert_eq!(process.is_high(flip_us), !high);
            (at_us, high) = (flip_us, !high);
        }
    }

    #[test]
    fn mean_low_spell_keeps_its_mean_with_storms() {
        let storm = Storm {
            share_of_outages: 0.05,
            length_us: 1_200_000_000,
        };
        let law = LowSpell::LogNormal {
            mean_us: 120_000_000,
            storm: Some(storm),
        };
        let mut rng = stream(4, Purpose::Outage, 0, 0);
        let total_us: f64 = (0..40_000).map(|_| law.draw_us(&mut rng)).sum();
        let mean_s = total_us / 40_000.0 / 1e6;
        assert!((110.0..130.0).contains(&mean_s), "mean {mean_s} s");
    }

    proptest! {
        #[test]
        fn answers_do_not_depend_on_the_order_of_questions(
            seed: u64, mut times in proptest::collection::vec(0_u64..100_000_000_000, 1..40)
        ) {
            let mut asked_once = spells(seed);
            let direct: Vec<_> = times.iter().map(|&t| (t, spells(seed).is_high(t))).collect();
            for (t, high) in &direct {
                prop_assert_eq!(asked_once.is_high(*t), *high);
            }
            times.reverse();
            for t in times {
                prop_assert_eq!(asked_once.next_flip_us(t), spells(seed).next_flip_us(t));
            }
        }

        #[test]
        fn odd_means_and_times_never_panic(high_us: u64, low_us: u64, since_us: u64, at_us: u64) {
            let low = LowSpell::Exponential { mean_us: low_us };
            let mut process = Spells::new((1, Purpose::Burst, 0), since_us, high_us, low, false);
            process.is_high(at_us);
            if let Some(flip_us) = process.next_flip_us(at_us) {
                prop_assert!(flip_us > at_us);
            }
        }
    }
}

//! The loss layer of a link: continuous-time Gilbert–Elliott, so that bursts last as long on a slow link as
//! on a fast one.

use super::profile::LossModel;
use super::spells::{LowSpell, Spells};
use super::streams::Purpose;

/// Good and bad radio in turn, with a loss probability for each.
#[derive(Debug, Clone)]
pub(super) struct LossProcess {
    model: LossModel,
    spells: Option<Spells>,
}

impl LossProcess {
    /// The process of `model` from `since_us` on; `segment` numbers the profiles of one link.
    pub(super) fn new(model: LossModel, seed: u64, segment: u64, since_us: u64) -> Self {
        let low = LowSpell::Exponential {
            mean_us: model.bad_mean_us,
        };
        let name = (seed, Purpose::Burst, segment);
        let spells = (model.good_loss != model.bad_loss)
            .then(|| Spells::new(name, since_us, model.good_mean_us, low, false));
        Self { model, spells }
    }

    /// The probability that a packet crossing the radio at `at_us` is lost.
    pub(super) fn probability(&mut self, at_us: u64) -> f64 {
        let good = self.spells.as_mut().is_none_or(|spells| spells.is_high(at_us));
        if good {
            self.model.good_loss
        } else {
            self.model.bad_loss
        }
    }

    /// Frees what was kept for speed.
    pub(super) fn forget_era(&mut self) {
        if let Some(spells) = &mut self.spells {
            spells.forget_era();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::profile::Profile;
    use super::*;

    #[test]
    fn average_loss_over_time_is_that_of_the_model() {
        for name in [
            "lte_edge",
            "lte_flap",
            "umts_rural",
            "edge_lossy",
            "gprs_rural",
            "cut3",
        ] {
            let model = Profile::by_name(name).expect("a profile of the table").loss;
            let mut process = LossProcess::new(model, 11, 0, 0);
            let samples = 400_000_u64;
            let total: f64 = (0..samples).map(|n| process.probability(n * 100_000)).sum();
            let (average, expected) = (total / samples as f64, model.average());
            assert!(
                (average - expected).abs() < 0.1 * expected,
                "{name}: {average} instead of {expected}"
            );
        }
    }

    #[test]
    fn bursts_last_as_long_as_the_model_says() {
        let model = Profile::by_name("gprs_rural")
            .expect("a profile of the table")
            .loss;
        let mut process = LossProcess::new(model, 5, 0, 0);
        let (mut bad_ms, mut bursts, mut was_bad) = (0_u32, 0_u32, false);
        for ms in 0..20_000_000 {
            let bad = process.probability(ms * 1_000) > 0.1;
            bad_ms += u32::from(bad);
            bursts += u32::from(bad && !was_bad);
            was_bad = bad;
        }
        let mean_ms = f64::from(bad_ms) / f64::from(bursts);
        assert!((540.0..660.0).contains(&mean_ms), "mean burst {mean_ms} ms");
    }
}

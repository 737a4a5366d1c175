//! Names the independent random streams of a link, each a pure function of the seed.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// What a random stream is drawn for; each purpose has streams of its own, so that drawing for one never
/// shifts another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Spells with and without a link.
    Outage,
    /// Spells of good and bad radio.
    Burst,
    /// The handshake, jitter and losses of one connection.
    Connection,
}

/// The stream of `purpose` numbered (`major`, `minor`) under `seed`.
pub(super) fn stream(seed: u64, purpose: Purpose, major: u64, minor: u64) -> ChaCha8Rng {
    let mut key = [0_u8; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&(purpose as u64).to_le_bytes());
    key[16..24].copy_from_slice(&major.to_le_bytes());
    key[24..].copy_from_slice(&minor.to_le_bytes());
    ChaCha8Rng::from_seed(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn streams_repeat_by_seed_and_differ_by_purpose_and_number() {
        let first = |seed, purpose, major, minor| stream(seed, purpose, major, minor).next_u64();
        let base = first(1, Purpose::Outage, 2, 3);
        assert_eq!(base, first(1, Purpose::Outage, 2, 3));
        for other in [
            first(2, Purpose::Outage, 2, 3),
            first(1, Purpose::Burst, 2, 3),
            first(1, Purpose::Outage, 3, 3),
            first(1, Purpose::Outage, 2, 4),
        ] {
            assert_ne!(base, other);
        }
    }
}

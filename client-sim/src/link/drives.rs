//! Recorded links for traces: drives through the country, made up by number, in the format of recordings. What a phone in
//! a car would have noted: a rate that wanders, and holes of some seconds behind hills.

use super::profile::Profile;
use super::recorded::{Opportunities, RecordedLink};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// How many there are.
pub const DRIVES: u64 = 8;
/// What their names begin with: `drive_1`.
const PREFIX: &str = "drive_";
/// How long each is, in milliseconds.
const LENGTH_MS: u64 = 90_000;
/// Most milliseconds without a packet.
const HOLE_MS: u64 = 12_000;

/// The number of a drive, by its name.
pub fn number(name: &str) -> Option<u64> {
    let number = name.strip_prefix(PREFIX)?.parse().ok()?;
    (1..=DRIVES).contains(&number).then_some(number)
}

/// The link of a drive: its recording in place of the rates and outages of a link at the edge.
pub(super) fn profile(number: u64) -> Option<Profile> {
    let mut rng = ChaCha8Rng::seed_from_u64(0xd21e ^ number);
    let up = Opportunities::parse(&recording(&mut rng, 400)).ok()?;
    let down = Opportunities::parse(&recording(&mut rng, 120)).ok()?;
    let edge = Profile::by_name("lte_edge")?.without_outages();
    Some(Profile {
        name: "drive",
        about: "a drive through the country, made up as if recorded",
        ..edge.with_recording(RecordedLink { up, down })
    })
}

/// Packets of one direction, `mean_ms` apart where nothing is in the way.
fn recording(rng: &mut ChaCha8Rng, mean_ms: u64) -> String {
    let mut text = String::new();
    let (mut at_ms, mut apart_ms) = (0, mean_ms);
    while at_ms < LENGTH_MS {
        at_ms += match rng.random_range(0..100) {
            0 => rng.random_range(1_000..HOLE_MS),
            _ => rng.random_range(0..=2 * apart_ms),
        };
        // The rate wanders between an eighth and twice of what it is on average.
        apart_ms = (apart_ms * rng.random_range(80..125) / 100).clamp(mean_ms / 2, mean_ms * 8);
        text.push_str(&format!("{at_ms}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_drive_is_a_recording_of_its_own_and_no_other_name_is_one() {
        let recordings: Vec<_> = (1..=DRIVES)
            .map(|drive| {
                let profile = Profile::by_name(&format!("drive_{drive}")).expect("a drive");
                assert!((5..500).contains(&profile.down_kbit_s), "{}", profile.down_kbit_s);
                profile.recording.expect("a recording")
            })
            .collect();
        assert!(recordings.windows(2).all(|pair| pair[0] != pair[1]));
        for name in ["drive_0", "drive_9", "drive_", "drive_x", "drive"] {
            assert_eq!(Profile::by_name(name), None, "{name}");
        }
    }
}

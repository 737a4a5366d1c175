//! What the exchange must keep within.

use super::exchanges::Which;
use super::floor::Floor;
use super::result::Measured;
use serde::Serialize;

/// Most bytes of the standard exchange with the dictionary that is shipped.
pub const STANDARD_SHIPPED_MAX: u64 = 5_500;
/// Most bytes of the standard exchange with a learned dictionary.
pub const STANDARD_LEARNED_MAX: u64 = 4_000;
/// Most bytes of an exchange that has nothing new.
pub const NOTHING_NEW_MAX: u64 = 300;

/// One demand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Target {
    /// The exchange, and what of it.
    pub what: String,
    /// Measured.
    pub value: u64,
    /// Allowed.
    pub most: u64,
    /// Whether it holds.
    pub holds: bool,
}

impl Target {
    fn new(what: String, value: u64, most: u64) -> Target {
        Target {
            what,
            value,
            most,
            holds: value <= most,
        }
    }
}

/// The most that an exchange may take by its floor.
pub fn most_by_floor(floor: Floor) -> u64 {
    floor.total() * 5 / 4 + 450
}

/// Judges what was measured.
pub fn judge(exchanges: &[Measured]) -> Vec<Target> {
    let mut targets = Vec::new();
    for one in exchanges {
        let by_floor = format!("{}: bytes, of 1.25 × floor + 450", one.name);
        targets.push(Target::new(by_floor, one.total, one.most_by_floor));
        // A week's work is less than what contacts that ended well let a phone send at once.
        let trips = format!("{}: round trips", one.name);
        targets.push(Target::new(trips, one.round_trips, 1));
        let most = match one.name {
            name if name == Which::Standard.name() => STANDARD_SHIPPED_MAX,
            name if name == Which::StandardLearned.name() => STANDARD_LEARNED_MAX,
            name if name == Which::NothingNew.name() => NOTHING_NEW_MAX,
            _ => continue,
        };
        targets.push(Target::new(format!("{}: bytes", one.name), one.total, most));
    }
    targets
}

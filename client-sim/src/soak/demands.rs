//! What a soak of enough days must have met: a fault that never happened has not been tested.

use crate::replay::coverage::Coverage;
use crate::trace::Point;

/// So many days are enough for every fault to have happened.
pub const SEEDS_ENOUGH: u64 = 400;

const NAMES: [&str; 0] = [];

/// What never happened.
pub fn missing(coverage: &Coverage) -> Vec<String> {
    let points = Point::ALL.iter().map(|point| format!("die.{}", point.name()));
    NAMES
        .iter()
        .map(ToString::to_string)
        .chain(points)
        .filter(|name| coverage.count(name) == 0)
        .collect()
}

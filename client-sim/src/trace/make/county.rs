//! A county cut into grids under its real villages, with workers, phones and some of its households.

use super::areas::AreaRow;
use super::notes;
use super::{MakeError, Settings};
use crate::trace::step::AreaStep;
use otor_protocol::area::AreaCode;
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};

/// Households of a rural grid.
const HOUSEHOLDS: std::ops::RangeInclusive<u32> = 30..=50;
/// Last three digits of a villagers' committee; below are residents' committees, above are settlements of
/// farms and firms.
const VILLAGE_NUMBERS: std::ops::Range<u32> = 200..400;
/// Grids that one village can have: three digits.
const GRIDS_PER_VILLAGE_MAX: usize = 999;
/// Workers per grid in thousandths: 1,509 workers on 1,402 grids.
const WORKERS_PER_1000_GRIDS: usize = 1_076;
/// Fewest workers of which two share a grid.
const WORKERS_FOR_A_PAIR: usize = 4;

/// A made-up county.
pub(super) struct County {
    /// The areas above the grids, ancestors first.
    pub(super) upper_areas: Vec<AreaStep>,
    pub(super) grids: Vec<Grid>,
    /// The grid of each worker, by index.
    pub(super) grid_of_worker: Vec<usize>,
}

/// One grid.
pub(super) struct Grid {
    pub(super) code: String,
    pub(super) name: String,
    /// How many households it has; they are numbered from 1.
    pub(super) households: u32,
    /// Numbers of the households that the days touch: they are records of their own.
    pub(super) recorded: Vec<u32>,
    /// Indices of its workers, one or two.
    pub(super) workers: Vec<usize>,
    /// Its middle, in degrees north and east.
    pub(super) middle: (f64, f64),
}

impl Grid {
    /// The code of a household.
    pub(super) fn household_code(&self, number: u32) -> String {
        format!("{}-{number:03}", self.code)
    }

    /// The trace's name for a household's record.
    pub(super) fn household_ref(&self, number: u32) -> String {
        format!("h{}-{number:03}", self.code)
    }

    /// Whether two workers share it.
    pub(super) fn is_shared(&self) -> bool {
        self.workers.len() > 1
    }
}

/// Cuts the county.
pub(super) fn cut(rows: &[AreaRow], settings: &Settings, rng: &mut ChaCha8Rng) -> Result<County, MakeError> {
    let mut villages = villages(rows);
    if villages.is_empty() {
        return Err(MakeError::NoVillages);
    }
    villages.shuffle(rng);
    let (grid_count, pair_count) = grids_and_pairs(settings.workers);
    if grid_count > villages.len() * GRIDS_PER_VILLAGE_MAX {
        return Err(MakeError::TooManyWorkers {
            workers: settings.workers,
            villages: villages.len(),
        });
    }
    let mut county = County {
        upper_areas: Vec::new(),
        grids: Vec::new(),
        grid_of_worker: Vec::new(),
    };
    for index in 0..grid_count {
        let village = villages[index % villages.len()];
        let number = index / villages.len() + 1;
        // Spreads the pairs evenly over the grids.
        let is_pair = (index + 1) * pair_count / grid_count > index * pair_count / grid_count;
        let first = county.grid_of_worker.len();
        let workers: Vec<usize> = (first..first + if is_pair { 2 } else { 1 }).collect();
        county.grid_of_worker.extend(workers.iter().map(|_| index));
        county.grids.push(grid(village, number, workers, rng));
    }
    county.upper_areas = upper_areas(rows, &county.grids);
    Ok(county)
}

fn grids_and_pairs(workers: usize) -> (usize, usize) {
    let grids = (workers * 1_000 + WORKERS_PER_1000_GRIDS / 2) / WORKERS_PER_1000_GRIDS;
    let most = if workers >= WORKERS_FOR_A_PAIR {
        workers - 1
    } else {
        workers
    };
    let grids = grids.min(most);
    (grids, workers - grids)
}

fn grid(village: &AreaRow, number: usize, workers: Vec<usize>, rng: &mut ChaCha8Rng) -> Grid {
    let households = rng.random_range(HOUSEHOLDS);
    let mut numbers: Vec<u32> = (1..=households).collect();
    numbers.shuffle(rng);
    numbers.truncate(if workers.len() > 1 { 5 } else { 2 });
    Grid {
        code: format!("{}{number:03}", village.code),
        name: format!("{}第{number}网格", short_name(&village.name)),
        households,
        recorded: numbers,
        workers,
        middle: middle(village, number),
    }
}

/// A village's name without its committee.
pub(super) fn short_name(name: &str) -> &str {
    name.trim_end_matches("村民委会")
        .trim_end_matches("委会")
        .trim_end_matches("居委会")
}

/// A place for the grid in the plain south of the Yin Mountains; the same for the same code.
fn middle(village: &AreaRow, number: usize) -> (f64, f64) {
    let spread = village.code.bytes().fold(number as u64, |sum, byte| {
        sum.wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(u64::from(byte) + 1_442_695_040_888_963_407)
    });
    let north_thousandths = (spread >> 33) % 450;
    let east_thousandths = (spread >> 43) % 900;
    (
        40.8 + north_thousandths as f64 / 1e3,
        107.6 + east_thousandths as f64 / 1e3,
    )
}

/// The villagers' committees, or, where a table has none, whatever it has at that depth.
fn villages(rows: &[AreaRow]) -> Vec<&AreaRow> {
    let at_depth: Vec<&AreaRow> = rows.iter().filter(|row| row.code.len() == 12).collect();
    let committees: Vec<&AreaRow> = at_depth
        .iter()
        .copied()
        .filter(|row| {
            row.code[9..]
                .parse()
                .is_ok_and(|number| VILLAGE_NUMBERS.contains(&number))
        })
        .collect();
    if committees.is_empty() {
        at_depth
    } else {
        committees
    }
}

fn upper_areas(rows: &[AreaRow], grids: &[Grid]) -> Vec<AreaStep> {
    let mut wanted = BTreeSet::new();
    for grid in grids {
        let mut above = grid.code.parse::<AreaCode>().ok().and_then(|code| code.parent());
        while let Some(code) = above {
            above = code.parent();
            wanted.insert(code.as_str().to_string());
        }
    }
    let rows: BTreeMap<&str, &AreaRow> = rows.iter().map(|row| (row.code.as_str(), row)).collect();
    let mut areas: Vec<AreaStep> = wanted
        .iter()
        .filter_map(|code| rows.get(code.as_str()))
        .map(|row| AreaStep {
            code: row.code.clone(),
            name: row.name.clone(),
            level: row.level.clone(),
        })
        .collect();
    areas.sort_by_key(|area| (area.code.len(), area.code.clone()));
    areas
}

/// The first content of a household's record.
pub(super) fn household_fields(grid: &Grid, number: u32, rng: &mut ChaCha8Rng) -> crate::trace::Fields {
    [
        ("code".to_string(), grid.household_code(number).into()),
        ("place".to_string(), notes::place(rng).into()),
        ("phone".to_string(), phone(rng).into()),
    ]
    .into()
}

/// Eleven digits like a mobile number's, of a series that no carrier has.
pub(super) fn phone(rng: &mut ChaCha8Rng) -> String {
    format!("1000{:07}", rng.random_range(0..10_000_000u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_work_on_about_one_grid_in_thirteen_and_somewhere_from_four_workers_on() {
        assert_eq!(grids_and_pairs(1_509), (1_402, 107));
        assert_eq!(grids_and_pairs(100), (93, 7));
        assert_eq!(grids_and_pairs(40), (37, 3));
        assert_eq!(grids_and_pairs(4), (3, 1));
        assert_eq!(grids_and_pairs(3), (3, 0));
        assert_eq!(grids_and_pairs(1), (1, 0));
    }

    #[test]
    fn a_village_is_named_without_its_committee() {
        assert_eq!(short_name("浩丰村委会"), "浩丰村");
        assert_eq!(short_name("三黄宝村村民委会"), "三黄宝村");
    }
}

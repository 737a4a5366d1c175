//! How the cost of an exchange grows: with the records in the area, the records in the database, the phones, and what
//! has come since a phone was there last.

use super::{CostOptions, measure};
use serde::Serialize;
use std::path::Path;

/// Exchanges at each point.
const EXCHANGES: usize = 60;

/// What the cost grows with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Along {
    /// Records that the phone's grid holds already.
    Area,
    /// Records of other grids.
    Database,
    /// Enrolled phones.
    Phones,
    /// Records that came since the phone was there last.
    Cursor,
}

/// One measured point.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Point {
    /// How much there is of what the cost grows with.
    pub at: usize,
    /// Processor time of an exchange without the table, in milliseconds.
    pub without_table_ms: f64,
    /// The table's share among it.
    pub with_table_ms: f64,
    /// An exchange with nothing new.
    pub nothing_new_ms: f64,
}

impl Along {
    /// All.
    pub const ALL: [Along; 4] = [Along::Area, Along::Database, Along::Phones, Along::Cursor];

    /// The name of its picture.
    pub fn name(self) -> &'static str {
        match self {
            Along::Area => "area",
            Along::Database => "database",
            Along::Phones => "phones",
            Along::Cursor => "cursor",
        }
    }

    /// What stands below it.
    pub fn axis(self) -> &'static str {
        match self {
            Along::Area => "records in the grid before",
            Along::Database => "records in the database",
            Along::Phones => "enrolled phones",
            Along::Cursor => "records since the phone was there last",
        }
    }

    /// The points, up to so many records of others.
    pub fn points(self, records_max: usize) -> Vec<usize> {
        match self {
            Along::Area => vec![30, 100, 300, 1_000, 3_000, 5_000],
            Along::Phones => vec![100, 300, 1_000, 3_000, 10_000],
            Along::Cursor => vec![0, 10, 34, 100, 300, 1_000],
            Along::Database => {
                let powers = (8..=14).map(|half| 10f64.powf(f64::from(half) / 2.0).round() as usize);
                powers.filter(|records| *records <= records_max).collect()
            }
        }
    }

    fn options(self, at: usize, seed: u64) -> CostOptions {
        let standard = CostOptions::standard(EXCHANGES, seed);
        match self {
            Along::Area => CostOptions {
                held: at,
                ..CostOptions::standard(EXCHANGES / 6, seed)
            },
            Along::Database => CostOptions {
                others: at,
                ..standard
            },
            Along::Phones => CostOptions { idle: at, ..standard },
            Along::Cursor => CostOptions { down: at, ..standard },
        }
    }
}

/// Measures one point, in a folder of its own below `folder`, which is removed again.
///
/// # Errors
/// If an exchange does not end well.
pub fn point(folder: &Path, along: Along, at: usize, seed: u64) -> anyhow::Result<Point> {
    let data = folder.join(format!("{}-{at}", along.name()));
    let cost = measure(&data, along.options(at, seed), &mut |_| {})?;
    std::fs::remove_dir_all(&data)?;
    Ok(Point {
        at,
        without_table_ms: cost.without_table_ms,
        with_table_ms: cost.with_table_ms,
        nothing_new_ms: cost.nothing_new_ms,
    })
}

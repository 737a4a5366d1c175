//! How the cost of an exchange grows: with the records in the area, the records in the database, the phones, and what
//! has come since a phone was there last.

use super::{CostOptions, measure};
use otor_protocol::wire::Packing;
use serde::Serialize;
use std::path::Path;

/// Exchanges at each point.
const EXCHANGES: usize = 120;

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
    /// Workers who have edited the one record that all ops edit.
    Writers,
}

/// How a cost should grow, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Expected {
    /// Not at all.
    Flat,
    /// With the depth of a tree.
    Logarithmic,
    /// In a straight line, from a cost that is there anyhow.
    Straight,
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

impl Expected {
    /// What a cost should be at a place, by what was measured at the first and at the last one.
    pub fn at(self, place: usize, first: (usize, f64), last: (usize, f64)) -> f64 {
        let (place, from, to) = (place as f64, first.0 as f64, last.0 as f64);
        match self {
            Expected::Flat => first.1,
            Expected::Logarithmic => first.1 * place.max(2.0).ln() / from.max(2.0).ln(),
            Expected::Straight => first.1 + (last.1 - first.1) * (place - from) / (to - from).max(1.0),
        }
    }
}

impl Along {
    /// All.
    pub const ALL: [Along; 5] = [
        Along::Area,
        Along::Database,
        Along::Phones,
        Along::Cursor,
        Along::Writers,
    ];

    /// The name of its picture.
    pub fn name(self) -> &'static str {
        match self {
            Along::Area => "area",
            Along::Database => "database",
            Along::Phones => "phones",
            Along::Cursor => "cursor",
            Along::Writers => "writers",
        }
    }

    /// What stands below it.
    pub fn axis(self) -> &'static str {
        match self {
            Along::Area => "records in the grid before",
            Along::Database => "records in the database",
            Along::Phones => "enrolled phones",
            Along::Cursor => "records since the phone was there last",
            Along::Writers => "workers who have edited the record",
        }
    }

    /// The points, up to so many records of others.
    pub fn points(self, records_max: usize) -> Vec<usize> {
        match self {
            Along::Area => vec![30, 100, 300, 1_000, 3_000, 5_000],
            Along::Phones => vec![100, 300, 1_000, 3_000, 10_000],
            Along::Cursor => vec![0, 10, 34, 100, 300, 1_000],
            Along::Writers => vec![1, 3, 10, 30, 60],
            Along::Database => {
                let powers = (8..=14).map(|half| 10f64.powf(f64::from(half) / 2.0).round() as usize);
                powers.filter(|records| *records <= records_max).collect()
            }
        }
    }

    /// How it should grow.
    pub fn expected(self) -> Expected {
        match self {
            // An exchange reads its feeds behind the phone's cursor, and nothing else of the area or of others.
            Along::Area | Along::Phones => Expected::Flat,
            // Each row that is looked up lies at the end of a way down the table's tree.
            Along::Database => Expected::Logarithmic,
            // Every entry is read, laid out and packed once. Every edit rewrites the record, which holds what each of
            // those who did not know of one another wrote.
            Along::Cursor | Along::Writers => Expected::Straight,
        }
    }

    fn options(self, at: usize, seed: u64) -> CostOptions {
        // What the models take would hide what grows.
        let packed = |exchanges| CostOptions {
            packing: Packing::Light,
            ..CostOptions::standard(exchanges, seed)
        };
        let standard = packed(EXCHANGES);
        match self {
            Along::Area => CostOptions {
                held: at,
                ..packed(EXCHANGES / 6)
            },
            Along::Database => CostOptions {
                others: at,
                ..standard
            },
            Along::Phones => CostOptions { idle: at, ..standard },
            Along::Cursor => CostOptions { down: at, ..standard },
            Along::Writers => CostOptions {
                writers: at,
                ..packed(EXCHANGES / 6)
            },
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

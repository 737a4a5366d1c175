//! The area tree of a day: grids that are split, merged, moved and closed.

use crate::trace::{AdminAct, MergeAreas, MoveArea, RetireArea, SplitArea, Successor};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Most changes of one day.
const CHANGES_MAX: usize = 8;
/// Where new grids lie.
const VILLAGES: [&str; 2] = ["150821100201", "150821101001"];

/// The grids that live.
pub(super) struct Tree {
    /// Their codes.
    pub(super) living: Vec<String>,
    made: usize,
    changes: usize,
}

impl Tree {
    /// These grids.
    pub(super) fn of(grids: &[&str]) -> Self {
        Tree {
            living: grids.iter().map(|grid| (*grid).to_string()).collect(),
            made: 100,
            changes: 0,
        }
    }

    fn take(&mut self, rng: &mut ChaCha8Rng) -> String {
        let place = rng.random_range(0..self.living.len());
        self.living.remove(place)
    }

    fn make(&mut self, rng: &mut ChaCha8Rng) -> Successor {
        self.made += 1;
        let code = format!("{}{}", VILLAGES[rng.random_range(0..2)], self.made);
        self.living.push(code.clone());
        Successor {
            name: Some(code.clone()),
            code,
        }
    }

    /// The code of a grid that is new.
    pub(super) fn grow(&mut self, rng: &mut ChaCha8Rng) -> String {
        self.make(rng).code
    }

    /// A random change, if there was not enough of it today.
    pub(super) fn change(&mut self, rng: &mut ChaCha8Rng) -> Option<AdminAct> {
        if self.changes >= CHANGES_MAX {
            return None;
        }
        self.changes += 1;
        Some(match rng.random_range(0..4) {
            0 => {
                let area = self.take(rng);
                let into = vec![self.make(rng), self.make(rng)];
                AdminAct::SplitArea(SplitArea { area, into })
            }
            1 if self.living.len() > 2 => {
                let areas = vec![self.take(rng), self.take(rng)];
                // Into one that is there, or into a new one.
                let into = if rng.random_bool(0.5) {
                    let code = self.living[0].clone();
                    Successor { code, name: None }
                } else {
                    self.make(rng)
                };
                AdminAct::MergeAreas(MergeAreas { areas, into })
            }
            2 if self.living.len() > 3 => AdminAct::RetireArea(RetireArea { area: self.take(rng) }),
            _ => {
                let area = self.take(rng);
                let to = self.make(rng);
                AdminAct::MoveArea(MoveArea { area, to })
            }
        })
    }
}

//! What the centre fetches, is told, and looks for on a day: pulls, figures of others, what rules made.

use super::{Day, grids};
use crate::trace::{AdminAct, Fields, Find, Pull, Relocate, Supply, What};
use rand::RngExt;

/// How often somebody pulls again what was pulled before.
const AGAIN: f64 = 0.7;
/// How often a record is filed elsewhere before somebody pulls.
const LEAVES: f64 = 0.3;
/// How many rows are read before a pull stops in the middle: one page of a server, or some.
const ROWS: [u32; 3] = [1, 65, 150];
/// What others gather.
const SUPPLIED: [&str; 3] = ["volunteers", "unmanaged_compounds", "flagged_community"];

impl Day {
    /// Somebody pulls, often what they have pulled before, and now and then stops in the middle.
    pub(super) fn pull(&mut self) {
        let pull = if !self.pulls.is_empty() && self.rng.random_bool(AGAIN) {
            let known = self.pulls.clone();
            self.one_of(&known)
        } else {
            let pull = self.new_pull();
            self.pulls.push(pull.clone());
            pull
        };
        // Something of it is filed elsewhere now and then.
        if self.rng.random_bool(LEAVES) {
            self.refile();
        }
        let stops = self.rng.random_bool(0.4);
        let rows = stops.then(|| self.one_of(&ROWS));
        self.try_to(What::Admin(AdminAct::Pull(Pull { rows, ..pull })));
    }

    /// A record that has most likely been at the server for long is filed elsewhere.
    fn refile(&mut self) {
        let long = self.records.len() / 2;
        if long == 0 {
            return;
        }
        let record = self.records[self.rng.random_range(0..long)].name.clone();
        let area = self.grid();
        self.try_to(What::Admin(AdminAct::Relocate(Relocate { record, area })));
    }

    /// Everything, or of one kind, or of an area: a grid, a village, a township.
    fn new_pull(&mut self) -> Pull {
        let grids = grids(self.plan.size);
        let code = self.one_of(grids);
        let digits = self.one_of(&[9, 15, 15]);
        let by_account = self.accounts > 0 && self.rng.random_bool(0.6);
        let account = by_account.then(|| format!("a{}", self.rng.random_range(1..=self.accounts)));
        let kind = self.rng.random_bool(0.2);
        let kind = kind.then(|| self.one_of(&["visit", "report", "task"]).to_owned());
        let area = self.rng.random_bool(0.7);
        Pull {
            account,
            kind,
            area: area.then(|| code[..digits].to_owned()),
            rows: None,
        }
    }

    /// A figure of a village or a township, of yesterday, today or tomorrow.
    pub(super) fn supply(&mut self) {
        let code = self.one_of(grids(self.plan.size));
        let digits = self.one_of(&[9, 12]);
        let day = self.one_of(&["2026-03-01", "2026-03-02", "2026-03-03"]);
        let supply = Supply {
            name: self.one_of(&SUPPLIED).into(),
            area: code[..digits].into(),
            day: day.into(),
            value: self.rng.random_range(0..50),
            at_least: self.rng.random_bool(0.3),
        };
        self.try_to(What::Admin(AdminAct::Supply(supply)));
    }

    /// A task that rules made gets a name: the centre and phones act on it from then on, as on any other.
    pub(super) fn find(&mut self) {
        let area = self.grid();
        let record = self.new_name("task", &area, None);
        self.try_to(What::Admin(AdminAct::Find(Find {
            record,
            kind: "task".into(),
            fields: Fields::new(),
        })));
    }
}

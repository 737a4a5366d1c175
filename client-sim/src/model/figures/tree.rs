//! The area tree after a history: which codes are in use, what ended, and what took its place.

use crate::model::history::History;
use std::collections::{BTreeMap, BTreeSet};

/// How many digits the codes of each level have.
const DEPTHS: [usize; 6] = [4, 6, 9, 12, 15, 18];

/// The tree.
pub(crate) struct Tree {
    codes: BTreeSet<String>,
    ended: BTreeMap<String, Vec<String>>,
}

impl Tree {
    /// As a history left it.
    pub(crate) fn of(history: &History) -> Tree {
        let grown = history.commits.iter().flat_map(|commit| &commit.grown);
        let ended = history.commits.iter().flat_map(|commit| &commit.ended);
        Tree {
            codes: grown.cloned().collect(),
            ended: ended.cloned().collect(),
        }
    }

    /// The codes of so many digits in an area that have not ended.
    pub(super) fn living(&self, area: &str, digits: usize) -> Vec<String> {
        let all = self.codes.iter().filter(|code| code.len() == digits);
        let here = all.filter(|code| code.starts_with(area) && !self.ended.contains_key(*code));
        here.cloned().collect()
    }

    /// Whether something filed under a code is told with an area: it lies there, or something that it became does, be that
    /// ended, too.
    pub(crate) fn lies_in(&self, code: &str, area: &str) -> bool {
        if code.starts_with(area) {
            return true;
        }
        let successors = self.successors(code);
        successors.is_some_and(|codes| codes.iter().any(|code| self.lies_in(code, area)))
    }

    /// Whether something filed under a code counts for an area in statistics: it lies there, or what it has become in the
    /// end does. What only passed through the area on its way does not.
    pub(super) fn counts_in(&self, code: &str, area: &str) -> bool {
        code.starts_with(area) || self.today(code).iter().any(|code| code.starts_with(area))
    }

    /// What a code, or the next above it that ended, became; none if it has not ended.
    fn successors(&self, code: &str) -> Option<&Vec<String>> {
        let mut above = (0..=code.len()).rev().map(|digits| &code[..digits]);
        above.find_map(|code| self.ended.get(code))
    }

    /// What a code is today: itself, or everything that it became in the end.
    pub(super) fn today(&self, code: &str) -> BTreeSet<String> {
        match self.successors(code) {
            None => BTreeSet::from([code.to_string()]),
            Some(successors) => successors.iter().flat_map(|code| self.today(code)).collect(),
        }
    }

    /// The area of so many digits that something filed under a code counts for: the one that it came to lie in, as far as
    /// that is in the area asked for; if it was parted, the one under which it is filed.
    pub(super) fn counts_for(&self, code: &str, area: &str, digits: usize) -> String {
        let cut = |code: &str| code.get(..digits).unwrap_or(code).to_string();
        let today = self.today(code);
        let here: BTreeSet<String> = today
            .iter()
            .filter(|code| code.starts_with(area))
            .map(|code| cut(code))
            .collect();
        match (here.len(), here.first()) {
            (1, Some(only)) => only.clone(),
            _ => cut(code),
        }
    }

    /// How many digits the parts of an area have.
    pub(super) fn digits_below(area: &str) -> usize {
        let below = DEPTHS.iter().find(|digits| **digits > area.len());
        below.copied().unwrap_or(area.len())
    }
}

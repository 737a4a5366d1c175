//! The area tree as it was after a commit: what lives, what ended and led where.

use crate::state::cell::AreaCell;
use crate::state::{StateError, key, read};
use crate::store::engine::{View, key_after};
use otor_protocol::area::{AreaCode, DEPTHS};
use std::collections::{BTreeMap, BTreeSet};

/// Areas read at once.
const PAGE_ROWS: usize = 1_000;

/// The tree.
pub struct Tree {
    areas: BTreeMap<String, AreaCell>,
    /// The last commit that added or ended an area.
    pub version: u64,
}

impl Tree {
    /// As it was after a commit.
    ///
    /// # Errors
    /// [`StateError`] if the state cannot be read.
    pub fn as_of(view: &dyn View, commit: u64) -> Result<Tree, StateError> {
        let prefix = key::areas_under("");
        let (mut from, end) = (prefix.clone(), key::end_of(&prefix));
        let mut tree = Tree {
            areas: BTreeMap::new(),
            version: 0,
        };
        loop {
            let page = read::range::<AreaCell>(view, &from, &end, PAGE_ROWS)?;
            let more = page.len() == PAGE_ROWS;
            for (place, mut cell) in page {
                from = key_after(&place);
                if cell.since_commit > commit {
                    continue;
                }
                cell.retired = cell.retired.filter(|retired| retired.commit <= commit);
                let ended = cell.retired.as_ref().map_or(0, |retired| retired.commit);
                tree.version = tree.version.max(cell.since_commit).max(ended);
                tree.areas.insert(cell.code.as_str().to_string(), cell);
            }
            if !more {
                return Ok(tree);
            }
        }
    }

    /// An area.
    pub fn area(&self, code: &AreaCode) -> Option<&AreaCell> {
        self.areas.get(code.as_str())
    }

    /// The living areas of so many digits in an area; of the whole tree if none is given.
    pub fn living_of(&self, within: Option<&AreaCode>, digits: usize) -> Vec<&AreaCell> {
        let living = self.areas.values().filter(|cell| {
            cell.retired.is_none()
                && cell.code.as_str().len() == digits
                && within.is_none_or(|within| within.contains(&cell.code))
        });
        living.collect()
    }

    /// An area with all that ended elsewhere and led into it: where its records may be filed.
    pub fn filed_in(&self, area: &AreaCode) -> Vec<AreaCode> {
        let ended = self.areas.values().filter(|cell| cell.retired.is_some());
        let elsewhere = ended.filter(|cell| !area.contains(&cell.code));
        let led_here =
            elsewhere.filter(|cell| self.led_to(&cell.code).iter().any(|code| area.contains(code)));
        let mut filed: Vec<AreaCode> = vec![area.clone()];
        for cell in led_here {
            // Sorted, an area comes before those within it.
            if !filed.iter().any(|known| known.contains(&cell.code)) {
                filed.push(cell.code.clone());
            }
        }
        filed
    }

    /// The living areas that an area led to: itself, if it lives.
    pub fn led_to(&self, code: &AreaCode) -> BTreeSet<AreaCode> {
        let mut found = BTreeSet::new();
        let (mut seen, mut to_look_at) = (BTreeSet::new(), vec![code.clone()]);
        while let Some(next) = to_look_at.pop() {
            match self.ending_at_or_above(&next) {
                None => drop(found.insert(next)),
                Some(successors) => {
                    let new = successors.iter().filter(|code| seen.insert((*code).clone()));
                    to_look_at.extend(new.cloned());
                }
            }
        }
        found
    }

    /// What took the place of an area, or of one that it lay in; none if it lives.
    fn ending_at_or_above(&self, code: &AreaCode) -> Option<&[AreaCode]> {
        let mut above = Some(code.clone());
        while let Some(code) = above {
            if let Some(retired) = self.area(&code).and_then(|cell| cell.retired.as_ref()) {
                return Some(&retired.successors);
            }
            above = code.parent();
        }
        None
    }

    /// The part of an area, of the next level below it, that something counts for: by what its own area led to, if that is
    /// one; otherwise under the area it is filed in.
    pub fn part_of(&self, within: Option<&AreaCode>, code: &AreaCode) -> AreaCode {
        let above = within.map_or(0, |within| within.as_str().len());
        let digits = DEPTHS
            .iter()
            .map(|(digits, _)| *digits)
            .find(|digits| *digits > above);
        self.at_depth(within, code, digits.unwrap_or(above))
    }

    /// The area of so many digits that something counts for.
    pub fn at_depth(&self, within: Option<&AreaCode>, code: &AreaCode, digits: usize) -> AreaCode {
        let cut = |code: &AreaCode| -> AreaCode {
            let text = code.as_str();
            // A code cut at the length of a level is a code.
            text.get(..digits)
                .and_then(|text| text.parse().ok())
                .unwrap_or_else(|| code.clone())
        };
        let led_to: BTreeSet<AreaCode> = self
            .led_to(code)
            .iter()
            .filter(|code| within.is_none_or(|within| within.contains(code)))
            .map(cut)
            .collect();
        let mut parts = led_to.into_iter();
        match (parts.next(), parts.next()) {
            (Some(only), None) => only,
            _ => cut(code),
        }
    }
}

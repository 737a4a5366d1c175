//! Places, by counting: figures that others supply, flagged communities, grids against their norm.

use super::counter::Counter;
use std::collections::{BTreeMap, BTreeSet};

impl Counter<'_> {
    /// What was supplied under a name, of each area of the area asked for, as it was on a day.
    fn supplied_by_area(&self, name: &str, day: i64) -> BTreeMap<&str, (i64, bool)> {
        let mut last: BTreeMap<&str, (i64, (i64, bool))> = BTreeMap::new();
        for commit in &self.known.history.commits {
            for supplied in &commit.supplied {
                let counts = supplied.name == name && supplied.day <= day;
                if !counts || !supplied.area.starts_with(&self.question.area) {
                    continue;
                }
                // What is said of a later day counts, and of one day what was said last.
                let known = last.get(supplied.area.as_str()).map(|(day, _)| *day);
                if known.is_none_or(|known| known <= supplied.day) {
                    last.insert(
                        &supplied.area,
                        (supplied.day, (supplied.value, supplied.at_least)),
                    );
                }
            }
        }
        last.into_iter().map(|(area, (_, value))| (area, value)).collect()
    }

    /// The sum of what was supplied, and whether it may be more; what an area says has all in it that its parts say.
    pub(super) fn supplied(&self, name: &str, day: i64) -> Option<(i64, bool)> {
        let by_area = self.supplied_by_area(name, day);
        let outermost = by_area.iter().filter(|(area, _)| {
            let mut others = by_area.keys().filter(|other| other != area);
            !others.any(|other| area.starts_with(other))
        });
        let values: Vec<(i64, bool)> = outermost.map(|(_, value)| *value).collect();
        let sum = values.iter().map(|(value, _)| value).sum();
        (!values.is_empty()).then(|| (sum, values.iter().any(|(_, at_least)| *at_least)))
    }

    pub(super) fn communities(&mut self) {
        let flags = self.supplied_by_area("flagged_community", self.question.to_day);
        let communities = self.known.tree.living(&self.question.area, 12);
        let is_flagged = |code: &&String| flags.get(code.as_str()).is_some_and(|(flag, _)| *flag > 0);
        let flagged = communities.iter().filter(is_flagged).count() as i64;
        self.put("flagged_communities", "", "communities", communities.len() as i64);
        self.put("flagged_communities", "", "flagged", flagged);
    }

    pub(super) fn grids(&mut self) {
        let living = self.known.tree.living(&self.question.area, 15);
        let mut grids: BTreeMap<String, i64> = living.into_iter().map(|code| (code, 0)).collect();
        let (mut to_be_filed, mut without) = (0, 0);
        let firsts: BTreeSet<_> = self.known.first_of_codes.values().collect();
        for kept in self.of_kind(1) {
            if !firsts.contains(&kept.id) {
                continue;
            }
            let code = kept.record.area.as_str();
            let today = self.known.tree.today(code.get(..15).unwrap_or(code));
            let only = today.first().filter(|_| today.len() == 1);
            match only.and_then(|code| grids.get_mut(code)) {
                Some(households) => *households += 1,
                None if today.len() > 1 => to_be_filed += 1,
                None => without += 1,
            }
        }
        let workers = self.workers_on(&grids);
        self.put("grid_norm", "", "grids", grids.len() as i64);
        self.put("grid_norm", "", "workers", workers);
        self.put("grid_norm", "", "households", grids.values().sum());
        self.put("grid_norm", "", "to_be_filed", to_be_filed);
        self.put("grid_norm", "", "without_grid", without);
        for (grid, households) in &grids {
            self.put("grid_norm", "", self.size(grid, *households), 1);
        }
    }

    /// How many answer for at least one of these grids, by what was last said of each.
    fn workers_on(&self, grids: &BTreeMap<String, i64>) -> i64 {
        let mut answer_for: BTreeMap<u32, &Vec<String>> = BTreeMap::new();
        for commit in &self.known.history.commits {
            answer_for.extend(commit.answering.iter().map(|(person, areas)| (*person, areas)));
        }
        let on_grids = answer_for
            .values()
            .filter(|areas| areas.iter().any(|area| grids.contains_key(area)));
        on_grids.count() as i64
    }

    /// How a grid is, against the norm of the smallest area that has one.
    fn size(&self, grid: &str, households: i64) -> &'static str {
        let rules = self.known.rules.as_ref();
        let norms = rules
            .and_then(|rules| rules["norms"].as_array())
            .into_iter()
            .flatten();
        let areas: BTreeSet<(usize, String, i64, i64)> = norms
            .filter_map(|norm| {
                let area = norm["area"].as_str()?;
                let (least, most) = (norm["least"].as_i64()?, norm["most"].as_i64()?);
                grid.starts_with(area)
                    .then(|| (area.len(), area.to_string(), least, most))
            })
            .collect();
        match areas.last() {
            None => "no_norm",
            Some((_, _, _, most)) if households > *most => "oversize",
            Some((_, _, least, _)) if households < *least => "undersize",
            Some(_) => "within_norm",
        }
    }
}

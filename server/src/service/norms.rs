//! How large grids are against their norm, and which households have none.

use super::place::Place;
use crate::decide::admin::reaches_place;
use crate::decide::dispatch;
use crate::state::cell::{AreaCell, PersonCell};
use crate::state::rules::Norm;
use crate::state::{StateError, key, read};
use crate::store::engine::View;
use otor_protocol::area::{AreaCode, GRID_DIGITS};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// One grid against its norm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GridSize {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Households filed under it, or under areas whose place it alone took.
    pub households: u64,
    /// The least and most that its norm has; none if no norm is set for it.
    pub norm: Option<(u64, u64)>,
    /// `oversize`, `undersize` or `within`; `no_norm` if none is set.
    pub size: &'static str,
    /// How many workers answer for it.
    pub workers: u64,
}

/// The grids of an area.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sizes {
    /// The living grids, by code: of this page.
    pub grids: Vec<GridSize>,
    /// Where the next page begins; none at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Households whose grid was cut into several and that are not filed under a part yet.
    pub to_be_filed: u64,
    /// Households filed under no living grid, and under none that led to one.
    pub without_grid: u64,
    /// Living grids, and workers on them.
    pub grids_total: u64,
    /// Workers who answer for at least one of them.
    pub workers_total: u64,
}

/// Sizes of the grids in an area, as far as an account may see them: up to `limit` of those after a code; the totals are
/// of all.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn sizes(
    view: &dyn View,
    account: &PersonCell,
    area: &AreaCode,
    after: Option<&str>,
    limit: usize,
) -> Result<Sizes, StateError> {
    let norms = dispatch::rules(view)?.norms;
    let mut grids: BTreeMap<String, (AreaCell, u64, u64)> = BTreeMap::new();
    for (_, cell) in read::under::<AreaCell>(view, &key::areas_under(area.as_str()))? {
        let is_living_grid = cell.retired.is_none() && cell.code.as_str().len() == GRID_DIGITS;
        if is_living_grid && reaches_place(view, account, &cell.code)? {
            grids.insert(cell.code.as_str().into(), (cell, 0, 0));
        }
    }
    let mut sizes = Sizes::default();
    for (filed, count) in households(view, area)? {
        let Ok(filed) = filed.parse::<AreaCode>() else {
            continue;
        };
        match living(view, &filed.scope_area())?.as_slice() {
            [only] if grids.contains_key(only.as_str()) => {
                if let Some((_, households, _)) = grids.get_mut(only.as_str()) {
                    *households += count;
                }
            }
            [_, _, ..] => sizes.to_be_filed += count,
            _ => sizes.without_grid += count,
        }
    }
    let mut answering = BTreeSet::new();
    let prefix = key::answering_under(area.as_str());
    for (row, _) in view.range(&prefix, &key::end_of(&prefix), usize::MAX)? {
        if let Some((own, person)) = key::answering_named(&row)
            && let Some((_, _, workers)) = grids.get_mut(own)
        {
            *workers += 1;
            answering.insert(person);
        }
    }
    sizes.workers_total = answering.len() as u64;
    sizes.grids_total = grids.len() as u64;
    let mut page = grids
        .into_iter()
        .filter(|(code, _)| after.is_none_or(|after| code.as_str() > after))
        .map(|(_, grid)| sized(grid, &norms));
    sizes.grids = page.by_ref().take(limit).collect();
    let last = sizes.grids.last().map(|grid| grid.code.clone());
    sizes.next = last.filter(|_| page.next().is_some());
    Ok(sizes)
}

/// How many households are filed under each area of a place, by its digits.
fn households(view: &dyn View, area: &AreaCode) -> Result<BTreeMap<String, u64>, StateError> {
    let mut counted: BTreeMap<String, u64> = BTreeMap::new();
    Place::of(view, area)?.each_row(view, key::filed_under, |row, _| {
        if let Some(filed) = key::filed_named(row) {
            match counted.get_mut(filed) {
                Some(count) => *count += 1,
                None => {
                    counted.insert(filed.to_owned(), 1);
                }
            }
        }
        Ok(())
    })?;
    Ok(counted)
}

/// The living areas that an area led to: itself, if it lives.
fn living(view: &dyn View, code: &AreaCode) -> Result<Vec<AreaCode>, StateError> {
    // Areas only ever lead to areas that were alive then: no descent runs in a circle.
    let retired = read::area(view, code)?.and_then(|cell| cell.retired);
    let Some(retired) = retired else {
        return Ok(vec![code.clone()]);
    };
    let mut found = Vec::new();
    for successor in &retired.successors {
        found.extend(living(view, successor)?);
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

fn sized((cell, households, workers): (AreaCell, u64, u64), norms: &[Norm]) -> GridSize {
    let norm = norms
        .iter()
        .filter(|norm| cell.code.as_str().starts_with(norm.area.as_str()))
        .max_by_key(|norm| norm.area.len());
    let size = match norm {
        None => "no_norm",
        Some(norm) if households > norm.most => "oversize",
        Some(norm) if households < norm.least => "undersize",
        Some(_) => "within",
    };
    GridSize {
        code: cell.code.to_string(),
        name: cell.name,
        households,
        norm: norm.map(|norm| (norm.least, norm.most)),
        size,
        workers,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::admin::record::{self, NewRecord};
    use crate::decide::admin::reshape::{Reshape, Successor, reshape};
    use crate::decide::admin::{met::Sightings, rules};
    use crate::state::rules::Rules;
    use crate::store::engine::Row;
    use crate::store::engine::ViewError;
    use crate::test_server::{FAR_GRID, GRIDS, TestServer};
    use serde_json::json;

    fn household(server: &mut TestServer, area: &str, code: &str) {
        let request = NewRecord {
            kind: "household".into(),
            area: area.into(),
            fields: json!({"code": code}).as_object().cloned().expect("fields"),
        };
        let created = server.county(move |desk, county| record::create(desk, county, &request));
        created.expect("created");
    }

    fn look(server: &TestServer) -> Sizes {
        let reader = server.reader();
        let view = reader.snapshot();
        let county = read::person_by_code(&view, "county")
            .expect("readable")
            .expect("county");
        let village = GRIDS[0][..12].parse().expect("a village");
        let whole = sizes(&view, &county, &village, None, 100).expect("readable");
        assert_eq!(whole.next, None);
        // A page at a time it is the same.
        let mut paged = Vec::new();
        let mut after = None;
        loop {
            let page = sizes(&view, &county, &village, after.as_deref(), 1).expect("readable");
            paged.extend(page.grids);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(paged, whole.grids);
        whole
    }

    #[test]
    fn grids_are_held_against_the_norm_that_is_closest_to_them() {
        let mut server = TestServer::new();
        server.worker("w1", &GRIDS);
        server.worker("w2", &[GRIDS[0]]);
        let norms = json!({"norms": [{"area": "150821", "least": 1, "most": 2}, {"area": GRIDS[1], "least": 3, "most": 9}]});
        let rules: Rules = serde_json::from_value(norms).expect("rules");
        server
            .county(move |desk, county| rules::put(desk, county, &rules))
            .expect("taken");
        for number in 0..3 {
            household(&mut server, GRIDS[0], &format!("a{number}"));
        }
        household(&mut server, GRIDS[1], "b");
        household(&mut server, &GRIDS[0][..12], "c");
        let sizes = look(&server);
        let told: Vec<_> = sizes
            .grids
            .iter()
            .map(|grid| (grid.households, grid.size, grid.workers))
            .collect();
        assert_eq!(told, vec![(3, "oversize", 2), (1, "undersize", 1)]);
        assert_eq!(
            (sizes.without_grid, sizes.grids_total, sizes.workers_total),
            (1, 2, 2)
        );
    }

    #[test]
    fn households_follow_an_only_successor_and_wait_where_there_are_several() {
        let mut server = TestServer::new();
        household(&mut server, GRIDS[0], "a");
        household(&mut server, GRIDS[1], "b");
        let (one, two, moved) = ("150821100201031", "150821100201032", "150821100201033");
        let successor = |code: &str| Successor {
            code: code.into(),
            name: Some(code.into()),
        };
        let changes = [
            Reshape::Split {
                code: GRIDS[0].into(),
                into: vec![successor(one), successor(two)],
            },
            Reshape::Move {
                code: GRIDS[1].into(),
                to: successor(moved),
            },
        ];
        for change in changes {
            let done =
                server.county(move |desk, county| reshape(desk, county, &change, &Sightings::default()));
            done.expect("reshaped");
        }
        let sizes = look(&server);
        let told: Vec<_> = sizes
            .grids
            .iter()
            .map(|grid| (grid.code.as_str(), grid.households))
            .collect();
        assert_eq!(told, vec![(one, 0), (two, 0), (moved, 1)]);
        assert_eq!((sizes.to_be_filed, sizes.without_grid), (1, 0));
    }

    /// Counts the rows that are read through it.
    struct Counted<'a>(&'a dyn View, std::cell::Cell<usize>);

    impl View for Counted<'_> {
        fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, ViewError> {
            self.1.set(self.1.get() + 1);
            self.0.get(key)
        }

        fn range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Row>, ViewError> {
            let rows = self.0.range(from, to, limit)?;
            self.1.set(self.1.get() + rows.len());
            Ok(rows)
        }
    }

    #[test]
    fn what_a_place_s_sizes_and_a_grid_s_worker_cost_to_read_does_not_grow_with_other_places() {
        let mut server = TestServer::new();
        server.worker("w1", &[GRIDS[0]]);
        let cost = |server: &TestServer| {
            let reader = server.reader();
            let view = reader.snapshot();
            let county = read::person_by_code(&view, "county")
                .expect("readable")
                .expect("county");
            let counted = Counted(&view, std::cell::Cell::new(0));
            let place: AreaCode = GRIDS[0].parse().expect("a grid");
            sizes(&counted, &county, &place, None, 100).expect("readable");
            let of_sizes = counted.1.replace(0);
            dispatch::of_grid(&counted, &place, None).expect("readable");
            (of_sizes, counted.1.get())
        };
        household(&mut server, GRIDS[0], "a");
        let before = cost(&server);
        for number in 0..60 {
            household(&mut server, FAR_GRID, &format!("far {number}"));
            server.worker(&format!("far{number}"), &[FAR_GRID]);
        }
        assert_eq!(cost(&server), before);
        assert!(before.0 < 20 && before.1 < 3, "{before:?}");
    }
}

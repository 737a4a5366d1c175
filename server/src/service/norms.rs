//! How large grids are against their norm, and which households have none.

use super::place::Place;
use super::row::record_of;
use crate::decide::admin::reaches_place;
use crate::decide::dispatch;
use crate::state::cell::{AreaCell, PersonCell};
use crate::state::rules::{HouseholdCell, Norm};
use crate::state::{StateError, key, read};
use crate::store::engine::View;
use otor_protocol::area::{AreaCode, GRID_DIGITS};
use serde::Serialize;
use std::collections::BTreeMap;

/// Most households read for one report: a county's, and more.
const HOUSEHOLDS_MAX: usize = 200_000;

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
    let mut ended: BTreeMap<String, Vec<AreaCode>> = BTreeMap::new();
    for (_, cell) in read::under::<AreaCell>(view, &key::areas_under(""))? {
        if let Some(retired) = &cell.retired {
            ended.insert(cell.code.as_str().into(), retired.successors.clone());
        } else if cell.code.as_str().len() == GRID_DIGITS
            && area.contains(&cell.code)
            && reaches_place(view, account, &cell.code)?
        {
            grids.insert(cell.code.as_str().into(), (cell, 0, 0));
        }
    }
    let mut sizes = Sizes::default();
    let place = Place::of(view, area)?;
    let prefix = key::households();
    for (_, cell) in read::range::<HouseholdCell>(view, &prefix, &key::end_of(&prefix), HOUSEHOLDS_MAX)? {
        let Some(id) = cell.record else { continue };
        let Some(stored) = read::record(view, id)? else {
            continue;
        };
        let filed = record_of(id, &stored)?.area.val;
        if !place.contains(&filed) {
            continue;
        }
        match living(&ended, &filed.scope_area()).as_slice() {
            [only] if grids.contains_key(only.as_str()) => {
                if let Some((_, households, _)) = grids.get_mut(only.as_str()) {
                    *households += 1;
                }
            }
            [_, _, ..] => sizes.to_be_filed += 1,
            _ => sizes.without_grid += 1,
        }
    }
    for (_, person) in read::under::<PersonCell>(view, &key::persons())? {
        let mut answers = false;
        for own in person.areas() {
            if let Some((_, _, workers)) = grids.get_mut(own.as_str()) {
                *workers += 1;
                answers = true;
            }
        }
        sizes.workers_total += u64::from(answers);
    }
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

/// The living areas that an area led to: itself, if it lives.
fn living(ended: &BTreeMap<String, Vec<AreaCode>>, code: &AreaCode) -> Vec<AreaCode> {
    // Areas only ever lead to areas that were alive then: no descent runs in a circle.
    match ended.get(code.as_str()) {
        None => vec![code.clone()],
        Some(successors) => {
            let mut found: Vec<AreaCode> = successors
                .iter()
                .flat_map(|successor| living(ended, successor))
                .collect();
            found.sort_unstable();
            found.dedup();
            found
        }
    }
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
    use crate::test_server::{GRIDS, TestServer};
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
}

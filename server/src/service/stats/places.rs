//! Places: flagged communities, sizes of grids, coverage by visits and patrols, figures that were supplied.

use super::figure::Figures;
use super::sheet::Sheet;
use crate::state::fact::{HouseholdFact, Matter, PatrolFact};
use crate::state::ledger::SuppliedCell;
use crate::state::rules::Norm;
use crate::state::{StateError, key, read};
use crate::store::engine::key_after;
use otor_protocol::area::{AreaCode, GRID_DIGITS};
use otor_protocol::ids::PersonId;
use std::collections::{BTreeMap, HashSet};

/// Digits of a village's or community's code.
const VILLAGE_DIGITS: usize = 12;

impl Sheet<'_> {
    /// The figures supplied under a name, the last of each area up to a day.
    fn supplied_by_area(&self, name: &str, day: u32) -> Result<BTreeMap<AreaCode, SuppliedCell>, StateError> {
        let mut last = BTreeMap::new();
        // In the order of areas, days, commits: of each area the last that counts stays.
        for (place, cell) in read::under::<SuppliedCell>(self.known.view, &key::supplied_as(name))? {
            let Some((area, since, commit)) = key::supplied_named(&place) else {
                return Err(StateError::Damaged { key: place });
            };
            let counts = since <= day && commit <= self.known.cut_off;
            let within = self
                .known
                .area
                .as_ref()
                .is_none_or(|within| within.contains(&area));
            if counts && within {
                last.insert(area, cell);
            }
        }
        Ok(last)
    }

    /// The sum of the figures supplied under a name, as they were on a day; none if there are none. What was supplied for
    /// an area has all in it: nothing is added twice.
    pub(super) fn supplied(&self, name: &str, day: u32) -> Result<Option<SuppliedCell>, StateError> {
        let by_area = self.supplied_by_area(name, day)?;
        let mut sum: Option<SuppliedCell> = None;
        let mut outer: Option<&AreaCode> = None;
        for (area, cell) in &by_area {
            // Sorted, an area comes before those within it.
            if outer.is_some_and(|outer| outer.contains(area)) {
                continue;
            }
            outer = Some(area);
            let sum = sum.get_or_insert(SuppliedCell {
                value: 0,
                at_least: false,
            });
            sum.value = sum.value.saturating_add(cell.value);
            sum.at_least |= cell.at_least;
        }
        Ok(sum)
    }
}

/// F10: communities that bear a flag which others gave them.
pub fn flagged(sheet: &Sheet, figures: &mut Figures) -> Result<(), StateError> {
    figures.of("flagged_communities");
    let flags = sheet.supplied_by_area("flagged_community", sheet.period.to)?;
    let tree = &sheet.known.tree;
    let communities = tree.living_of(sheet.known.area.as_ref(), VILLAGE_DIGITS);
    let is_flagged = |code: &AreaCode| flags.get(code).is_some_and(|flag| flag.value > 0);
    let flagged = communities.iter().filter(|cell| is_flagged(&cell.code)).count() as i64;
    figures.count("communities", communities.len() as i64);
    figures.count("flagged", flagged);
    figures.percent("flagged_share", flagged, communities.len() as i64);
    Ok(())
}

/// F11: how many workers and households a grid has, held against the norm; as it was at the cut-off.
pub fn grid_norm(sheet: &Sheet, figures: &mut Figures) -> Result<(), StateError> {
    figures.of("grid_norm");
    let (known, area) = (&sheet.known, sheet.known.area.as_ref());
    let mut grids: BTreeMap<AreaCode, u64> = known
        .tree
        .living_of(area, GRID_DIGITS)
        .into_iter()
        .map(|cell| (cell.code.clone(), 0))
        .collect();
    let (mut to_be_filed, mut without_grid) = (0, 0);
    known.each::<HouseholdFact>(Matter::Household, 0..u32::MAX, |seen| {
        let living: Vec<AreaCode> = known.tree.led_to(&seen.area.scope_area()).into_iter().collect();
        match living.as_slice() {
            [only] => match grids.get_mut(only) {
                Some(households) => *households += 1,
                None => without_grid += 1,
            },
            [] => without_grid += 1,
            _ => to_be_filed += 1,
        }
    })?;
    let workers = workers_on(sheet, &grids)?;
    let households: i64 = grids.values().map(|one| *one as i64).sum();
    let count = grids.len() as i64;
    figures.count("grids", count);
    figures.count("workers", workers);
    figures.ratio("workers_per_grid", workers, count, 2);
    figures.count("households", households);
    figures.ratio("households_per_grid", households, count, 1);
    figures.count("to_be_filed", to_be_filed);
    figures.count("without_grid", without_grid);
    let norms = sheet.rules()?.norms;
    let mut sizes = BTreeMap::from([
        ("oversize", 0),
        ("undersize", 0),
        ("within_norm", 0),
        ("no_norm", 0),
    ]);
    for (grid, households) in &grids {
        *sizes.entry(size(grid, *households, &norms)).or_default() += 1;
    }
    for (size, grids) in sizes {
        figures.count(size, grids);
    }
    Ok(())
}

fn size(grid: &AreaCode, households: u64, norms: &[Norm]) -> &'static str {
    let fits = norms
        .iter()
        .filter(|norm| grid.as_str().starts_with(norm.area.as_str()));
    match fits.max_by_key(|norm| norm.area.len()) {
        None => "no_norm",
        Some(norm) if households > norm.most => "oversize",
        Some(norm) if households < norm.least => "undersize",
        Some(_) => "within_norm",
    }
}

/// How many answered for at least one of these grids.
fn workers_on(sheet: &Sheet, grids: &BTreeMap<AreaCode, u64>) -> Result<i64, StateError> {
    let prefix = key::tenures();
    let (mut from, end) = (prefix.clone(), key::end_of(&prefix));
    let mut answers: BTreeMap<PersonId, bool> = BTreeMap::new();
    loop {
        let page = read::range::<Vec<AreaCode>>(sheet.known.view, &from, &end, 1_000)?;
        for (place, areas) in &page {
            let Some((person, commit)) = key::tenure_named(place) else {
                return Err(StateError::Damaged { key: place.clone() });
            };
            if commit <= sheet.known.cut_off {
                answers.insert(person, areas.iter().any(|area| grids.contains_key(area)));
            }
        }
        match page.last() {
            Some((last, _)) if page.len() == 1_000 => from = key_after(last),
            _ => break,
        }
    }
    Ok(answers.values().filter(|answers| **answers).count() as i64)
}

/// What was reached in a place.
#[derive(Default)]
struct Reached {
    households: HashSet<u32>,
    visited: HashSet<u32>,
    visits: i64,
    without_household: i64,
}

impl Reached {
    fn tell(&self, figures: &mut Figures) {
        let visited = self.visited.intersection(&self.households).count() as i64;
        let households = self.households.len() as i64;
        figures.count("visits", self.visits);
        figures.count("households", households);
        figures.count("households_visited", visited);
        figures.percent("household_coverage", visited, households);
        figures.count("visits_without_household", self.without_household);
        figures.count("unregistered_visited", self.visited.len() as i64 - visited);
    }
}

/// F18: households visited of those registered, and segments patrolled of those planned.
pub fn coverage(sheet: &Sheet, figures: &mut Figures) -> Result<(), StateError> {
    figures.of("coverage");
    let by_part = by_place(sheet, |area| sheet.part(area))?;
    let mut all = Reached::default();
    for part in by_part.values() {
        all.households.extend(&part.households);
        all.visited.extend(&part.visited);
        all.visits += part.visits;
        all.without_household += part.without_household;
    }
    all.tell(figures);
    let (mut patrols, mut planned, mut touched) = (0, 0u64, 0u64);
    sheet
        .known
        .each::<PatrolFact>(Matter::Patrol, sheet.period.days(), |seen| {
            patrols += 1;
            planned = planned.saturating_add(seen.fact.planned);
            touched = touched.saturating_add(seen.fact.touched);
        })?;
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    figures.count("patrols", patrols);
    figures.count("segments_planned", number(planned));
    figures.count("segments_touched", number(touched));
    figures.percent("patrol_coverage", number(touched), number(planned));
    for (part, reached) in by_part {
        figures.part("area", part);
        reached.tell(figures);
    }
    if sheet.by_grid {
        for (grid, reached) in by_place(sheet, |area| sheet.grid(area))? {
            figures.part("grid", grid);
            reached.tell(figures);
        }
    }
    Ok(())
}

/// Households and visits by the place that their areas count for: each area is looked up once.
fn by_place(
    sheet: &Sheet,
    place: impl Fn(&AreaCode) -> String,
) -> Result<BTreeMap<String, Reached>, StateError> {
    let mut places: BTreeMap<String, Reached> = BTreeMap::new();
    let mut registered: BTreeMap<AreaCode, HashSet<u32>> = BTreeMap::new();
    let until = sheet.period.until_its_end();
    sheet
        .known
        .each::<HouseholdFact>(Matter::Household, until, |seen| {
            // Most of an area follow one another, and it is there already.
            match registered.get_mut(seen.area) {
                Some(known) => drop(known.insert(seen.fact.household)),
                None => {
                    let first = HashSet::from([seen.fact.household]);
                    registered.insert(seen.area.clone(), first);
                }
            }
        })?;
    for (area, households) in registered {
        let reached = places.entry(place(&area)).or_default();
        reached.households.extend(households);
    }
    let visits = sheet.visits()?;
    let mut by_area: Vec<Reached> = visits.areas.iter().map(|_| Reached::default()).collect();
    for (area, household) in &visits.each {
        let reached = &mut by_area[*area];
        reached.visits += 1;
        match household {
            0 => reached.without_household += 1,
            household => drop(reached.visited.insert(*household)),
        }
    }
    for (area, here) in visits.areas.iter().zip(by_area) {
        let reached = places.entry(place(area)).or_default();
        reached.visits += here.visits;
        reached.without_household += here.without_household;
        reached.visited.extend(here.visited);
    }
    Ok(places)
}

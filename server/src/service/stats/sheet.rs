//! What is asked, and what several statistics read of it once.

use super::cases::{Case, received};
use super::known::Known;
use super::period::Period;
use crate::state::fact::{Matter, MatterFact, TaskFact, VisitFact};
use crate::state::rules::Rules;
use crate::state::{StateError, key, read};
use otor_protocol::area::{AreaCode, GRID_DIGITS};
use std::cell::OnceCell;
use std::collections::BTreeMap;

/// The visits of the period.
#[derive(Default)]
pub struct Visits {
    /// The areas they are filed under.
    pub areas: Vec<AreaCode>,
    /// Of each the number of its area in that list, and of the household; 0 if it names none.
    pub each: Vec<(usize, u32)>,
    /// How many were made in which role.
    pub hats: BTreeMap<String, i64>,
}

/// What is asked.
pub struct Sheet<'a> {
    /// What is known.
    pub known: Known<'a>,
    /// When.
    pub period: Period,
    /// Whether closure and coverage are told by grid as well.
    pub by_grid: bool,
    cases: OnceCell<Vec<Case>>,
    tasks: OnceCell<Vec<TaskFact>>,
    visits: OnceCell<Visits>,
}

impl<'a> Sheet<'a> {
    /// Of a period.
    pub fn new(known: Known<'a>, period: Period, by_grid: bool) -> Self {
        Sheet {
            known,
            period,
            by_grid,
            cases: OnceCell::new(),
            tasks: OnceCell::new(),
            visits: OnceCell::new(),
        }
    }

    /// The reports received in the period.
    ///
    /// # Errors
    /// [`StateError`] if the state cannot be read.
    pub fn cases(&self) -> Result<&[Case], StateError> {
        if let Some(cases) = self.cases.get() {
            return Ok(cases);
        }
        let cases = received(&self.known, self.period)?;
        Ok(self.cases.get_or_init(|| cases))
    }

    /// The tasks given in the period.
    ///
    /// # Errors
    /// [`StateError`] if the state cannot be read.
    pub fn tasks(&self) -> Result<&[TaskFact], StateError> {
        if let Some(tasks) = self.tasks.get() {
            return Ok(tasks);
        }
        let mut tasks = Vec::new();
        self.known
            .each(Matter::Task, self.period.days(), |seen| tasks.push(seen.fact))?;
        Ok(self.tasks.get_or_init(|| tasks))
    }

    /// The visits made in the period.
    ///
    /// # Errors
    /// [`StateError`] if the state cannot be read.
    pub fn visits(&self) -> Result<&Visits, StateError> {
        if let Some(visits) = self.visits.get() {
            return Ok(visits);
        }
        let mut visits = Visits::default();
        let mut numbers: BTreeMap<AreaCode, usize> = BTreeMap::new();
        // Visits of one area follow one another: mostly it is that of the one before.
        let mut last: Option<(AreaCode, usize)> = None;
        self.known
            .each::<VisitFact>(Matter::Visit, self.period.days(), |seen| {
                let number = match &last {
                    Some((area, number)) if area == seen.area => *number,
                    _ => {
                        let next = numbers.len();
                        let number = *numbers.entry(seen.area.clone()).or_insert(next);
                        last = Some((seen.area.clone(), number));
                        number
                    }
                };
                visits.each.push((number, seen.fact.household));
                if let Some(hat) = seen.fact.hat {
                    *visits.hats.entry(hat).or_default() += 1;
                }
            })?;
        let mut areas: Vec<(AreaCode, usize)> = numbers.into_iter().collect();
        areas.sort_by_key(|(_, number)| *number);
        visits.areas = areas.into_iter().map(|(area, _)| area).collect();
        Ok(self.visits.get_or_init(|| visits))
    }

    /// The hazards, whistles, mediations or wishes of the period.
    ///
    /// # Errors
    /// [`StateError`] if the state cannot be read.
    pub fn matters(&self, matter: Matter, mut take: impl FnMut(&MatterFact)) -> Result<(), StateError> {
        self.known
            .each(matter, self.period.days(), |seen| take(&seen.fact))
    }

    /// The part of the area that something filed here counts for.
    pub fn part(&self, filed: &AreaCode) -> String {
        self.known
            .tree
            .part_of(self.known.area.as_ref(), filed)
            .to_string()
    }

    /// The grid that something filed here counts for.
    pub fn grid(&self, filed: &AreaCode) -> String {
        self.known
            .tree
            .at_depth(self.known.area.as_ref(), filed, GRID_DIGITS)
            .to_string()
    }

    /// The rules as they were.
    ///
    /// # Errors
    /// [`StateError`] if the state cannot be read.
    pub fn rules(&self) -> Result<Rules, StateError> {
        let (from, to) = (
            key::rules_at(0),
            key::rules_at(self.known.cut_off.saturating_add(1)),
        );
        let mut versions = read::range::<Rules>(self.known.view, &from, &to, usize::MAX)?;
        Ok(versions.pop().map(|(_, rules)| rules).unwrap_or_default())
    }
}

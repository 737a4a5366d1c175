//! What is asked, and what several statistics read of it once.

use super::cases::{Case, received};
use super::known::Known;
use super::period::Period;
use crate::state::fact::{Matter, MatterFact, TaskFact};
use crate::state::rules::Rules;
use crate::state::{StateError, key, read};
use otor_protocol::area::{AreaCode, GRID_DIGITS};
use std::cell::OnceCell;

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

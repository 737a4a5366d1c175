//! The cases of a period: every report received in it, with what became of it and of the case it belongs to.

use super::known::Known;
use super::period::Period;
use crate::state::StateError;
use crate::state::fact::{Matter, ReportFact};
use otor_protocol::area::AreaCode;
use otor_protocol::ids::RecordId;
use std::collections::{BTreeMap, BTreeSet};

/// Most reports of one case that are followed.
const CASE_MAX: usize = 64;

/// A report of the period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The report.
    pub record: RecordId,
    /// Where it is filed.
    pub area: AreaCode,
    /// What it says.
    pub fact: ReportFact,
    /// The first report of its case: itself, if it is no double.
    pub root: RecordId,
    /// Whether it counts as closed: by its own closing, or by that of the first report of its case.
    pub closed: bool,
}

impl Case {
    /// Whether it was taken back.
    pub fn withdrawn(&self) -> bool {
        !self.closed && self.fact.status == "withdrawn"
    }

    /// Whether somebody still has to do something.
    pub fn open(&self) -> bool {
        !self.closed && !self.withdrawn()
    }
}

/// How many reports, what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Closure {
    /// Received.
    pub received: i64,
    /// Of these closed.
    pub closed: i64,
    /// Of these taken back.
    pub withdrawn: i64,
    /// Of these neither.
    pub open: i64,
    /// Of these open though their day has passed.
    pub overdue: i64,
}

impl Closure {
    /// Of some cases.
    pub fn of<'a>(cases: impl Iterator<Item = &'a Case>) -> Closure {
        let mut sum = Closure::default();
        for case in cases {
            sum.received += 1;
            sum.closed += i64::from(case.closed);
            sum.withdrawn += i64::from(case.withdrawn());
            sum.open += i64::from(case.open());
            sum.overdue += i64::from(case.open() && case.fact.overdue);
        }
        sum
    }
}

/// The reports received in a period.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn received(known: &Known, period: Period) -> Result<Vec<Case>, StateError> {
    let mut cases = Vec::new();
    known.each(Matter::Report, period.days(), |seen| {
        let fact: ReportFact = seen.fact;
        cases.push(Case {
            record: seen.record,
            area: seen.area.clone(),
            root: seen.record,
            closed: fact.closed_ms.is_some(),
            fact,
        });
    })?;
    let mut joined = Joined::of(known, &cases);
    for case in &mut cases {
        if !case.fact.linked.is_empty() {
            case.root = joined.root(case.record)?;
            let root = joined.fact(case.root)?;
            case.closed |= root.is_some_and(|root| root.closed_ms.is_some());
        }
    }
    Ok(cases)
}

/// Reports that hang together, read as they are needed.
struct Joined<'a> {
    known: &'a Known<'a>,
    facts: BTreeMap<RecordId, Option<ReportFact>>,
}

impl<'a> Joined<'a> {
    fn of(known: &'a Known<'a>, cases: &[Case]) -> Self {
        let linked = cases.iter().filter(|case| !case.fact.linked.is_empty());
        let facts = linked.map(|case| (case.record, Some(case.fact.clone())));
        Joined {
            known,
            facts: facts.collect(),
        }
    }

    fn fact(&mut self, id: RecordId) -> Result<Option<ReportFact>, StateError> {
        if let Some(known) = self.facts.get(&id) {
            return Ok(known.clone());
        }
        let found = self.known.about::<ReportFact>(Matter::Report, id)?;
        self.facts.insert(id, found.clone());
        Ok(found)
    }

    /// The smallest of the reports that hang together with one.
    fn root(&mut self, id: RecordId) -> Result<RecordId, StateError> {
        let (mut seen, mut to_look_at) = (BTreeSet::from([id]), vec![id]);
        while let Some(next) = to_look_at.pop() {
            let Some(here) = self.fact(next)? else { continue };
            for other in here.linked {
                if seen.contains(&other) || seen.len() >= CASE_MAX {
                    continue;
                }
                // A mark that was taken back joins nothing, though the other was told of it.
                let there = self.fact(other)?;
                let joined = here.duplicate_of == Some(other)
                    || there.is_none_or(|there| there.duplicate_of == Some(next));
                if joined {
                    seen.insert(other);
                    to_look_at.push(other);
                }
            }
        }
        Ok(seen.first().copied().unwrap_or(id))
    }
}

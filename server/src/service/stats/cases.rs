//! The cases of a period: every report received in it, with what became of it and of the case it belongs to.

use super::known::Known;
use super::period::Period;
use crate::state::fact::{Matter, ReportFact};
use crate::state::{StateError, doubles};
use otor_protocol::area::AreaCode;
use otor_protocol::ids::RecordId;
use std::collections::BTreeMap;

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
    let mut roots = Roots::of(known, &cases);
    for case in &mut cases {
        case.root = doubles::case_root(known.view, case.record, known.cut_off)?;
        if case.root != case.record && !case.closed {
            case.closed = roots.is_closed(case.root)?;
        }
    }
    Ok(cases)
}

/// Whether first reports of cases are closed, read as they are needed.
struct Roots<'a> {
    known: &'a Known<'a>,
    closed: BTreeMap<RecordId, bool>,
}

impl<'a> Roots<'a> {
    fn of(known: &'a Known<'a>, cases: &[Case]) -> Self {
        let closed = cases.iter().map(|case| (case.record, case.closed));
        Roots {
            known,
            closed: closed.collect(),
        }
    }

    fn is_closed(&mut self, root: RecordId) -> Result<bool, StateError> {
        if let Some(closed) = self.closed.get(&root) {
            return Ok(*closed);
        }
        let fact = self.known.about::<ReportFact>(Matter::Report, root)?;
        let closed = fact.is_some_and(|fact| fact.closed_ms.is_some());
        self.closed.insert(root, closed);
        Ok(closed)
    }
}

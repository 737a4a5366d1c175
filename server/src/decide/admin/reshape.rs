//! Changing the shape of the area tree: an area is split, merged, moved or closed. Its code is retired and names
//! what took its place; its records keep it, and whoever answered for it answers for its successors too.

use super::area::{NewNodes, checked_name};
use super::met::{PhoneState, Sightings, members, phones_of};
use super::places::{expect_fits_a_phone, expect_living, with_taken_over};
use super::reach::{acting, expect_reach};
use super::refusal::{Decides, Outcome, Stop, conflict, invalid, not_found, settle};
use super::{IMPORT_ROWS_MAX, worker};
use crate::decide::{Decided, Desk};
use crate::state::cell::{AreaCell, Ending, PersonCell, Role, Tenure};
use crate::state::entry::{Act, ReshapeAct, RetiredAct};
use crate::state::{StateError, key, lineage, read};
use otor_protocol::area::AreaCode;
use otor_protocol::ids::{PersonId, ScopeId};
use otor_protocol::stamp::Stamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Most areas that one may be split into, or that may be merged into one.
const PARTS_MAX: usize = 64;

/// An area that takes the place of another: one that is there, or a new one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Successor {
    /// Its code.
    pub code: String,
    /// Its name, if it is new.
    #[serde(default)]
    pub name: Option<String>,
}

/// What is to become of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reshape {
    /// An area is cut into several.
    Split {
        /// Which.
        code: String,
        /// Its parts.
        into: Vec<Successor>,
    },
    /// Several areas become one.
    Merge {
        /// Which.
        codes: Vec<String>,
        /// What they become.
        into: Successor,
    },
    /// An area, with all that lies in it, gets another code, elsewhere in the tree perhaps.
    Move {
        /// Which.
        code: String,
        /// What it becomes; its name stays unless another is given.
        to: Successor,
    },
    /// An area is closed, and nothing takes its place.
    Close {
        /// Which.
        code: String,
    },
}

/// A worker who answers for more than before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerAreas {
    /// The worker's code.
    pub code: String,
    /// All areas they answer for from then on.
    pub areas: Vec<String>,
}

/// The answer to a change of the tree, or to the question what it would mean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reshaped {
    /// The commit; none if nothing was done.
    pub commit: Option<u64>,
    /// The areas that end.
    pub retired: Vec<String>,
    /// The areas that are new.
    pub added: Vec<String>,
    /// How many records stay filed under the areas that end.
    pub records: u64,
    /// The workers who answer for more from then on.
    pub workers: Vec<WorkerAreas>,
    /// The phones of all who answer for the areas that end.
    pub phones: Vec<PhoneState>,
}

/// Changes the tree. `sightings` are what the phones said when they were last met.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn reshape(
    desk: &Desk,
    account: &PersonCell,
    change: &Reshape,
    sightings: &Sightings,
) -> Decides<Reshaped> {
    settle(decide(desk, account, change, sightings))
}

/// What a change of the tree would mean, without changing it.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn preview(
    desk: &Desk,
    account: &PersonCell,
    change: &Reshape,
    sightings: &Sightings,
) -> Result<Outcome<Reshaped>, StateError> {
    let (_, mut outcome) = settle(decide(desk, account, change, sightings))?;
    if let Ok(reshaped) = &mut outcome {
        reshaped.commit = None;
    }
    Ok(outcome)
}

fn decide(
    desk: &Desk,
    account: &PersonCell,
    change: &Reshape,
    sightings: &Sightings,
) -> Result<(Option<Decided>, Reshaped), Stop> {
    acting(account)?;
    let mut plan = Plan {
        desk,
        account,
        nodes: NewNodes::new(desk)?,
        retired: BTreeMap::new(),
    };
    plan.take(change)?;
    let persons = plan.workers()?;
    let answering = plan.answering()?;
    let answer = Reshaped {
        commit: Some(desk.commit),
        retired: plan.retired.keys().map(ToString::to_string).collect(),
        added: plan.nodes.codes().map(ToString::to_string).collect(),
        records: plan.records()?,
        workers: persons
            .iter()
            .map(|person| WorkerAreas {
                code: person.code.clone(),
                areas: person.areas().iter().map(ToString::to_string).collect(),
            })
            .collect(),
        phones: phones_of(desk.view, sightings, |owner| answering.contains(&owner))?,
    };
    let act = ReshapeAct {
        added: plan.nodes.into_acts(),
        retired: plan.retired.into_values().collect(),
        persons,
    };
    Ok((Some(Act::Reshape(act).into()), answer))
}

/// A change of the tree being worked out.
struct Plan<'a> {
    desk: &'a Desk<'a>,
    account: &'a PersonCell,
    nodes: NewNodes<'a>,
    retired: BTreeMap<AreaCode, RetiredAct>,
}

impl Plan<'_> {
    fn take(&mut self, change: &Reshape) -> Result<(), Stop> {
        match change {
            Reshape::Split { code, into } => {
                if into.len() < 2 || into.len() > PARTS_MAX {
                    return Err(invalid(format!("an area is split into 2 to {PARTS_MAX} others")));
                }
                let code = self.ending(code)?;
                let parts = self.successors(&code, into)?;
                self.retire(code, Ending::Split, parts)
            }
            Reshape::Merge { codes, into } => {
                if codes.len() > PARTS_MAX {
                    return Err(invalid(format!("at most {PARTS_MAX} areas are merged")));
                }
                let codes: BTreeSet<AreaCode> = codes
                    .iter()
                    .map(|code| self.ending(code))
                    .collect::<Result<_, _>>()?;
                let into = std::slice::from_ref(into);
                for code in &codes {
                    let whole = self.successors(code, into)?;
                    self.retire(code.clone(), Ending::Merged, whole)?;
                }
                if codes.is_empty() {
                    return Err(invalid("say which areas are merged"));
                }
                Ok(())
            }
            Reshape::Move { code, to } => self.moved(code, to),
            Reshape::Close { code } => {
                let code = self.ending(code)?;
                self.retire(code, Ending::Closed, Vec::new())
            }
        }
    }

    /// A living area of the account's that holds no other living one.
    fn ending(&self, text: &str) -> Result<AreaCode, Stop> {
        let code = self.living(text)?;
        let within = read::under::<AreaCell>(self.desk.view, &key::areas_under(code.as_str()))?;
        let mut alive = within
            .into_iter()
            .filter(|(_, cell)| cell.code != code && cell.retired.is_none());
        match alive.next() {
            Some((_, cell)) => Err(conflict(format!(
                "{code} still holds {} ({}): say first what becomes of what lies in it, or move it whole",
                cell.code, cell.name
            ))),
            None => Ok(code),
        }
    }

    fn living(&self, text: &str) -> Result<AreaCode, Stop> {
        let code = parsed(text)?;
        expect_reach(self.account, &code)?;
        if read::area(self.desk.view, &code)?.is_none() {
            return Err(not_found(format!("there is no area {code}")));
        }
        expect_living(self.desk.view, &code)?;
        Ok(code)
    }

    /// The areas that take the place of `code`, made where they are new.
    fn successors(&mut self, code: &AreaCode, parts: &[Successor]) -> Result<Vec<AreaCode>, Stop> {
        let mut successors = BTreeSet::new();
        for part in parts {
            let successor = parsed(&part.code)?;
            expect_reach(self.account, &successor)?;
            if successor == *code {
                return Err(invalid(format!(
                    "{code} ends here, and its records keep it: give what takes its place another code"
                )));
            }
            if successor.level_name() != code.level_name() {
                return Err(invalid(format!(
                    "{code} is a {} and {successor} a {}",
                    code.level_name(),
                    successor.level_name()
                )));
            }
            expect_living(self.desk.view, &successor)?;
            self.make(&successor, part.name.as_deref())?;
            if !successors.insert(successor) {
                return Err(invalid(format!("{} is named twice", part.code)));
            }
        }
        Ok(successors.into_iter().collect())
    }

    /// Makes an area unless it is there.
    fn make(&mut self, code: &AreaCode, name: Option<&str>) -> Result<(), Stop> {
        let name = name.map(checked_name).transpose().map_err(invalid)?;
        match (self.nodes.standing(code)?, name) {
            (Some(standing), Some(name)) if standing.name != name => Err(conflict(format!(
                "{code} is there and is called {}: leave the name out, or choose another code",
                standing.name
            ))),
            (Some(_), _) => Ok(()),
            (None, Some(name)) => Ok(self.nodes.add(code.clone(), name)?),
            (None, None) => Err(invalid(format!("{code} is new: give its name"))),
        }
    }

    /// An area goes elsewhere with all that lies in it: each node gets a new code, and the old one leads to it.
    fn moved(&mut self, code: &str, to: &Successor) -> Result<(), Stop> {
        let (code, target) = (self.living(code)?, parsed(&to.code)?);
        if code.contains(&target) || self.nodes.standing(&target)?.is_some() {
            return Err(conflict(format!(
                "{target} is taken: an area moves to a code of its own, or is merged"
            )));
        }
        let within = read::under::<AreaCell>(self.desk.view, &key::areas_under(code.as_str()))?;
        let alive: Vec<AreaCell> = within
            .into_iter()
            .map(|(_, cell)| cell)
            .filter(|cell| cell.retired.is_none())
            .collect();
        if alive.len() > IMPORT_ROWS_MAX {
            return Err(invalid(format!(
                "{code} holds more than {IMPORT_ROWS_MAX} areas: move what lies in it part by part"
            )));
        }
        for cell in alive {
            let rest = &cell.code.as_str()[code.as_str().len()..];
            let name = to.name.clone().filter(|_| cell.code == code);
            let successor = Successor {
                code: format!("{target}{rest}"),
                name: Some(name.unwrap_or(cell.name)),
            };
            let successors = self.successors(&cell.code, &[successor])?;
            self.retire(cell.code, Ending::Moved, successors)?;
        }
        Ok(())
    }

    fn retire(&mut self, code: AreaCode, ending: Ending, successors: Vec<AreaCode>) -> Result<(), Stop> {
        if let Some(retired) = successors.iter().find(|code| self.retired.contains_key(code)) {
            return Err(invalid(format!(
                "{retired} cannot both end and take another's place"
            )));
        }
        // Somebody may have pulled a successor that was there already, or what is above it.
        let mut retell = false;
        for successor in &successors {
            retell |= successor.parent() != code.parent() || read::area(self.desk.view, successor)?.is_some();
        }
        let before = lineage::taken_over(self.desk.view, &code)?;
        let act = RetiredAct {
            code: code.clone(),
            ending,
            successors,
            retell,
            before: if retell { before } else { Vec::new() },
        };
        self.retired.insert(code, act);
        Ok(())
    }

    /// The workers who answer for more: those of an area that ends for what takes its place, those of what takes
    /// its place for what was written in it.
    fn workers(&self) -> Result<Vec<PersonCell>, Stop> {
        let mut inherited = BTreeMap::new();
        for act in self.retired.values() {
            let mut with_past = lineage::taken_over(self.desk.view, &act.code)?;
            with_past.push(act.code.clone());
            inherited.insert(&act.code, with_past);
        }
        let mut changed = Vec::new();
        for (_, mut person) in read::under::<PersonCell>(self.desk.view, &key::persons())? {
            let Role::Worker(tenures) = &mut person.role else {
                continue;
            };
            let Some(before) = tenures.last().map(|tenure| tenure.areas.clone()) else {
                continue;
            };
            let mut after: BTreeSet<AreaCode> = before.iter().cloned().collect();
            let had = |act: &&RetiredAct| before.contains(&act.code);
            let taking = self.retired.values().filter(had);
            after.extend(taking.flat_map(|act| act.successors.iter().cloned()));
            // Of several that are merged each one's workers answer for all.
            for act in self.retired.values() {
                let serves = |successor: &AreaCode| after.iter().any(|area| area.contains(successor));
                if had(&act) || act.successors.iter().any(serves) {
                    after.extend(inherited[&act.code].iter().cloned());
                }
            }
            let after = with_taken_over(self.desk.view, after)?;
            if after == before {
                continue;
            }
            expect_fits_a_phone(self.desk.view, &after, self.nodes.codes()).map_err(|stop| match stop {
                Stop::Refused(refusal) => conflict(format!("worker {:?}: {refusal}", person.code)),
                stop => stop,
            })?;
            let since = Stamp::at_ms(self.desk.now_ms);
            tenures.push(Tenure { since, areas: after });
            changed.push(person);
        }
        Ok(changed)
    }

    /// Who answers for an area that ends.
    fn answering(&self) -> Result<BTreeSet<PersonId>, StateError> {
        let persons = read::under::<PersonCell>(self.desk.view, &key::persons())?;
        Ok(persons
            .into_iter()
            .map(|(_, person)| person)
            .filter(|person| {
                let areas = person.areas();
                self.retired.keys().any(|code| {
                    areas
                        .iter()
                        .any(|area| area.contains(code) || code.contains(area))
                })
            })
            .map(|person| person.id)
            .collect())
    }

    fn records(&self) -> Result<u64, StateError> {
        let mut count = 0;
        for code in self.retired.keys().filter(|code| **code == code.scope_area()) {
            if let Some(cell) = read::area(self.desk.view, code)? {
                count += members(self.desk.view, ScopeId::of_area(cell.handle))?.len() as u64;
            }
        }
        Ok(count)
    }
}

fn parsed(text: &str) -> Result<AreaCode, Stop> {
    worker::parsed_area(text)
}

//! The rules by which the server acts: put as a whole, and tried without consequences.

use super::Done;
use super::reach::acting;
use super::refusal::{AdminRefusal, Decides, Stop, invalid, not_allowed, settle};
use crate::decide::dispatch::{self, Matter};
use crate::decide::{Decided, Desk};
use crate::state::cell::PersonCell;
use crate::state::entry::Act;
use crate::state::rules::{DispatchRule, Recipient, Rules};
use crate::state::{StateError, read};
use otor_protocol::area::AreaCode;
use otor_protocol::ids::Level;
use otor_protocol::lifecycle;
use serde::{Deserialize, Serialize};

/// Most rules of each sort, departments, and officers of one department.
const RULES_MAX: usize = 500;
const OFFICERS_MAX: usize = 60;
/// Most areas of all departments: a city's grids for several sorts of them.
const AREAS_MAX: usize = 20_000;
/// Most characters of a name or a code.
const NAME_CHARS_MAX: usize = 60;
/// Most minutes until something is due: a year.
const MINUTES_MAX: i64 = 366 * 24 * 60;

/// Makes these the rules from now on. For accounts of county level and above.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn put(desk: &Desk, account: &PersonCell, rules: &Rules) -> Decides<Done> {
    settle(put_one(desk, account, rules))
}

fn put_one(desk: &Desk, account: &PersonCell, rules: &Rules) -> Result<(Option<Decided>, Done), Stop> {
    if acting(account)?.level < Level::COUNTY {
        return Err(not_allowed("rules are for accounts of county level and above"));
    }
    check(desk, rules)?;
    if dispatch::rules(desk.view)? == *rules {
        let commit = desk.commit - 1;
        return Ok((None, Done { commit }));
    }
    let commit = desk.commit;
    Ok((Some(Act::Rules(Box::new(rules.clone())).into()), Done { commit }))
}

fn check(desk: &Desk, rules: &Rules) -> Result<(), Stop> {
    let sizes = [
        rules.dispatch.len(),
        rules.departments.len(),
        rules.escalation.len(),
        rules.norms.len(),
    ];
    if sizes.iter().any(|size| *size > RULES_MAX) {
        return Err(invalid(format!("at most {RULES_MAX} rules of a sort")));
    }
    for norm in &rules.norms {
        if norm.area.parse::<AreaCode>().is_err() || norm.least > norm.most {
            return Err(invalid(format!(
                "a norm has an area's code, and at least no more than at most: {norm:?}"
            )));
        }
    }
    for department in &rules.departments {
        expect_short(&department.code)?;
        department.sort.as_deref().map_or(Ok(()), expect_short)?;
        if department.officers.len() > OFFICERS_MAX {
            return Err(invalid(format!(
                "at most {OFFICERS_MAX} officers of a department"
            )));
        }
        for officer in &department.officers {
            expect_person(desk, officer)?;
        }
    }
    check_departments_areas(rules)?;
    for rule in &rules.dispatch {
        check_dispatch(desk, rules, rule)?;
    }
    for rule in &rules.escalation {
        for level in [&rule.from, &rule.to] {
            expect_level(level)?;
        }
        expect_minutes(rule.due_minutes)?;
        if let Some(recipient) = &rule.give_to {
            expect_recipient(desk, rules, recipient, &rule.from)?;
        }
    }
    if let Some(recipient) = &rules.silent_to {
        expect_recipient(desk, rules, recipient, "silent_to")?;
    }
    Ok(())
}

/// Departments answer for areas that have codes, not too many.
fn check_departments_areas(rules: &Rules) -> Result<(), Stop> {
    let areas = || rules.departments.iter().flat_map(|department| &department.areas);
    if areas().count() > AREAS_MAX {
        return Err(invalid(format!("at most {AREAS_MAX} areas of all departments")));
    }
    match areas().find(|area| area.parse::<AreaCode>().is_err()) {
        Some(bad) => Err(invalid(format!("{bad:?} is no area's code"))),
        None => Ok(()),
    }
}

fn check_dispatch(desk: &Desk, rules: &Rules, rule: &DispatchRule) -> Result<(), Stop> {
    expect_short(&rule.name)?;
    expect_minutes(rule.due_minutes)?;
    rule.level.as_deref().map_or(Ok(()), expect_level)?;
    if let Some(Err(bad)) = rule.area.as_ref().map(|area| area.parse::<AreaCode>()) {
        return Err(invalid(format!("rule {:?}: {bad}", rule.name)));
    }
    expect_recipient(desk, rules, &rule.to, &rule.name)
}

/// A worker is there, a department is one of these rules.
fn expect_recipient(desk: &Desk, rules: &Rules, recipient: &Recipient, rule: &str) -> Result<(), Stop> {
    match recipient {
        Recipient::Worker(code) => expect_person(desk, code),
        Recipient::Department(code) if rules.department(code).is_none() => Err(invalid(format!(
            "rule {rule:?} names no department of these rules: {code:?}"
        ))),
        Recipient::DepartmentOf(sort)
            if !rules
                .departments
                .iter()
                .any(|department| department.sort.as_ref() == Some(sort)) =>
        {
            Err(invalid(format!(
                "rule {rule:?} names a sort that no department of these rules is: {sort:?}"
            )))
        }
        _ => Ok(()),
    }
}

fn expect_short(text: &str) -> Result<(), Stop> {
    match text.chars().count() {
        1..=NAME_CHARS_MAX => Ok(()),
        _ => Err(invalid(format!(
            "names and codes have 1 to {NAME_CHARS_MAX} characters"
        ))),
    }
}

fn expect_minutes(minutes: Option<i64>) -> Result<(), Stop> {
    if minutes.is_none_or(|minutes| (1..=MINUTES_MAX).contains(&minutes)) {
        Ok(())
    } else {
        Err(invalid(format!("due_minutes is 1 to {MINUTES_MAX}")))
    }
}

fn expect_level(level: &str) -> Result<(), Stop> {
    if lifecycle::is_level(level) {
        Ok(())
    } else {
        Err(invalid(format!(
            "{level:?} is no level: grid, village, township, county or league"
        )))
    }
}

fn expect_person(desk: &Desk, code: &str) -> Result<(), Stop> {
    match read::person_by_code(desk.view, code)? {
        Some(_) => Ok(()),
        None => Err(invalid(format!("there is no worker {code:?}"))),
    }
}

/// A report that somebody imagines, and rules to try in place of those that are so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// Code of its area.
    pub area: String,
    /// Its category.
    #[serde(default)]
    pub category: Option<String>,
    /// How bad it is.
    #[serde(default)]
    pub severity: Option<i64>,
    /// The role in which it was found.
    #[serde(default)]
    pub role_hat: Option<String>,
    /// Code of the worker who found it.
    #[serde(default)]
    pub author: Option<String>,
    /// Rules to try; those that are so, if there are none.
    #[serde(default)]
    pub rules: Option<Rules>,
}

/// What would come of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// The rule that fits; none if none does, and nothing would happen.
    pub rule: Option<String>,
    /// Code of the worker who would get the task.
    pub assignee: Option<String>,
    /// Code of the department.
    pub department: Option<String>,
    /// Minutes until it would be due.
    pub due_minutes: Option<i64>,
    /// The level that would handle it.
    pub level: Option<String>,
}

/// What would come of a report, with nothing written.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn try_out(desk: &Desk, trial: &Trial) -> Result<Result<Tried, AdminRefusal>, StateError> {
    let Ok(area) = trial.area.trim().parse() else {
        return Ok(Err(AdminRefusal::Invalid(format!(
            "{:?} is no area code",
            trial.area
        ))));
    };
    let author = match &trial.author {
        Some(code) => read::person_by_code(desk.view, code)?.map(|person| person.id),
        None => None,
    };
    let matter = Matter {
        area,
        category: trial.category.clone(),
        severity: trial.severity,
        role_hat: trial.role_hat.clone(),
        author,
    };
    let rules = match &trial.rules {
        Some(rules) => rules.clone(),
        None => dispatch::rules(desk.view)?,
    };
    let plan = dispatch::choose(desk.view, &rules, &matter)?;
    Ok(Ok(Tried {
        rule: plan.as_ref().map(|plan| plan.rule.clone()),
        assignee: plan
            .as_ref()
            .and_then(|plan| plan.assignee.as_ref())
            .map(|person| person.code.clone()),
        department: plan.as_ref().and_then(|plan| plan.department.clone()),
        due_minutes: plan.as_ref().and_then(|plan| plan.due_minutes),
        level: plan.and_then(|plan| plan.level),
    }))
}

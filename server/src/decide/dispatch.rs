//! Which report becomes whose task: rules as data, tried against what a report says. The same function decides in
//! earnest and in a dry run.

use super::Desk;
use crate::state::cell::PersonCell;
use crate::state::rules::{Department, DispatchRule, Recipient, Rules};
use crate::state::{StateError, key, read};
use crate::store::engine::View;
use otor_protocol::area::AreaCode;
use otor_protocol::catalogue::built_in::report;
use otor_protocol::ids::PersonId;
use otor_protocol::lifecycle;
use otor_protocol::op::{Body, Change, FieldId};
use otor_protocol::record::{Edit, Record};
use otor_protocol::value::Value;

/// Milliseconds of a minute.
pub(super) const MINUTE_MS: i64 = 60_000;

/// What rules go by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matter {
    /// Where it is.
    pub area: AreaCode,
    /// Its category.
    pub category: Option<String>,
    /// How bad it is.
    pub severity: Option<i64>,
    /// The role in which it was found.
    pub role_hat: Option<String>,
    /// Who found it.
    pub author: Option<PersonId>,
}

impl Matter {
    /// Of a report.
    pub(super) fn of(record: &Record) -> Matter {
        let text = |field: FieldId| {
            record
                .register(field)
                .and_then(Value::as_text)
                .map(str::to_string)
        };
        Matter {
            area: record.area.val.clone(),
            category: text(report::CATEGORY),
            severity: record.register(report::SEVERITY).and_then(Value::as_int),
            role_hat: text(report::ROLE_HAT),
            author: Some(record.creation.author),
        }
    }
}

/// What a rule comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The rule's name.
    pub rule: String,
    /// Who is to do it; none if the rule names nobody who is there.
    pub assignee: Option<PersonCell>,
    /// The department, if it is one's.
    pub department: Option<String>,
    /// Minutes until it is due.
    pub due_minutes: Option<i64>,
    /// The level that handles it.
    pub level: Option<String>,
}

/// The rules of a state.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn rules(view: &dyn View) -> Result<Rules, StateError> {
    Ok(read::get(view, &key::rules())?.unwrap_or_default())
}

/// The first rule that fits, and what it comes to.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn choose(view: &dyn View, rules: &Rules, matter: &Matter) -> Result<Option<Plan>, StateError> {
    let Some(rule) = rules.dispatch.iter().find(|rule| fits(rule, matter)) else {
        return Ok(None);
    };
    let to = Receiver {
        area: &matter.area,
        author: matter.author,
        level: rule.level.as_deref(),
    };
    let (assignee, department) = receiver(view, rules, &rule.to, &to)?;
    let assignee = match assignee {
        Some(person) => read::person(view, person)?,
        None => None,
    };
    Ok(Some(Plan {
        rule: rule.name.clone(),
        assignee,
        department,
        due_minutes: rule.due_minutes,
        level: rule.level.clone(),
    }))
}

fn fits(rule: &DispatchRule, matter: &Matter) -> bool {
    let among = |codes: &[String], code: &Option<String>| {
        codes.is_empty() || code.as_ref().is_some_and(|code| codes.contains(code))
    };
    let hat = rule.role_hat.is_none() || rule.role_hat == matter.role_hat;
    among(&rule.categories, &matter.category)
        && rule
            .severity_min
            .is_none_or(|least| matter.severity.is_some_and(|severity| severity >= least))
        && rule
            .area
            .as_ref()
            .is_none_or(|area| matter.area.as_str().starts_with(area.as_str()))
        && hat
}

/// A worker who answers for a grid: `preferred`, if they do, else the first by number whose own area it is.
pub(crate) fn of_grid(
    view: &dyn View,
    area: &AreaCode,
    preferred: Option<PersonId>,
) -> Result<Option<PersonId>, StateError> {
    let place = area.scope_area();
    let answers = |person: &PersonCell| person.areas().contains(&place);
    if let Some(preferred) = preferred
        && read::person(view, preferred)?.is_some_and(|person| answers(&person))
    {
        return Ok(Some(preferred));
    }
    Ok(who_answers(view, &place, 1)?.first().copied())
}

/// The first by number, up to so many, of those whose own area this is.
fn who_answers(view: &dyn View, place: &AreaCode, most: usize) -> Result<Vec<PersonId>, StateError> {
    let prefix = key::all_answering(place);
    let rows = view.range(&prefix, &key::end_of(&prefix), most)?;
    let named = rows.iter().filter_map(|(row, _)| key::answering_named(row));
    Ok(named.map(|(_, person)| person).collect())
}

/// A worker who answers for the area of a level that an area lies in.
fn of_level(view: &dyn View, area: &AreaCode, level: &str) -> Result<Option<PersonId>, StateError> {
    let mut above = Some(area.clone());
    while let Some(code) = above {
        if lifecycle::is_same_level(code.level_name(), level) {
            return of_grid(view, &code, None);
        }
        above = code.parent();
    }
    Ok(None)
}

/// What decides who a recipient is.
pub(super) struct Receiver<'a> {
    /// Where the matter is.
    pub area: &'a AreaCode,
    /// Who found it, or has it.
    pub author: Option<PersonId>,
    /// The level that handles it; the grid, if none is named.
    pub level: Option<&'a str>,
}

/// Who a recipient is, and the department if it is one's.
pub(super) fn receiver(
    view: &dyn View,
    rules: &Rules,
    recipient: &Recipient,
    of: &Receiver,
) -> Result<(Option<PersonId>, Option<String>), StateError> {
    Ok(match recipient {
        Recipient::Grid => (of_grid(view, of.area, of.author)?, None),
        Recipient::Station => (of_level(view, of.area, "village")?, None),
        Recipient::Level => match of.level {
            None | Some("grid") => (of_grid(view, of.area, of.author)?, None),
            Some(level) => (of_level(view, of.area, level)?, None),
        },
        Recipient::Worker(code) => (read::person_by_code(view, code)?.map(|person| person.id), None),
        Recipient::Department(code) => {
            let department = rules.department(code);
            (officer(view, department)?, Some(code.clone()))
        }
        Recipient::DepartmentOf(sort) => {
            let answering = rules.answering(of.area.as_str()).into_iter();
            let mut answering = answering.filter(|department| department.sort.as_ref() == Some(sort));
            let department = answering.next();
            let code = department.map(|department| department.code.clone());
            (officer(view, department)?, code)
        }
    })
}

/// Whose phone hears of what a department gets.
fn officer(view: &dyn View, department: Option<&Department>) -> Result<Option<PersonId>, StateError> {
    Ok(
        match department.and_then(|department| department.officers.first()) {
            Some(officer) => read::person_by_code(view, officer)?.map(|person| person.id),
            None => None,
        },
    )
}

/// A worker who answers for a grid and is somebody else, or, if there is none, for the village it lies in.
pub(super) fn another_of_grid(
    view: &dyn View,
    area: &AreaCode,
    than: PersonId,
) -> Result<Option<PersonId>, StateError> {
    let mut above = Some(area.scope_area());
    while let Some(place) = above {
        let other = who_answers(view, &place, 2)?
            .into_iter()
            .find(|person| *person != than);
        if other.is_some() {
            return Ok(other);
        }
        above = place.parent();
    }
    Ok(None)
}

impl Plan {
    /// What the rules write of it: the report is assigned, gets its day and its level, and a task is made.
    pub(super) fn bodies(&self, desk: &Desk, report: &Record) -> Vec<Body> {
        let catalogue = desk.catalogue;
        let Some(of_report) = catalogue.kind_named("report") else {
            return Vec::new();
        };
        let due = self.due_minutes.map(|minutes| desk.now_ms + minutes * MINUTE_MS);
        let to = self
            .department
            .clone()
            .or(self.assignee.as_ref().map(|person| person.code.clone()));
        let mut changes = Vec::new();
        let mut set: Vec<(String, Value)> = Vec::new();
        set.extend(due.map(|due| ("due_at".to_string(), Value::Int(due))));
        set.extend(
            self.department
                .clone()
                .map(|code| ("department".to_string(), Value::Text(code))),
        );
        let edits = [
            Edit {
                set,
                event: Some((
                    "assign".into(),
                    to.map(|to| ("to".to_string(), Value::Text(to)))
                        .into_iter()
                        .collect(),
                )),
                ..Edit::default()
            },
            Edit {
                event: self.level.clone().map(|level| {
                    (
                        "escalate".to_string(),
                        vec![("level".to_string(), Value::Text(level))],
                    )
                }),
                ..Edit::default()
            },
        ];
        for edit in edits {
            changes.extend(edit.editing(of_report, report).unwrap_or_default());
        }
        let mut bodies = vec![Body::Edit {
            record: report.id,
            changes,
        }];
        bodies.extend(self.new_task(desk, report, due));
        bodies
    }

    /// The task that is made of a report.
    pub(super) fn new_task(&self, desk: &Desk, report: &Record, due: Option<i64>) -> Option<Body> {
        let of_task = desk.catalogue.kind_named("task")?;
        let changes = self.task(report, due).creating(of_task).ok()?;
        Some(Body::Create {
            kind: of_task.id,
            area: report.area.val.clone(),
            changes,
        })
    }

    fn task(&self, report: &Record, due: Option<i64>) -> Edit {
        let title = report.register(FieldId(2)).cloned();
        let code = |text: &str| Value::Text(text.chars().take(60).collect());
        let mut set: Vec<(String, Value)> = vec![
            ("report".into(), Value::Record(report.id)),
            ("basis".into(), code(&self.rule)),
            ("made_for".into(), Value::Text(format!("report {}", report.id))),
        ];
        set.extend(title.map(|title| ("title".to_string(), title)));
        set.extend(due.map(|due| ("due_at".to_string(), Value::Int(due))));
        set.extend(
            self.department
                .clone()
                .map(|code| ("department".to_string(), Value::Text(code))),
        );
        set.extend(
            self.assignee
                .as_ref()
                .map(|person| ("assignee".to_string(), Value::Person(person.id))),
        );
        Edit {
            set,
            ..Edit::default()
        }
    }
}

/// A change that says that a record's time has passed, with what else there is to say.
pub(super) fn event(event: otor_protocol::op::EventId, round: u32, args: Vec<(u8, Value)>) -> Change {
    Change::Event { event, round, args }
}

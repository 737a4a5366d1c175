//! Edits by field name, turned into an op's changes against the record as its author sees it.

use super::Record;
use crate::catalogue::{FieldSpec, KindSpec, Rule};
use crate::ids::Dot;
use crate::lifecycle;
use crate::op::{Change, FieldId};
use crate::value::Value;

/// One atomic edit as an app or an administrator states it: names instead of numbers, no dots, no rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// Fields to set.
    pub set: Vec<(String, Value)>,
    /// Members to add to sets.
    pub add: Vec<(String, Vec<Value>)>,
    /// Members to remove from sets.
    pub remove: Vec<(String, Vec<Value>)>,
    /// Texts to append to logs.
    pub append: Vec<(String, Vec<Value>)>,
    /// A life-cycle event with its arguments.
    pub event: Option<(String, Vec<(String, Value)>)>,
}

/// Why an edit makes no sense for its kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadEdit {
    /// No such field.
    #[error("{kind} has no field {name:?}")]
    Field {
        /// The kind's name.
        kind: &'static str,
        /// What was asked for.
        name: String,
    },
    /// No such event.
    #[error("{kind} has no event {name:?}")]
    Event {
        /// The kind's name.
        kind: &'static str,
        /// What was asked for.
        name: String,
    },
    /// No such argument.
    #[error("event {event:?} has no argument {name:?}")]
    Argument {
        /// The event.
        event: &'static str,
        /// What was asked for.
        name: String,
    },
    /// The field cannot be written in that way.
    #[error("field {0:?} cannot be written that way")]
    WrongWay(String),
    /// A value that does not fit its field.
    #[error("{value} does not fit field {name:?}")]
    Value {
        /// The field.
        name: String,
        /// The value, as given.
        value: String,
    },
    /// Nothing to do.
    #[error("the edit changes nothing")]
    Empty,
}

impl Edit {
    /// Changes for an op that creates a record of `kind`.
    ///
    /// # Errors
    /// [`BadEdit`] for names that `kind` does not have.
    pub fn creating(&self, kind: &KindSpec) -> Result<Vec<Change>, BadEdit> {
        self.changes(kind, None)
    }

    /// Changes for an op that edits `seen`, the record as its author sees it. Candidates and members are
    /// replaced or removed exactly as seen.
    ///
    /// # Errors
    /// [`BadEdit`] for names that `kind` does not have, or if nothing would change.
    pub fn editing(&self, kind: &KindSpec, seen: &Record) -> Result<Vec<Change>, BadEdit> {
        let changes = self.changes(kind, Some(seen))?;
        if changes.is_empty() {
            Err(BadEdit::Empty)
        } else {
            Ok(changes)
        }
    }

    fn changes(&self, kind: &KindSpec, seen: Option<&Record>) -> Result<Vec<Change>, BadEdit> {
        let mut changes = Vec::new();
        for (name, value) in &self.set {
            changes.push(setting(field(kind, name)?, value.clone(), seen)?);
        }
        for (name, members) in &self.remove {
            let spec = expect_rule(field(kind, name)?, Rule::Set)?;
            let standing = seen.map(|record| record.members(spec.id)).unwrap_or_default();
            let removed: Vec<(Value, Vec<Dot>)> = members
                .iter()
                .filter_map(|member| Some((member.clone(), standing.get(member)?.clone())))
                .collect();
            if !removed.is_empty() {
                changes.push(Change::Remove {
                    field: spec.id,
                    members: removed,
                });
            }
        }
        for (name, members) in &self.add {
            let spec = expect_rule(field(kind, name)?, Rule::Set)?;
            changes.push(Change::Add {
                field: spec.id,
                members: members.clone(),
            });
        }
        for (name, texts) in &self.append {
            let spec = expect_rule(field(kind, name)?, Rule::Log)?;
            changes.extend(texts.iter().map(|text| Change::Append(spec.id, text.clone())));
        }
        if let Some((name, args)) = &self.event {
            changes.push(event(kind, name, args, seen)?);
        }
        if let Some(field) = kind.presence.filter(|_| !changes.is_empty() || seen.is_none()) {
            changes.extend(self.presence(field, seen));
        }
        Ok(changes)
    }

    /// Renews a record's presence; a removal takes away what its author saw of it.
    fn presence(&self, field: FieldId, seen: Option<&Record>) -> Option<Change> {
        let removed = matches!(&self.event, Some((name, _)) if name == "remove");
        match seen.filter(|_| removed) {
            Some(seen) => {
                let members: Vec<(Value, Vec<Dot>)> = seen.members(field).into_iter().collect();
                (!members.is_empty()).then_some(Change::Remove { field, members })
            }
            None => Some(Change::Add {
                field,
                members: vec![Value::from("here")],
            }),
        }
    }
}

fn field<'a>(kind: &'a KindSpec, name: &str) -> Result<&'a FieldSpec, BadEdit> {
    kind.field_named(name).ok_or_else(|| BadEdit::Field {
        kind: kind.name,
        name: name.to_string(),
    })
}

fn expect_rule(spec: &FieldSpec, rule: Rule) -> Result<&FieldSpec, BadEdit> {
    if spec.rule == rule {
        Ok(spec)
    } else {
        Err(BadEdit::WrongWay(spec.name.to_string()))
    }
}

fn setting(spec: &FieldSpec, value: Value, seen: Option<&Record>) -> Result<Change, BadEdit> {
    let field = spec.id;
    Ok(match spec.rule {
        Rule::Once => Change::Once(field, value),
        Rule::Latest => Change::Latest(field, value),
        Rule::Highest { by_value } => Change::Highest {
            field,
            value,
            by_value,
        },
        Rule::Centre => {
            let epoch = seen
                .and_then(|record| record.marker(field))
                .map_or(0, |marker| marker.epoch);
            Change::Centre {
                field,
                value,
                epoch: epoch.saturating_add(1),
            }
        }
        Rule::All => {
            let replaces = seen.map(|record| record.candidates(field)).unwrap_or_default();
            Change::Keep {
                field,
                value,
                replaces: replaces.into_iter().map(|one| one.dot).collect(),
            }
        }
        Rule::Set => Change::Add {
            field,
            members: vec![value],
        },
        Rule::Log => Change::Append(field, value),
    })
}

fn event(
    kind: &KindSpec,
    name: &str,
    args: &[(String, Value)],
    seen: Option<&Record>,
) -> Result<Change, BadEdit> {
    let spec = kind.event_named(name).ok_or_else(|| BadEdit::Event {
        kind: kind.name,
        name: name.to_string(),
    })?;
    let mut numbered = Vec::new();
    for (name, value) in args {
        let arg = crate::catalogue::ArgSpec::named(spec.args, name).ok_or_else(|| BadEdit::Argument {
            event: spec.name,
            name: name.clone(),
        })?;
        numbered.push((arg.id, value.clone()));
    }
    let round = seen.map_or(1, |record| lifecycle::round(kind, record));
    Ok(Change::Event {
        event: spec.id,
        round,
        args: numbered,
    })
}

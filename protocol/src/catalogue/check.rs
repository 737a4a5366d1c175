//! Judging an op's changes against the catalogue and the limits: what the server quarantines, and why.

use super::{KindSpec, Rule, ValueType};
use crate::ids::Level;
use crate::limits;
use crate::op::{Change, EventId, FieldId};
use crate::value::Value;
use std::collections::BTreeSet;

/// Why changes are not acceptable. The number is the field or event concerned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Too many changes, members, dots or arguments.
    #[error("more parts than one op may have")]
    TooMany,
    /// A field changed twice in one op.
    #[error("field {} is changed twice", .0.0)]
    Twice(FieldId),
    /// A known field written by another rule than its own.
    #[error("field {} is not merged that way", .0.0)]
    WrongRule(FieldId),
    /// A value of the wrong type, out of range or too long.
    #[error("a value of field {} does not fit it", .0.0)]
    BadValue(FieldId),
    /// A text with characters that are no text.
    #[error("a text of field {} has characters that cannot be shown or exported", .0.0)]
    Unprintable(FieldId),
    /// A field that only the creating op may set.
    #[error("field {} is set once, when the record is created", .0.0)]
    SetOnce(FieldId),
    /// An act above the author's level.
    #[error("the author may not do this")]
    NotAuthorised,
}

/// Checks the changes of one op. Unknown fields and events (of a newer catalogue) pass as they are.
///
/// # Errors
/// The first reason found why the op has to be quarantined.
pub fn check_changes(
    kind: &KindSpec,
    creating: bool,
    level: Level,
    changes: &[Change],
) -> Result<(), Refusal> {
    Check {
        kind,
        creating,
        level,
        vouched: false,
    }
    .changes(changes)
}

/// Checks the changes of an op that an administrator vouches for: its texts are taken as they are, however long
/// and with whatever characters, within the bounds of an op and of a record.
///
/// # Errors
/// As [`check_changes`].
pub fn check_vouched(
    kind: &KindSpec,
    creating: bool,
    level: Level,
    changes: &[Change],
) -> Result<(), Refusal> {
    Check {
        kind,
        creating,
        level,
        vouched: true,
    }
    .changes(changes)
}

/// Whether a text may have this character: none that controls a terminal or ends a line in disguise, and none
/// that is no character. NUL above all, which no database and hardly a file takes.
pub fn is_printable(character: char) -> bool {
    let white_space = matches!(character, '\t' | '\n' | '\r');
    let no_character = (u32::from(character) & 0xfffe) == 0xfffe;
    white_space || !(character.is_control() || no_character)
}

/// What changes are checked against.
struct Check<'a> {
    kind: &'a KindSpec,
    creating: bool,
    level: Level,
    vouched: bool,
}

impl Check<'_> {
    fn changes(&self, changes: &[Change]) -> Result<(), Refusal> {
        if changes.len() > limits::OP_CHANGES_MAX {
            return Err(Refusal::TooMany);
        }
        let mut registers = BTreeSet::new();
        for change in changes {
            let appends = matches!(change, Change::Append(..) | Change::Remove { .. });
            if let Some(field) = change.field()
                && !appends
                && !registers.insert(field)
            {
                return Err(Refusal::Twice(field));
            }
            self.change(change)?;
        }
        Ok(())
    }

    fn change(&self, change: &Change) -> Result<(), Refusal> {
        let Check {
            kind,
            creating,
            level,
            ..
        } = *self;
        let above_worker = level > Level::WORKER;
        match change {
            Change::Once(field, _) if !creating => return Err(Refusal::SetOnce(*field)),
            Change::Centre { .. } | Change::Relocate { .. } | Change::Erase(_) if !above_worker => {
                return Err(Refusal::NotAuthorised);
            }
            Change::Event { event, args, .. } => return self.event(*event, args),
            Change::Keep { replaces, .. } if replaces.len() > limits::DOTS_MAX => {
                return Err(Refusal::TooMany);
            }
            Change::Add { members, .. } if members.len() > limits::SET_MEMBERS_MAX => {
                return Err(Refusal::TooMany);
            }
            Change::Remove { members, .. } => {
                let dots: usize = members.iter().map(|(_, dots)| dots.len()).sum();
                if members.len() > limits::SET_MEMBERS_MAX || dots > limits::DOTS_MAX {
                    return Err(Refusal::TooMany);
                }
            }
            Change::Erase(fields) if fields.len() > limits::OP_CHANGES_MAX => return Err(Refusal::TooMany),
            // Without its events a record would fall back to its first status.
            Change::Erase(fields) if fields.contains(&super::EVENTS) => {
                return Err(Refusal::WrongRule(super::EVENTS));
            }
            _ => {}
        }
        let Some(field) = change.field() else {
            return Ok(());
        };
        if field == super::EVENTS {
            return Err(Refusal::WrongRule(field));
        }
        let Some(spec) = kind.field(field) else {
            return self.unknown(field, change);
        };
        let fits = |value: &Value| self.fits(spec.value_type, spec.chars_max, value);
        let (rule_fits, values_fit) = match change {
            Change::Once(_, value) => (spec.rule == Rule::Once, fits(value)),
            Change::Latest(_, value) => (spec.rule == Rule::Latest, fits(value)),
            Change::Highest { value, by_value, .. } => {
                (spec.rule == Rule::Highest { by_value: *by_value }, fits(value))
            }
            Change::Centre { value, .. } => (spec.rule == Rule::Centre, fits(value)),
            Change::Keep { value, .. } => (spec.rule == Rule::All, fits(value)),
            Change::Add { members, .. } => (spec.rule == Rule::Set, members.iter().all(fits)),
            Change::Remove { members, .. } => (
                spec.rule == Rule::Set,
                members.iter().all(|(member, _)| fits(member)),
            ),
            Change::Append(_, value) => (spec.rule == Rule::Log, fits(value)),
            Change::Event { .. } | Change::Relocate { .. } | Change::Erase(_) => (true, true),
        };
        if !rule_fits {
            Err(Refusal::WrongRule(field))
        } else if !values_fit {
            Err(Refusal::BadValue(field))
        } else {
            self.printable(field, values_of(change))
        }
    }

    fn event(&self, event: EventId, args: &[(u8, Value)]) -> Result<(), Refusal> {
        let Check { kind, level, .. } = *self;
        if args.len() > limits::EVENT_ARGS_MAX {
            return Err(Refusal::TooMany);
        }
        let texts = args.iter().map(|(_, value)| value).collect();
        let Some(spec) = kind.event(event) else {
            return self.printable(super::EVENTS, texts);
        };
        if level < spec.level_min {
            return Err(Refusal::NotAuthorised);
        }
        for (id, value) in args {
            if let Some(arg) = spec.args.iter().find(|arg| arg.id == *id)
                && !self.fits(arg.value_type, limits::TEXT_CHARS_MAX, value)
            {
                return Err(Refusal::BadValue(super::EVENTS));
            }
        }
        self.printable(super::EVENTS, texts)
    }

    fn unknown(&self, field: FieldId, change: &Change) -> Result<(), Refusal> {
        let values = values_of(change);
        let short = |value: &&Value| {
            value
                .as_text()
                .is_none_or(|text| text.chars().count() <= limits::TEXT_CHARS_MAX)
        };
        if self.vouched || values.iter().all(short) {
            self.printable(field, values)
        } else {
            Err(Refusal::BadValue(field))
        }
    }

    fn fits(&self, value_type: ValueType, chars_max: usize, value: &Value) -> bool {
        let text = matches!(value_type, ValueType::Text | ValueType::Plain);
        value_fits(
            value_type,
            if self.vouched && text {
                usize::MAX
            } else {
                chars_max
            },
            value,
        )
    }

    fn printable(&self, field: FieldId, values: Vec<&Value>) -> Result<(), Refusal> {
        let texts = values.into_iter().filter_map(Value::as_text);
        if self.vouched || texts.flat_map(str::chars).all(is_printable) {
            Ok(())
        } else {
            Err(Refusal::Unprintable(field))
        }
    }
}

/// The values that a change writes or names.
fn values_of(change: &Change) -> Vec<&Value> {
    match change {
        Change::Once(_, value) | Change::Latest(_, value) | Change::Append(_, value) => vec![value],
        Change::Highest { value, .. } | Change::Centre { value, .. } | Change::Keep { value, .. } => {
            vec![value]
        }
        Change::Add { members, .. } => members.iter().collect(),
        Change::Remove { members, .. } => members.iter().map(|(member, _)| member).collect(),
        Change::Event { args, .. } => args.iter().map(|(_, value)| value).collect(),
        Change::Relocate { .. } | Change::Erase(_) => Vec::new(),
    }
}

/// Whether a value may stand in a field of this type.
pub fn value_fits(value_type: ValueType, chars_max: usize, value: &Value) -> bool {
    match (value_type, value) {
        (ValueType::Text | ValueType::Plain, Value::Text(text)) => text.chars().count() <= chars_max,
        (ValueType::Code, Value::Text(text)) => {
            !text.is_empty() && text.chars().count() <= chars_max && !text.chars().any(char::is_control)
        }
        (ValueType::Plain, Value::Int(_)) => true,
        (ValueType::Int { min, max }, Value::Int(number)) => (min..=max).contains(number),
        (ValueType::Degrees, Value::DegreesE7(number)) => number.unsigned_abs() <= 1_800_000_000,
        (ValueType::Points, Value::Text(text)) => {
            text.len() <= limits::TEXT_CHARS_MAX && crate::patrol::Points::unpack(text).is_some()
        }
        (ValueType::Record, Value::Record(_)) | (ValueType::Person, Value::Person(_)) => true,
        _ => false,
    }
}

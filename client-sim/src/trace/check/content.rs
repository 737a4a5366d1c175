//! Whether what a step writes into a record fits the catalogue's names and shapes. Values themselves are the
//! server's to judge: a trace may well write a wrong one to see it quarantined.

use crate::trace::step::{Edit, Event, Fields, Lists};
use otor_protocol::catalogue::{ArgSpec, FieldSpec, KindSpec, Rule, ValueType};
use serde_json::Value;
use std::collections::BTreeMap;

/// One kind, and what its values may refer to.
pub(super) struct Content<'a> {
    pub(super) kind: &'a KindSpec,
    pub(super) records: &'a BTreeMap<String, String>,
    pub(super) workers: &'a BTreeMap<String, Vec<String>>,
}

impl Content<'_> {
    /// A field by name.
    pub(super) fn field(&self, name: &str) -> Result<&FieldSpec, String> {
        self.kind.field_named(name).ok_or_else(|| {
            let known: Vec<&str> = self.kind.fields.iter().map(|field| field.name).collect();
            format!(
                "a {} has no field {name}: it has {}",
                self.kind.name,
                known.join(", ")
            )
        })
    }

    /// The first content of a record.
    pub(super) fn create(&self, fields: &Fields) -> Result<(), String> {
        fields.iter().try_for_each(|(name, value)| {
            let spec = self.field(name)?;
            match (spec.rule, value) {
                (Rule::Set | Rule::Log, Value::Array(members)) => members
                    .iter()
                    .try_for_each(|member| self.value(name, spec.value_type, member)),
                (Rule::Set | Rule::Log, _) => Err(format!("{name} takes a list: write [{value}]")),
                _ => self.value(name, spec.value_type, value),
            }
        })
    }

    /// An edit.
    pub(super) fn edit(&self, edit: &Edit) -> Result<(), String> {
        if edit.set.is_empty() && edit.add.is_empty() && edit.remove.is_empty() && edit.append.is_empty() {
            return Err("an edit that changes nothing: add set, add, remove or append".into());
        }
        for (name, value) in &edit.set {
            let spec = self.field(name)?;
            match spec.rule {
                Rule::Set => return Err(format!("{name} is a set: use add and remove")),
                Rule::Log => return Err(format!("{name} is a log: use append")),
                _ => self.value(name, spec.value_type, value)?,
            }
        }
        self.lists(&edit.add, Rule::Set, "set: add and remove are")?;
        self.lists(&edit.remove, Rule::Set, "set: add and remove are")?;
        self.lists(&edit.append, Rule::Log, "log: append is")
    }

    fn lists(&self, lists: &Lists, rule: Rule, only_for: &str) -> Result<(), String> {
        lists.iter().try_for_each(|(name, members)| {
            let spec = self.field(name)?;
            if spec.rule != rule {
                return Err(format!("{name} is no {only_for} not for it"));
            }
            if members.is_empty() {
                return Err(format!("an empty list for {name}: remove it"));
            }
            members
                .iter()
                .try_for_each(|member| self.value(name, spec.value_type, member))
        })
    }

    /// A life-cycle event.
    pub(super) fn event(&self, event: &Event) -> Result<(), String> {
        let Some(spec) = self.kind.event_named(&event.event) else {
            let known: Vec<&str> = self.kind.events.iter().map(|event| event.name).collect();
            let known = if known.is_empty() {
                "none".to_string()
            } else {
                known.join(", ")
            };
            return Err(format!(
                "a {} has no event {}: it has {known}",
                self.kind.name, event.event
            ));
        };
        event
            .fields
            .iter()
            .try_for_each(|(name, value)| match ArgSpec::named(spec.args, name) {
                Some(arg) => self.value(name, arg.value_type, value),
                None => Err(format!("event {} has no argument {name}: remove it", event.event)),
            })
    }

    fn value(&self, name: &str, value_type: ValueType, value: &Value) -> Result<(), String> {
        match (value_type, value) {
            (ValueType::Points, Value::Object(_)) => Ok(()),
            (_, Value::Array(_) | Value::Object(_) | Value::Null) => Err(format!(
                "{name} takes one value: write a text, a number, true or false"
            )),
            (ValueType::Record, Value::String(record)) if !self.records.contains_key(record) => Err(
                super::unknown("record", record, &format!("{name} names one of an earlier line")),
            ),
            (ValueType::Person, Value::String(worker)) if !self.workers.contains_key(worker) => Err(
                super::unknown("worker", worker, &format!("{name} names one of an earlier line")),
            ),
            (ValueType::Record | ValueType::Person, Value::String(_)) => Ok(()),
            (ValueType::Record | ValueType::Person, _) => Err(format!("{name} takes a ref of this trace")),
            _ => Ok(()),
        }
    }
}

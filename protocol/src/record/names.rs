//! Between JSON, which administrators and traces speak, and values; and a record's fields as JSON.

use super::{BadEdit, Edit, Entry, Field, Record};
use crate::catalogue::{ArgSpec, FieldSpec, KindSpec, Rule, ValueType};
use crate::ids::{PersonId, RecordId};
use crate::lifecycle;
use crate::op::FieldId;
use crate::patrol::{Point, Points};
use crate::value::Value;
use serde_json::{Map, Value as Json, json};

/// What people and records are called outside: worker codes, trace references, record ids.
pub trait Names {
    /// The person called `text`.
    fn person(&self, text: &str) -> Option<PersonId>;
    /// The record called `text`.
    fn record(&self, text: &str) -> Option<RecordId>;
    /// What a person is called.
    fn person_name(&self, person: PersonId) -> String;
    /// What a record is called.
    fn record_name(&self, record: RecordId) -> String;
}

/// Reads a JSON value for a place of the given type; none if it does not fit.
pub fn value_from_json(value_type: ValueType, json: &Json, names: &dyn Names) -> Option<Value> {
    match (value_type, json) {
        (ValueType::Text | ValueType::Code | ValueType::Plain, Json::String(text)) => {
            Some(Value::Text(text.clone()))
        }
        (ValueType::Plain | ValueType::Int { .. }, Json::Number(number)) => number.as_i64().map(Value::Int),
        (ValueType::Degrees, Json::Number(number)) => {
            let degrees = number.as_f64().filter(|degrees| degrees.abs() <= 180.0)?;
            // Within ±1.8e9: fits.
            Some(Value::DegreesE7((degrees * 1e7).round() as i64))
        }
        (ValueType::Points, Json::String(text)) => Some(Value::Text(text.clone())),
        (ValueType::Points, Json::Object(points)) => points_from_json(points).map(Value::Text),
        (ValueType::Record, Json::String(text)) => names.record(text).map(Value::Record),
        (ValueType::Person, Json::String(text)) => names.person(text).map(Value::Person),
        _ => None,
    }
}

/// A value as JSON.
pub fn value_to_json(value: &Value, names: &dyn Names) -> Json {
    match value {
        Value::Text(text) => json!(text),
        Value::Int(number) => json!(number),
        Value::DegreesE7(degrees) => json!(*degrees as f64 / 1e7),
        Value::Bool(flag) => json!(flag),
        Value::Record(record) => json!(names.record_name(*record)),
        Value::Person(person) => json!(names.person_name(*person)),
    }
}

/// Reads `{"segment": 0, "seq": 1, "points": [[minute, latitude, longitude], …]}`.
fn points_from_json(json: &Map<String, Json>) -> Option<String> {
    let number = |name: &str| u16::try_from(json.get(name)?.as_u64()?).ok();
    let degrees = |json: &Json| {
        let degrees = json.as_f64().filter(|degrees| degrees.abs() <= 180.0)?;
        // Within ±1.8e6: fits.
        Some((degrees * 1e4).round() as i32)
    };
    let point = |json: &Json| match json.as_array().map(Vec::as_slice) {
        Some([minute, lat, lon]) => Some(Point {
            minute: u16::try_from(minute.as_u64()?).ok()?,
            lat_e4: degrees(lat)?,
            lon_e4: degrees(lon)?,
        }),
        _ => None,
    };
    let points = Points {
        segment: number("segment")?,
        first_seq: number("seq")?,
        points: json
            .get("points")?
            .as_array()?
            .iter()
            .map(point)
            .collect::<Option<_>>()?,
    };
    points.is_sound().then(|| points.pack())
}

/// Points as they are read, where a value holds such.
fn points_to_json(value: &Json) -> Option<Json> {
    let points = Points::unpack(value.as_str()?)?;
    let degrees = |e4: i32| f64::from(e4) / 1e4;
    let places: Vec<Json> = points
        .points
        .iter()
        .map(|point| json!([point.minute, degrees(point.lat_e4), degrees(point.lon_e4)]))
        .collect();
    Some(json!({"segment": points.segment, "seq": points.first_seq, "points": places}))
}

impl Edit {
    /// Reads `{"field": value, …}` as fields to set; lists become members of sets or entries of logs.
    ///
    /// # Errors
    /// [`BadEdit`] for an unknown field or a value that does not fit.
    pub fn set_json(
        &mut self,
        kind: &KindSpec,
        fields: &Map<String, Json>,
        names: &dyn Names,
    ) -> Result<(), BadEdit> {
        for (name, json) in fields {
            let spec = field(kind, name)?;
            match (spec.rule, json) {
                (Rule::Set, Json::Array(_)) => self.add.push((name.clone(), list(spec, json, names)?)),
                (Rule::Log, Json::Array(_)) => self.append.push((name.clone(), list(spec, json, names)?)),
                _ => self.set.push((name.clone(), one(spec, json, names)?)),
            }
        }
        Ok(())
    }

    /// Reads `{"field": [value, …], …}` as members to add.
    ///
    /// # Errors
    /// As [`Edit::set_json`].
    pub fn add_json(
        &mut self,
        kind: &KindSpec,
        fields: &Map<String, Json>,
        names: &dyn Names,
    ) -> Result<(), BadEdit> {
        lists(kind, fields, names, &mut self.add)
    }

    /// Reads `{"field": [value, …], …}` as members to remove.
    ///
    /// # Errors
    /// As [`Edit::set_json`].
    pub fn remove_json(
        &mut self,
        kind: &KindSpec,
        fields: &Map<String, Json>,
        names: &dyn Names,
    ) -> Result<(), BadEdit> {
        lists(kind, fields, names, &mut self.remove)
    }

    /// Reads `{"field": [text, …], …}` as entries to append.
    ///
    /// # Errors
    /// As [`Edit::set_json`].
    pub fn append_json(
        &mut self,
        kind: &KindSpec,
        fields: &Map<String, Json>,
        names: &dyn Names,
    ) -> Result<(), BadEdit> {
        lists(kind, fields, names, &mut self.append)
    }

    /// Reads an event with its arguments.
    ///
    /// # Errors
    /// As [`Edit::set_json`].
    pub fn event_json(
        &mut self,
        kind: &KindSpec,
        event: &str,
        args: &Map<String, Json>,
        names: &dyn Names,
    ) -> Result<(), BadEdit> {
        let spec = kind.event_named(event).ok_or_else(|| BadEdit::Event {
            kind: kind.name,
            name: event.to_string(),
        })?;
        let mut values = Vec::new();
        for (name, json) in args {
            let arg = ArgSpec::named(spec.args, name).ok_or_else(|| BadEdit::Argument {
                event: spec.name,
                name: name.clone(),
            })?;
            let value = value_from_json(arg.value_type, json, names).ok_or_else(|| unfit(name, json))?;
            values.push((name.clone(), value));
        }
        self.event = Some((event.to_string(), values));
        Ok(())
    }
}

fn lists(
    kind: &KindSpec,
    fields: &Map<String, Json>,
    names: &dyn Names,
    into: &mut Vec<(String, Vec<Value>)>,
) -> Result<(), BadEdit> {
    for (name, json) in fields {
        into.push((name.clone(), list(field(kind, name)?, json, names)?));
    }
    Ok(())
}

fn field<'a>(kind: &'a KindSpec, name: &str) -> Result<&'a FieldSpec, BadEdit> {
    kind.field_named(name).ok_or_else(|| BadEdit::Field {
        kind: kind.name,
        name: name.to_string(),
    })
}

fn list(spec: &FieldSpec, json: &Json, names: &dyn Names) -> Result<Vec<Value>, BadEdit> {
    match json {
        Json::Array(items) => items.iter().map(|item| one(spec, item, names)).collect(),
        single => Ok(vec![one(spec, single, names)?]),
    }
}

fn one(spec: &FieldSpec, json: &Json, names: &dyn Names) -> Result<Value, BadEdit> {
    value_from_json(spec.value_type, json, names)
        .filter(|value| crate::catalogue::value_fits(spec.value_type, spec.chars_max, value))
        .ok_or_else(|| unfit(spec.name, json))
}

fn unfit(name: &str, json: &Json) -> BadEdit {
    BadEdit::Value {
        name: name.to_string(),
        value: json.to_string().chars().take(80).collect(),
    }
}

/// A record's fields by name, with what is derived from them: `status`, `round`, `marks` and who closed or
/// did it, where the kind has a life cycle. An `all` field whose candidates disagree is a list, latest first.
pub fn fields_as_json(kind: &KindSpec, record: &Record, names: &dyn Names) -> Map<String, Json> {
    let mut fields = Map::new();
    for (id, field) in &record.fields {
        if *id == crate::catalogue::EVENTS {
            continue;
        }
        let spec = kind.field(*id);
        let name = spec.map_or_else(|| format!("field_{}", id.0), |spec| spec.name.to_string());
        let mut json = field_as_json(record, *id, field, names);
        if spec.is_some_and(|spec| spec.value_type == ValueType::Points)
            && let Json::Array(entries) = &mut json
        {
            for entry in entries {
                *entry = points_to_json(entry).unwrap_or_else(|| entry.take());
            }
        }
        fields.insert(name, json);
    }
    lifecycle::describe(kind, record, names, &mut fields);
    fields
}

fn field_as_json(record: &Record, id: FieldId, field: &Field, names: &dyn Names) -> Json {
    match field {
        Field::Register(register) => value_to_json(&register.val, names),
        Field::Candidates(_) => {
            let values = lifecycle::distinct_candidates(record, id);
            match values.as_slice() {
                [single] => value_to_json(single, names),
                several => several.iter().map(|value| value_to_json(value, names)).collect(),
            }
        }
        Field::Members(_) => record
            .members(id)
            .keys()
            .map(|member| value_to_json(member, names))
            .collect(),
        Field::Log(_) => record
            .entries(id)
            .iter()
            .filter_map(|entry| match &entry.what {
                Entry::Note(value) => Some(value_to_json(value, names)),
                Entry::Event { .. } => None,
            })
            .collect(),
    }
}

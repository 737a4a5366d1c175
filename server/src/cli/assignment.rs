//! Fields given on the command line: `name=text`, or `name:=JSON` for numbers and lists.

use super::failure::Failure;
use serde_json::{Map, Value};

/// One field with its value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Assignment {
    name: String,
    value: Value,
}

impl std::str::FromStr for Assignment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| "give name=text, or name:=JSON for a number or a list".to_owned())?;
        let (name, value) = match name.strip_suffix(':') {
            Some(name) => {
                let value = serde_json::from_str(value)
                    .map_err(|error| format!("{name}: {value} is not JSON: {error}"))?;
                (name, value)
            }
            None => (name, Value::String(value.to_owned())),
        };
        if name.is_empty() {
            return Err("the name before = is missing".to_owned());
        }
        Ok(Assignment {
            name: name.to_owned(),
            value,
        })
    }
}

/// The fields as one JSON object, each given once.
pub(super) fn object(assignments: &[Assignment]) -> Result<Map<String, Value>, Failure> {
    let mut fields = Map::new();
    for Assignment { name, value } in assignments {
        if fields.insert(name.clone(), value.clone()).is_some() {
            return Err(Failure::BadInput(format!("{name} is given twice")));
        }
    }
    Ok(fields)
}

/// The fields as one JSON object of lists; a field given several times has several members.
pub(super) fn lists(assignments: &[Assignment]) -> Map<String, Value> {
    let mut fields = Map::new();
    for Assignment { name, value } in assignments {
        let members = fields
            .entry(name.clone())
            .or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(members) = members {
            match value {
                Value::Array(several) => members.extend(several.iter().cloned()),
                one => members.push(one.clone()),
            }
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn given(texts: &[&str]) -> Vec<Assignment> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn digits_stay_text_unless_json_is_asked_for() {
        let fields = object(&given(&[
            "household=150821100201001",
            "severity:=4",
            "note=a=b:=c",
            "title=",
        ]))
        .unwrap();
        assert_eq!(
            Value::Object(fields),
            json!({"household": "150821100201001", "severity": 4, "note": "a=b:=c", "title": ""})
        );
    }

    #[test]
    fn members_given_apart_come_together() {
        let fields = lists(&given(&["tags=a", "tags:=[\"b\",\"c\"]", "notes=x"]));
        assert_eq!(
            Value::Object(fields),
            json!({"tags": ["a", "b", "c"], "notes": ["x"]})
        );
    }

    #[test]
    fn what_is_no_assignment_is_refused() {
        for text in ["title", "=x", ":=1", "n:=[1"] {
            assert!(text.parse::<Assignment>().is_err(), "{text}");
        }
        assert!(object(&given(&["a=1", "a=2"])).is_err());
    }
}

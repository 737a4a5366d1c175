//! Whether a record's fields are as a trace expects.

use super::expect::RecordCheck;
use serde_json::{Map, Value};

/// Whether two values are the same to a trace: numbers by value (`4` is `4.0`), lists in any order, a single
/// value and a list of just that value, a missing list and an empty one.
pub fn same(expected: &Value, actual: &Value) -> bool {
    match (expected, actual) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || one.as_f64().is_some_and(|number| other.as_f64() == Some(number))
        }
        (Value::Array(list), Value::Array(others)) => same_members(list, others),
        (Value::Array(list), Value::Null) | (Value::Null, Value::Array(list)) => list.is_empty(),
        (Value::Array(list), one) | (one, Value::Array(list)) => list.len() == 1 && same(&list[0], one),
        (Value::Object(fields), Value::Object(others)) => {
            fields.len() == others.len()
                && fields
                    .iter()
                    .all(|(name, value)| others.get(name).is_some_and(|other| same(value, other)))
        }
        (one, other) => one == other,
    }
}

fn same_members(list: &[Value], others: &[Value]) -> bool {
    let mut left: Vec<&Value> = others.iter().collect();
    list.len() == others.len()
        && list.iter().all(|member| {
            let found = left.iter().position(|other| same(member, other));
            found.map(|index| left.swap_remove(index)).is_some()
        })
}

/// Compares a record's fields with what is expected of them.
///
/// # Errors
/// One line that names the first field that differs, what was expected and what is there.
pub fn fields_match(check: &RecordCheck, actual: &Map<String, Value>) -> Result<(), String> {
    let value_of = |name: &str| actual.get(name).unwrap_or(&Value::Null);
    for (name, expected) in &check.fields {
        if !same(expected, value_of(name)) {
            return Err(format!(
                "{}.{name} is {}, expected {expected}",
                check.record,
                value_of(name)
            ));
        }
    }
    for (name, members) in &check.contains {
        let list = match value_of(name) {
            Value::Array(list) => list.clone(),
            Value::Null => Vec::new(),
            one => vec![one.clone()],
        };
        if let Some(missing) = members
            .iter()
            .find(|member| !list.iter().any(|other| same(member, other)))
        {
            return Err(format!(
                "{}.{name} is {}, expected {missing} among it",
                check.record,
                value_of(name)
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(fields: Value, contains: Value) -> RecordCheck {
        serde_json::from_value(json!({"ref": "c7", "fields": fields, "contains": contains})).unwrap()
    }

    #[test]
    fn numbers_lists_and_missing_lists_compare_by_meaning() {
        assert!(same(&json!(4), &json!(4.0)));
        assert!(!same(&json!(4), &json!("4")));
        assert!(same(&json!(["a", "b"]), &json!(["b", "a"])));
        assert!(!same(&json!(["a", "a"]), &json!(["a", "b"])));
        assert!(same(&json!("a"), &json!(["a"])));
        assert!(same(&json!([]), &Value::Null));
        assert!(!same(&json!("a"), &Value::Null));
    }

    #[test]
    fn a_difference_is_told_with_both_values() {
        let actual = json!({"status": "closed", "marks": ["late_event", "after_closing"]});
        let actual = actual.as_object().unwrap();
        assert_eq!(
            fields_match(
                &check(json!({"status": "closed"}), json!({"marks": ["late_event"]})),
                actual
            ),
            Ok(())
        );
        assert_eq!(
            fields_match(&check(json!({"status": "handling"}), json!({})), actual),
            Err("c7.status is \"closed\", expected \"handling\"".to_string())
        );
        assert_eq!(
            fields_match(&check(json!({}), json!({"marks": ["double_work"]})), actual),
            Err(
                "c7.marks is [\"late_event\",\"after_closing\"], expected \"double_work\" among it"
                    .to_string()
            )
        );
        assert!(fields_match(&check(json!({"conflicts": []}), json!({})), actual).is_ok());
    }
}

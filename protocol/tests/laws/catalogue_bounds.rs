//! The check of an op's changes: the bounds at and past their values, known fields and unknown.

use crate::catalogue::{UNKNOWN, close, dots, edit, kind, phone, tags, untag};
use otor_protocol::catalogue::{Catalogue, EVENTS, Refusal, Rule, ValueType, check_changes, check_vouched};
use otor_protocol::ids::{ActorId, Dot, Level, PersonId, RecordId};
use otor_protocol::limits::*;
use otor_protocol::op::{Change, EventId, FieldId};
use otor_protocol::value::Value;

const NOTES: FieldId = FieldId(60);

fn text(chars: usize) -> Value {
    Value::Text("水".repeat(chars))
}

#[test]
fn an_op_has_its_changes_and_no_more() {
    let changes = |count: u16| -> Vec<Change> {
        (0..count)
            .map(|number| Change::Latest(FieldId(900 + number), Value::Int(1)))
            .collect()
    };
    let checked = |count| check_changes(&kind("report"), false, Level::WORKER, &changes(count));
    assert_eq!(checked(OP_CHANGES_MAX as u16), Ok(()));
    assert_eq!(checked(OP_CHANGES_MAX as u16 + 1), Err(Refusal::TooMany));
}

#[test]
fn a_change_has_its_members_dots_and_arguments_and_no_more() {
    let members = |count: usize| {
        (0..count)
            .map(|number| Value::Text(format!("t{number}")))
            .collect()
    };
    assert_eq!(edit(Level::WORKER, tags(members(SET_MEMBERS_MAX))), Ok(()));
    assert_eq!(
        edit(Level::WORKER, tags(members(SET_MEMBERS_MAX + 1))),
        Err(Refusal::TooMany)
    );

    let removed = |count: usize| vec![("水".into(), vec![]); count];
    assert_eq!(edit(Level::WORKER, untag(removed(SET_MEMBERS_MAX))), Ok(()));
    assert_eq!(
        edit(Level::WORKER, untag(removed(SET_MEMBERS_MAX + 1))),
        Err(Refusal::TooMany)
    );
    let half = DOTS_MAX as u64 / 2;
    let under = |more| {
        vec![
            ("水".into(), dots(half)),
            ("电".into(), dots(DOTS_MAX as u64 - half + more)),
        ]
    };
    assert_eq!(edit(Level::WORKER, untag(under(0))), Ok(()));
    assert_eq!(edit(Level::WORKER, untag(under(1))), Err(Refusal::TooMany));

    assert_eq!(
        edit(Level::WORKER, phone("1".into(), dots(DOTS_MAX as u64))),
        Ok(())
    );
    assert_eq!(
        edit(Level::WORKER, phone("1".into(), dots(DOTS_MAX as u64 + 1))),
        Err(Refusal::TooMany)
    );

    let args = |count: usize| vec![(9, Value::Int(1)); count];
    assert_eq!(edit(Level::WORKER, close(args(EVENT_ARGS_MAX))), Ok(()));
    assert_eq!(
        edit(Level::WORKER, close(args(EVENT_ARGS_MAX + 1))),
        Err(Refusal::TooMany)
    );

    let erased = |count: usize| Change::Erase(vec![UNKNOWN; count]);
    assert_eq!(edit(Level::TOWNSHIP, erased(OP_CHANGES_MAX)), Ok(()));
    assert_eq!(
        edit(Level::TOWNSHIP, erased(OP_CHANGES_MAX + 1)),
        Err(Refusal::TooMany)
    );
}

/// Values at and just past what a place takes: fitting ones, then others.
fn around(value_type: ValueType, chars_max: usize) -> (Vec<Value>, Vec<Value>) {
    let record = Value::Record(RecordId(Dot::new(ActorId(1), 1)));
    match value_type {
        ValueType::Text => (
            vec![text(0), text(chars_max)],
            vec![text(chars_max + 1), Value::Int(1)],
        ),
        ValueType::Code => (
            vec![text(1), text(chars_max)],
            vec![text(0), text(chars_max + 1), "a\nb".into(), Value::Bool(true)],
        ),
        ValueType::Plain => (
            vec![text(chars_max), Value::Int(i64::MIN), Value::Int(i64::MAX)],
            vec![text(chars_max + 1), Value::Bool(true)],
        ),
        ValueType::Int { min, max } => (
            vec![Value::Int(min), Value::Int(max)],
            vec![Value::Int(min - 1), Value::Int(max + 1), "1".into()],
        ),
        ValueType::Degrees => (
            vec![Value::DegreesE7(1_800_000_000), Value::DegreesE7(-1_800_000_000)],
            vec![
                Value::DegreesE7(1_800_000_001),
                Value::DegreesE7(-1_800_000_001),
                Value::DegreesE7(i64::MIN),
                Value::Int(1),
            ],
        ),
        ValueType::Record => (vec![record], vec![Value::Person(PersonId(1)), "1-1".into()]),
        ValueType::Person => (vec![Value::Person(PersonId(1))], vec![record, "w1".into()]),
        // Segment 0, number 1, one point; without a point, out of order, with a digit too many.
        ValueType::Points => (
            vec!["ABBCCC".into(), "ABBAAA".into()],
            vec!["".into(), "ABAA".into(), "ABBCCCC".into(), Value::Int(1)],
        ),
    }
}

fn writing(rule: Rule, field: FieldId, value: Value) -> Vec<Change> {
    let beside = match &value {
        Value::Text(_) => "ok".into(),
        other => other.clone(),
    };
    match rule {
        Rule::Once => vec![Change::Once(field, value)],
        Rule::Latest => vec![Change::Latest(field, value)],
        Rule::Highest { by_value } => vec![Change::Highest {
            field,
            value,
            by_value,
        }],
        Rule::Centre => vec![Change::Centre {
            field,
            value,
            epoch: 1,
        }],
        Rule::All => vec![Change::Keep {
            field,
            value,
            replaces: vec![],
        }],
        Rule::Set => vec![
            Change::Add {
                field,
                members: vec![beside.clone(), value.clone()],
            },
            Change::Remove {
                field,
                members: vec![(beside, vec![]), (value, vec![])],
            },
        ],
        Rule::Log => vec![Change::Append(field, value)],
    }
}

#[test]
fn every_field_takes_values_at_its_bounds_and_none_past_them() {
    for kind in Catalogue::built_in().kinds {
        for spec in kind.fields {
            let (fitting, others) = around(spec.value_type, spec.chars_max);
            let checks = |value: Value| -> Vec<Result<(), Refusal>> {
                writing(spec.rule, spec.id, value)
                    .into_iter()
                    .map(|change| check_changes(&kind, true, Level::COUNTY, &[change]))
                    .collect()
            };
            for value in fitting {
                let checked = checks(value.clone());
                assert!(
                    checked.iter().all(Result::is_ok),
                    "{}.{} {value:?}",
                    kind.name,
                    spec.name
                );
            }
            for value in others {
                for checked in checks(value.clone()) {
                    let refused = Err(Refusal::BadValue(spec.id));
                    assert_eq!(checked, refused, "{}.{} {value:?}", kind.name, spec.name);
                }
            }
        }
    }
}

#[test]
fn every_argument_takes_values_at_its_bounds_and_none_past_them() {
    for kind in Catalogue::built_in().kinds {
        for spec in kind.events {
            for arg in spec.args {
                let (fitting, others) = around(arg.value_type, TEXT_CHARS_MAX);
                let checked = |value| {
                    let event = Change::Event {
                        event: spec.id,
                        round: 1,
                        args: vec![(arg.id, value)],
                    };
                    check_changes(&kind, false, Level::RULES, &[event])
                };
                for value in fitting {
                    assert_eq!(checked(value), Ok(()), "{}.{}", spec.name, arg.name);
                }
                for value in others {
                    assert_eq!(
                        checked(value),
                        Err(Refusal::BadValue(EVENTS)),
                        "{}.{}",
                        spec.name,
                        arg.name
                    );
                }
            }
        }
    }
}

#[test]
fn what_only_a_newer_catalogue_knows_passes_within_the_general_bounds() {
    for rule in [
        Rule::Latest,
        Rule::Highest { by_value: true },
        Rule::All,
        Rule::Set,
        Rule::Log,
    ] {
        for change in writing(rule, UNKNOWN, text(TEXT_CHARS_MAX)) {
            assert_eq!(edit(Level::WORKER, change), Ok(()), "{rule:?}");
        }
        for change in writing(rule, UNKNOWN, text(TEXT_CHARS_MAX + 1)) {
            assert_eq!(
                edit(Level::WORKER, change),
                Err(Refusal::BadValue(UNKNOWN)),
                "{rule:?}"
            );
        }
        for change in writing(rule, UNKNOWN, Value::Bool(true)) {
            assert_eq!(edit(Level::WORKER, change), Ok(()), "{rule:?}");
        }
    }
    let event = Change::Event {
        event: EventId(900),
        round: 7,
        args: vec![(200, Value::Bool(true))],
    };
    assert_eq!(edit(Level::WORKER, event), Ok(()));
    assert_eq!(edit(Level::WORKER, close(vec![(200, Value::Bool(true))])), Ok(()));
}

#[test]
fn text_that_would_break_an_export_is_refused_with_its_field_wherever_it_stands() {
    for bad in [
        '\0',
        '\u{7}',
        '\u{1b}',
        '\u{7f}',
        '\u{9b}',
        '\u{fffe}',
        '\u{1ffff}',
    ] {
        let value = || Value::from(format!("井{bad}水").as_str());
        for rule in [
            Rule::Latest,
            Rule::Highest { by_value: true },
            Rule::All,
            Rule::Set,
            Rule::Log,
        ] {
            for change in writing(rule, UNKNOWN, value()) {
                assert_eq!(
                    edit(Level::WORKER, change),
                    Err(Refusal::Unprintable(UNKNOWN)),
                    "{bad:?}"
                );
            }
        }
        let note = Change::Append(NOTES, value());
        assert_eq!(
            edit(Level::WORKER, note),
            Err(Refusal::Unprintable(NOTES)),
            "{bad:?}"
        );
        for event in [EventId(4), EventId(900)] {
            let args = vec![(1, value())];
            let change = Change::Event {
                event,
                round: 1,
                args,
            };
            assert_eq!(
                edit(Level::RULES, change),
                Err(Refusal::Unprintable(EVENTS)),
                "{bad:?}"
            );
        }
    }
    let fine = Change::Append(NOTES, Value::from("井水\t浑\r\n三天了 👨‍👩‍👧 \u{2028}"));
    assert_eq!(edit(Level::WORKER, fine), Ok(()));
}

#[test]
fn an_administrator_vouches_for_texts_and_for_nothing_else() {
    let catalogue = Catalogue::built_in();
    let report = catalogue.kind_named("report").expect("a kind");
    let vouched = |change| check_vouched(report, false, Level::WORKER, &[change]);
    for text in ["井\0水".to_string(), "水".repeat(TEXT_CHARS_MAX + 1)] {
        assert_eq!(vouched(Change::Append(NOTES, Value::from(text.as_str()))), Ok(()));
    }
    let number = Change::Append(NOTES, Value::Int(1));
    assert_eq!(vouched(number), Err(Refusal::BadValue(NOTES)));
    assert_eq!(vouched(Change::Erase(vec![NOTES])), Err(Refusal::NotAuthorised));
}

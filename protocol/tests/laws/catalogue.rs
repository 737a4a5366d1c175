//! The check of an op's changes: every refusal, and who may do what.

use crate::values;
use otor_protocol::catalogue::{Catalogue, EVENTS, KindSpec, Refusal, Rule, check_changes};
use otor_protocol::ids::{ActorId, Dot, Level, PersonId};
use otor_protocol::op::{Change, EventId, FieldId};
use otor_protocol::record::Edit;
use otor_protocol::value::Value;
use proptest::collection::vec;
use proptest::prelude::*;

pub fn kind(name: &str) -> KindSpec {
    *Catalogue::built_in().kind_named(name).expect("a built-in kind")
}

fn field(kind_name: &str, name: &str) -> FieldId {
    kind(kind_name).field_named(name).expect("a built-in field").id
}

/// The verdict on one edit of a report.
pub fn edit(level: Level, change: Change) -> Result<(), Refusal> {
    check_changes(&kind("report"), false, level, &[change])
}

pub fn dots(count: u64) -> Vec<Dot> {
    (1..=count).map(|seq| Dot::new(ActorId(1), seq)).collect()
}

pub fn phone(value: Value, replaces: Vec<Dot>) -> Change {
    Change::Keep {
        field: field("report", "phone"),
        value,
        replaces,
    }
}

fn severity(value: i64) -> Change {
    Change::Highest {
        field: field("report", "severity"),
        value: Value::Int(value),
        by_value: true,
    }
}

pub fn tags(members: Vec<Value>) -> Change {
    Change::Add {
        field: field("report", "tags"),
        members,
    }
}

pub fn untag(members: Vec<(Value, Vec<Dot>)>) -> Change {
    Change::Remove {
        field: field("report", "tags"),
        members,
    }
}

pub fn close(args: Vec<(u8, Value)>) -> Change {
    Change::Event {
        event: EventId(4),
        round: 1,
        args,
    }
}

/// Fields of a newer catalogue.
pub const UNKNOWN: FieldId = FieldId(900);

#[test]
fn a_field_is_written_once_in_an_op() {
    let report = kind("report");
    let twice = |one: Change, other: Change| {
        let field = one.field().expect("a change of a field");
        let checked = check_changes(&report, true, Level::COUNTY, &[one, other]);
        assert_eq!(checked, Err(Refusal::Twice(field)));
    };
    twice(severity(1), severity(2));
    twice(phone("1".into(), vec![]), phone("2".into(), vec![]));
    twice(tags(vec!["a".into()]), tags(vec!["b".into()]));
    twice(
        Change::Once(FieldId(2), "a".into()),
        Change::Once(FieldId(2), "a".into()),
    );
    twice(
        Change::Latest(UNKNOWN, "a".into()),
        Change::Latest(UNKNOWN, "b".into()),
    );
}

#[test]
fn several_notes_and_removals_beside_an_addition_are_one_op() {
    let notes = field("report", "notes");
    let changes = [
        Change::Append(notes, "早上去过".into()),
        Change::Append(notes, "下午再去".into()),
        untag(vec![("a".into(), dots(1))]),
        untag(vec![("b".into(), dots(1))]),
        tags(vec!["c".into()]),
        close(vec![]),
        Change::Event {
            event: EventId(3),
            round: 1,
            args: vec![],
        },
    ];
    assert_eq!(
        check_changes(&kind("report"), false, Level::WORKER, &changes),
        Ok(())
    );
}

#[test]
fn a_field_is_written_by_its_own_rule_only() {
    let write = |rule, field| {
        let value = Value::Text("a".into());
        match rule {
            Rule::Once => Change::Once(field, value),
            Rule::Latest => Change::Latest(field, value),
            Rule::Highest { by_value } => Change::Highest {
                field,
                value,
                by_value,
            },
            Rule::Centre => Change::Centre {
                field,
                value,
                epoch: 1,
            },
            Rule::All => Change::Keep {
                field,
                value,
                replaces: vec![],
            },
            Rule::Set => Change::Add {
                field,
                members: vec![value],
            },
            Rule::Log => Change::Append(field, value),
        }
    };
    let rules = [
        Rule::Once,
        Rule::Latest,
        Rule::Highest { by_value: true },
        Rule::Highest { by_value: false },
        Rule::Centre,
        Rule::All,
        Rule::Set,
        Rule::Log,
    ];
    for kind in Catalogue::built_in().kinds {
        for spec in kind.fields {
            for rule in rules {
                let checked = check_changes(&kind, true, Level::COUNTY, &[write(rule, spec.id)]);
                let wrong = checked == Err(Refusal::WrongRule(spec.id));
                assert_eq!(
                    wrong,
                    rule != spec.rule,
                    "{}.{} by {rule:?}",
                    kind.name,
                    spec.name
                );
            }
            let removal = Change::Remove {
                field: spec.id,
                members: vec![("a".into(), vec![])],
            };
            let checked = check_changes(&kind, false, Level::COUNTY, &[removal]);
            let wrong = checked == Err(Refusal::WrongRule(spec.id));
            assert_eq!(
                wrong,
                spec.rule != Rule::Set,
                "{}.{} by removal",
                kind.name,
                spec.name
            );
        }
    }
}

#[test]
fn the_log_of_events_is_written_and_erased_by_nobody() {
    let refused = Err(Refusal::WrongRule(EVENTS));
    assert_eq!(edit(Level::COUNTY, Change::Append(EVENTS, "a".into())), refused);
    assert_eq!(edit(Level::COUNTY, Change::Latest(EVENTS, "a".into())), refused);
    assert_eq!(
        edit(Level::LEAGUE, Change::Erase(vec![FieldId(2), EVENTS])),
        refused
    );
    assert_eq!(edit(Level::LEAGUE, Change::Erase(vec![FieldId(2)])), Ok(()));
}

#[test]
fn what_is_set_once_is_set_by_the_creating_op() {
    let title = field("report", "title");
    let change = Change::Once(title, "漏水".into());
    assert_eq!(edit(Level::COUNTY, change.clone()), Err(Refusal::SetOnce(title)));
    assert_eq!(
        check_changes(&kind("report"), true, Level::WORKER, &[change]),
        Ok(())
    );
    assert_eq!(
        edit(Level::COUNTY, Change::Once(UNKNOWN, "a".into())),
        Err(Refusal::SetOnce(UNKNOWN))
    );
}

#[test]
fn a_worker_neither_assigns_nor_relocates_nor_erases() {
    let task = kind("task");
    let area = "150821100201001".parse().expect("an area code");
    let acts = [
        Change::Centre {
            field: field("task", "assignee"),
            value: Value::Person(PersonId(1)),
            epoch: 2,
        },
        Change::Centre {
            field: UNKNOWN,
            value: Value::Int(1),
            epoch: 1,
        },
        Change::Relocate { area, epoch: 1 },
        Change::Erase(vec![FieldId(2)]),
    ];
    for act in acts {
        let checked = |level| check_changes(&task, false, level, std::slice::from_ref(&act));
        assert_eq!(checked(Level::WORKER), Err(Refusal::NotAuthorised), "{act:?}");
        assert_eq!(checked(Level::VILLAGE), Ok(()), "{act:?}");
    }
}

#[test]
fn an_event_needs_its_level() {
    for kind in Catalogue::built_in().kinds {
        for spec in kind.events {
            let event = Change::Event {
                event: spec.id,
                round: 1,
                args: vec![],
            };
            let checked = |level| check_changes(&kind, false, level, std::slice::from_ref(&event));
            assert_eq!(checked(spec.level_min), Ok(()), "{}", spec.name);
            let below = Level(spec.level_min.0 - 1);
            assert_eq!(checked(below), Err(Refusal::NotAuthorised), "{}", spec.name);
        }
    }
}

proptest! {
    #[test]
    fn any_changes_are_accepted_or_refused(changes in vec(values::change(), 0..6), level: u8, creating: bool) {
        for kind in Catalogue::built_in().kinds {
            // Whatever is accepted is accepted without its last change, too.
            if check_changes(&kind, creating, Level(level), &changes).is_ok() && !changes.is_empty() {
                let fewer = &changes[..changes.len() - 1];
                prop_assert_eq!(check_changes(&kind, creating, Level(level), fewer), Ok(()));
            }
        }
    }
}

#[test]
fn what_an_edit_by_name_drafts_is_accepted() {
    let edit = Edit {
        set: vec![
            ("title".into(), "漏水".into()),
            ("severity".into(), Value::Int(3)),
            ("category".into(), "水".into()),
            ("phone".into(), "13800000000".into()),
        ],
        add: vec![("tags".into(), vec!["a".into(), "b".into()])],
        append: vec![("notes".into(), vec!["一".into(), "二".into()])],
        event: Some(("handle".into(), vec![])),
        ..Edit::default()
    };
    let changes = edit.creating(&kind("report")).expect("these fields exist");
    assert_eq!(changes.len(), 8);
    assert_eq!(
        check_changes(&kind("report"), true, Level::WORKER, &changes),
        Ok(())
    );
}

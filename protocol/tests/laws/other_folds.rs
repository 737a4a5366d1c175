//! The fold of every kind: one result from any delivery of any events and edits.

use crate::delivery::deliver;
use crate::history::Written;
use otor_protocol::area::AreaCode;
use otor_protocol::catalogue::{Catalogue, KindSpec, Rule, ValueType};
use otor_protocol::ids::{ActorId, Dot, Level, PersonId, RecordId};
use otor_protocol::lifecycle;
use otor_protocol::op::{Body, Change, EventId, Facts, Op};
use otor_protocol::stamp::Stamp;
use otor_protocol::value::Value;
use proptest::collection::vec;
use proptest::prelude::*;

/// The record that the others of a scene speak of.
const CREATED: Dot = Dot {
    actor: ActorId(0),
    seq: 1,
};

fn value(value_type: ValueType, pick: u8) -> Value {
    let codes = ["moved_out", "occupied", "water", "person", "unhappy", "a b c"];
    match value_type {
        ValueType::Text | ValueType::Code => codes[usize::from(pick) % codes.len()].into(),
        ValueType::Plain => Value::Int(i64::from(pick % 4)),
        ValueType::Int { min, .. } => Value::Int(min + i64::from(pick % 3)),
        ValueType::Degrees => Value::DegreesE7(i64::from(pick)),
        ValueType::Record => Value::Record(RecordId(Dot::new(ActorId(u32::from(pick % 3)), 1))),
        ValueType::Person => Value::Person(PersonId(u32::from(pick % 3))),
        ValueType::Points => ["ABBCCC", "ABBAAA", "BBBAAA"][usize::from(pick % 3)].into(),
    }
}

/// One of the things that may be said of a record of this kind.
fn change(kind: &KindSpec, (which, pick, other): (u8, u8, u8)) -> Option<Change> {
    let choices = kind.fields.len() + 2 * kind.events.len();
    let which = usize::from(which) % choices;
    if let Some(spec) = kind.fields.get(which) {
        let (field, value) = (spec.id, value(spec.value_type, pick));
        return Some(match spec.rule {
            Rule::Once => return None,
            Rule::Latest => Change::Latest(field, value),
            Rule::Highest { by_value } => Change::Highest {
                field,
                value,
                by_value,
            },
            Rule::Centre => Change::Centre {
                field,
                value,
                epoch: u64::from(other % 3) + 1,
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
        });
    }
    let spec = &kind.events[(which - kind.fields.len()) / 2];
    let args = spec.args.iter().map(|arg| (arg.id, value(arg.value_type, pick)));
    Some(Change::Event {
        event: EventId(spec.id.0),
        round: u32::from(other % 3) + 1,
        args: args.collect(),
    })
}

type Script = Vec<(u32, u8, u8, (u8, u8, u8))>;

fn script() -> impl Strategy<Value = Script> {
    vec((0..4u32, 0..20u8, 1..10u8, any::<(u8, u8, u8)>()), 0..16)
}

fn history(kind: &KindSpec, script: &Script) -> Vec<Written> {
    let area: AreaCode = "150821100201001".parse().expect("an area code");
    let once = kind.fields.iter().filter(|spec| spec.rule == Rule::Once);
    let changes = once
        .map(|spec| Change::Once(spec.id, value(spec.value_type, 5)))
        .collect();
    let kind_id = kind.id;
    let begun = (
        0,
        0,
        1,
        Body::Create {
            kind: kind_id,
            area,
            changes,
        },
    );
    let edits = script.iter().filter_map(|(actor, minute, level, pick)| {
        let changes = vec![change(kind, *pick)?];
        let record = RecordId(CREATED);
        Some((*actor, *minute, *level, Body::Edit { record, changes }))
    });
    let mut seqs = std::collections::BTreeMap::<u32, u64>::new();
    std::iter::once(begun)
        .chain(edits)
        .map(|(actor, minute, level, body)| {
            let seq = seqs.entry(actor).or_default();
            *seq += 1;
            Written {
                dot: Dot::new(ActorId(actor), *seq),
                op: Op {
                    author: PersonId(actor),
                    uptime_ms: 0,
                    body,
                },
                facts: Facts {
                    stamp: Stamp::at_ms(i64::from(minute)),
                    claimed_ms: 0,
                    level: Level(level),
                    uncertain: false,
                },
            }
        })
        .collect()
}

proptest! {
    #[test]
    fn every_kind_has_one_fold_in_whatever_order_its_ops_arrive(
        script in script(), picks in vec(any::<u16>(), 0..40),
    ) {
        for kind in Catalogue::built_in().kinds {
            let history = history(&kind, &script);
            let (one, other) = (deliver(&history, &[]), deliver(&history, &picks));
            prop_assert_eq!(lifecycle::fold(&kind, &one), lifecycle::fold(&kind, &other), "{}", kind.name);
            let deadlines = |record| lifecycle::deadlines(&kind, record, Some(7));
            prop_assert_eq!(deadlines(&one), deadlines(&other));
        }
    }

    /// Writing down that a time has passed is what takes the deadline away: nothing is written twice.
    #[test]
    fn a_deadline_that_was_written_down_is_none_any_longer(script in script()) {
        for kind in Catalogue::built_in().kinds {
            let mut history = history(&kind, &script);
            for _ in 0..3 {
                let record = deliver(&history, &[]);
                for deadline in lifecycle::deadlines(&kind, &record, Some(7)) {
                    let written = history.iter().filter(|one| one.dot.actor == ActorId(9)).count() as u64;
                    let event = Change::Event {
                        event: deadline.event,
                        round: lifecycle::round(&kind, &record),
                        args: vec![(5, Value::Int(deadline.at_ms))],
                    };
                    history.push(Written {
                        dot: Dot::new(ActorId(9), written + 1),
                        op: Op {
                            author: PersonId(0),
                            uptime_ms: 0,
                            body: Body::Edit { record: record.id, changes: vec![event] },
                        },
                        facts: Facts {
                            stamp: Stamp::at_ms(1_000),
                            claimed_ms: 0,
                            level: Level::RULES,
                            uncertain: false,
                        },
                    });
                    let after = lifecycle::deadlines(&kind, &deliver(&history, &[]), Some(7));
                    prop_assert!(!after.contains(&deadline), "{}: {:?}", kind.name, deadline);
                }
            }
        }
    }
}

#[test]
fn every_derived_name_of_an_export_is_told_or_a_mark() {
    for kind in Catalogue::built_in().kinds {
        let history = history(&kind, &Vec::new());
        let record = deliver(&history, &[]);
        let known = lifecycle::derived_names(kind.life_cycle);
        if let Some(folded) = lifecycle::fold(&kind, &record) {
            for (name, _) in folded.more {
                assert!(known.contains(&name), "{}.{name}", kind.name);
            }
        }
    }
}

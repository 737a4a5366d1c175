//! Random histories of one record: a few actors who see each other's work now and then, and what each of
//! them writes upon what they have seen.

use otor_protocol::catalogue::Rule;
use otor_protocol::ids::{ActorId, Dot, Lane, Level, PersonId, RecordId};
use otor_protocol::op::{Body, Change, EventId, Facts, FieldId, KindId, Op};
use otor_protocol::record::Record;
use otor_protocol::stamp::Stamp;
use otor_protocol::value::Value;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// One op with its name and what the server decided about it.
#[derive(Clone, Debug)]
pub struct Written {
    pub dot: Dot,
    pub op: Op,
    pub facts: Facts,
}

/// One step of a script: an actor learns what another knows, then writes. All numbers are taken modulo
/// what there is to choose from.
#[derive(Clone, Debug)]
pub struct Step {
    actor: u8,
    learns_from: Option<u8>,
    gap: u8,
    stamp: u8,
    level: u8,
    choices: Vec<Choice>,
}

/// Which change, of which field, with which value.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    which: u8,
    place: u8,
    value: u8,
}

pub const ACTORS: u8 = 4;

fn choice() -> impl Strategy<Value = Choice> {
    any::<(u8, u8, u8)>().prop_map(|(which, place, value)| Choice { which, place, value })
}

fn step() -> impl Strategy<Value = Step> {
    (
        0..ACTORS,
        proptest::option::of(0..ACTORS),
        0..3u8,
        0..12u8,
        0..3u8,
        proptest::collection::vec(choice(), 0..4),
    )
        .prop_map(|(actor, learns_from, gap, stamp, level, choices)| Step {
            actor,
            learns_from,
            gap,
            stamp,
            level,
            choices,
        })
}

/// Histories of up to `steps` ops after the creating one, in the order they were written.
pub fn histories(steps: usize) -> impl Strategy<Value = Vec<Written>> {
    proptest::collection::vec(step(), 0..steps).prop_map(|script| play(&script))
}

/// One actor's view while a script is played.
#[derive(Clone, Default)]
struct Writer {
    seq: u64,
    known: Vec<usize>,
    record: Option<Record>,
}

impl Writer {
    fn learn(&mut self, index: usize, written: &Written) {
        if self.known.contains(&index) {
            return;
        }
        self.known.push(index);
        match &mut self.record {
            None => self.record = Record::create(written.dot, Lane::Reports, &written.op, written.facts),
            Some(record) => {
                assert_eq!(
                    record.missing(&written.op).next(),
                    None,
                    "what was learnt in order lacks nothing"
                );
                record.apply(written.dot, &written.op, written.facts);
            }
        }
    }
}

fn play(script: &[Step]) -> Vec<Written> {
    let mut writers = vec![Writer::default(); usize::from(ACTORS)];
    let creation = creation();
    writers[0].seq = creation.dot.seq;
    let mut history = vec![creation];
    // Everybody has heard of the record; only what happens afterwards spreads unevenly.
    writers.iter_mut().for_each(|writer| writer.learn(0, &history[0]));
    for step in script {
        let me = usize::from(step.actor);
        if let Some(other) = step.learns_from {
            for index in writers[usize::from(other)].known.clone() {
                writers[me].learn(index, &history[index]);
            }
        }
        let seen = writers[me].record.clone().expect("everybody knows the record");
        let seq = writers[me].seq + 1 + u64::from(step.gap);
        writers[me].seq = seq;
        let dot = Dot::new(actor(step.actor), seq);
        let written = Written {
            dot,
            op: Op {
                author: PersonId(10 + u32::from(step.actor)),
                uptime_ms: i64::from(step.stamp) * 1000,
                body: Body::Edit {
                    record: seen.id,
                    changes: changes(&seen, &step.choices),
                },
            },
            facts: facts(step.stamp, step.level),
        };
        history.push(written);
        let index = history.len() - 1;
        writers[me].learn(index, &history[index]);
    }
    history
}

fn actor(number: u8) -> ActorId {
    ActorId(100 + u32::from(number))
}

fn facts(stamp: u8, level: u8) -> Facts {
    Facts {
        stamp: Stamp::at_ms(1_000 + i64::from(stamp)),
        claimed_ms: i64::from(stamp),
        level: [Level::WORKER, Level::TOWNSHIP, Level::COUNTY][usize::from(level)],
        uncertain: false,
    }
}

/// The op that creates the record of every history.
pub fn creation() -> Written {
    let changes = vec![
        Change::Once(FieldId(1), Value::Text("四号楼水管漏水".into())),
        Change::Highest {
            field: FieldId(30),
            value: Value::Int(2),
            by_value: true,
        },
        Change::Keep {
            field: FieldId(50),
            value: Value::Text("13800000000".into()),
            replaces: vec![],
        },
        Change::Add {
            field: FieldId(60),
            members: vec![Value::Text("水".into()), Value::Bool(false)],
        },
    ];
    Written {
        dot: Dot::new(actor(0), 7),
        op: Op {
            author: PersonId(10),
            uptime_ms: 5,
            body: Body::Create {
                kind: KindId(3),
                area: "150821100201001".parse().expect("an area code"),
                changes,
            },
        },
        facts: facts(0, 0),
    }
}

fn changes(seen: &Record, choices: &[Choice]) -> Vec<Change> {
    let mut written = BTreeSet::new();
    choices
        .iter()
        .filter_map(|choice| change(seen, *choice))
        // As the catalogue's check has it: a field is written once in an op, appends and removals aside.
        .filter(|change| match change {
            Change::Append(..) | Change::Remove { .. } => true,
            other => other.field().is_none_or(|field| written.insert(field)),
        })
        .collect()
}

/// Fields by rule, two each; 90 and 91 are written by every rule, as nobody can check a field of a
/// catalogue that does not exist yet.
fn field_of(rule: Rule, place: u8) -> FieldId {
    if place >= 200 {
        return FieldId(90 + u16::from(place % 2));
    }
    let base = match rule {
        Rule::Once => 1,
        Rule::Latest => 20,
        Rule::Highest { by_value: true } => 30,
        Rule::Highest { by_value: false } => 32,
        Rule::Centre => 40,
        Rule::All => 50,
        Rule::Set => 60,
        Rule::Log => 70,
    };
    FieldId(base + u16::from(place % 2))
}

fn change(seen: &Record, Choice { which, place, value }: Choice) -> Option<Change> {
    let epoch = u64::from(value % 3) + 1;
    Some(match which % 12 {
        0 => Change::Latest(field_of(Rule::Latest, place), some_value(value)),
        1 | 2 => {
            let by_value = which % 2 == 0;
            let field = field_of(Rule::Highest { by_value }, place);
            Change::Highest {
                field,
                value: Value::Int(i64::from(value % 4)),
                by_value,
            }
        }
        3 => Change::Centre {
            field: field_of(Rule::Centre, place),
            value: some_value(value),
            epoch,
        },
        4 => {
            let field = field_of(Rule::All, place);
            Change::Keep {
                field,
                value: some_value(value),
                replaces: some_candidates(seen, field, value),
            }
        }
        5 | 6 => Change::Add {
            field: field_of(Rule::Set, place),
            members: (0..=value % 3)
                .map(|more| some_value(value.wrapping_add(more)))
                .collect(),
        },
        7 | 8 => {
            let field = field_of(Rule::Set, place);
            let members = some_members(seen, field, value);
            Change::Remove { field, members }
        }
        9 => Change::Append(field_of(Rule::Log, place), some_value(value)),
        10 => Change::Event {
            event: EventId(1 + u16::from(place % 11)),
            round: 1 + u32::from(value % 2),
            args: vec![(1, some_value(value))],
        },
        _ => return rare(place, value, epoch),
    })
}

fn rare(place: u8, value: u8, epoch: u64) -> Option<Change> {
    match place % 4 {
        0 => Some(Change::Relocate {
            area: ["150821100201001", "150821100201002", "150821100202"][usize::from(value % 3)]
                .parse()
                .ok()?,
            epoch,
        }),
        1 => Some(Change::Erase(
            vec![[20, 50, 51, 60, 61, 70, 90][usize::from(value % 7)]]
                .into_iter()
                .map(FieldId)
                .collect(),
        )),
        _ => None,
    }
}

fn some_value(value: u8) -> Value {
    match value % 6 {
        0 => Value::Bool(false),
        1 => Value::Int(i64::from(value)),
        2 => Value::Person(PersonId(u32::from(value))),
        3 => Value::Record(RecordId(Dot::new(actor(value % ACTORS), 9))),
        4 => Value::DegreesE7(-1_129_999_999),
        _ => Value::Text(format!("门{}", value % 3)),
    }
}

/// All the candidates seen, or only some of them.
fn some_candidates(seen: &Record, field: FieldId, value: u8) -> Vec<Dot> {
    let skip = usize::from(value % 3 == 2);
    seen.candidates(field)
        .into_iter()
        .skip(skip)
        .map(|one| one.dot)
        .collect()
}

/// One or two of the members seen, under the dots seen.
fn some_members(seen: &Record, field: FieldId, value: u8) -> Vec<(Value, Vec<Dot>)> {
    let standing = seen.members(field);
    let skip = usize::from(value) % (standing.len() + 1);
    let count = 1 + usize::from(value % 2);
    standing.into_iter().skip(skip).take(count).collect()
}

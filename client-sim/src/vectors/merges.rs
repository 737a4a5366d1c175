//! Merging: ops into records, and states into each other, in several orders that come to the same.

use super::document::{Hex, document as vectors_of, line};
use anyhow::{Context, ensure};
use otor_protocol::ids::{ActorId, Dot, Lane, Level, PersonId, RecordId};
use otor_protocol::op::{Body, Change, EventId, Facts, FieldId, KindId, Op};
use otor_protocol::record::Record;
use otor_protocol::stamp::Stamp;
use otor_protocol::value::Value;
use otor_protocol::wire;
use serde::Serialize;
use serde_json::Value as Json;

const ABOUT: &str = "Merging. `of` \"op\": `op` with `dot`, `lane` and `facts` merged into the record `before` (null: it \
creates one) gives `after`. `of` \"states\": `one` and `other` merged give `merged`, either way round. `of` \
\"record\": bytes of a record, and the message behind their first byte.";

#[derive(Serialize)]
struct OfOp {
    of: &'static str,
    before: Option<Hex>,
    dot: Dot,
    lane: Lane,
    facts: Facts,
    op: Hex,
    after: Hex,
}

#[derive(Serialize)]
struct OfStates {
    of: &'static str,
    one: Hex,
    other: Hex,
    merged: Hex,
}

#[derive(Serialize)]
struct OfRecord {
    of: &'static str,
    bytes: Hex,
    meaning: Json,
}

struct Step {
    dot: Dot,
    facts: Facts,
    op: Op,
}

const RECORD: RecordId = RecordId(Dot {
    actor: ActorId(41),
    seq: 203,
});

fn dot(actor: u32, seq: u64) -> Dot {
    Dot::new(ActorId(actor), seq)
}

fn step(actor: u32, seq: u64, minute: i64, level: Level, changes: Vec<Change>) -> Step {
    let at_ms = 1_772_409_600_000 + minute * 60_000;
    let dot = dot(actor, seq);
    let body = if dot == RECORD.0 {
        // The digits of an area code are one.
        let area = "150821100201001".parse().expect("an area code");
        Body::Create {
            kind: KindId(3),
            area,
            changes,
        }
    } else {
        Body::Edit {
            record: RECORD,
            changes,
        }
    };
    Step {
        dot,
        facts: Facts {
            stamp: Stamp::at_ms(at_ms),
            claimed_ms: at_ms - 1_500,
            level,
            uncertain: actor == 52,
        },
        op: Op {
            author: PersonId(actor / 10),
            uptime_ms: minute * 60_000,
            body,
        },
    }
}

fn add(members: &[&str]) -> Change {
    Change::Add {
        field: FieldId(61),
        members: members.iter().map(|member| Value::from(*member)).collect(),
    }
}

fn remove(member: &str, dots: Vec<Dot>) -> Change {
    Change::Remove {
        field: FieldId(61),
        members: vec![(member.into(), dots)],
    }
}

fn keep(value: &str, replaces: Vec<Dot>) -> Change {
    Change::Keep {
        field: FieldId(9),
        value: value.into(),
        replaces,
    }
}

fn highest(field: u16, value: Value, by_value: bool) -> Change {
    Change::Highest {
        field: FieldId(field),
        value,
        by_value,
    }
}

fn event(event: u16, round: u32, args: Vec<(u8, Value)>) -> Change {
    Change::Event {
        event: EventId(event),
        round,
        args,
    }
}

fn centre(person: u32, epoch: u64) -> Change {
    Change::Centre {
        field: FieldId(905),
        value: Value::Person(PersonId(person)),
        epoch,
    }
}

/// The history of one report: actors 41 and 52 are workers, 90 and 91 accounts. 52's boot was uncertain.
fn history() -> Vec<Step> {
    let (worker, township, county) = (Level::WORKER, Level::TOWNSHIP, Level::COUNTY);
    let relocate = |area: &str, epoch| Change::Relocate {
        // Digits.
        area: area.parse().expect("an area code"),
        epoch,
    };
    vec![
        step(
            41,
            203,
            0,
            worker,
            vec![
                Change::Once(FieldId(2), "四号楼水管漏水".into()),
                Change::Once(FieldId(5), Value::DegreesE7(-411_234_567)),
                highest(7, "water".into(), false),
                highest(8, Value::Int(2), true),
                keep("13800000000", vec![]),
                add(&["水", "老人"]),
            ],
        ),
        step(
            41,
            204,
            5,
            worker,
            vec![
                highest(8, Value::Int(3), true),
                Change::Append(FieldId(60), "阀门换过".into()),
                Change::Append(FieldId(60), "下午再去".into()),
            ],
        ),
        step(
            52,
            7,
            6,
            worker,
            vec![
                highest(8, Value::Int(2), true),
                keep("13911111111", vec![dot(41, 203)]),
                add(&["煤", "水"]),
            ],
        ),
        step(
            41,
            205,
            6,
            worker,
            vec![
                keep("13722222222", vec![dot(41, 203)]),
                remove("水", vec![dot(41, 203)]),
                event(3, 1, vec![]),
            ],
        ),
        step(
            52,
            8,
            9,
            worker,
            vec![
                Change::Latest(FieldId(900), Value::Bool(true)),
                remove("老人", vec![dot(41, 203)]),
                event(4, 1, vec![(1, "已修".into())]),
            ],
        ),
        step(
            41,
            206,
            8,
            worker,
            vec![
                Change::Latest(FieldId(900), Value::Bool(false)),
                add(&["老人"]),
                highest(7, "road".into(), false),
            ],
        ),
        step(
            90,
            1,
            3,
            township,
            vec![
                highest(7, "fire".into(), false),
                centre(6, 1),
                relocate("150821100201002", 1),
                event(11, 1, vec![(4, Value::Record(RecordId(dot(77, 9))))]),
            ],
        ),
        step(
            91,
            1,
            12,
            county,
            vec![centre(7, 1), relocate("150821100201003", 1)],
        ),
        step(
            90,
            2,
            14,
            township,
            vec![centre(8, 2), Change::Append(FieldId(60), "结束".into())],
        ),
        step(
            91,
            2,
            20,
            county,
            vec![Change::Erase(vec![FieldId(2), FieldId(9)])],
        ),
        step(52, 9, 30, worker, vec![keep("13633333333", vec![dot(52, 7)])]),
    ]
}

/// Orders in which the history may arrive: each actor's own order holds, and nothing is removed before it came.
const ORDERS: [[usize; 11]; 4] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    [0, 2, 4, 10, 1, 3, 5, 7, 9, 6, 8],
    [0, 7, 9, 6, 8, 1, 3, 2, 5, 4, 10],
    [0, 6, 1, 7, 2, 8, 9, 4, 3, 10, 5],
];

fn run(order: &[usize], mut each: impl FnMut(Option<&Record>, &Step, &Record)) -> anyhow::Result<Record> {
    let history = history();
    let mut record: Option<Record> = None;
    for place in order {
        let step = &history[*place];
        let after = match &record {
            None => Record::create(step.dot, Lane::Reports, &step.op, step.facts).context("it creates")?,
            Some(before) => {
                ensure!(
                    before.missing(&step.op).next().is_none(),
                    "step {place} removes what has not come"
                );
                let mut after = before.clone();
                after.apply(step.dot, &step.op, step.facts);
                after
            }
        };
        each(record.as_ref(), step, &after);
        record = Some(after);
    }
    record.context("an order has steps")
}

/// States on the way, of every order.
fn states_on_the_way() -> anyhow::Result<Vec<Record>> {
    let mut states = Vec::new();
    for order in ORDERS {
        for steps in [1, 4, 6, 9, 11] {
            states.push(run(&order[..steps], |_, _, _| {})?);
        }
    }
    Ok(states)
}

/// Bytes of some different states, for others' vectors.
pub(super) fn states() -> Vec<Vec<u8>> {
    let steps = ORDERS.iter().enumerate();
    let states = steps.filter_map(|(at, order)| run(&order[..3 + at], |_, _, _| {}).ok());
    states.map(|record| record.encode()).collect()
}

fn of_op(before: Option<&Record>, step: &Step, after: &Record) -> String {
    line(&OfOp {
        of: "op",
        before: before.map(|before| Hex(before.encode())),
        dot: step.dot,
        lane: Lane::Reports,
        facts: step.facts,
        op: Hex(wire::encode(&step.op)),
        after: Hex(after.encode()),
    })
}

/// Ops that name what never came, because its phone has lost it: 41's 206 to 208.
pub(super) fn naming_lost() -> anyhow::Result<String> {
    let lost = dot(41, 208);
    let mut record = run(&ORDERS[0][..3], |_, _, _| {})?;
    let mut vectors = Vec::new();
    for (seq, change) in [
        (209, keep("13755555555", vec![lost])),
        (210, keep("13766666666", vec![dot(41, 209), lost, dot(52, 7)])),
        (211, remove("老人", vec![lost])),
        (212, remove("煤", vec![lost])),
        (213, remove("水", vec![dot(41, 212)])),
    ] {
        let step = step(41, seq, 40, Level::WORKER, vec![change]);
        let before = record.clone();
        record.apply(step.dot, &step.op, step.facts);
        vectors.push(of_op(Some(&before), &step, &record));
    }
    Ok(vectors_of(ABOUT, &vectors))
}

pub(super) fn document() -> anyhow::Result<String> {
    let mut vectors = Vec::new();
    let mut ends = Vec::new();
    for order in ORDERS {
        ends.push(run(&order, |before, step, after| {
            vectors.push(of_op(before, step, after));
        })?);
    }
    ensure!(
        ends.iter().all(|end| *end == ends[0]),
        "every order comes to the same"
    );
    let states = states_on_the_way()?;
    for (at, one) in states.iter().enumerate() {
        for other in states.iter().skip(at % 5).step_by(7) {
            vectors.push(merged(one, other)?);
        }
        vectors.push(line(&OfRecord {
            of: "record",
            meaning: wire::decode(&one.encode()[1..])?,
            bytes: Hex(one.encode()),
        }));
    }
    Ok(vectors_of(ABOUT, &vectors))
}

fn merged(one: &Record, other: &Record) -> anyhow::Result<String> {
    let (mut merged, mut round) = (one.clone(), other.clone());
    merged.merge(other.clone());
    round.merge(one.clone());
    ensure!(merged == round, "merging does not depend on the direction");
    Ok(line(&OfStates {
        of: "states",
        one: Hex(one.encode()),
        other: Hex(other.encode()),
        merged: Hex(merged.encode()),
    }))
}

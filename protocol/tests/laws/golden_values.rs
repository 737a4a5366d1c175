//! The records whose encodings are kept.

use otor_protocol::catalogue::TASK_ASSIGNEE;
use otor_protocol::ids::{ActorId, Dot, Lane, Level, PersonId, RecordId};
use otor_protocol::op::{Body, Change, EventId, Facts, FieldId, KindId, Op};
use otor_protocol::record::Record;
use otor_protocol::stamp::Stamp;
use otor_protocol::value::Value;

/// 2026-03-02, eight in the morning in China.
const MORNING_MS: i64 = 1_772_409_600_000;

fn dot(actor: u32, seq: u64) -> Dot {
    Dot::new(ActorId(actor), seq)
}

fn facts(minute: i64, level: Level) -> Facts {
    let at_ms = MORNING_MS + minute * 60_000;
    Facts {
        stamp: Stamp::at_ms(at_ms),
        claimed_ms: at_ms - 1_500,
        level,
        uncertain: false,
    }
}

fn op(author: u32, uptime_ms: i64, body: Body) -> Op {
    Op {
        author: PersonId(author),
        uptime_ms,
        body,
    }
}

fn create() -> Op {
    let changes = vec![
        Change::Once(FieldId(2), "四号楼水管漏水".into()),
        Change::Once(FieldId(5), Value::DegreesE7(411_234_567)),
        Change::Highest {
            field: FieldId(7),
            value: "water".into(),
            by_value: false,
        },
        Change::Highest {
            field: FieldId(8),
            value: Value::Int(3),
            by_value: true,
        },
        Change::Keep {
            field: FieldId(9),
            value: "13800000000".into(),
            replaces: vec![],
        },
        Change::Add {
            field: FieldId(61),
            members: vec!["水".into(), "老人".into()],
        },
    ];
    let area = "150821100201001".parse().expect("an area code");
    op(
        5,
        3_600_000,
        Body::Create {
            kind: KindId(3),
            area,
            changes,
        },
    )
}

fn edit() -> Op {
    let changes = vec![
        Change::Latest(FieldId(900), Value::Bool(true)),
        Change::Centre {
            field: TASK_ASSIGNEE,
            value: Value::Person(PersonId(6)),
            epoch: 2,
        },
        Change::Keep {
            field: FieldId(9),
            value: "13911111111".into(),
            replaces: vec![dot(41, 203)],
        },
        Change::Remove {
            field: FieldId(61),
            members: vec![("水".into(), vec![dot(41, 203)])],
        },
        Change::Append(FieldId(60), "阀门换过，下午再去看".into()),
        Change::Event {
            event: EventId(11),
            round: 1,
            args: vec![(4, Value::Record(RecordId(dot(77, 9))))],
        },
        Change::Relocate {
            area: "150821100201002".parse().expect("an area code"),
            epoch: 1,
        },
    ];
    op(
        30,
        -5,
        Body::Edit {
            record: RecordId(dot(41, 203)),
            changes,
        },
    )
}

fn erasure() -> Op {
    let changes = vec![Change::Erase(vec![FieldId(2), FieldId(9)])];
    op(
        30,
        0,
        Body::Edit {
            record: RecordId(dot(41, 203)),
            changes,
        },
    )
}

pub fn created() -> Record {
    let created = Record::create(dot(41, 203), Lane::Reports, &create(), facts(0, Level::WORKER));
    created.expect("the op creates")
}

pub fn edited() -> Record {
    let mut record = created();
    record.apply(dot(90, 12), &edit(), facts(30, Level::TOWNSHIP));
    record
}

pub fn erased() -> Record {
    let mut record = edited();
    record.apply(dot(90, 13), &erasure(), facts(40, Level::TOWNSHIP));
    record
}

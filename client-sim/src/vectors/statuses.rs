//! Statuses, as they follow from the events in a record.

use super::document::{Hex, document as vectors_of, line};
use anyhow::Context;
use otor_protocol::catalogue::Catalogue;
use otor_protocol::ids::{ActorId, Dot, Lane, Level, PersonId, RecordId};
use otor_protocol::lifecycle;
use otor_protocol::op::{Body, Change, EventId, Facts, FieldId, KindId, Op};
use otor_protocol::record::Record;
use otor_protocol::stamp::Stamp;
use otor_protocol::value::Value;
use serde::Serialize;

const ABOUT: &str = "Statuses: a record, its status, and the round (report) or epoch (task) that an event written now \
would name.";

#[derive(Serialize)]
struct Vector<'a> {
    about: &'a str,
    record: Hex,
    status: &'static str,
    round: u32,
}

/// An event: its number, the level of its author, the minute, the round or epoch it names; and a code or text.
type Said<'a> = (u16, u8, i64, u32, &'a str);

const REPORTS: &[(&str, &[Said])] = &[
    ("only written", &[]),
    ("handled", &[(3, 1, 1, 1, "")]),
    (
        "handled, then assigned late",
        &[(3, 1, 1, 1, ""), (2, 3, 9, 1, "a")],
    ),
    ("withdrawn", &[(1, 1, 1, 1, ""), (3, 1, 2, 1, "")]),
    ("closed by a worker", &[(4, 1, 2, 1, "done")]),
    (
        "closed by a worker after an escalation",
        &[(9, 1, 1, 1, "village"), (4, 1, 2, 1, "done")],
    ),
    (
        "closed by a worker at the moment of an escalation",
        &[(9, 1, 2, 1, "village"), (4, 1, 2, 1, "done")],
    ),
    (
        "closed by a worker before an escalation",
        &[(4, 1, 1, 1, "done"), (9, 1, 2, 1, "village")],
    ),
    (
        "closed above after an escalation",
        &[(9, 1, 1, 1, "village"), (4, 2, 2, 1, "done")],
    ),
    ("called back without a closing", &[(5, 1, 1, 1, "")]),
    ("called back", &[(4, 1, 1, 1, "done"), (5, 1, 2, 1, "")]),
    (
        "archived by a village, not called back",
        &[(4, 1, 1, 1, "done"), (6, 2, 2, 1, "")],
    ),
    (
        "archived by a worker, not called back",
        &[(4, 1, 1, 1, "done"), (6, 1, 2, 1, "")],
    ),
    (
        "archived by a worker, called back",
        &[(4, 1, 1, 1, "done"), (6, 1, 2, 1, ""), (5, 1, 3, 1, "")],
    ),
    ("archived without a closing", &[(6, 2, 2, 1, "")]),
    ("reopened", &[(4, 2, 1, 1, "done"), (8, 3, 2, 1, "again")]),
    (
        "reopened twice in one round",
        &[(4, 2, 1, 1, "done"), (8, 3, 2, 1, "a"), (8, 4, 3, 1, "b")],
    ),
    (
        "reopened and handled",
        &[(4, 2, 1, 1, "done"), (8, 3, 2, 1, "again"), (3, 1, 3, 2, "")],
    ),
    (
        "handled late in a round that is over",
        &[(8, 3, 2, 1, "again"), (3, 1, 3, 1, "")],
    ),
    (
        "a reopening of a round that has not come",
        &[(4, 2, 1, 1, "done"), (8, 3, 2, 2, "again")],
    ),
    ("an event nobody knows", &[(99, 1, 1, 1, "")]),
];

/// Of tasks too: the assignee with the epoch (0: none), and the events, whose authors are 12 (the assignee) where
/// the level is 1, 13 where it is 0 (another worker), and 30 above.
const TASKS: &[(&str, u64, &[Said])] = &[
    ("only issued", 1, &[]),
    ("accepted", 1, &[(1, 1, 1, 1, "")]),
    (
        "accepted and refused",
        1,
        &[(1, 1, 1, 1, ""), (2, 1, 2, 1, "ill")],
    ),
    ("accepted by another worker", 1, &[(1, 0, 1, 1, "")]),
    ("accepted for the assignee by the centre", 1, &[(1, 3, 1, 1, "")]),
    ("assigned anew after it was accepted", 2, &[(1, 1, 1, 1, "")]),
    ("assigned to nobody, and accepted", 0, &[(1, 0, 1, 1, "")]),
    ("done", 1, &[(3, 1, 1, 1, "done")]),
    ("done by a former assignee", 2, &[(3, 0, 1, 1, "done")]),
    ("done and verified", 1, &[(3, 1, 1, 1, "done"), (4, 2, 2, 1, "")]),
    ("verified before it was done", 1, &[(4, 2, 2, 1, "")]),
    ("cancelled", 1, &[(5, 3, 1, 1, "plain")]),
    (
        "cancelled, and done all the same",
        1,
        &[(5, 3, 1, 1, "plain"), (3, 1, 2, 1, "done")],
    ),
    (
        "cancelled for safety, and done all the same",
        1,
        &[(5, 3, 1, 1, "safety"), (3, 1, 2, 1, "done")],
    ),
    (
        "cancelled as a wrong target",
        1,
        &[(3, 1, 1, 1, "done"), (5, 3, 2, 1, "wrong_target")],
    ),
    (
        "cancelled after it was accepted",
        1,
        &[(1, 1, 1, 1, ""), (5, 3, 2, 1, "plain")],
    ),
];

const CREATOR: Dot = Dot {
    actor: ActorId(41),
    seq: 1,
};

fn facts(minute: i64, level: Level) -> Facts {
    let at_ms = 1_772_409_600_000 + minute * 60_000;
    Facts {
        stamp: Stamp::at_ms(at_ms),
        claimed_ms: at_ms,
        level,
        uncertain: false,
    }
}

fn created(kind: u16, changes: Vec<Change>) -> Option<Record> {
    let body = Body::Create {
        kind: KindId(kind),
        area: "150821100201001".parse().ok()?,
        changes,
    };
    let op = Op {
        author: PersonId(30),
        uptime_ms: 0,
        body,
    };
    Record::create(CREATOR, Lane::Urgent, &op, facts(0, Level::TOWNSHIP))
}

fn say(record: &mut Record, at: usize, said: &Said, arg: u8) {
    let (event, level, minute, round, text) = *said;
    let author = match level {
        0 => 13,
        1 => 12,
        _ => 30,
    };
    let args = match text {
        "" => Vec::new(),
        text => vec![(arg, Value::from(text))],
    };
    let op = Op {
        author: PersonId(author),
        uptime_ms: minute * 60_000,
        body: Body::Edit {
            record: RecordId(CREATOR),
            changes: vec![Change::Event {
                event: EventId(event),
                round,
                args,
            }],
        },
    };
    let dot = Dot::new(ActorId(100 + author), at as u64 + 1);
    record.apply(dot, &op, facts(minute, Level(level.max(1))));
}

fn vector(about: &str, record: &Record) -> anyhow::Result<String> {
    let catalogue = Catalogue::built_in();
    let kind = catalogue.kind(record.kind).context("a kind")?;
    Ok(line(&Vector {
        about,
        record: Hex(record.encode()),
        status: lifecycle::status(kind, record).context("it has a status")?,
        round: lifecycle::round(kind, record),
    }))
}

pub(super) fn document() -> anyhow::Result<String> {
    let mut vectors = Vec::new();
    for (about, events) in REPORTS {
        let mut record = created(3, vec![Change::Once(FieldId(2), "漏水".into())]).context("a report")?;
        for (at, said) in events.iter().enumerate() {
            // An escalation's code is its level, whatever else is said is an outcome or a reason.
            say(&mut record, at, said, if said.0 == 9 { 3 } else { 1 });
        }
        vectors.push(vector(about, &record)?);
    }
    for (about, epoch, events) in TASKS {
        let mut changes = vec![Change::Once(FieldId(1), "看井".into())];
        if *epoch > 0 {
            changes.push(Change::Centre {
                field: FieldId(5),
                value: Value::Person(PersonId(12)),
                epoch: *epoch,
            });
        }
        let mut record = created(4, changes).context("a task")?;
        for (at, said) in events.iter().enumerate() {
            say(&mut record, at, said, if said.0 == 3 { 1 } else { 2 });
        }
        vectors.push(vector(about, &record)?);
    }
    Ok(vectors_of(ABOUT, &vectors))
}

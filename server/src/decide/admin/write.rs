//! An administrator's edit of records: an op of the account's own actor, judged like any other, but refused
//! rather than kept aside.

use super::reach::acting;
use super::refusal::{AdminRefusal, Stop, conflict, invalid};
use super::words::reason_in_words;
use crate::decide::{Decided, Desk, FrameDecision, Writer, decide_frame};
use crate::state::cell::{ActorCell, PersonCell};
use crate::state::entry::{Act, FrameAct};
use crate::state::{StateError, key, read};
use otor_protocol::catalogue::KindSpec;
use otor_protocol::ids::Dot;
use otor_protocol::limits::OP_BYTES_MAX;
use otor_protocol::op::{Body, Op};
use otor_protocol::record::{Field, Record};
use otor_protocol::stamp::Stamp;
use otor_protocol::wire::{self, Content, Verdict};
use serde_bytes::ByteBuf;

/// An op that was accepted.
pub(super) struct WrittenOp {
    /// Its dot.
    pub dot: Dot,
    /// The frame it makes, not yet journaled.
    pub frame: FrameAct,
}

impl WrittenOp {
    /// What to journal.
    pub fn decided(self) -> Option<Decided> {
        Some(Act::Frame(self.frame).into())
    }
}

/// Has an op of the account decided. `seen` is the greatest stamp its author has seen: the op's is above it.
pub(super) fn write_op(
    desk: &Desk,
    account: &PersonCell,
    body: Body,
    seen: Stamp,
    kind: Option<&KindSpec>,
) -> Result<WrittenOp, Stop> {
    let place = key::actor(acting(account)?.actor);
    let actor = acting(account)?.actor;
    let cell: ActorCell =
        read::get(desk.view, &place)?.ok_or_else(|| StateError::Damaged { key: place.clone() })?;
    let op = wire::encode(&Op {
        author: account.id,
        uptime_ms: desk.now_ms,
        body,
    });
    if op.len() > OP_BYTES_MAX {
        return Err(invalid(format!(
            "the edit takes {} bytes; {OP_BYTES_MAX} are allowed",
            op.len()
        )));
    }
    let content = Content {
        actor,
        first_seq: cell.through + 1,
        boot: 0,
        wall_minus_uptime_ms: 0,
        floors: vec![(0, seen.max(Stamp::at_ms(desk.now_ms)))],
        ops: vec![ByteBuf::from(op)],
        origins: vec![],
    };
    let FrameDecision::Commit(frame) = decide_frame(desk, &Writer::Person(account.id), &content)? else {
        return Err(conflict("the account's own history does not take this edit"));
    };
    match frame.judged.first().map(|judged| &judged.verdict) {
        Some(Verdict::Accepted) => Ok(WrittenOp {
            dot: Dot::new(actor, content.first_seq),
            frame: *frame,
        }),
        Some(Verdict::Quarantined(reason)) => {
            Err(AdminRefusal::Unacceptable(reason_in_words(*reason, kind)).into())
        }
        Some(Verdict::Parked) | None => Err(conflict("the edit waits for something that has not come yet")),
    }
}

/// Has several ops of the account decided as one frame, all or none. `seen` is as for one op. Their dots come with it.
pub(super) fn write_several(
    desk: &Desk,
    account: &PersonCell,
    bodies: &[Body],
    seen: Stamp,
) -> Result<(Vec<Dot>, FrameAct), Stop> {
    let actor = acting(account)?.actor;
    let place = key::actor(actor);
    let cell: ActorCell =
        read::get(desk.view, &place)?.ok_or_else(|| StateError::Damaged { key: place.clone() })?;
    let ops = bodies.iter().map(|body| {
        ByteBuf::from(wire::encode(&Op {
            author: account.id,
            uptime_ms: desk.now_ms,
            body: body.clone(),
        }))
    });
    let content = Content {
        actor,
        first_seq: cell.through + 1,
        boot: 0,
        wall_minus_uptime_ms: 0,
        floors: vec![(0, seen.max(Stamp::at_ms(desk.now_ms)))],
        ops: ops.collect(),
        origins: vec![],
    };
    let FrameDecision::Commit(frame) = decide_frame(desk, &Writer::Person(account.id), &content)? else {
        return Err(conflict("the account's own history does not take this"));
    };
    for judged in &frame.judged {
        if let Verdict::Quarantined(reason) = &judged.verdict {
            return Err(AdminRefusal::Unacceptable(reason_in_words(*reason, None)).into());
        }
    }
    let dots = (content.first_seq..).take(bodies.len());
    Ok((dots.map(|seq| Dot::new(actor, seq)).collect(), *frame))
}

/// The greatest stamp anything in a record bears.
pub(super) fn last_stamp(record: &Record) -> Stamp {
    let fields = record.fields.iter().map(|(id, field)| match field {
        Field::Register(register) => register.marker.stamp,
        Field::Candidates(_) => record
            .candidates(*id)
            .first()
            .map_or(Stamp::default(), |candidate| candidate.stamp),
        Field::Log(_) => record
            .entries(*id)
            .last()
            .map_or(Stamp::default(), |entry| entry.stamp),
        Field::Members(_) => Stamp::default(),
    });
    fields
        .chain([record.creation.facts.stamp, record.area.marker.stamp])
        .max()
        .unwrap_or_default()
}

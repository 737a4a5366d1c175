//! Deciding a frame of ops: repeats, gaps and forks; the clock; each op's verdict; what it releases.

use super::author::author;
use super::clock::{FrameClock, Moment};
use super::conflict::is_conflict;
use super::derive::{Heeded, heeded_of, heeded_of_released};
use super::judge::Judge;
use super::repeats::repeats_agree;
use super::{Desk, Found};
use crate::state::cell::{ActorCell, HeldCell};
use crate::state::entry::{FrameAct, Judged, Released};
use crate::state::{
    Draft, Folded, StateError, apply_judged, apply_released, finish_entry, grow_run, key, learn_clocks,
    note_anchor, read, twins,
};
use otor_protocol::ids::{ActorId, DeviceId, Dot, PersonId, Position, RecordId};
use otor_protocol::mutation::{self, Mutation};
use otor_protocol::op::{Body, Facts, Op};
use otor_protocol::sync::clock::guarded;
use otor_protocol::wire::{self, Content, Reason, Refill, Verdict};
use serde_bytes::ByteBuf;
use std::collections::BTreeSet;

/// Who sends a frame.
#[derive(Clone, Debug)]
pub enum Writer {
    /// An enrolled phone, in an exchange whose hello said so.
    Device {
        /// When, and in which boot.
        moment: Moment,
        /// Nonce and signature of the hello.
        signature: Option<(u32, ByteBuf)>,
    },
    /// An administrator's account or the server's rules.
    Person(PersonId),
}

impl Writer {
    fn moment(&self) -> Option<Moment> {
        match self {
            Writer::Device { moment, .. } => Some(*moment),
            Writer::Person(_) => None,
        }
    }
}

/// What becomes of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FrameDecision {
    /// To be journaled.
    Commit(Box<FrameAct>),
    /// The server has all of it already.
    Repeat,
    /// It begins after a gap: this actor is held through this seq only.
    Gap(u64),
    /// The server has other ops under the same numbers, or these under others.
    Forked(ActorId),
    /// The actor is not the writer's.
    NotYours(ActorId),
}

/// Decides a frame.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn decide_frame(desk: &Desk, writer: &Writer, content: &Content) -> Result<FrameDecision, StateError> {
    Ok(decide_told(desk, writer, (content, None), None)?.0)
}

/// The same for content that was read from `arrived`, with what folding the frame comes to and what rules heed: deciding
/// has done that work already.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn decide_and_fold(
    desk: &Desk,
    writer: &Writer,
    (content, arrived): (&Content, &[u8]),
) -> Result<(FrameDecision, Option<Found>), StateError> {
    decide_told(desk, writer, (content, Some(arrived)), None)
}

/// Decides a frame of ops that a former history had acknowledged: what it had said of them stands.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn decide_refill(
    desk: &Desk,
    writer: &Writer,
    content: &Content,
    refill: &Refill,
) -> Result<FrameDecision, StateError> {
    let server = read::server(desk.view)?;
    let before_ms = (!server.former.is_empty()).then_some(server.restored_ms);
    let told = before_ms.map(|before_ms| (refill, before_ms));
    Ok(decide_told(desk, writer, (content, None), told)?.0)
}

fn decide_told(
    desk: &Desk,
    writer: &Writer,
    (content, arrived): (&Content, Option<&[u8]>),
    told: Option<(&Refill, i64)>,
) -> Result<(FrameDecision, Option<Found>), StateError> {
    let actor = content.actor;
    let Some(cell) = read::get::<ActorCell>(desk.view, &key::actor(actor))? else {
        return Ok((FrameDecision::NotYours(actor), None));
    };
    let Some((author, device)) = author(desk, writer, &cell)? else {
        return Ok((FrameDecision::NotYours(actor), None));
    };
    if content.first_seq > cell.through + 1 {
        return Ok((FrameDecision::Gap(cell.through), None));
    }
    // Both fit: a content has at most FRAME_OPS_MAX ops.
    let skip = (cell.through + 1 - content.first_seq).min(content.ops.len() as u64) as usize;
    if !repeats_agree(desk, content, skip)? {
        return Ok((FrameDecision::Forked(actor), None));
    }
    if skip == content.ops.len() {
        return Ok((FrameDecision::Repeat, None));
    }
    if let Some(device) = &device
        && !mutation::active(Mutation::TwinsNotCompared)
    {
        for index in skip..content.ops.len() {
            if twins::has_twin(desk.view, device, content, index)? {
                return Ok((FrameDecision::Forked(actor), None));
            }
        }
    }
    // Whoever brings it, an op's time is that of the branch it was written in: that branch is told of it by this clock.
    let written_in = device
        .as_ref()
        .and_then(|cell| cell.branches().find(|actors| actors.contains(&actor)));
    let moment = writer.moment().map(|moment| Moment {
        branch: written_in.map_or(moment.branch, |actors| actors[0]),
        ..moment
    });
    let mut clock = FrameClock::of(desk, moment, content)?;
    let kept = arrived.map_or_else(|| content.encode_to_keep(), |arrived| content.kept_from(arrived));
    let mut act = FrameAct {
        content: ByteBuf::from(kept),
        skip: skip as u32,
        clock: None,
        uptime_shift_ms: clock.shift_ms,
        judged: Vec::new(),
        released: Vec::new(),
        signature: signature(writer),
    };
    let mut judge = Judge {
        draft: Draft::new(desk.view),
        catalogue: desk.catalogue,
        author,
    };
    note_anchor(&mut judge.draft, content, &act)?;
    let mut previous = cell.last_stamp;
    let moment = (Position::begin(desk.commit), desk.now_ms);
    let mut touched = Vec::new();
    let mut called = Vec::new();
    let mut heeded = BTreeSet::new();
    let ops: Vec<Option<Op>> = (skip..content.ops.len())
        .map(|index| content.op(index).ok())
        .collect();
    for index in skip..content.ops.len() {
        let dot = Dot::new(actor, content.first_seq + index as u64);
        let op = ops[index - skip].as_ref();
        let uptime_ms = op.map_or(0, |op| op.uptime_ms);
        let claimed_ms = uptime_ms.saturating_add(content.wall_minus_uptime_ms);
        let seen_until_ms = clock.seen_until_ms(desk.now_ms);
        let stamp = guarded(
            clock.stamp(uptime_ms),
            content.floor_at(index),
            previous,
            seen_until_ms,
        );
        // What was said in a former history stands, unless it cannot have been said then.
        let told = told.and_then(|(refill, before_ms)| {
            let said = refill.told(index)?;
            (said.0.ms() <= before_ms && !mutation::active(Mutation::RefillJudgedAnew)).then_some(said)
        });
        // But not before the actor's last: a late request may have brought that anew, with a later stamp.
        let stamp = told
            .as_ref()
            .map_or(stamp, |(stamp, _)| (*stamp).max(previous.next()));
        previous = previous.max(stamp);
        let facts = Facts {
            stamp,
            claimed_ms,
            level: judge.author.level,
            uncertain: clock.uncertain,
        };
        let (verdict, lane) = match told.map(|(_, verdict)| verdict) {
            Some(Verdict::Quarantined(reason)) => (Verdict::Quarantined(reason), None),
            Some(Verdict::Accepted) => judge.again(dot, op, facts, device.as_ref())?,
            Some(Verdict::Parked) | None => judge.op(dot, op, facts, device.as_ref())?,
        };
        if let (Verdict::Accepted, Some(op)) = (&verdict, op) {
            heeded.extend(heeded_of(desk.catalogue, dot, op));
            match &op.body {
                Body::Release { dot } => called.push(*dot),
                _ => touched.extend(op.record(dot)),
            }
            // What waits for a record of this number learns that it is none, if this creates none.
            touched.push(RecordId(dot));
        }
        let conflict = match (&verdict, op) {
            (Verdict::Accepted, Some(op)) => {
                let floor = content.floor_at(index);
                is_conflict(&judge.draft, desk.catalogue, dot, op, floor)?
            }
            _ => false,
        };
        let judged = Judged {
            verdict,
            facts,
            lane,
            conflict,
        };
        apply_judged(&mut judge.draft, moment, content, (index, op), &judged)?;
        act.judged.push(judged);
    }
    act.clock = clock.learnt();
    learn_clocks(&mut judge.draft, act.clock.iter());
    grow_run(&mut judge.draft, moment, content, &ops, &act)?;
    release(
        desk,
        &mut judge,
        content.ops.len() as u32,
        called,
        touched,
        &mut act.released,
    )?;
    finish_entry(&mut judge.draft, desk.commit, desk.now_ms, None)?;
    heeded.extend(heeded_of_released(desk, &act.released)?);
    let heeded = Heeded::after(&judge.draft, desk.commit, heeded)?;
    let folded = Folded::from(judge.draft);
    let found = Found { folded, heeded };
    Ok((FrameDecision::Commit(Box::new(act)), Some(found)))
}

fn signature(writer: &Writer) -> Option<(DeviceId, u32, ByteBuf)> {
    match writer {
        Writer::Device { moment, signature } => signature
            .clone()
            .map(|(nonce, signature)| (moment.device, nonce, signature)),
        Writer::Person(_) => None,
    }
}

/// Judges again what was kept aside for the records just touched, and what was called for by name.
pub(super) fn release(
    desk: &Desk,
    judge: &mut Judge,
    first_index: u32,
    called: Vec<Dot>,
    mut touched: Vec<RecordId>,
    released: &mut Vec<Released>,
) -> Result<(), StateError> {
    for dot in called {
        let record = release_one(desk, judge, first_index, dot, None, true, released)?;
        if let Some(record) = record {
            touched.push(record);
            release_behind(desk, judge, first_index, dot.actor, record, released)?;
        }
    }
    // Usually nothing is parked at all, and no record need be asked about.
    if mutation::active(Mutation::ParkedForgotten) || judge.draft.is_empty_under(&key::all_parked())? {
        touched.clear();
    }
    touched.sort_unstable();
    touched.dedup();
    for record in touched {
        loop {
            let mut progress = false;
            for place in judge.draft.keys(&key::parked_for(record))? {
                let Some(dot) = key::held_dot(&place) else {
                    continue;
                };
                progress |=
                    release_one(desk, judge, first_index, dot, Some(record), false, released)?.is_some();
            }
            if !progress {
                break;
            }
        }
    }
    Ok(())
}

/// What waited behind a released op of the same actor on the same record, in seq order, until one is refused.
fn release_behind(
    desk: &Desk,
    judge: &mut Judge,
    first_index: u32,
    actor: ActorId,
    record: RecordId,
    released: &mut Vec<Released>,
) -> Result<(), StateError> {
    let mut prefix = key::all_quarantined();
    prefix.extend(actor.0.to_be_bytes());
    for place in judge.draft.keys(&prefix)? {
        let Some(held) = judge.draft.get::<HeldCell>(&place)? else {
            continue;
        };
        let behind = held.record == Some(record) && held.reason == Some(Reason::BehindAnother);
        let Some(dot) = key::held_dot(&place).filter(|_| behind) else {
            continue;
        };
        if release_one(desk, judge, first_index, dot, None, false, released)?.is_none() {
            break;
        }
    }
    Ok(())
}

/// Judges one held op again. The record it concerns, if it was accepted now.
fn release_one(
    desk: &Desk,
    judge: &mut Judge,
    first_index: u32,
    dot: Dot,
    parked_for: Option<RecordId>,
    trusted: bool,
    released: &mut Vec<Released>,
) -> Result<Option<RecordId>, StateError> {
    let place = match parked_for {
        Some(record) => key::parked(record, dot),
        None => key::quarantined(dot),
    };
    let Some(held) = judge.draft.get::<HeldCell>(&place)? else {
        return Ok(None);
    };
    let Some((verdict, lane)) = judge.held(dot, &held, trusted)? else {
        return Ok(None);
    };
    let unchanged = match &verdict {
        Verdict::Parked => parked_for.is_some(),
        Verdict::Quarantined(reason) => held.reason == Some(*reason),
        Verdict::Accepted => false,
    };
    if unchanged {
        return Ok(None);
    }
    let accepted = verdict == Verdict::Accepted;
    let op = wire::decode::<Op>(&held.op).ok().filter(|_| accepted);
    let conflict = match op {
        Some(op) => is_conflict(&judge.draft, desk.catalogue, dot, &op, held.floor)?,
        None => false,
    };
    let one = Released {
        conflict,
        dot,
        parked_for,
        verdict,
        lane,
    };
    let index = first_index + released.len() as u32;
    apply_released(&mut judge.draft, desk.commit, index, desk.now_ms, &one)?;
    released.push(one);
    Ok(held.record.filter(|_| accepted))
}

//! Deciding a frame of ops: repeats, gaps and forks; the clock; each op's verdict; what it releases.

use super::Desk;
use super::clock::{FrameClock, Moment};
use super::conflict::is_conflict;
use super::judge::{Author, Judge};
use crate::state::cell::{ActorCell, ActorOwner, DeviceCell, HeldCell, PersonCell, Role, RunCell};
use crate::state::entry::{FrameAct, Judged, Released};
use crate::state::{Draft, StateError, apply_judged, apply_released, key, read, twins};
use otor_protocol::ids::{ActorId, DeviceId, Dot, Level, PersonId, Position, RecordId};
use otor_protocol::keys::op_hash;
use otor_protocol::limits::FRAME_OPS_MAX;
use otor_protocol::mutation::{self, Mutation};
use otor_protocol::op::{Body, Facts, Op};
use otor_protocol::sync::clock::guarded;
use otor_protocol::wire::{self, Content, Reason, Refill, Verdict};
use serde_bytes::ByteBuf;

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
    decide_told(desk, writer, content, None)
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
    decide_told(
        desk,
        writer,
        content,
        before_ms.map(|before_ms| (refill, before_ms)),
    )
}

fn decide_told(
    desk: &Desk,
    writer: &Writer,
    content: &Content,
    told: Option<(&Refill, i64)>,
) -> Result<FrameDecision, StateError> {
    let actor = content.actor;
    let Some(cell) = read::get::<ActorCell>(desk.view, &key::actor(actor))? else {
        return Ok(FrameDecision::NotYours(actor));
    };
    let Some((author, device)) = author(desk, writer, &cell)? else {
        return Ok(FrameDecision::NotYours(actor));
    };
    if content.first_seq > cell.through + 1 {
        return Ok(FrameDecision::Gap(cell.through));
    }
    // Both fit: a content has at most FRAME_OPS_MAX ops.
    let skip = (cell.through + 1 - content.first_seq).min(content.ops.len() as u64) as usize;
    if !repeats_agree(desk, content, skip)? {
        return Ok(FrameDecision::Forked(actor));
    }
    if skip == content.ops.len() {
        return Ok(FrameDecision::Repeat);
    }
    if let Some(device) = &device {
        for index in skip..content.ops.len() {
            if twins::has_twin(desk.view, device, content, index)? {
                return Ok(FrameDecision::Forked(actor));
            }
        }
    }
    let mut clock = FrameClock::of(desk, writer.moment(), content)?;
    let mut act = FrameAct {
        content: ByteBuf::from(content.encode_to_keep()),
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
    let mut previous = cell.last_stamp;
    let begin = Position::begin(desk.commit);
    let mut touched = Vec::new();
    let mut called = Vec::new();
    for index in skip..content.ops.len() {
        let dot = Dot::new(actor, content.first_seq + index as u64);
        let op = content.op(index).ok();
        let uptime_ms = op.as_ref().map_or(0, |op| op.uptime_ms);
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
        let stamp = told.as_ref().map_or(stamp, |(stamp, _)| *stamp);
        previous = previous.max(stamp);
        let facts = Facts {
            stamp,
            claimed_ms,
            level: judge.author.level,
            uncertain: clock.uncertain,
        };
        let (verdict, lane) = match told.map(|(_, verdict)| verdict) {
            Some(Verdict::Quarantined(reason)) => (Verdict::Quarantined(reason), None),
            Some(Verdict::Accepted) => judge.again(dot, op.as_ref(), facts, device.as_ref())?,
            Some(Verdict::Parked) | None => judge.op(dot, op.as_ref(), facts, device.as_ref())?,
        };
        if let (Verdict::Accepted, Some(op)) = (&verdict, &op) {
            match &op.body {
                Body::Release { dot } => called.push(*dot),
                _ => touched.extend(op.record(dot)),
            }
        }
        let conflict = match (&verdict, &op) {
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
        let bytes = &content.ops[index];
        apply_judged(
            &mut judge.draft,
            begin,
            desk.now_ms,
            content,
            index,
            bytes,
            &judged,
        )?;
        act.judged.push(judged);
    }
    act.clock = clock.learnt();
    release(
        desk,
        &mut judge,
        content.ops.len() as u32,
        called,
        touched,
        &mut act.released,
    )?;
    Ok(FrameDecision::Commit(Box::new(act)))
}

fn signature(writer: &Writer) -> Option<(DeviceId, u32, ByteBuf)> {
    match writer {
        Writer::Device { moment, signature } => signature
            .clone()
            .map(|(nonce, signature)| (moment.device, nonce, signature)),
        Writer::Person(_) => None,
    }
}

/// Who writes with this actor, if it is the writer's at all.
fn author(
    desk: &Desk,
    writer: &Writer,
    actor: &ActorCell,
) -> Result<Option<(Author, Option<DeviceCell>)>, StateError> {
    let (person, lane, device) = match (writer, actor.owner) {
        (Writer::Device { moment, .. }, ActorOwner::Device(owner, lane)) if moment.device == owner => {
            let Some(cell) = read::device(desk.view, owner)? else {
                return Ok(None);
            };
            (cell.owner, Some(lane), Some(cell))
        }
        (Writer::Person(person), ActorOwner::Person(owner)) if *person == owner => (owner, None, None),
        _ => return Ok(None),
    };
    let Some(cell) = read::person(desk.view, person)? else {
        return Ok(None);
    };
    let level = level_of(&cell);
    Ok(Some((
        Author {
            person: cell,
            level,
            lane,
            trusted: false,
        },
        device,
    )))
}

/// A person as the author of what is judged again on their phone's behalf.
pub(super) fn account_of(desk: &Desk, person: PersonId) -> Result<Option<Author>, StateError> {
    Ok(read::person(desk.view, person)?.map(|person| Author {
        level: level_of(&person),
        person,
        lane: None,
        trusted: false,
    }))
}

fn level_of(person: &PersonCell) -> Level {
    match &person.role {
        Role::Worker(_) => Level::WORKER,
        Role::Account(account) => account.level,
        Role::Rules => Level::RULES,
    }
}

/// Whether the first `skip` ops are the ones the server has.
fn repeats_agree(desk: &Desk, content: &Content, skip: usize) -> Result<bool, StateError> {
    if skip == 0 || mutation::active(Mutation::RepeatsNotCompared) {
        return Ok(true);
    }
    let from = key::run(
        content.actor,
        content.first_seq.saturating_sub(FRAME_OPS_MAX as u64),
    );
    let to = key::run(content.actor, content.first_seq + skip as u64);
    let mut known = std::collections::BTreeMap::new();
    for (place, run) in read::range::<RunCell>(desk.view, &from, &to, usize::MAX)? {
        let first_seq = place
            .get(5..13)
            .and_then(|seq| seq.try_into().ok())
            .map_or(0, u64::from_be_bytes);
        for (offset, op) in run.ops.iter().enumerate() {
            known.insert(first_seq + offset as u64, op.hash);
        }
    }
    Ok((0..skip)
        .all(|index| known.get(&(content.first_seq + index as u64)) == Some(&op_hash(&content.ops[index]))))
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
    if mutation::active(Mutation::ParkedForgotten) {
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

//! The welcome: what became of the phone's ops since its last acknowledgement, and its scopes.

use crate::state::cell::{ActorCell, DeviceCell, RunCell};
use crate::state::{StateError, key, read, scopes_of_device_owner};
use crate::store::engine::View;
use otor_protocol::ids::{ActorId, Dot, RecordId};
use otor_protocol::limits::FRAME_OPS_MAX;
use otor_protocol::stamp::Stamp;
use otor_protocol::wire::{AckRun, ActorAck, Hello, LaneState, ScopeGrant, Verdict, Welcome};

/// Most runs told in one welcome for one actor; the next exchange tells on.
const RUNS_MAX: usize = 256;
/// Most ops of one actor told one by one in one welcome, so that it fits its frame.
const EXCEPTIONS_MAX: usize = 1_000;

/// Composes the welcome to a hello, from the durable state at `point`. Also the scopes the phone has from
/// now on.
pub(super) fn compose(
    view: &dyn View,
    point: u64,
    now_ms: i64,
    hello: &Hello,
    device: &DeviceCell,
) -> Result<(Welcome, Vec<ScopeGrant>), StateError> {
    let server = read::server(view)?;
    let revoked = device.revoked_ms.is_some();
    let scopes = if revoked {
        Vec::new()
    } else {
        scopes_of_device_owner(view, device.owner)?
    };
    let acks = hello
        .lanes
        .iter()
        .map(|lane| ack(view, lane))
        .collect::<Result<_, _>>()?;
    let held: Vec<_> = hello.feeds.iter().map(|feed| feed.scope).collect();
    let gained = scopes
        .iter()
        .filter(|grant| !held.contains(&grant.scope))
        .cloned()
        .collect();
    let lost = held
        .iter()
        .filter(|scope| !scopes.iter().any(|grant| grant.scope == **scope))
        .copied()
        .collect();
    let welcome = Welcome {
        nonce: hello.nonce,
        incarnation: server.incarnation,
        server_ms: now_ms.max(server.last_ms),
        point,
        acks,
        gained,
        lost,
        revoked,
    };
    Ok((welcome, scopes))
}

fn ack(view: &dyn View, lane: &LaneState) -> Result<ActorAck, StateError> {
    let actor = lane.actor;
    let cell = read::get::<ActorCell>(view, &key::actor(actor))?;
    let Some(cell) = cell.clone().filter(|cell| cell.through > lane.acked) else {
        // Nothing new: the phone compares the chain at its own acknowledged seq, which it knows.
        let (through, chain) = cell.map_or((0, Default::default()), |cell| (cell.through, cell.chain));
        return Ok(ActorAck {
            actor,
            through,
            chain,
            runs: Vec::new(),
        });
    };
    let from = key::run(actor, (lane.acked + 1).saturating_sub(FRAME_OPS_MAX as u64));
    let to = key::run(actor, cell.through + 1);
    let mut ack = ActorAck {
        actor,
        through: lane.acked,
        chain: Default::default(),
        runs: Vec::new(),
    };
    for (place, run) in read::range::<RunCell>(view, &from, &to, RUNS_MAX + 2)? {
        let first_seq = place
            .get(5..13)
            .and_then(|seq| seq.try_into().ok())
            .map_or(0, u64::from_be_bytes);
        let after = first_seq + run.ops.len() as u64;
        if after <= lane.acked + 1 {
            continue;
        }
        ack.through = after - 1;
        ack.chain = run.chain;
        ack.runs
            .push(tell_run(view, actor, first_seq, lane.acked + 1, run)?);
        let exceptions: usize = ack
            .runs
            .iter()
            .map(|run| run.stamps.len() + run.verdicts.len() + run.in_inbox.len())
            .sum();
        if ack.runs.len() >= RUNS_MAX || exceptions >= EXCEPTIONS_MAX {
            break;
        }
    }
    Ok(ack)
}

/// A run as told to its phone, from `from_seq` on.
fn tell_run(
    view: &dyn View,
    actor: ActorId,
    first_seq: u64,
    from_seq: u64,
    run: RunCell,
) -> Result<AckRun, StateError> {
    // Both fit: a run has at most FRAME_OPS_MAX ops.
    let skip = from_seq.saturating_sub(first_seq) as usize;
    let mut told = AckRun {
        first_seq: first_seq + skip as u64,
        count: (run.ops.len() - skip) as u32,
        commit: run.commit,
        first_index: run.first_index + skip as u32,
        level: run.level,
        uptime_shift_ms: run.uptime_shift_ms,
        stamps: Vec::new(),
        verdicts: Vec::new(),
        in_inbox: Vec::new(),
    };
    for (op, offset) in run.ops.into_iter().skip(skip).zip(0u32..) {
        let stamp: Option<Stamp> = op.stamp;
        told.stamps.extend(stamp.map(|stamp| (offset, stamp)));
        if op.in_inbox {
            told.in_inbox.push(offset);
        }
        let dot = Dot::new(actor, told.first_seq + u64::from(offset));
        if op.verdict != Verdict::Accepted && still_aside(view, dot, &op.verdict)? {
            told.verdicts.push((offset, op.verdict));
        }
    }
    Ok(told)
}

/// Whether an op that was kept aside still is: what was released meanwhile is told as accepted, so that a
/// phone whose inbox starts anew learns of it too.
fn still_aside(view: &dyn View, dot: Dot, verdict: &Verdict) -> Result<bool, StateError> {
    if *verdict != Verdict::Parked {
        return Ok(view.get(&key::quarantined(dot))?.is_some());
    }
    let prefix = key::all_parked();
    let parked = view.range(&prefix, &key::end_of(&prefix), usize::MAX)?;
    let tail = &key::record(RecordId(dot))[1..];
    let quarantined_since = view.get(&key::quarantined(dot))?.is_some();
    Ok(quarantined_since || parked.iter().any(|(place, _)| place.ends_with(tail)))
}

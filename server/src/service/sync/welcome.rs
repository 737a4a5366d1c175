//! The welcome: what became of the phone's ops since its last acknowledgement, and its scopes.

use super::endings;
use super::horizon;
use super::pieces;
use crate::decide::asks_clock;
use crate::state::cell::{ActorCell, AnchorCell, DeviceCell, HeldCell, LostCell, RunCell};
use crate::state::{StateError, key, read, scopes_of_device_owner};
use crate::store::engine::View;
use otor_protocol::ids::{ActorId, Dot, Lane, RecordId};
use otor_protocol::limits::FRAME_OPS_MAX;
use otor_protocol::mutation::{self, Mutation};
use otor_protocol::stamp::Stamp;
use otor_protocol::sync::clock::BootLine;
use otor_protocol::wire::{AckRun, BootClock, Hello, LaneAck, Packing, ScopeGrant, Verdict, Welcome};

/// Most runs told in one welcome for one actor; the next exchange tells on.
const RUNS_MAX: usize = 256;
/// What the mutation that forgets verdicts takes for an earlier request, in milliseconds.
const LONG_AGO_MS: i64 = 10_000;
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
    let mut scopes = if revoked && !mutation::active(Mutation::RevokedServed) {
        Vec::new()
    } else {
        scopes_of_device_owner(view, device.owner)?
    };
    if mutation::active(Mutation::ScopesByHello) {
        let named = hello.feeds.iter().map(|feed| feed.scope);
        let others: Vec<_> = named
            .filter(|scope| scopes.iter().all(|grant| grant.scope != *scope))
            .map(|scope| ScopeGrant { scope, area: None })
            .collect();
        scopes.extend(others);
    }
    let packs = Packing::known(hello.packing) != Packing::None;
    let mut acks = Vec::new();
    let mut clocks = Clocks::begin(view, hello)?;
    for (lane, told) in Lane::ALL.into_iter().zip(hello.lanes) {
        let ack = ack(view, hello, lane, told.acked, &mut clocks)?;
        acks.extend(ack.map(|ack| if packs { ack.terse(told) } else { ack }));
    }
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
    let restarts = horizon::restarts(view, hello, &scopes)?;
    let mut notices = Vec::new();
    if !revoked {
        notices = pieces::notices(view, hello)?;
        notices.extend(endings::notices(view, hello, &scopes)?);
    }
    let welcome = Welcome {
        server_ms: now_ms.max(server.last_ms),
        point,
        acks,
        clocks: clocks.0,
        gained,
        lost,
        restarts,
        revoked,
        anchor: anchor(view, hello)?,
        notices,
    };
    Ok((welcome, scopes))
}

/// The nonce under which ops of the phone's branch were last journaled, if the hello shows another.
fn anchor(view: &dyn View, hello: &Hello) -> Result<Option<u16>, StateError> {
    let anchor = read::get::<AnchorCell>(view, &key::anchor(hello.first_actor))?;
    Ok(anchor
        .map(|anchor| anchor.nonce)
        .filter(|nonce| *nonce != hello.known_anchor()))
}

/// The clocks a welcome tells: of the present boot if the phone asks, and of those whose ops are told of.
pub(super) struct Clocks(Vec<BootClock>);

impl Clocks {
    pub(super) fn begin(view: &dyn View, hello: &Hello) -> Result<Self, StateError> {
        let mut clocks = Clocks(Vec::new());
        if asks_clock(hello) {
            clocks.tell(view, hello.first_actor, hello.boot)?;
        }
        Ok(clocks)
    }

    /// What is to be told.
    pub(super) fn into_told(self) -> Vec<BootClock> {
        self.0
    }

    fn tell(&mut self, view: &dyn View, branch: ActorId, boot: u64) -> Result<(), StateError> {
        let known = self.0.iter().any(|clock| clock.boot == boot);
        let line = read::get::<BootLine>(view, &key::clock(branch, boot))?.filter(|_| !known);
        self.0.extend(line.map(|line| BootClock {
            boot,
            shift_ms: line.shift_ms,
            uncertain: line.uncertain,
        }));
        Ok(())
    }
}

/// What became of an actor's ops after `acked`; none if there is nothing to tell.
pub(super) fn ack(
    view: &dyn View,
    hello: &Hello,
    lane: Lane,
    acked: u64,
    clocks: &mut Clocks,
) -> Result<Option<LaneAck>, StateError> {
    let actor = hello.actor(lane);
    let cell = read::get::<ActorCell>(view, &key::actor(actor))?;
    let Some(cell) = cell.filter(|cell| cell.through > acked) else {
        return Ok(None);
    };
    let from = key::run(actor, (acked + 1).saturating_sub(FRAME_OPS_MAX as u64));
    let to = key::run(actor, cell.through + 1);
    let mut ack = LaneAck {
        lane,
        through: acked,
        chain: None,
        runs: Vec::new(),
    };
    for (place, run) in read::range::<RunCell>(view, &from, &to, RUNS_MAX + 2)? {
        let first_seq = key::run_seq(&place).unwrap_or(0);
        let after = first_seq + run.ops.len() as u64;
        if after <= acked + 1 {
            continue;
        }
        ack.through = after - 1;
        ack.chain = Some(run.chain);
        clocks.tell(view, hello.first_actor, run.boot)?;
        ack.runs.push(tell_run(view, actor, first_seq, acked + 1, run)?);
        let exceptions: usize = ack
            .runs
            .iter()
            .map(|run| run.stamps.len() + run.verdicts.len() + run.in_inbox.len() + run.conflicts.len())
            .sum();
        if ack.runs.len() >= RUNS_MAX || exceptions >= EXCEPTIONS_MAX {
            break;
        }
    }
    if let Some(lost) = read::get::<LostCell>(view, &key::lost(actor, ack.through + 1))? {
        ack.through = lost.last;
        ack.chain = Some(lost.chain);
    }
    Ok(Some(ack))
}

/// A run as told to its phone, from `from_seq` on.
pub(super) fn tell_run(
    view: &dyn View,
    actor: ActorId,
    first_seq: u64,
    from_seq: u64,
    run: RunCell,
) -> Result<AckRun, StateError> {
    // Both fit: a run has at most FRAME_OPS_MAX ops.
    let skip = from_seq.saturating_sub(first_seq) as usize;
    let mut told = AckRun {
        count: (run.ops.len() - skip) as u32,
        commit: run.commit,
        first_index: run.first_index + skip as u32,
        level: run.level,
        stamps: Vec::new(),
        verdicts: Vec::new(),
        in_inbox: Vec::new(),
        conflicts: Vec::new(),
    };
    let first_told = first_seq + skip as u64;
    let forgotten = mutation::active(Mutation::VerdictNotRetold)
        && run.received_ms + LONG_AGO_MS < read::server(view)?.last_ms;
    for (op, offset) in run.ops.into_iter().skip(skip).zip(0u32..) {
        let stamp: Option<Stamp> = op.stamp;
        told.stamps.extend(stamp.map(|stamp| (offset, stamp)));
        if op.in_inbox && !mutation::active(Mutation::OwnMembershipUntold) {
            told.in_inbox.push(offset);
        }
        if op.conflict {
            told.conflicts.push(offset);
        }
        let dot = Dot::new(actor, first_told + u64::from(offset));
        if !forgotten && op.verdict != Verdict::Accepted {
            let now = verdict_now(view, dot)?;
            told.verdicts.extend(now.map(|verdict| (offset, verdict)));
        }
    }
    Ok(told)
}

/// What is true by now of an op that was kept aside when it came; none if it is merged. What changed meanwhile is told
/// as it is, so that a phone whose inbox starts anew learns of it too.
fn verdict_now(view: &dyn View, dot: Dot) -> Result<Option<Verdict>, StateError> {
    if let Some(held) = read::get::<HeldCell>(view, &key::quarantined(dot))? {
        return Ok(Some(held.reason.map_or(Verdict::Parked, Verdict::Quarantined)));
    }
    let prefix = key::all_parked();
    let parked = view.range(&prefix, &key::end_of(&prefix), usize::MAX)?;
    let tail = &key::record(RecordId(dot))[1..];
    let is_parked = parked.iter().any(|(place, _)| place.ends_with(tail));
    Ok(is_parked.then_some(Verdict::Parked))
}

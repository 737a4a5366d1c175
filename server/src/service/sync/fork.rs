//! What a copied phone is told: actors of its own, and what the server has of the branch it came with, so that it
//! finds by content where its own later work begins.

use super::Known;
use super::moved::moved;
use super::welcome::{Clocks, ack};
use crate::decide::history::is_anothers;
use crate::decide::{Decided, Desk, copies};
use crate::service::attempts::Attempts;
use crate::state::cell::HeldCell;
use crate::state::twins::runs;
use crate::state::{StateError, key, read};
use crate::store::engine::View;
use otor_protocol::ids::{ActorId, DeviceId, Dot, Lane};
use otor_protocol::keys::{Certificate, Secret};
use otor_protocol::wire::{Forked, Hello, LaneFork, LaneState, Refusal};
use serde_bytes::ByteBuf;

/// Most hashes told of one lane; the phone asks again for more.
const HASHES_MAX: u64 = 2_000;
/// Most ops kept aside that are named for one lane.
const ASIDE_MAX: usize = 1_000;

/// Decides the actors that a copy of a phone, whose first now is `present`, goes on with; none if there is no such
/// phone.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn propose_branch(
    desk: &Desk,
    (device, present): (DeviceId, ActorId),
    attempts: &Attempts,
) -> Result<(Option<Decided>, Option<[ActorId; 3]>), StateError> {
    let (decided, actors) = copies::branch(desk, (device, present), |first_actor| {
        attempts.has_met(first_actor)
    })?;
    if let (Some(_), Some(actors)) = (&decided, &actors) {
        tracing::warn!(
            device = device.0,
            branch = actors[0].0,
            "a copy of this phone has come (a clone, or restored from a backup): it goes on with numbers of its own"
        );
    }
    Ok((decided, actors))
}

/// Composes what a copy is told that goes on with `actors`.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn forked(
    view: &dyn View,
    server: &Secret,
    known: &Known,
    hello: &Hello,
    actors: [ActorId; 3],
) -> Result<Refusal, StateError> {
    let mut clocks = Clocks::begin(view, hello)?;
    let mut lanes: [LaneFork; 3] = Default::default();
    for (lane, told) in Lane::ALL.into_iter().zip(hello.lanes) {
        // Of numbers that are somebody else's by now nothing is the phone's.
        if is_anothers(view, hello.actor(lane), &known.device.keys)? {
            continue;
        }
        lanes[lane.index()] = LaneFork {
            moved: moved(view, &known.device, hello, lane)?,
            ..lane_fork(view, hello, lane, told, &mut clocks)?
        };
    }
    let device = &known.device;
    let certificate = Certificate::issue(server, device.id, device.owner, actors, device.keys);
    Ok(Refusal::Forked(Box::new(Forked {
        certificate,
        lanes,
        clocks: clocks.into_told(),
    })))
}

fn lane_fork(
    view: &dyn View,
    hello: &Hello,
    lane: Lane,
    told: LaneState,
    clocks: &mut Clocks,
) -> Result<LaneFork, StateError> {
    let actor = hello.actor(lane);
    let aside = aside(view, actor, told.acked)?;
    let Some(ack) = ack(view, hello, lane, told.acked, clocks)? else {
        return Ok(LaneFork {
            aside,
            ..LaneFork::default()
        });
    };
    let last = told
        .last()
        .min(ack.through)
        .min(told.acked.saturating_add(HASHES_MAX));
    let mut hashes = Vec::new();
    for (first_seq, run) in runs(view, actor, told.acked + 1, last)? {
        for (op, seq) in run.ops.iter().zip(first_seq..) {
            if seq > told.acked && seq <= last {
                hashes.extend(op.hash.to_be_bytes());
            }
        }
    }
    let held = read::get::<crate::state::cell::ActorCell>(view, &key::actor(actor))?;
    let through = held.map_or(0, |cell| cell.through);
    Ok(LaneFork {
        hashes: ByteBuf::from(hashes),
        runs: ack.runs,
        more: last < told.last().min(through),
        aside,
        moved: Vec::new(),
    })
}

/// The ops of an actor up to `acked` that are kept aside; none if there are too many to name.
fn aside(view: &dyn View, actor: ActorId, acked: u64) -> Result<Option<Vec<u64>>, StateError> {
    let from = key::quarantined(Dot::new(actor, 0));
    let to = key::quarantined(Dot::new(actor, acked.saturating_add(1)));
    let quarantined = view.range(&from, &to, ASIDE_MAX + 1)?;
    let parked = read::under::<HeldCell>(view, &key::all_parked())?;
    let mut seqs: Vec<u64> = quarantined
        .iter()
        .map(|(place, _)| place)
        .chain(parked.iter().map(|(place, _)| place))
        .filter_map(|place| key::held_dot(place))
        .filter(|dot| dot.actor == actor && dot.seq <= acked)
        .map(|dot| dot.seq)
        .collect();
    seqs.sort_unstable();
    Ok((seqs.len() <= ASIDE_MAX).then_some(seqs))
}

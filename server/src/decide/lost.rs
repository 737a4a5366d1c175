//! Seqs that a phone has lost before they were sent: its actor goes on after them, and what waited for records
//! that they would have created waits no more.

use super::author::account_of;
use super::frame::release;
use super::judge::Judge;
use super::{Decision, Desk};
use crate::state::cell::{ActorCell, DeviceCell, HeldCell};
use crate::state::entry::{Act, LostRange};
use crate::state::{Draft, StateError, apply_lost, key, read};
use otor_protocol::ids::{ActorId, Dot, RecordId};
use otor_protocol::op::{Change, Op};
use otor_protocol::wire::{self, Hello, Request};

/// Whether a hello declares seqs of an actor lost, this one among them.
pub fn declares_lost(hello: &Hello, actor: ActorId, seq: u64) -> bool {
    ranges(hello).any(|range| range.actor == actor && (range.first..=range.last).contains(&seq))
}

/// Whether a hello declares anything lost.
pub fn declares_any_lost(hello: &Hello) -> bool {
    ranges(hello).next().is_some()
}

fn ranges(hello: &Hello) -> impl Iterator<Item = LostRange> {
    hello.requests.iter().filter_map(|request| match *request {
        Request::Lost {
            lane,
            first,
            last,
            chain,
        } => Some(LostRange {
            actor: hello.actor(lane),
            first,
            last,
            chain,
        }),
        _ => None,
    })
}

/// Decides what a signed hello declares lost: of that, what the server does not hold, where nothing before it is
/// missing.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn decide_lost(desk: &Desk, device: &DeviceCell, hello: &Hello) -> Decision {
    let mut lost = Vec::new();
    let actors = device.branch(hello.first_actor).unwrap_or_default();
    for range in ranges(hello).filter(|range| actors.contains(&range.actor)) {
        let Some(actor) = read::get::<ActorCell>(desk.view, &key::actor(range.actor))? else {
            continue;
        };
        let follows = range.first <= actor.through.saturating_add(1);
        let twice = lost.iter().any(|other: &LostRange| other.actor == range.actor);
        if follows && range.last > actor.through && !twice {
            lost.push(LostRange {
                first: actor.through + 1,
                ..range
            });
        }
    }
    if lost.is_empty() || hello.signature.is_none() {
        return Ok(None);
    }
    let Some(author) = account_of(desk, device.owner)? else {
        return Ok(None);
    };
    let mut judge = Judge {
        draft: Draft::new(desk.view),
        catalogue: desk.catalogue,
        author,
    };
    for range in &lost {
        apply_lost(&mut judge.draft, desk.now_ms, range)?;
    }
    let awaited = awaited_in(&judge.draft, &lost)?;
    let mut released = Vec::new();
    release(desk, &mut judge, 0, Vec::new(), awaited, &mut released)?;
    let act = Act::Lost {
        device: device.id,
        ranges: lost,
        released,
    };
    Ok(Some(act.into()))
}

/// The records for which ops wait because of lost ones: what these would have created, and what ops are to edit that name
/// one of them. Little is ever parked, and little is lost.
fn awaited_in(draft: &Draft, lost: &[LostRange]) -> Result<Vec<RecordId>, StateError> {
    let is_lost = |dot: Dot| {
        let mut ranges = lost.iter().filter(|range| range.actor == dot.actor);
        ranges.any(|range| (range.first..=range.last).contains(&dot.seq))
    };
    let mut awaited = Vec::new();
    for place in draft.keys(&key::all_parked())? {
        let Some(held) = draft.get::<HeldCell>(&place)? else {
            continue;
        };
        let op = wire::decode::<Op>(&held.op).ok();
        let names_lost =
            || op.is_some_and(|op| op.changes().iter().flat_map(Change::takes_away).any(is_lost));
        awaited.extend(held.record.filter(|record| is_lost(record.0) || names_lost()));
    }
    Ok(awaited)
}

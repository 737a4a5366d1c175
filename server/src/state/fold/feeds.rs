//! Entries of feeds: what a scope is told, and what an author is told of an op that was kept aside.

use crate::state::cell::{ActorCell, ActorOwner, DeviceCell, FeedCell};
use crate::state::draft::{Draft, StateError};
use crate::state::entry::Released;
use crate::state::key;
use otor_protocol::ids::{Dot, Lane, Position, ScopeId};
use otor_protocol::op::Facts;
use otor_protocol::wire::{News, Verdict};

/// The author's phone left the op as parked or quarantined: its owner's inbox tells the new verdict.
pub(super) fn tell_author(
    draft: &mut Draft,
    position: Position,
    dot: Dot,
    released: &Released,
    facts: Facts,
    in_inbox: bool,
) -> Result<(), StateError> {
    let Some(actor) = draft.look::<ActorCell>(&key::actor(dot.actor))? else {
        return Ok(());
    };
    let ActorOwner::Device(device, lane) = actor.owner else {
        return Ok(());
    };
    let Some(device) = draft.look::<DeviceCell>(&key::device(device))? else {
        return Ok(());
    };
    let news = News::Verdict {
        dot,
        verdict: released.verdict.clone(),
        facts,
        in_inbox,
        conflict: released.conflict && released.verdict == Verdict::Accepted,
    };
    tell(draft, ScopeId::inbox(device.owner), lane, position, news)
}

/// Adds an entry to a feed, after its effect on the members.
pub(super) fn tell(
    draft: &mut Draft,
    scope: ScopeId,
    lane: Lane,
    position: Position,
    news: News,
) -> Result<(), StateError> {
    let digest = draft.get(&key::digest(scope, lane))?.unwrap_or_default();
    draft.change_new(key::feed(scope, lane, position), |feed: &mut FeedCell| {
        feed.entries.push((position.index, news));
        feed.digest = digest;
    })
}

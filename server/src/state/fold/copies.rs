//! Folding of what is found out about copied phones: actors of their own, old numbers, anchors.

use super::new_actor;
use crate::state::cell::{ActorCell, ActorOwner, AnchorCell, CopyCell, DeviceCell, ServerCell};
use crate::state::draft::{Draft, StateError};
use crate::state::key;
use otor_protocol::ids::{ActorId, DeviceId, Lane};
use otor_protocol::renumber::AliasRun;

/// Gives a copy of a phone actors of its own.
pub(super) fn branch(
    draft: &mut Draft,
    at_ms: i64,
    device: DeviceId,
    actors: [ActorId; 3],
) -> Result<(), StateError> {
    let Some(mut cell) = draft.get::<DeviceCell>(&key::device(device))? else {
        return Ok(());
    };
    let found_ms = at_ms;
    cell.copies.push(CopyCell { actors, found_ms });
    draft.put(key::device(device), cell);
    let mut server: ServerCell = draft.get(&key::server())?.unwrap_or_default();
    for (actor, lane) in actors.into_iter().zip(Lane::ALL) {
        server.next_actor = server.next_actor.max(actor.0 + 1);
        draft.put(key::actor(actor), new_actor(ActorOwner::Device(device, lane)));
    }
    draft.put(key::server(), server);
    Ok(())
}

/// Notes old numbers.
pub(super) fn aliases(draft: &mut Draft, runs: &[AliasRun]) {
    for run in runs {
        draft.put(key::alias(run.actor, run.first, run.to.actor), *run);
    }
}

/// Notes the nonce under which a phone's ops were journaled.
pub(super) fn anchor(draft: &mut Draft, actor: ActorId, nonce: u16) -> Result<(), StateError> {
    let cell = draft.get::<ActorCell>(&key::actor(actor))?;
    let Some(ActorOwner::Device(_, lane)) = cell.map(|cell| cell.owner) else {
        return Ok(());
    };
    let server: ServerCell = draft.get(&key::server())?.unwrap_or_default();
    let anchor = AnchorCell {
        incarnation: server.incarnation,
        nonce,
    };
    // The actors of a branch are consecutive, by lane.
    let first_actor = ActorId(actor.0.saturating_sub(lane.index() as u32));
    draft.put(key::anchor(first_actor), anchor);
    Ok(())
}

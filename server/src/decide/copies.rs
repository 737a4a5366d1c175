//! Copies of phones: actors of their own, and the old numbers of the work they renumber.

use super::{Decided, Desk};
use crate::state::cell::{ActorCell, AnchorCell, DeviceCell};
use crate::state::entry::Act;
use crate::state::{StateError, key, read};
use crate::store::engine::View;
use otor_protocol::ids::{ActorId, DeviceId};
use otor_protocol::renumber::AliasRun;

/// Gives a copy of a phone actors of its own, instead of those whose first is `present`. Those that an earlier copy was
/// given and never used are given again, so that lost replies do not use up numbers without end; `met` says whether a
/// branch, named by its actor of lane 0, has been heard of. Only later ones than the present: a phone that was admitted
/// again may have nothing here under its own, and has had all that were before. None if there is no such phone.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn branch(
    desk: &Desk,
    (device, present): (DeviceId, ActorId),
    met: impl Fn(ActorId) -> bool,
) -> Result<(Option<Decided>, Option<[ActorId; 3]>), StateError> {
    let Some(cell) = read::device(desk.view, device)? else {
        return Ok((None, None));
    };
    if let Some(last) = cell.copies.last()
        && last.actors[0] > present
        && !met(last.actors[0])
        && !is_used(desk.view, last.actors)?
    {
        return Ok((None, Some(last.actors)));
    }
    let actors = read::server(desk.view)?.next_three();
    Ok((Some(Act::Branch { device, actors }.into()), Some(actors)))
}

fn is_used(view: &dyn View, actors: [ActorId; 3]) -> Result<bool, StateError> {
    if read::get::<AnchorCell>(view, &key::anchor(actors[0]))?.is_some() {
        return Ok(true);
    }
    for actor in actors {
        let cell = read::get::<ActorCell>(view, &key::actor(actor))?;
        if cell.is_some_and(|cell| cell.through > 0) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Notes old numbers that a copy of a phone tells, as far as they are new and its own to tell.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn aliases(
    desk: &Desk,
    device: DeviceId,
    runs: &[AliasRun],
) -> Result<(Option<Decided>, ()), StateError> {
    let Some(cell) = read::device(desk.view, device)? else {
        return Ok((None, ()));
    };
    let mut new = Vec::new();
    for run in runs.iter().filter(|run| may_tell(&cell, run)) {
        let known = desk.view.get(&key::alias(run.actor, run.first, run.to.actor))?;
        if known.is_none() {
            new.push(*run);
        }
    }
    let act = Act::Aliases { device, runs: new };
    let is_new = matches!(&act, Act::Aliases { runs, .. } if !runs.is_empty());
    Ok((is_new.then(|| act.into()), ()))
}

/// From one actor of the phone to a later one: so that following them comes to an end.
fn may_tell(device: &DeviceCell, run: &AliasRun) -> bool {
    let own = |actor: ActorId| device.branches().any(|actors| actors.contains(&actor));
    run.count > 0 && run.actor < run.to.actor && own(run.actor) && own(run.to.actor)
}

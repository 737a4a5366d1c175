//! Releasing an op that is kept aside: an administrator vouches for it.

use super::reach::{acting, reaches_place, sees_worker, whole_tree};
use super::refusal::{AdminRefusal, Decides, Stop, not_found, settle};
use super::words::reason_in_words;
use super::write::write_op;
use crate::decide::{Decided, Desk};
use crate::state::cell::{ActorCell, ActorOwner, HeldCell, PersonCell};
use crate::state::{StateError, key, read};
use crate::store::engine::View;
use otor_protocol::area::AreaCode;
use otor_protocol::ids::Dot;
use otor_protocol::op::{Body, Op};
use otor_protocol::stamp::Stamp;
use otor_protocol::wire::{self, Verdict};
use serde::{Deserialize, Serialize};

/// The answer to a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// The commit.
    pub commit: u64,
    /// What became of the op: `accepted`, `parked` or, for another reason than before, `quarantined`.
    pub verdict: String,
    /// Why it is quarantined still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Has a quarantined op judged again as if its author had the right to it, and after it those of the same
/// phone on the same record that waited behind it.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn release(desk: &Desk, account: &PersonCell, dot: Dot) -> Decides<Release> {
    settle(release_one(desk, account, dot))
}

fn release_one(desk: &Desk, account: &PersonCell, dot: Dot) -> Result<(Option<Decided>, Release), Stop> {
    acting(account)?;
    let missing = || not_found("nothing is kept aside under that number");
    let held: HeldCell = read::get(desk.view, &key::quarantined(dot))?.ok_or_else(missing)?;
    if !sees_held(desk.view, account, dot, &held)? {
        return Err(missing());
    }
    let written = write_op(desk, account, Body::Release { dot }, Stamp::default(), None)?;
    let released = written.frame.released.iter().find(|one| one.dot == dot);
    let Some(released) = released else {
        let why = held.reason.map_or("it cannot be judged".into(), |reason| {
            reason_in_words(reason, None)
        });
        return Err(AdminRefusal::Unacceptable(format!("it cannot be released: {why}")).into());
    };
    let (verdict, reason) = match &released.verdict {
        Verdict::Accepted => ("accepted", None),
        Verdict::Parked => ("parked", None),
        Verdict::Quarantined(reason) => ("quarantined", Some(reason.name().to_string())),
    };
    let answer = Release {
        commit: desk.commit,
        verdict: verdict.into(),
        reason,
    };
    Ok((written.decided(), answer))
}

/// Whether an op kept aside concerns an account: by the area it is about or, where that is not known, by the
/// worker whose phone sent it.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn sees_held(
    view: &dyn View,
    account: &PersonCell,
    dot: Dot,
    held: &HeldCell,
) -> Result<bool, StateError> {
    if whole_tree(account) {
        return Ok(true);
    }
    if let Some(area) = area_of(view, held)? {
        return reaches_place(view, account, &area);
    }
    Ok(sender(view, dot)?.is_some_and(|worker| sees_worker(account, &worker)))
}

fn area_of(view: &dyn View, held: &HeldCell) -> Result<Option<AreaCode>, StateError> {
    if let Ok(op) = wire::decode::<Op>(&held.op)
        && let Body::Create { area, .. } = op.body
    {
        return Ok(Some(area));
    }
    let Some(id) = held.record else {
        return Ok(None);
    };
    let Some(cell) = read::record(view, id)? else {
        return Ok(None);
    };
    let damaged = |_| StateError::Damaged { key: key::record(id) };
    Ok(Some(cell.record().map_err(damaged)?.area.val))
}

/// The person whose actor wrote an op.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn sender(view: &dyn View, dot: Dot) -> Result<Option<PersonCell>, StateError> {
    let Some(actor) = read::get::<ActorCell>(view, &key::actor(dot.actor))? else {
        return Ok(None);
    };
    let person = match actor.owner {
        ActorOwner::Person(person) => person,
        ActorOwner::Device(device, _) => match read::device(view, device)? {
            Some(device) => device.owner,
            None => return Ok(None),
        },
    };
    read::person(view, person)
}

//! What is kept aside of the work of a phone that asks: told after the news, piece by piece.

use crate::state::cell::{ActorCell, ActorOwner, DeviceCell, HeldCell};
use crate::state::{StateError, key, read};
use crate::store::engine::{RowKey, View};
use otor_protocol::ids::{ActorId, Dot};
use otor_protocol::wire::{AsideFrame, AsideOp, Hello, Request, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// What is still to be told.
#[derive(Default)]
pub(super) struct Aside {
    /// The actors whose ops are told.
    actors: BTreeSet<ActorId>,
    after: Option<Dot>,
}

impl Aside {
    /// What a hello asks for.
    pub fn of(device: &DeviceCell, hello: &Hello) -> Aside {
        let asked = hello.requests.iter().find_map(|request| match request {
            Request::Aside { after } => Some(*after),
            _ => None,
        });
        let Some(after) = asked.filter(|_| device.revoked_ms.is_none()) else {
            return Aside::default();
        };
        let actors: BTreeSet<ActorId> = device.branches().flatten().collect();
        Aside { actors, after }
    }

    /// The next ops, of about `bytes_aim` bytes; none when all are told.
    pub fn next(&mut self, view: &dyn View, bytes_aim: usize) -> Result<Option<AsideFrame>, StateError> {
        let mut found = BTreeMap::new();
        for actor in &self.actors {
            let from = key::quarantined(Dot::new(*actor, 0));
            let to = key::quarantined(Dot::new(ActorId(actor.0.saturating_add(1)), 0));
            found.extend(
                read::range::<HeldCell>(view, &from, &to, usize::MAX)?
                    .into_iter()
                    .filter_map(named),
            );
        }
        if !self.actors.is_empty() {
            let parked = read::under::<HeldCell>(view, &key::all_parked())?
                .into_iter()
                .filter_map(named);
            found.extend(parked.filter(|(dot, _)| self.actors.contains(&dot.actor)));
        }
        let (mut ops, mut bytes, after) = (Vec::new(), 0, self.after);
        for (dot, held) in found
            .into_iter()
            .filter(|(dot, _)| after.is_none_or(|after| *dot > after))
        {
            if bytes > 0 && bytes + held.op.len() > bytes_aim {
                break;
            }
            bytes += held.op.len();
            self.after = Some(dot);
            ops.extend(told(view, dot, held)?);
        }
        if ops.is_empty() {
            self.actors.clear();
        }
        Ok((!ops.is_empty()).then_some(AsideFrame { ops }))
    }

    /// Whether there may be more to tell.
    pub fn is_empty(&self) -> bool {
        self.actors.is_empty()
    }
}

fn named((place, held): (RowKey, HeldCell)) -> Option<(Dot, HeldCell)> {
    Some((key::held_dot(&place)?, held))
}

fn told(view: &dyn View, dot: Dot, held: HeldCell) -> Result<Option<AsideOp>, StateError> {
    let actor = read::get::<ActorCell>(view, &key::actor(dot.actor))?;
    let Some(ActorOwner::Device(_, lane)) = actor.map(|actor| actor.owner) else {
        return Ok(None);
    };
    Ok(Some(AsideOp {
        dot,
        lane,
        op: held.op,
        verdict: held.reason.map_or(Verdict::Parked, Verdict::Quarantined),
        facts: held.facts,
    }))
}

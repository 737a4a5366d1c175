//! The `crdts` sets driven by our own dots: contexts are rebuilt from exact dots, never from a whole clock.

use super::Candidate;
use crate::ids::{ActorId, Dot};
use crate::mutation::{self, Mutation};
use crdts::{CmRDT, Orswot, VClock, orswot};
use std::hash::Hash;

/// Adds members under one dot (the crate ignores a second add of the same dot, so all go in one).
pub(super) fn add<M: Clone + Hash + Eq + Ord + std::fmt::Debug>(
    set: &mut Orswot<M, ActorId>,
    dot: Dot,
    members: impl IntoIterator<Item = M>,
) {
    let members: Vec<M> = members.into_iter().collect();
    let dot = crdts::Dot::new(dot.actor, dot.seq);
    set.apply(orswot::Op::Add { dot, members });
}

/// Removes a member as far as it stands under the dots seen. One that the set has not seen is of an op that is lost: it
/// had taken the place of what its actor added before.
pub(super) fn remove<M: Clone + Hash + Eq + Ord + std::fmt::Debug>(
    set: &mut Orswot<M, ActorId>,
    member: &M,
    seen: &[Dot],
) {
    let known = set.clock();
    let mut clock = VClock::new();
    let all = mutation::active(Mutation::RemoveWithoutDots).then(|| of_clock(&known));
    for dot in all.as_deref().unwrap_or(seen) {
        // A dot that the set has not seen would be deferred inside the crate for ever.
        let seq = dot.seq.min(known.get(&dot.actor));
        clock.apply(crdts::Dot::new(dot.actor, seq));
    }
    set.apply(orswot::Op::Rm {
        clock,
        members: vec![member.clone()],
    });
}

/// Removes the candidates written by exactly these ops. One that the set has not seen is of an op that is lost: it had
/// replaced what its actor wrote before.
pub(super) fn remove_candidates(set: &mut Orswot<Candidate, ActorId>, replaced: &[Dot]) {
    let known = set.clock();
    let is_replaced = |one: Dot| {
        let lost_after =
            |dot: &Dot| dot.actor == one.actor && dot.seq > one.seq && known.get(&dot.actor) < dot.seq;
        replaced.contains(&one) || replaced.iter().any(lost_after)
    };
    let standing: Vec<Candidate> = set
        .iter()
        .map(|read| read.val.clone())
        .filter(|one| is_replaced(one.dot) || mutation::active(Mutation::KeepDropsUnseen))
        .collect();
    for candidate in standing {
        let dot = candidate.dot;
        remove(set, &candidate, &[dot]);
    }
}

/// The dots of a clock, by actor.
pub(super) fn of_clock(clock: &VClock<ActorId>) -> Vec<Dot> {
    clock
        .iter()
        .map(|dot| Dot::new(*dot.actor, dot.counter))
        .collect()
}

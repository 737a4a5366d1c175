//! Who may have written with which actors: the branches of a phone, and actors that a lost history issued.

use super::cell::{DeviceCell, ServerCell};
use otor_protocol::ids::ActorId;

impl ServerCell {
    /// Whether a lost end of a former history may have issued an actor.
    pub fn may_have_issued(&self, actor: ActorId) -> bool {
        self.lost_actors
            .iter()
            .any(|(first, past)| (*first..*past).contains(&actor.0))
    }
}

impl DeviceCell {
    /// The actors of each branch: those of the enrolment, then those of the copies.
    pub fn branches(&self) -> impl Iterator<Item = [ActorId; 3]> {
        std::iter::once(self.actors).chain(self.copies.iter().map(|copy| copy.actors))
    }

    /// The branch whose actor of lane 0 is this one.
    pub fn branch(&self, first_actor: ActorId) -> Option<[ActorId; 3]> {
        self.branches().find(|actors| actors[0] == first_actor)
    }
}

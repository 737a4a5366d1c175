//! Who hears at once of every acknowledgement that a phone receives.

use super::exchange::ExchangeFault;
use super::storage::PhoneStorage;
use otor_protocol::ids::ActorId;
use otor_protocol::replica::Replica;
use std::sync::Arc;

/// Hears of acknowledgements.
pub trait AckListener: Send + Sync {
    /// Every op of this actor up to this seq is acknowledged to a phone, and nothing else has happened since.
    ///
    /// # Errors
    /// Why it could not be noted: the exchange ends then.
    fn acknowledged(&self, actor: ActorId, through: u64) -> Result<(), String>;
}

/// How far each of a phone's actors is acknowledged, as it knows.
pub(super) type Acknowledged = [(ActorId, u64); 3];

pub(super) fn acknowledged(replica: &Replica<PhoneStorage>) -> Acknowledged {
    let (lanes, actors) = (replica.lane_states(), replica.identity().certificate.actors);
    std::array::from_fn(|lane| (actors[lane], lanes[lane].acked))
}

/// Tells the listener, if there is one, what has risen.
pub(super) fn tell(
    listener: Option<&Arc<dyn AckListener>>,
    before: &Acknowledged,
    now: &Acknowledged,
) -> Result<(), ExchangeFault> {
    let Some(listener) = listener else { return Ok(()) };
    let risen = now.iter().filter(|told| told.1 > 0 && !before.contains(told));
    risen.into_iter().try_for_each(|(actor, through)| {
        let told = listener.acknowledged(*actor, *through);
        told.map_err(|why| ExchangeFault::Unusable(format!("the acknowledgement was not noted: {why}")))
    })
}

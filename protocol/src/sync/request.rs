//! What a phone says of itself in one exchange: the hello.

use super::device::ExchangeOptions;
use crate::ids::Lane;
use crate::keys;
use crate::replica::{DeviceClock, Replica, Storage};
use crate::wire::{Hello, PROTOCOL_VERSION};
use serde_bytes::ByteBuf;

/// The phone's wish, or what its link's contacts carry; 0 for no bound.
fn reply_bound<S: Storage>(replica: &Replica<S>, options: ExchangeOptions) -> u32 {
    let wished = (options.reply_budget_bytes > 0).then_some(options.reply_budget_bytes);
    let bounds = wished.into_iter().chain(replica.pace().reply_bytes_max());
    bounds.min().unwrap_or(0)
}

/// The hello of an attempt.
pub(super) fn hello<S: Storage>(replica: &Replica<S>, clock: DeviceClock, options: ExchangeOptions) -> Hello {
    let point = replica.point();
    let mut hello = Hello {
        protocol: PROTOCOL_VERSION,
        catalogue: replica.catalogue().version,
        packing: replica.packing() as u8,
        dictionary: replica.dictionary().map_or(0, |dictionary| dictionary.number()),
        device: replica.identity().certificate.device,
        nonce: options.nonce,
        confirmed: replica.confirmed(),
        anchor: replica.anchor(),
        recent: replica.recent_nonces().to_vec(),
        incarnation: replica.incarnation(),
        first_actor: replica.actor(Lane::Urgent),
        lanes: replica.lanes_told(),
        point,
        feeds: replica.feed_states(point),
        boot: clock.boot,
        uptime_ms: replica.uptime_told(clock),
        reply_budget_bytes: reply_bound(replica, options),
        wait_ms: options.wait_ms,
        frame_aim: replica.pace().frame_aim(),
        requests: replica.requests(clock),
        signature: None,
    };
    if replica.has_to_send() || replica.lost_ops().next().is_some() {
        let secret = keys::Secret::new(replica.identity().secret);
        hello.signature = Some(ByteBuf::from(secret.sign(&hello.signed_bytes()).to_vec()));
    }
    hello
}

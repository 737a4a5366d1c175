//! What a phone is told by a restored server, as an example.

use otor_protocol::ids::ActorId;
use otor_protocol::keys::Chain;
use otor_protocol::wire::{KnownBranch, OtherHistory};

/// A restored server that has some of one branch of a phone.
pub(super) fn other_history() -> OtherHistory {
    OtherHistory {
        incarnation: 0x0123_4567_89ab_cdef,
        branches: vec![KnownBranch {
            first_actor: ActorId(40),
            lanes: [
                (0, Chain::default()),
                (203, Chain([0xab; 16])),
                (7, Chain([0xcd; 16])),
            ],
        }],
    }
}

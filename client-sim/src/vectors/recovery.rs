//! What a copied phone is told, as an example.

use super::values::enrol_reply;
use otor_protocol::wire::{Forked, LaneFork};

/// A copy that shares two reports with the server, of which the third before them is kept aside.
pub(super) fn forked() -> Forked {
    let fork = LaneFork {
        hashes: vec![0xab; 16].into(),
        runs: vec![],
        more: false,
        aside: Some(vec![3]),
    };
    Forked {
        certificate: enrol_reply().certificate,
        lanes: [LaneFork::default(), fork, LaneFork::default()],
        clocks: vec![],
    }
}

//! The values behind the golden files of whole states: first passes and repairs.

use crate::golden_values::{created, dot};
use otor_protocol::digest::Digest;
use otor_protocol::ids::{Lane, RecordId, ScopeId};
use otor_protocol::wire::{RepairFrame, StateFrame};

pub fn states() -> StateFrame {
    StateFrame {
        scope: ScopeId(10),
        lane: Lane::Urgent,
        base: 7_990,
        after: Some(RecordId(dot(41, 202))),
        as_of: 8_001,
        states: vec![created().encode().into()],
        last: true,
        digest: Some(Digest(0x0123_4567_89ab_cdef)),
    }
}

pub fn repairs() -> [RepairFrame; 2] {
    let range = RepairFrame {
        scope: ScopeId(10),
        lane: Lane::Rest,
        as_of: 8_001,
        after: None,
        through: Some(RecordId(dot(41, 202))),
        states: None,
    };
    let list = RepairFrame {
        after: Some(RecordId(dot(41, 202))),
        through: None,
        states: Some(vec![created().encode().into()]),
        ..range.clone()
    };
    [range, list]
}

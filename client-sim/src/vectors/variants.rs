//! More messages in the vectors: small ones, and those that carry whole states.

use super::values::{created, dot, edited, hello, welcome};
use otor_protocol::digest::Digest;
use otor_protocol::ids::{Lane, RecordId, ScopeId};
use otor_protocol::wire::{Cursor, FeedState, Hello, LaneState, RepairFrame, StateFrame, Welcome};

/// One with everything, and the least: of a phone that has just been enrolled and has nothing to send.
pub(super) fn hellos() -> [Hello; 2] {
    let least = Hello {
        packing: 0,
        confirmed: 0,
        anchor: None,
        recent: Vec::new(),
        lanes: [LaneState::default(); 3],
        point: 0,
        feeds: vec![FeedState {
            scope: ScopeId(11),
            cursors: Some([Cursor::START; 3]),
        }],
        reply_budget_bytes: 0,
        wait_ms: 0,
        frame_aim: 0,
        requests: Vec::new(),
        signature: None,
        ..hello()
    };
    [hello(), least]
}

/// One with everything, and one that tells nothing.
pub(super) fn welcomes() -> [Welcome; 2] {
    let least = Welcome {
        acks: Vec::new(),
        clocks: Vec::new(),
        gained: Vec::new(),
        lost: Vec::new(),
        restarts: Vec::new(),
        revoked: true,
        anchor: None,
        notices: Vec::new(),
        ..welcome()
    };
    [welcome(), least]
}

pub(super) fn states() -> StateFrame {
    StateFrame {
        scope: ScopeId(10),
        lane: Lane::Urgent,
        base: 7_990,
        after: Some(RecordId(dot(41, 202))),
        as_of: 8_001,
        states: vec![created().encode().into(), edited().encode().into()],
        last: true,
        digest: Some(Digest(0x0123_4567_89ab_cdef)),
    }
}

pub(super) fn repairs() -> [RepairFrame; 2] {
    let split = RepairFrame {
        scope: ScopeId(10),
        lane: Lane::Rest,
        as_of: 8_001,
        after: None,
        through: Some(RecordId(dot(41, 202))),
        states: None,
    };
    let whole = RepairFrame {
        after: Some(RecordId(dot(41, 202))),
        through: None,
        states: Some(vec![created().encode().into()]),
        ..split.clone()
    };
    [split, whole]
}

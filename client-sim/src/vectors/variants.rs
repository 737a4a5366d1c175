//! More messages in the vectors: small ones, and those that carry whole states.

use super::values::{content, create, created, dot, edit, edited, enrol_reply, hello, welcome};
use otor_protocol::digest::Digest;
use otor_protocol::ids::{ActorId, Lane, RecordId, ScopeId};
use otor_protocol::keys::op_hash;
use otor_protocol::renumber::AliasRun;
use otor_protocol::stamp::Stamp;
use otor_protocol::wire::{
    AckRun, Cursor, DictionaryPiece, FeedState, Forked, Hello, LaneFork, LaneState, PastBoot, Refill,
    RepairFrame, Request, StateFrame, Verdict, Welcome, encode,
};

/// One with everything; the least, of a phone that has just been enrolled and has nothing to send; and one with
/// what a phone asks after it was copied, or rebooted without a link.
pub(super) fn hellos() -> [Hello; 3] {
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
    let recovering = Hello {
        anchor: None,
        requests: vec![
            Request::Aliases(vec![AliasRun {
                actor: ActorId(40),
                first: 7,
                count: 3,
                to: dot(43, 1),
            }]),
            Request::Copied,
            Request::Readmit(Box::new(enrol_reply().certificate), "乌云".into()),
            Request::Clock {
                wall_ms: -1,
                seen: Stamp::end_of_ms(1_772_409_600_000),
                past: vec![PastBoot {
                    boot: 8,
                    wall_minus_uptime_ms: -86_400_000,
                    first_uptime_ms: 0,
                    last_uptime_ms: 3_600_000,
                    floor: Stamp::default(),
                }],
            },
        ],
        ..hello()
    };
    [hello(), least, recovering]
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

/// What a copy is told: in one lane nothing, in one that it has two ops in common with the server, in one all.
pub(super) fn fork() -> Forked {
    let runs: Vec<AckRun> = welcome().acks.into_iter().flat_map(|ack| ack.runs).collect();
    let common = LaneFork {
        hashes: [encode(&create()), encode(&edit())]
            .iter()
            .flat_map(|op| op_hash(op).to_be_bytes())
            .collect::<Vec<u8>>()
            .into(),
        runs,
        more: false,
        aside: Some(vec![3]),
        moved: Vec::new(),
    };
    let most = LaneFork {
        hashes: vec![0xab; 16].into(),
        runs: Vec::new(),
        more: true,
        aside: None,
        moved: Vec::new(),
    };
    Forked {
        certificate: enrol_reply().certificate,
        lanes: [LaneFork::default(), common, most],
        clocks: welcome().clocks,
    }
}

pub(super) fn dictionary_piece() -> DictionaryPiece {
    DictionaryPiece {
        number: 1_001,
        from: 4_096,
        bytes: vec![0, 9, 0x6c, 0x34].into(),
    }
}

/// What a server that was restored is brought again.
pub(super) fn refill() -> Refill {
    Refill {
        content: content().encode_plain().into(),
        stamps: vec![
            Stamp::at_ms(1_772_409_600_000),
            Stamp::end_of_ms(1_772_409_660_000),
        ],
        verdicts: vec![(1, Verdict::Parked)],
    }
}

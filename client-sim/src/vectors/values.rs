//! The messages in the vectors: one of each, with every variant of what they hold.

use super::recovery;
use super::variants::fork;
use otor_protocol::catalogue::TASK_ASSIGNEE;
use otor_protocol::digest::Digest;
use otor_protocol::ids::{ActorId, DeviceId, Dot, Lane, Level, PersonId, Position, RecordId, ScopeId};
use otor_protocol::keys::{Certificate, Chain, PublicKeys};
use otor_protocol::op::{Body, Change, EventId, Facts, FieldId, KindId, Op};
use otor_protocol::record::Record;
use otor_protocol::stamp::Stamp;
use otor_protocol::value::Value;
use otor_protocol::wire::*;

/// 2026-03-02, eight in the morning in China.
const MORNING_MS: i64 = 1_772_409_600_000;

pub(super) fn dot(actor: u32, seq: u64) -> Dot {
    Dot::new(ActorId(actor), seq)
}

pub(super) fn facts(minute: i64, level: Level) -> Facts {
    let at_ms = MORNING_MS + minute * 60_000;
    Facts {
        stamp: Stamp::at_ms(at_ms),
        claimed_ms: at_ms - 1_500,
        level,
        uncertain: false,
    }
}

fn keys(byte: u8) -> PublicKeys {
    PublicKeys {
        signing: [byte; 32],
        exchange: [byte + 1; 32],
    }
}

fn op(author: u32, uptime_ms: i64, body: Body) -> Op {
    Op {
        author: PersonId(author),
        uptime_ms,
        body,
    }
}

pub(super) fn create() -> Op {
    let changes = vec![
        Change::Once(FieldId(2), "四号楼水管漏水".into()),
        Change::Once(FieldId(5), Value::DegreesE7(411_234_567)),
        Change::Highest {
            field: FieldId(7),
            value: "water".into(),
            by_value: false,
        },
        Change::Highest {
            field: FieldId(8),
            value: Value::Int(3),
            by_value: true,
        },
        Change::Keep {
            field: FieldId(9),
            value: "13800000000".into(),
            replaces: vec![],
        },
        Change::Add {
            field: FieldId(61),
            members: vec!["水".into(), "老人".into()],
        },
    ];
    let area = "150821100201001".parse().expect("an area code");
    op(
        5,
        3_600_000,
        Body::Create {
            kind: KindId(3),
            area,
            changes,
        },
    )
}

pub(super) fn edit() -> Op {
    let changes = vec![
        Change::Latest(FieldId(900), Value::Bool(true)),
        Change::Centre {
            field: TASK_ASSIGNEE,
            value: Value::Person(PersonId(6)),
            epoch: 2,
        },
        Change::Keep {
            field: FieldId(9),
            value: "13911111111".into(),
            replaces: vec![dot(41, 203)],
        },
        Change::Remove {
            field: FieldId(61),
            members: vec![("水".into(), vec![dot(41, 203)])],
        },
        Change::Append(FieldId(60), "阀门换过，下午再去看".into()),
        Change::Event {
            event: EventId(11),
            round: 1,
            args: vec![(4, Value::Record(RecordId(dot(77, 9))))],
        },
        Change::Relocate {
            area: "150821100201002".parse().expect("an area code"),
            epoch: 1,
        },
    ];
    op(
        30,
        -5,
        Body::Edit {
            record: RecordId(dot(41, 203)),
            changes,
        },
    )
}

pub(super) fn erasure() -> Op {
    let changes = vec![Change::Erase(vec![FieldId(2), FieldId(9)])];
    op(
        30,
        0,
        Body::Edit {
            record: RecordId(dot(41, 203)),
            changes,
        },
    )
}

pub(super) fn release() -> Op {
    op(30, MORNING_MS, Body::Release { dot: dot(41, 204) })
}

pub(super) fn created() -> Record {
    let created = Record::create(dot(41, 203), Lane::Reports, &create(), facts(0, Level::WORKER));
    created.expect("the op creates")
}

pub(super) fn edited() -> Record {
    let mut record = created();
    record.apply(dot(90, 12), &edit(), facts(30, Level::TOWNSHIP));
    record
}

pub(super) fn content() -> Content {
    Content {
        actor: ActorId(41),
        first_seq: 203,
        boot: 0x0102_0304_0506_0708,
        wall_minus_uptime_ms: MORNING_MS - 3_600_000,
        floors: vec![(0, Stamp::at_ms(MORNING_MS - 1))],
        ops: vec![encode(&create()).into(), encode(&edit()).into()],
        origins: vec![],
    }
}

pub(super) fn hello() -> Hello {
    let settled = |acked| LaneState { acked, unsent: None };
    let unsent = |acked, count| LaneState {
        acked,
        unsent: Some((count, Chain([41; 16]))),
    };
    let at = Cursor::At(Position {
        commit: 8_000,
        index: 3,
    });
    let within = Cursor::Pass {
        base: 7_990,
        after: Some(RecordId(dot(41, 203))),
    };
    Hello {
        protocol: PROTOCOL_VERSION,
        catalogue: 1,
        packing: 1,
        dictionary: 0,
        device: DeviceId(14),
        nonce: 0xfeed_beef,
        confirmed: 0xfeed,
        anchor: Some(0x0bad),
        recent: vec![1, 0xcafe],
        incarnation: 77,
        first_actor: ActorId(40),
        lanes: [settled(0), unsent(202, 2), settled(1_000)],
        point: 8_000,
        feeds: vec![
            FeedState {
                scope: ScopeId(10),
                cursors: Some([at, within, Cursor::START]),
            },
            FeedState {
                scope: ScopeId(11),
                cursors: None,
            },
        ],
        boot: 9,
        uptime_ms: 3_700_000,
        reply_budget_bytes: 65_536,
        wait_ms: 25_000,
        frame_aim: 14,
        requests: vec![
            Request::Lost {
                lane: Lane::Rest,
                first: 998,
                last: 999,
                chain: Chain([42; 16]),
            },
            Request::Check {
                scope: ScopeId(10),
                lane: Lane::Rest,
                after: None,
                ranges: vec![
                    CheckedRange {
                        through: Some(RecordId(dot(41, 202))),
                        count: 16,
                        sum: Digest(0x0123_4567_89ab_cdef),
                    },
                    CheckedRange {
                        through: None,
                        count: 0,
                        sum: Digest(0),
                    },
                ],
            },
            Request::Dictionary {
                number: 1_001,
                from: 4_096,
            },
        ],
        signature: Some(vec![0xab; 64].into()),
    }
}

fn every_reason() -> Vec<Reason> {
    vec![
        Reason::Unreadable,
        Reason::WrongAuthor,
        Reason::WrongLane,
        Reason::OutOfArea,
        Reason::DeviceRevoked,
        Reason::UnknownArea,
        Reason::UnknownKind,
        Reason::NoSuchRecord,
        Reason::BehindAnother,
        Reason::TooMany,
        Reason::Twice(FieldId(8)),
        Reason::WrongRule(FieldId(8)),
        Reason::BadValue(FieldId(8)),
        Reason::SetOnce(FieldId(2)),
        Reason::NotAuthorised,
        Reason::RecordFull,
        Reason::NothingToRelease,
        Reason::Unprintable(FieldId(5)),
    ]
}

pub(super) fn welcome() -> Welcome {
    let mut verdicts: Vec<(u32, Verdict)> = (2..)
        .zip(every_reason().into_iter().map(Verdict::Quarantined))
        .collect();
    verdicts.push((60, Verdict::Parked));
    verdicts.push((61, Verdict::Accepted));
    let run = AckRun {
        count: 62,
        commit: 8_001,
        first_index: 0,
        level: Level::WORKER,
        stamps: vec![(1, Stamp(u64::MAX))],
        verdicts,
        in_inbox: vec![0],
        conflicts: vec![1],
    };
    Welcome {
        server_ms: MORNING_MS + 100_250,
        point: 8_001,
        acks: vec![LaneAck {
            lane: Lane::Reports,
            through: 264,
            chain: Some(Chain([7; 16])),
            runs: vec![run],
        }],
        clocks: vec![BootClock {
            boot: 9,
            shift_ms: MORNING_MS - 3_600_000,
            uncertain: true,
        }],
        gained: vec![
            grid(),
            ScopeGrant {
                scope: ScopeId(11),
                area: None,
            },
        ],
        lost: vec![ScopeId(8)],
        restarts: vec![(ScopeId(10), Lane::Rest)],
        revoked: false,
        anchor: Some(0xfeed),
        notices: vec![Notice::Dictionary {
            number: 1_001,
            bytes: 65_536,
            hash: [9; 16],
        }],
    }
}

fn grid() -> ScopeGrant {
    let area = Some("150821100201001".parse().expect("an area code"));
    ScopeGrant {
        scope: ScopeId(10),
        area,
    }
}

pub(super) fn changes() -> ChangeFrame {
    let (record, dot) = (RecordId(dot(41, 203)), dot(41, 203));
    let facts = facts(0, Level::WORKER);
    let news = vec![
        News::Op {
            dot,
            op: encode(&create()).into(),
            facts,
            lane: Lane::Reports,
        },
        News::Enter {
            state: created().encode().into(),
        },
        News::Leave { record },
        News::Replace {
            state: created().encode().into(),
        },
        News::Verdict {
            dot,
            verdict: Verdict::Accepted,
            facts,
            in_inbox: true,
            conflict: false,
        },
    ];
    let item = |(index, news)| FeedItem {
        position: Position { commit: 8_001, index },
        news,
    };
    ChangeFrame {
        scope: ScopeId(10),
        lane: Lane::Reports,
        from: Position::ZERO,
        to: Position {
            commit: 8_001,
            index: 4,
        },
        items: (0..).zip(news).map(item).collect(),
        digest: Some(Digest(0x0123_4567_89ab_cdef)),
    }
}

pub(super) fn refusals() -> [Refusal; 5] {
    [
        Refusal::Protocol(1),
        Refusal::OtherHistory(Box::new(recovery::other_history())),
        Refusal::Forked(Box::new(fork())),
        Refusal::Superseded,
        Refusal::UnknownDictionary,
    ]
}

pub(super) fn enrol_request() -> EnrolRequest {
    EnrolRequest {
        protocol: PROTOCOL_VERSION,
        code: "K7-QX-42".into(),
        keys: keys(1),
        proof: vec![0xcd; 64],
    }
}

pub(super) fn enrol_reply() -> EnrolReply {
    EnrolReply {
        certificate: Certificate {
            device: DeviceId(14),
            owner: PersonId(5),
            actors: [ActorId(40), ActorId(41), ActorId(42)],
            keys: keys(1),
            signature: vec![0xef; 64],
        },
        server: keys(3),
        incarnation: 77,
        owner_name: "乌云".into(),
        packing: 1,
        dictionary: 1,
        scopes: vec![grid()],
    }
}

//! Strategies for every message of the wire.

use crate::recoveries::{alias_run, any_history, forked};
use crate::values::*;
use otor_protocol::digest::Digest;
use otor_protocol::ids::ActorId;
use otor_protocol::keys::{Certificate, Chain, PublicKeys};
use otor_protocol::wire::*;
use proptest::array::uniform3;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

fn chain() -> impl Strategy<Value = Chain> {
    any::<[u8; 16]>().prop_map(Chain)
}

fn keys() -> impl Strategy<Value = PublicKeys> {
    any::<([u8; 32], [u8; 32])>().prop_map(|(signing, exchange)| PublicKeys { signing, exchange })
}

fn lane_state() -> impl Strategy<Value = LaneState> {
    let unsent = (1..1_000_000u64, chain());
    (0..1u64 << 60, option::of(unsent)).prop_map(|(acked, unsent)| LaneState { acked, unsent })
}

fn cursor() -> impl Strategy<Value = Cursor> {
    prop_oneof![
        (any::<u64>(), option::of(record())).prop_map(|(base, after)| Cursor::Pass { base, after }),
        position().prop_map(Cursor::At),
    ]
}

fn feed_state() -> impl Strategy<Value = FeedState> {
    (scope(), option::of(uniform3(cursor()))).prop_map(|(scope, cursors)| FeedState { scope, cursors })
}

fn request() -> impl Strategy<Value = Request> {
    prop_oneof![
        (lane(), any::<u64>(), any::<u64>(), chain()).prop_map(|(lane, first, last, chain)| Request::Lost {
            lane,
            first,
            last,
            chain
        }),
        check(),
        any::<(u32, u32)>().prop_map(|(number, from)| Request::Dictionary { number, from }),
        (any::<i64>(), stamp(), vec(past_boot(), 0..3)).prop_map(|(wall_ms, seen, past)| Request::Clock {
            wall_ms,
            seen,
            past
        }),
        vec(alias_run(), 0..3).prop_map(Request::Aliases),
        Just(Request::Copied),
        option::of(dot()).prop_map(|after| Request::Aside { after }),
    ]
}

fn check() -> impl Strategy<Value = Request> {
    let range =
        (option::of(record()), any::<(u32, u64)>()).prop_map(|(through, (count, sum))| CheckedRange {
            through,
            count,
            sum: Digest(sum),
        });
    (scope(), lane(), option::of(record()), vec(range, 0..3)).prop_map(|(scope, lane, after, ranges)| {
        Request::Check {
            scope,
            lane,
            after,
            ranges,
        }
    })
}

pub fn hello() -> impl Strategy<Value = Hello> {
    (
        (
            any::<u16>(),
            any::<u32>(),
            any::<(u8, u32)>(),
            device(),
            any::<u32>(),
            any::<(u16, Option<u16>)>(),
            vec(any::<u16>(), 0..4),
            any::<u64>(),
        ),
        (
            actor(),
            uniform3(lane_state()),
            any::<u64>(),
            vec(feed_state(), 0..3),
            any::<u64>(),
            any::<i64>(),
        ),
        (
            any::<u32>(),
            any::<u16>(),
            any::<u8>(),
            vec(request(), 0..3),
            option::of(bytes(70)),
        ),
    )
        .prop_map(|(first, second, third)| {
            let (protocol, catalogue, (packing, dictionary), device, nonce, known, recent, incarnation) =
                first;
            let (first_actor, lanes, point, feeds, boot, uptime_ms) = second;
            let (reply_budget_bytes, wait_ms, frame_aim, requests, signature) = third;
            Hello {
                protocol,
                catalogue,
                packing,
                dictionary,
                device,
                nonce,
                confirmed: known.0,
                anchor: known.1,
                recent,
                incarnation,
                first_actor,
                lanes,
                point,
                feeds,
                boot,
                uptime_ms,
                reply_budget_bytes,
                wait_ms,
                frame_aim,
                requests,
                signature,
            }
        })
}

fn reason() -> impl Strategy<Value = Reason> {
    let plain = select(vec![
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
        Reason::NotAuthorised,
        Reason::RecordFull,
        Reason::NothingToRelease,
    ]);
    prop_oneof![
        plain,
        field().prop_map(Reason::Twice),
        field().prop_map(Reason::WrongRule),
        field().prop_map(Reason::BadValue),
        field().prop_map(Reason::SetOnce),
        field().prop_map(Reason::Unprintable),
    ]
}

fn verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        Just(Verdict::Accepted),
        Just(Verdict::Parked),
        reason().prop_map(Verdict::Quarantined),
    ]
}

pub fn ack_run() -> impl Strategy<Value = AckRun> {
    (
        (any::<u32>(), any::<u64>(), any::<u32>(), level()),
        vec((any::<u32>(), stamp()), 0..3),
        vec((any::<u32>(), verdict()), 0..3),
        vec(any::<u32>(), 0..3),
        vec(any::<u32>(), 0..3),
    )
        .prop_map(|(numbers, stamps, verdicts, in_inbox, conflicts)| {
            let (count, commit, first_index, level) = numbers;
            AckRun {
                count,
                commit,
                first_index,
                level,
                stamps,
                verdicts,
                in_inbox,
                conflicts,
            }
        })
}

fn lane_ack() -> impl Strategy<Value = LaneAck> {
    (lane(), any::<u64>(), option::of(chain()), vec(ack_run(), 0..3)).prop_map(
        |(lane, through, chain, runs)| LaneAck {
            lane,
            through,
            chain,
            runs,
        },
    )
}

pub fn boot_clock() -> impl Strategy<Value = BootClock> {
    any::<(u64, i64, bool)>().prop_map(|(boot, shift_ms, uncertain)| BootClock {
        boot,
        shift_ms,
        uncertain,
    })
}

fn notice() -> impl Strategy<Value = Notice> {
    let endings = [
        AreaEnding::Split,
        AreaEnding::Merged,
        AreaEnding::Moved,
        AreaEnding::Closed,
    ];
    let ended = (area(), select(endings.to_vec()), vec((area(), ".{0,8}"), 0..3));
    prop_oneof![
        any::<(u32, u32, [u8; 16])>().prop_map(|(number, bytes, hash)| Notice::Dictionary {
            number,
            bytes,
            hash
        }),
        ended.prop_map(|(area, ending, successors)| Notice::Ended(EndedArea {
            area,
            ending,
            successors
        })),
    ]
}

fn scope_grant() -> impl Strategy<Value = ScopeGrant> {
    (scope(), option::of(area())).prop_map(|(scope, area)| ScopeGrant { scope, area })
}

pub fn welcome() -> impl Strategy<Value = Welcome> {
    (
        (any::<i64>(), any::<u64>()),
        (vec(lane_ack(), 0..3), vec(boot_clock(), 0..3)),
        (
            vec(scope_grant(), 0..3),
            vec(scope(), 0..3),
            vec((scope(), lane()), 0..3),
            any::<bool>(),
        ),
        (option::of(any::<u16>()), vec(notice(), 0..2)),
    )
        .prop_map(|(times, told, scopes, rest)| Welcome {
            server_ms: times.0,
            point: times.1,
            acks: told.0,
            clocks: told.1,
            gained: scopes.0,
            lost: scopes.1,
            restarts: scopes.2,
            revoked: scopes.3,
            anchor: rest.0,
            notices: rest.1,
        })
}

fn news() -> impl Strategy<Value = News> {
    prop_oneof![
        (dot(), bytes(40), facts(), lane()).prop_map(|(dot, op, facts, lane)| News::Op {
            dot,
            op,
            facts,
            lane
        }),
        bytes(40).prop_map(|state| News::Enter { state }),
        record().prop_map(|record| News::Leave { record }),
        bytes(40).prop_map(|state| News::Replace { state }),
        (dot(), verdict(), facts(), any::<(bool, bool)>()).prop_map(
            |(dot, verdict, facts, (in_inbox, conflict))| {
                News::Verdict {
                    dot,
                    verdict,
                    facts,
                    in_inbox,
                    conflict,
                }
            }
        ),
    ]
}

pub fn change_frame() -> impl Strategy<Value = ChangeFrame> {
    let item = (position(), news()).prop_map(|(position, news)| FeedItem { position, news });
    let digest = option::of(any::<u64>().prop_map(Digest));
    (scope(), lane(), position(), position(), vec(item, 0..4), digest).prop_map(
        |(scope, lane, from, to, items, digest)| ChangeFrame {
            scope,
            lane,
            from,
            to,
            items,
            digest,
        },
    )
}

pub fn state_frame() -> impl Strategy<Value = StateFrame> {
    (
        (scope(), lane(), any::<u64>(), option::of(record())),
        (any::<u64>(), vec(bytes(40), 0..4), any::<bool>()),
        option::of(any::<u64>().prop_map(Digest)),
    )
        .prop_map(
            |((scope, lane, base, after), (as_of, states, last), digest)| StateFrame {
                scope,
                lane,
                base,
                after,
                as_of,
                states,
                last,
                digest,
            },
        )
}

pub fn repair_frame() -> impl Strategy<Value = RepairFrame> {
    (
        (scope(), lane(), any::<u64>()),
        (option::of(record()), option::of(record())),
        option::of(vec(bytes(40), 0..4)),
    )
        .prop_map(|((scope, lane, as_of), (after, through), states)| RepairFrame {
            scope,
            lane,
            as_of,
            after,
            through,
            states,
        })
}

pub fn end() -> impl Strategy<Value = End> {
    (any::<u32>(), any::<bool>()).prop_map(|(frames, more)| End { frames, more })
}

pub fn refusal() -> impl Strategy<Value = Refusal> {
    prop_oneof![
        any::<u16>().prop_map(Refusal::Protocol),
        any_history().prop_map(|told| Refusal::OtherHistory(Box::new(told))),
        forked().prop_map(|forked| Refusal::Forked(Box::new(forked))),
        Just(Refusal::Superseded),
        Just(Refusal::UnknownDictionary),
    ]
}

pub fn enrol_request() -> impl Strategy<Value = EnrolRequest> {
    (any::<u16>(), ".{0,12}", keys(), vec(any::<u8>(), 0..70)).prop_map(|(protocol, code, keys, proof)| {
        EnrolRequest {
            protocol,
            code,
            keys,
            proof,
        }
    })
}

pub fn certificate() -> impl Strategy<Value = Certificate> {
    let actors = any::<[u32; 3]>().prop_map(|actors| actors.map(ActorId));
    (device(), person(), actors, keys(), vec(any::<u8>(), 0..70)).prop_map(
        |(device, owner, actors, keys, signature)| Certificate {
            device,
            owner,
            actors,
            keys,
            signature,
        },
    )
}

pub fn enrol_reply() -> impl Strategy<Value = EnrolReply> {
    (
        certificate(),
        keys(),
        any::<u64>(),
        ".{0,12}",
        vec(scope_grant(), 0..4),
    )
        .prop_map(
            |(certificate, server, incarnation, owner_name, scopes)| EnrolReply {
                certificate,
                server,
                incarnation,
                owner_name,
                packing: 1,
                dictionary: 1,
                scopes,
            },
        )
}

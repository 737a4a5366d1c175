//! A server with another history: what a phone takes for acknowledged still, what goes to it again and with which stamps,
//! and what it is asked for.

use super::*;
use otor_protocol::ids::{Dot, RecordId};
use otor_protocol::keys::Chain;
use otor_protocol::replica::Recovery;
use otor_protocol::stamp::Stamp;
use otor_protocol::sync::clock::{Meeting, PastBoot, fix};
use otor_protocol::wire::{Content, KnownBranch, OtherHistory, Refill, Refusal, Request};

/// What a server has of a branch: the last seq and the chain there, by lane.
type Known = [(u64, Chain); 3];

fn at(boot: u64, uptime_ms: i64, wall_ms: i64) -> DeviceClock {
    DeviceClock {
        boot,
        uptime_ms,
        wall_ms,
    }
}

fn begin_at(replica: &mut Replica<Shelf>, clock: DeviceClock, nonce: u32) -> DeviceExchange {
    let Ok(exchange) = DeviceExchange::begin(replica, clock, ExchangeOptions::new(nonce));
    exchange
}

fn visit_at(replica: &mut Replica<Shelf>, clock: DeviceClock, kind: &str) -> RecordId {
    let field = if kind == "visit" { "note" } else { "title" };
    let mut edit = Edit {
        set: vec![(field.into(), "牧户家中一切正常".into())],
        ..Edit::default()
    };
    if kind == "report" {
        edit.set.push(("severity".into(), 1.into()));
    }
    let area = GRID.parse().expect("sound in these tests");
    replica
        .create(clock, kind, area, &edit)
        .expect("sound in these tests")
}

fn welcomed(replica: &mut Replica<Shelf>, exchange: &mut DeviceExchange, told: &Welcome) {
    let reply = sealed(replica, exchange, told);
    exchange
        .handle_bytes(replica, &reply)
        .expect("sound in these tests");
}

/// Everything unsent is accepted.
fn accepted(replica: &mut Replica<Shelf>, nonce: u32) {
    let mut exchange = begin(replica, nonce);
    let told = welcome(&exchange, &Verdict::Accepted);
    welcomed(replica, &mut exchange, &told);
    assert_eq!(replica.unsent(), 0);
}

/// The server answers that its history is another one, and that it has this of the phone.
fn other_history(replica: &mut Replica<Shelf>, nonce: u32, branches: &[(u32, Known)]) {
    let branches = branches.iter().map(|(first, lanes)| KnownBranch {
        first_actor: ActorId(*first),
        lanes: *lanes,
    });
    let told = OtherHistory {
        incarnation: 78,
        branches: branches.collect(),
    };
    let mut exchange = begin(replica, nonce);
    let mut payload = wire::encode(&Refusal::OtherHistory(Box::new(told)));
    let mac = replica.device_key().refusal_mac(&hello(&exchange).1, &payload);
    payload.extend(mac);
    let mut bytes = Vec::new();
    write_frame(&mut bytes, FrameType::Refusal, &payload);
    exchange
        .handle_bytes(replica, &bytes)
        .expect("sound in these tests");
}

/// The chain after an op that the phone keeps.
fn chain(replica: &Replica<Shelf>, dot: Dot) -> Chain {
    replica.own_op(dot).expect("kept").chain
}

/// What a request refills: the first dot of each frame with the stamps of its ops.
fn refills(exchange: &DeviceExchange) -> Vec<(Dot, Vec<Stamp>)> {
    let mut reader = FrameReader::default();
    reader.push(&exchange.request());
    let mut found = Vec::new();
    while let Some(frame) = reader.next_frame().expect("whole frames") {
        if frame.frame_type == FrameType::Refill {
            let bytes = &frame.payload[..frame.payload.len() - 8];
            let refill: Refill = wire::decode(bytes).expect("a refill");
            let content = Content::decode(&refill.content).expect("a content");
            found.push((Dot::new(content.actor, content.first_seq), refill.stamps));
        }
    }
    found
}

fn asks_as_a_copy(exchange: &DeviceExchange) -> bool {
    hello(exchange).0.requests.contains(&Request::Copied)
}

const REST: usize = 2;
const NOTHING: Known = [(0, Chain([0; 16])); 3];

fn knows(through: u64, chain: Chain) -> Known {
    let mut known = NOTHING;
    known[REST] = (through, chain);
    known
}

#[test]
fn all_that_is_kept_is_unsent_again_and_what_is_kept_no_more_stays_acknowledged() {
    let mut replica = phone();
    let dots: Vec<Dot> = (0..3).map(|_| write_visit(&mut replica).0).collect();
    accepted(&mut replica, 1);
    let second = chain(&replica, dots[1]);
    other_history(&mut replica, 2, &[(2, knows(2, second))]);
    let state = replica.lane_states()[REST];
    assert_eq!(
        (state.acked, replica.unsent()),
        (0, 3),
        "what it has is told by content"
    );
    assert!(replica.own_op(dots[0]).unwrap().formerly.is_some());

    // The first two are forgotten after their thirty days.
    for known in [2, 1] {
        let mut replica = phone();
        let dots: Vec<Dot> = (0..3).map(|_| write_visit(&mut replica).0).collect();
        accepted(&mut replica, 1);
        let chains: Vec<Chain> = dots.iter().map(|dot| chain(&replica, *dot)).collect();
        let mut exchange = begin(&mut replica, 2);
        let mut told = welcome(&exchange, &Verdict::Accepted);
        told.server_ms += 31 * 86_400_000;
        welcomed(&mut replica, &mut exchange, &told);
        assert!(replica.own_op(dots[1]).is_none() && replica.own_op(dots[2]).is_some());
        let has = knows(known, chains[known as usize - 1]);
        other_history(&mut replica, 3, &[(2, has)]);
        assert_eq!(replica.lane_states()[REST].acked, known);
        // Where the server lacks what is forgotten, the rest goes under new numbers: the phone asks for them.
        let exchange = begin(&mut replica, 4);
        assert_eq!(asks_as_a_copy(&exchange), known == 1, "{known}");
    }
}

#[test]
fn what_stands_before_lost_ops_goes_again_too() {
    let mut replica = phone();
    let dots: Vec<Dot> = (0..2).map(|_| write_visit(&mut replica).0).collect();
    accepted(&mut replica, 1);
    write_visit(&mut replica);
    let last = write_visit(&mut replica).0;
    let mut shelf = replica.into_storage();
    let third = shelf.0.iter_mut().filter(|(key, _)| key[0] == b'o').nth(2);
    third.expect("its row").1[3] ^= 1;
    let mut replica = Replica::open(shelf).expect("opens");
    assert!(replica.own_op(dots[1]).is_some() && replica.own_op(last).is_some());
    assert_eq!(replica.lane_states()[REST].acked, 2);
    other_history(&mut replica, 2, &[(2, NOTHING)]);
    assert_eq!(replica.lane_states()[REST].acked, 0);
    for dot in dots {
        let own = replica.own_op(dot).expect("kept");
        assert!(own.told.is_none() && own.formerly.is_some());
    }
}

#[test]
fn what_goes_again_keeps_its_stamp_unless_what_was_written_before_it_has_a_later_one_by_now() {
    for late in [false, true] {
        let mut replica = phone();
        let visit = write_visit(&mut replica).0;
        let report = visit_at(&mut replica, CLOCK, "report").0;
        accepted(&mut replica, 1);
        let said = replica
            .own_op(report)
            .unwrap()
            .told
            .clone()
            .expect("told")
            .facts
            .stamp;
        other_history(&mut replica, 2, &[(2, NOTHING)]);
        // A request that came late has brought the visit again, and not the report.
        let mut exchange = begin(&mut replica, 3);
        let mut told = welcome(&exchange, &Verdict::Accepted);
        told.acks.retain(|ack| ack.lane == Lane::Rest);
        let (before, after) = (Stamp(said.0 - 1), Stamp::at_ms(said.ms() + 600_000));
        told.acks[0].runs[0].stamps = vec![(0, if late { after } else { before })];
        welcomed(&mut replica, &mut exchange, &told);
        assert!(replica.own_op(visit).unwrap().told.is_some());
        let exchange = begin(&mut replica, 4);
        let stamp = if late { after.next() } else { said };
        assert_eq!(refills(&exchange), [(report, vec![stamp])]);
    }
}

#[test]
fn of_a_former_branch_the_server_is_brought_what_it_lacks_and_asked_for_what_nothing_shows_it_has() {
    let elsewhere = Chain([9; 16]);
    let former = |through: u64, other: bool| {
        let mut replica = phone();
        let dots: Vec<Dot> = (0..2).map(|_| write_visit(&mut replica).0).collect();
        let forked = super::copies::fork_at(&replica, [0, 0, 2], 0);
        replica.take_fork(&forked).expect("a good fork");
        let own = match through {
            0 => Chain::default(),
            seq => dots
                .get(seq as usize - 1)
                .map_or(elsewhere, |dot| chain(&replica, *dot)),
        };
        let known = knows(through, if other { elsewhere } else { own });
        other_history(&mut replica, 1, &[(90, NOTHING), (2, known)]);
        // What the server has is asked for before anything is sent.
        let mut exchange = begin(&mut replica, 2);
        let asks = asks_as_a_copy(&exchange);
        let told = welcome(&exchange, &Verdict::Accepted);
        if !asks {
            welcomed(&mut replica, &mut exchange, &told);
        }
        let exchange = begin(&mut replica, 3);
        let brought: Vec<(Dot, usize)> = refills(&exchange)
            .into_iter()
            .map(|(dot, stamps)| (dot, stamps.len()))
            .collect();
        (brought, asks)
    };
    let first = Dot::new(ActorId(4), 1);
    let second = Dot::new(ActorId(4), 2);
    assert_eq!(former(0, false), (vec![(first, 2)], false), "it has nothing");
    assert_eq!(former(1, false), (vec![(second, 1)], false), "it has the first");
    assert_eq!(former(2, false), (vec![], false), "it has both");
    assert_eq!(former(1, true), (vec![], true), "it has another one there");
    assert_eq!(former(2, true), (vec![], true), "it has others there");
    assert_eq!(
        former(5, true),
        (vec![], true),
        "it has more than the phone ever wrote"
    );
}

#[test]
fn what_was_not_told_of_a_boot_lies_between_what_was_whatever_the_wall_clock_says() {
    const START_MS: i64 = 1_772_409_600_000;
    let first_boot = |uptime_ms: i64| at(1, uptime_ms, START_MS + uptime_ms);
    for set_back_ms in [0, 600_000, -600_000] {
        let mut replica = phone();
        visit_at(&mut replica, first_boot(900_000), "visit");
        let between = visit_at(&mut replica, first_boot(3_368_000), "visit").0;
        let told_of = visit_at(&mut replica, first_boot(3_488_000), "report");
        let mut exchange = begin_at(&mut replica, first_boot(3_680_000), 1);
        let mut told = welcome(&exchange, &Verdict::Accepted);
        told.server_ms = START_MS + 3_680_000;
        told.clocks[0].shift_ms = START_MS;
        // Of the visits the first is acknowledged only.
        let rest = told.acks.iter_mut().find(|ack| ack.lane == Lane::Rest);
        let rest = rest.expect("visits are sent");
        (rest.through, rest.runs[0].count) = (1, 1);
        rest.chain = Some(chain(&replica, Dot::new(ActorId(4), 1)));
        welcomed(&mut replica, &mut exchange, &told);
        let stamp = |replica: &Replica<Shelf>| {
            let own = replica.own_op(told_of.0).expect("kept");
            own.told
                .clone()
                .or(own.formerly.clone())
                .expect("told")
                .facts
                .stamp
        };
        assert_eq!(stamp(&replica), Stamp::at_ms(START_MS + 3_488_000));
        let note = Edit {
            append: vec![("notes".into(), vec!["修好了".into()])],
            ..Edit::default()
        };
        let after = replica
            .edit(first_boot(3_751_000), told_of, &note)
            .expect("sound in these tests");
        other_history(&mut replica, 2, &[(2, NOTHING)]);

        // It is started again, and its wall clock set.
        let (uptime_ms, met_ms) = (12_000_000, START_MS + 15_956_000);
        let exchange = begin_at(&mut replica, at(2, uptime_ms, met_ms - set_back_ms), 3);
        let requests = hello(&exchange).0.requests;
        let asked = requests.iter().find_map(|request| match request {
            Request::Clock { wall_ms, seen, past } => Some((*wall_ms, *seen, past.clone())),
            _ => None,
        });
        let (wall_ms, seen, past): (i64, Stamp, Vec<PastBoot>) = asked.expect("it asks for clocks");
        let meeting = Meeting {
            uptime_ms,
            wall_ms,
            met_ms,
            seen,
        };
        let boots: Vec<_> = past.into_iter().map(|boot| (boot, None)).collect();
        let (_, lines) = fix(meeting, None, &boots, Stamp::default());
        let stamped = |dot: Dot| {
            let own = replica.own_op(dot).and_then(|own| own.decoded()).expect("kept");
            lines[0].past_stamp(own.uptime_ms, met_ms)
        };
        assert!(stamped(between) < stamp(&replica), "set back by {set_back_ms} ms");
        assert!(stamped(after) > stamp(&replica));
        assert!(
            stamped(after).ms() > START_MS + 3_680_000,
            "after what it had seen"
        );
    }
}

#[test]
fn a_phone_that_is_told_it_is_a_copy_first_asks_for_what_it_was_told_is_acknowledged() {
    for others_came_first in [false, true] {
        let mut replica = phone();
        let visit = write_visit(&mut replica);
        accepted(&mut replica, 1);
        let nothing = super::copies::fork_at(&replica, [0; 3], 0);
        assert_eq!(replica.take_fork(&nothing).unwrap(), None);
        let exchange = begin(&mut replica, 2);
        let lane = hello(&exchange).0.lanes[REST];
        assert!(asks_as_a_copy(&exchange) && refills(&exchange).is_empty());
        assert_eq!((lane.acked, lane.last()), (0, 1));
        let own = replica.own_op(visit.0).expect("kept");
        assert!(own.told.is_none() && own.formerly.is_some());

        let (common, others) = if others_came_first { (0, 1) } else { (1, 0) };
        let forked = super::copies::fork_at(&replica, [0, 0, common], others);
        let recovery = replica.take_fork(&forked).unwrap();
        assert_eq!(recovery, Some(Recovery::Copy { renumbered: others }));
        assert_eq!(replica.renumbered(visit) == visit, !others_came_first);
        assert_eq!(
            replica.unsent() as u64,
            others,
            "what somebody else's is there for goes again"
        );
    }
}

//! The replica and the sessions on their own: order, staleness, what a reply may and may not do.

mod aside;
mod copies;
mod in_turn;
mod kept;
mod lists;
mod passes;
mod restored;

use otor_protocol::ids::{ActorId, DeviceId, Lane, PersonId, Position, ScopeId};
use otor_protocol::keys::{Certificate, Secret};
use otor_protocol::record::Edit;
use otor_protocol::replica::{Batch, DeviceClock, OpState, RecordStage, Replica, Row, Storage};
use otor_protocol::sync::device::{DeviceExchange, ExchangeError, ExchangeOptions};
use otor_protocol::wire::{
    self, AckRun, BootClock, ChangeFrame, Cursor, End, EnrolReply, FrameReader, FrameType, Hello, LaneAck,
    Reason, ScopeGrant, StateFrame, Verdict, Welcome, write_frame,
};
use std::collections::BTreeMap;
use std::convert::Infallible;

/// A phone's storage that never fails.
#[derive(Default)]
struct Shelf(BTreeMap<Vec<u8>, Vec<u8>>);

impl Storage for Shelf {
    type Error = Infallible;

    fn load(&self) -> Result<Vec<Row>, Infallible> {
        Ok(self
            .0
            .iter()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect())
    }

    fn apply(&mut self, batch: &Batch) -> Result<(), Infallible> {
        for (key, value) in batch.writes() {
            match value {
                Some(value) => self.0.insert(key.clone(), value.clone()),
                None => self.0.remove(key),
            };
        }
        Ok(())
    }

    fn sync(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

const GRID: &str = "150821100201001";
const CLOCK: DeviceClock = DeviceClock {
    boot: 1,
    uptime_ms: 5_000,
    wall_ms: 1_772_409_605_000,
};

fn server() -> Secret {
    Secret::new([9; 32])
}

fn phone() -> Replica<Shelf> {
    let keys = Secret::new([1; 32]).public();
    let actors = [ActorId(2), ActorId(3), ActorId(4)];
    let certificate = Certificate::issue(&server(), DeviceId(1), PersonId(5), actors, keys);
    let grid = ScopeGrant {
        scope: ScopeId::of_area(7),
        area: GRID.parse().ok(),
    };
    let inbox = ScopeGrant {
        scope: ScopeId::inbox(PersonId(5)),
        area: None,
    };
    let reply = EnrolReply {
        certificate,
        server: server().public(),
        incarnation: 77,
        owner_name: "w".into(),
        packing: 0,
        dictionary: 0,
        scopes: vec![grid, inbox],
    };
    let Ok(replica) = Replica::enrol(Shelf::default(), [1; 32], reply);
    replica
}

fn write_visit(replica: &mut Replica<Shelf>) -> otor_protocol::ids::RecordId {
    let edit = Edit {
        set: vec![("note".into(), "牧户家中一切正常".into())],
        ..Edit::default()
    };
    replica
        .create(CLOCK, "visit", GRID.parse().expect("sound in these tests"), &edit)
        .expect("sound in these tests")
}

fn begin(replica: &mut Replica<Shelf>, nonce: u32) -> DeviceExchange {
    let Ok(exchange) = DeviceExchange::begin(replica, CLOCK, ExchangeOptions::new(nonce));
    exchange
}

/// The hello of a request, and its code.
fn hello(exchange: &DeviceExchange) -> (Hello, [u8; 16]) {
    let mut reader = FrameReader::default();
    reader.push(&exchange.request());
    let frame = reader
        .next_frame()
        .expect("sound in these tests")
        .expect("sound in these tests");
    let (bytes, mac) = frame.payload.split_at(frame.payload.len() - 16);
    (
        wire::decode(bytes).expect("sound in these tests"),
        mac.try_into().expect("sound in these tests"),
    )
}

/// A welcome that acknowledges everything the hello names, each op with `verdict`.
fn welcome(exchange: &DeviceExchange, verdict: &Verdict) -> Welcome {
    let (hello, _) = hello(exchange);
    let acks = hello
        .lanes
        .iter()
        .zip(Lane::ALL)
        .filter_map(|(state, lane)| {
            let (count, chain) = state.unsent?;
            let run = AckRun {
                count: count as u32,
                commit: 10,
                first_index: 0,
                level: otor_protocol::ids::Level::WORKER,
                stamps: vec![],
                verdicts: (0..count as u32).map(|at| (at, verdict.clone())).collect(),
                in_inbox: vec![],
                conflicts: vec![],
            };
            Some(LaneAck {
                lane,
                through: state.last(),
                chain: Some(chain),
                runs: vec![run],
            })
        })
        .collect();
    Welcome {
        server_ms: 1_772_409_606_000,
        point: 10,
        acks,
        clocks: vec![BootClock {
            boot: CLOCK.boot,
            shift_ms: 1_772_409_600_000,
            uncertain: false,
        }],
        gained: vec![],
        lost: vec![],
        restarts: vec![],
        revoked: false,
        anchor: None,
        notices: vec![],
    }
}

fn sealed(replica: &Replica<Shelf>, exchange: &DeviceExchange, welcome: &Welcome) -> Vec<u8> {
    let mut payload = wire::encode(welcome);
    let mac = replica.device_key().welcome_mac(&hello(exchange).1, &payload);
    payload.extend(mac);
    let mut bytes = Vec::new();
    write_frame(&mut bytes, FrameType::Welcome, &payload);
    bytes
}

fn end() -> Vec<u8> {
    let mut bytes = Vec::new();
    write_frame(
        &mut bytes,
        FrameType::End,
        &wire::encode(&End {
            frames: 0,
            more: false,
        }),
    );
    bytes
}

#[test]
fn acknowledged_work_moves_from_the_outbox_to_the_mirror_with_the_servers_stamp() {
    let mut replica = phone();
    let visit = write_visit(&mut replica);
    assert_eq!(replica.stage(visit), Some(RecordStage::OnPhone));
    let mut exchange = begin(&mut replica, 1);
    let reply = sealed(&replica, &exchange, &welcome(&exchange, &Verdict::Accepted));
    exchange.handle_bytes(&mut replica, &reply).unwrap();
    exchange.handle_bytes(&mut replica, &end()).unwrap();
    assert!(exchange.report().complete);
    assert_eq!(
        (replica.unsent(), replica.stage(visit)),
        (0, Some(RecordStage::AtServer))
    );
    let mirrored = replica.mirrored(visit).unwrap();
    assert_eq!(
        mirrored.creation.facts.stamp.ms(),
        1_772_409_600_000 + CLOCK.uptime_ms
    );
}

#[test]
fn reply_to_any_but_the_latest_request_is_dropped_whole() {
    let mut replica = phone();
    write_visit(&mut replica);
    let mut old = begin(&mut replica, 1);
    let late = sealed(&replica, &old, &welcome(&old, &Verdict::Accepted));
    let mut new = begin(&mut replica, 2);
    assert!(matches!(
        old.handle_bytes(&mut replica, &late),
        Err(ExchangeError::Stale)
    ));
    assert_eq!(replica.unsent(), 1);
    // Nor does the newer exchange take it for its own.
    assert!(new.handle_bytes(&mut replica, &late).is_err());
    assert_eq!(replica.unsent(), 1);
}

#[test]
fn welcome_of_another_server_changes_nothing() {
    let mut replica = phone();
    write_visit(&mut replica);
    let mut exchange = begin(&mut replica, 1);
    let mut forged = sealed(&replica, &exchange, &welcome(&exchange, &Verdict::Accepted));
    // A byte of the welcome changed, the frame's checksum put right.
    let payload_end = forged.len() - 4;
    forged[8] ^= 1;
    let crc = crc32fast::hash(&forged[..payload_end]);
    forged[payload_end..].copy_from_slice(&crc.to_le_bytes());
    assert!(matches!(
        exchange.handle_bytes(&mut replica, &forged),
        Err(ExchangeError::NotOurServer)
    ));
    assert_eq!(replica.unsent(), 1);
}

#[test]
fn acknowledgement_of_other_work_under_the_same_numbers_is_refused() {
    let mut replica = phone();
    write_visit(&mut replica);
    let mut exchange = begin(&mut replica, 1);
    let mut told = welcome(&exchange, &Verdict::Accepted);
    told.acks[0].chain.as_mut().unwrap().0[0] ^= 1;
    let reply = sealed(&replica, &exchange, &told);
    assert!(matches!(
        exchange.handle_bytes(&mut replica, &reply),
        Err(ExchangeError::Ack(_))
    ));
    assert_eq!(replica.unsent(), 1);
}

#[test]
fn acknowledgement_that_passes_over_what_the_phone_has_is_refused() {
    let mut replica = phone();
    write_visit(&mut replica);
    write_visit(&mut replica);
    let mut exchange = begin(&mut replica, 1);
    let mut told = welcome(&exchange, &Verdict::Accepted);
    // A copy had lost the second, and declared that: the chain is the same.
    told.acks[0].runs[0].count = 1;
    let reply = sealed(&replica, &exchange, &told);
    assert!(matches!(
        exchange.handle_bytes(&mut replica, &reply),
        Err(ExchangeError::Ack(_))
    ));
    assert_eq!(replica.unsent(), 2);
}

#[test]
fn quarantined_work_stays_visible_and_in_the_tray_across_a_restart() {
    let mut replica = phone();
    let visit = write_visit(&mut replica);
    let mut exchange = begin(&mut replica, 1);
    let verdict = Verdict::Quarantined(Reason::OutOfArea);
    let reply = sealed(&replica, &exchange, &welcome(&exchange, &verdict));
    exchange.handle_bytes(&mut replica, &reply).unwrap();
    let replica = Replica::open(replica.into_storage()).unwrap();
    assert_eq!((replica.unsent(), replica.tray().len()), (0, 1));
    let state = OpState::Quarantined {
        reason: Reason::OutOfArea,
        behind: None,
    };
    let entry = &replica.tray()[0];
    assert_eq!((entry.state, replica.op_state(entry.dot)), (state, Some(state)));
    assert_eq!(
        replica.states_on(entry.record.expect("its record")),
        [(entry.dot, state)]
    );
    assert!(replica.view(visit).is_some() && replica.mirrored(visit).is_none());
}

/// A first pass of a feed without records, as of commit 10.
fn empty_pass(scope: ScopeId, lane: Lane) -> StateFrame {
    StateFrame {
        scope,
        lane,
        base: 10,
        after: None,
        as_of: 10,
        states: vec![],
        last: true,
        digest: None,
    }
}

#[test]
fn change_frame_applies_only_at_its_own_position() {
    let mut replica = phone();
    let (scope, lane) = (ScopeId::of_area(7), Lane::Rest);
    let Ok(applied) = replica.take_states(&empty_pass(scope, lane));
    assert!(applied);
    let (ten, twelve) = (Position::after(10), Position::after(12));
    let elsewhere = ChangeFrame {
        scope,
        lane,
        from: Position::after(11),
        to: twelve,
        items: vec![],
        digest: None,
    };
    let Ok(applied) = replica.take_changes(&elsewhere);
    assert!(!applied);
    let here = ChangeFrame {
        from: ten,
        ..elsewhere
    };
    assert_eq!(replica.take_changes(&here), Ok(true));
    assert_eq!(replica.take_changes(&here), Ok(false));
    let cursor = replica
        .scopes()
        .find(|(held, _)| *held == scope)
        .unwrap()
        .1
        .cursors[2];
    assert_eq!(cursor, Cursor::At(twelve));
}

#[test]
fn lost_scope_goes_only_when_its_work_is_acknowledged() {
    let mut replica = phone();
    let visit = write_visit(&mut replica);
    let mut exchange = begin(&mut replica, 1);
    let mut told = welcome(&exchange, &Verdict::Accepted);
    told.lost = vec![ScopeId::of_area(7)];
    for ack in &mut told.acks {
        // The server knows nothing of the visit yet.
        (ack.through, ack.chain, ack.runs) = (0, Some(Default::default()), vec![]);
    }
    let reply = sealed(&replica, &exchange, &told);
    exchange.handle_bytes(&mut replica, &reply).unwrap();
    assert!(replica.view(visit).is_some());
    assert_eq!(replica.scopes().count(), 2);

    let mut exchange = begin(&mut replica, 2);
    let mut told = welcome(&exchange, &Verdict::Accepted);
    told.lost = vec![ScopeId::of_area(7)];
    let reply = sealed(&replica, &exchange, &told);
    exchange.handle_bytes(&mut replica, &reply).unwrap();
    assert_eq!(replica.scopes().count(), 1);
    assert!(replica.mirrored(visit).is_none());
}

#[test]
fn record_that_a_first_pass_does_not_name_is_swept_unless_later_news_told_of_it() {
    let mut replica = phone();
    let (gone, kept) = (write_visit(&mut replica), write_visit(&mut replica));
    let mut exchange = begin(&mut replica, 1);
    let mut told = welcome(&exchange, &Verdict::Accepted);
    // The first was committed before the pass began, the second after.
    let mut second = told.acks[0].runs[0].clone();
    (second.count, second.commit) = (1, 30);
    second.verdicts.clear();
    told.acks[0].runs[0].count = 1;
    told.acks[0].runs.push(second);
    let reply = sealed(&replica, &exchange, &told);
    exchange.handle_bytes(&mut replica, &reply).unwrap();
    assert!(replica.mirrored(gone).is_some() && replica.mirrored(kept).is_some());

    let (scope, lane) = (ScopeId::of_area(7), Lane::Rest);
    let states = StateFrame {
        scope,
        lane,
        base: 20,
        after: None,
        as_of: 20,
        states: vec![],
        last: true,
        digest: None,
    };
    assert_eq!(replica.take_states(&states), Ok(true));
    assert!(replica.mirrored(gone).is_none() && replica.mirrored(kept).is_some());
}

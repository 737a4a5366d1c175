//! What the tests of phones share: an enrolled phone without a server, visits, and well-formed replies.

use otor_protocol::area::AreaCode;
use otor_protocol::ids::{ActorId, DeviceId, Lane, Level, PersonId, RecordId, ScopeId};
use otor_protocol::keys::{Certificate, MAC_BYTES, Secret};
use otor_protocol::record::Edit;
use otor_protocol::replica::{Replica, WriteError};
use otor_protocol::value::Value;
use otor_protocol::wire::{
    self, AckRun, BootClock, End, EnrolReply, FrameReader, FrameType, Hello, LaneAck, Refusal, ScopeGrant,
    Welcome, write_frame,
};

use super::storage::StorageError;
use super::{Phone, PhoneClock, PhoneExchange, PhoneStorage};

/// The grid of the phones here.
pub(crate) fn grid() -> AreaCode {
    "150821100201001".parse().expect("a grid's code")
}

/// A secret and what a server answers to the enrolment of its holder.
pub(crate) fn enrolment() -> ([u8; 32], EnrolReply) {
    let (secret, server) = ([7; 32], Secret::new([9; 32]));
    let reply = enrol_reply(&server, &Secret::new(secret));
    (secret, reply)
}

/// What `server` answers to the enrolment of the holder of `phone`.
pub(crate) fn enrol_reply(server: &Secret, phone: &Secret) -> EnrolReply {
    let owner = PersonId(5);
    let actors = [ActorId(11), ActorId(12), ActorId(13)];
    EnrolReply {
        certificate: Certificate::issue(server, DeviceId(3), owner, actors, phone.public()),
        server: server.public(),
        incarnation: 42,
        owner_name: "王芳".to_owned(),
        packing: 0,
        dictionary: 0,
        scopes: vec![
            ScopeGrant {
                scope: ScopeId::of_area(1),
                area: Some(grid()),
            },
            ScopeGrant {
                scope: ScopeId::inbox(owner),
                area: None,
            },
        ],
    }
}

/// An enrolled phone that has never met its server.
pub(crate) fn enrolled_phone() -> Phone {
    enrolled_phone_named("d1", 1)
}

/// The same with a name and a seed of its own.
pub(crate) fn enrolled_phone_named(name: &str, seed: u64) -> Phone {
    let mut phone = Phone::new(name, "w1", PhoneClock::booted_at(0), seed);
    let (secret, reply) = enrolment();
    phone.enrol(secret, reply).expect("a storage without faults");
    phone
}

/// Forty characters that follow from a number and hardly pack.
fn note(number: i64) -> String {
    let mut state = number.unsigned_abs().wrapping_add(1);
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        // Below 5,000.
        char::from_u32(0x4e00 + ((state >> 33) % 5_000) as u32).unwrap_or('一')
    };
    (0..40).map(|_| next()).collect()
}

/// The worker writes a visit at `now_ms`.
pub(crate) fn write_visit(phone: &mut Phone, now_ms: i64) -> RecordId {
    try_to_write_visit(phone, now_ms).expect("a good visit")
}

/// The worker writes a visit at `now_ms`, and the storage may fail.
pub(crate) fn try_to_write_visit(
    phone: &mut Phone,
    now_ms: i64,
) -> Result<RecordId, WriteError<StorageError>> {
    let edit = Edit {
        set: vec![
            ("household".to_owned(), Value::from("H-0001")),
            ("visited_at".to_owned(), Value::Int(now_ms)),
            ("note".to_owned(), Value::from(note(now_ms).as_str())),
        ],
        ..Edit::default()
    };
    let (replica, clock) = phone.desk(now_ms).expect("the phone runs");
    replica.create(clock, "visit", grid(), &edit)
}

/// A welcome that acknowledges nothing new.
pub(crate) fn welcome() -> Welcome {
    Welcome {
        server_ms: 1_000,
        point: 1,
        acks: Vec::new(),
        clocks: Vec::new(),
        gained: Vec::new(),
        lost: Vec::new(),
        restarts: Vec::new(),
        revoked: false,
        anchor: None,
        notices: Vec::new(),
    }
}

/// The frames of a complete reply to `exchange` that brings nothing new.
pub(crate) fn reply(exchange: &PhoneExchange, replica: &Replica<PhoneStorage>) -> Vec<u8> {
    let mut reader = FrameReader::default();
    reader.push(&exchange.frames()[0]);
    let hello = reader
        .next_frame()
        .expect("a frame")
        .expect("a whole one")
        .payload;
    reply_to(&hello, replica)
}

/// The frames of a complete reply to the hello with this payload that brings nothing new.
pub(crate) fn reply_to(hello: &[u8], replica: &Replica<PhoneStorage>) -> Vec<u8> {
    frames_of(hello, replica, &welcome())
}

/// The frame that declines the hello with this payload.
pub(crate) fn refusal_to(hello: &[u8], replica: &Replica<PhoneStorage>, refusal: Refusal) -> Vec<u8> {
    let mut payload = wire::encode(&refusal);
    let code = replica.device_key().refusal_mac(&read_hello(hello).1, &payload);
    payload.extend_from_slice(&code);
    let mut bytes = Vec::new();
    write_frame(&mut bytes, FrameType::Refusal, &payload);
    bytes
}

/// The same, but the server has everything that `replica` has written.
pub(crate) fn reply_acknowledging(hello: &[u8], replica: &Replica<PhoneStorage>) -> Vec<u8> {
    let mut welcome = welcome();
    let hello_lanes = read_hello(hello).0.lanes;
    for ((lane, now), told) in Lane::ALL.into_iter().zip(replica.lane_states()).zip(hello_lanes) {
        let Some((_, chain)) = now.unsent.filter(|_| told.acked < now.last()) else {
            continue;
        };
        for (_, own) in replica.lanes()[lane.index()].outbox() {
            if welcome.clocks.iter().all(|clock| clock.boot != own.boot) {
                welcome.clocks.push(BootClock {
                    boot: own.boot,
                    shift_ms: 0,
                    uncertain: false,
                });
            }
        }
        let run = AckRun {
            count: (now.last() - told.acked) as u32,
            commit: 1,
            first_index: 0,
            level: Level::WORKER,
            stamps: Vec::new(),
            verdicts: Vec::new(),
            in_inbox: Vec::new(),
            conflicts: Vec::new(),
        };
        welcome.acks.push(LaneAck {
            lane,
            through: now.last(),
            chain: Some(chain),
            runs: vec![run],
        });
    }
    frames_of(hello, replica, &welcome)
}

fn read_hello(payload: &[u8]) -> (Hello, [u8; MAC_BYTES]) {
    let (hello, mac) = payload.split_at(payload.len() - MAC_BYTES);
    (
        wire::decode(hello).expect("a hello"),
        mac.try_into().expect("a code"),
    )
}

/// The frames of a reply of this welcome, made out to the hello with this payload, and an end.
fn frames_of(hello: &[u8], replica: &Replica<PhoneStorage>, welcome: &Welcome) -> Vec<u8> {
    let (_, mac) = read_hello(hello);
    let mut payload = wire::encode(welcome);
    let code = replica.device_key().welcome_mac(&mac, &payload);
    payload.extend_from_slice(&code);
    let mut bytes = Vec::new();
    write_frame(&mut bytes, FrameType::Welcome, &payload);
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

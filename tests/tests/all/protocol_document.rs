//! The example in PROTOCOL.md is what the code writes, byte for byte.

use otor_protocol::digest::record_hash;
use otor_protocol::ids::{ActorId, DeviceId, Dot, Lane, Level, PersonId, ScopeId};
use otor_protocol::keys::{Chain, DeviceKey, Secret};
use otor_protocol::op::{Body, Change, Facts, FieldId, KindId, Op};
use otor_protocol::record::Record;
use otor_protocol::stamp::Stamp;
use otor_protocol::wire::{
    AckRun, BootClock, Content, Cursor, End, FeedState, FrameType, Hello, LaneAck, LaneState,
    PROTOCOL_VERSION, Request, StateFrame, Welcome, decode, encode, write_frame,
};

const UPTIME_MS: i64 = 3_600_000;
/// 2026-03-02, nine in the morning in China.
const WALL_MS: i64 = 1_772_413_200_000;

fn phone() -> Secret {
    Secret::new(std::array::from_fn(|place| place as u8))
}

fn server() -> Secret {
    Secret::new(std::array::from_fn(|place| 0x20 + place as u8))
}

fn device_key() -> DeviceKey {
    phone().device_key(&server().public(), &phone().public())
}

fn op() -> Vec<u8> {
    let changes = vec![
        Change::Once(FieldId(1), "150821100201012-031".into()),
        Change::Once(FieldId(5), "老两口都在。".into()),
        Change::Add {
            field: FieldId(61),
            members: vec!["elderly".into()],
        },
    ];
    let area = "150821100201012".parse().expect("an area code");
    let body = Body::Create {
        kind: KindId(2),
        area,
        changes,
    };
    encode(&Op {
        author: PersonId(12),
        uptime_ms: UPTIME_MS,
        body,
    })
}

fn chain() -> Chain {
    Chain::default().after(&op())
}

fn content() -> Vec<u8> {
    let content = Content {
        actor: ActorId(42),
        first_seq: 1,
        boot: 9,
        wall_minus_uptime_ms: WALL_MS - UPTIME_MS,
        floors: vec![(0, Stamp::default())],
        ops: vec![op().into()],
        origins: vec![],
    };
    content.encode()
}

fn hello() -> Hello {
    let unsent = Some((1, chain()));
    let feed = |scope| FeedState {
        scope: ScopeId(scope),
        cursors: Some([Cursor::START; 3]),
    };
    let mut hello = Hello {
        protocol: PROTOCOL_VERSION,
        catalogue: 1,
        packing: 0,
        dictionary: 0,
        device: DeviceId(7),
        nonce: 0x1122_3344,
        confirmed: 0,
        anchor: None,
        recent: Vec::new(),
        incarnation: 0x0123_4567_89ab_cdef,
        first_actor: ActorId(40),
        lanes: [
            LaneState::default(),
            LaneState::default(),
            LaneState { acked: 0, unsent },
        ],
        point: 0,
        feeds: vec![feed(10), feed(25)],
        boot: 9,
        uptime_ms: UPTIME_MS + 60_000,
        reply_budget_bytes: 0,
        wait_ms: 0,
        frame_aim: 0,
        requests: vec![Request::Clock {
            wall_ms: WALL_MS + 60_000,
            seen: Stamp::default(),
            past: Vec::new(),
        }],
        signature: None,
    };
    hello.signature = Some(phone().sign(&hello.signed_bytes()).to_vec().into());
    hello
}

fn framed(frame_type: FrameType, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_frame(&mut bytes, frame_type, payload);
    bytes
}

fn hello_frame() -> Vec<u8> {
    let hello = encode(&hello());
    let mac = device_key().hello_mac(&hello);
    framed(FrameType::Hello, &[&hello[..], &mac].concat())
}

fn ops_frame() -> Vec<u8> {
    let hello_mac = device_key().hello_mac(&encode(&hello()));
    let mac = device_key().frame_mac(&hello_mac, 0, &content());
    framed(FrameType::Ops, &[&content()[..], &mac].concat())
}

fn welcome() -> Welcome {
    let server_ms = WALL_MS + 60_250;
    let run = AckRun {
        count: 1,
        commit: 5_000,
        first_index: 0,
        level: Level::WORKER,
        stamps: Vec::new(),
        verdicts: Vec::new(),
        in_inbox: Vec::new(),
        conflicts: Vec::new(),
    };
    Welcome {
        server_ms,
        point: 5_000,
        acks: vec![LaneAck {
            lane: Lane::Rest,
            through: 1,
            chain: Some(chain()),
            runs: vec![run],
        }],
        clocks: vec![BootClock {
            boot: 9,
            shift_ms: server_ms - UPTIME_MS - 60_000,
            uncertain: false,
        }],
        gained: Vec::new(),
        lost: Vec::new(),
        restarts: Vec::new(),
        revoked: false,
        anchor: Some(0x3344),
        notices: Vec::new(),
    }
}

fn welcome_frame() -> Vec<u8> {
    let hello_mac = device_key().hello_mac(&encode(&hello()));
    let welcome = encode(&welcome());
    let mac = device_key().welcome_mac(&hello_mac, &welcome);
    framed(FrameType::Welcome, &[&welcome[..], &mac].concat())
}

/// The last states of the reply: the first pass over the lane, in which nothing is yet but the visit.
fn states() -> StateFrame {
    let op: Op = decode(&op()).expect("the op above");
    let dot = Dot::new(ActorId(42), 1);
    let shift_ms = welcome().clocks[0].shift_ms;
    let facts = Facts {
        stamp: Stamp::at_ms(UPTIME_MS + shift_ms),
        claimed_ms: WALL_MS,
        level: Level::WORKER,
        uncertain: false,
    };
    let record = Record::create(dot, Lane::Rest, &op, facts).expect("it creates");
    let state = record.encode();
    StateFrame {
        scope: ScopeId(10),
        lane: Lane::Rest,
        base: 5_000,
        after: None,
        as_of: 5_000,
        digest: Some([record_hash(&state)].into_iter().collect()),
        states: vec![state.into()],
        last: true,
    }
}

fn end_frame(frames: u32) -> Vec<u8> {
    framed(FrameType::End, &encode(&End { frames, more: false }))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of the block in the document whose first line is `# title`; what follows a `#` is a remark.
fn documented(title: &str) -> String {
    let document = include_str!("../../../PROTOCOL.md");
    let opening = format!("```text\n# {title}\n");
    let (_, rest) = document
        .split_once(&opening)
        .unwrap_or_else(|| panic!("PROTOCOL.md has no block {title:?}"));
    let (block, _) = rest.split_once("```").expect("the block is closed");
    let bytes = block
        .lines()
        .map(|line| line.split_once('#').map_or(line, |(bytes, _)| bytes));
    bytes
        .flat_map(str::chars)
        .filter(|c| !c.is_whitespace())
        .collect()
}

#[test]
fn the_example_in_the_protocol_document_is_what_the_code_writes() {
    let expected = [
        ("phone: Ed25519 public key", hex(&phone().public().signing)),
        ("phone: X25519 public key", hex(&phone().public().exchange)),
        ("server: Ed25519 public key", hex(&server().public().signing)),
        ("server: X25519 public key", hex(&server().public().exchange)),
        ("op", hex(&op())),
        ("chain after the op", hex(&chain().0)),
        ("signed bytes of the hello", hex(&hello().signed_bytes())),
        ("hello frame", hex(&hello_frame())),
        ("op frame", hex(&ops_frame())),
        ("end frame", hex(&end_frame(1))),
        ("welcome frame", hex(&welcome_frame())),
        ("record", hex(&states().states[0])),
        (
            "states frame",
            hex(&framed(FrameType::States, &states().encode())),
        ),
        ("end frame of the reply", hex(&end_frame(1))),
    ];
    for (title, bytes) in expected {
        assert_eq!(documented(title), bytes, "PROTOCOL.md, {title}");
    }
}

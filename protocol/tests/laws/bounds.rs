//! The bounds of the wire, each at its value and one past it; depth and declared lengths as attackers write
//! them.

use otor_protocol::digest::Digest;
use otor_protocol::ids::{ActorId, Dot, RecordId, ScopeId};
use otor_protocol::ids::{Lane, Position};
use otor_protocol::limits::*;
use otor_protocol::op::Op;
use otor_protocol::record::Record;
use otor_protocol::stamp::Stamp;
use otor_protocol::wire::*;
use serde_bytes::ByteBuf;

fn content(first_seq: u64, ops: Vec<ByteBuf>) -> Content {
    Content {
        actor: ActorId(u32::MAX),
        first_seq,
        boot: u64::MAX,
        wall_minus_uptime_ms: i64::MIN,
        floors: vec![(0, Stamp(u64::MAX))],
        ops,
        origins: vec![],
    }
}

fn ops(count: usize, bytes: usize) -> Vec<ByteBuf> {
    vec![ByteBuf::from(vec![7; bytes]); count]
}

fn is_read(content: &Content) -> bool {
    Content::decode(&content.encode()).is_ok()
}

#[test]
fn a_content_holds_one_op_to_the_bound_and_no_more() {
    assert!(!is_read(&content(1, ops(0, 1))));
    assert!(is_read(&content(1, ops(1, 1))));
    assert!(is_read(&content(1, ops(FRAME_OPS_MAX, 1))));
    assert!(!is_read(&content(1, ops(FRAME_OPS_MAX + 1, 1))));
}

#[test]
fn an_op_has_its_bytes_and_one_that_is_longer_is_unreadable_alone() {
    let op = otor_protocol::op::Op {
        author: otor_protocol::ids::PersonId(1),
        uptime_ms: 1,
        body: otor_protocol::op::Body::Release {
            dot: otor_protocol::ids::Dot::new(ActorId(1), 1),
        },
    };
    let encoded = ByteBuf::from(encode(&op));
    let mixed = content(1, vec![encoded, ByteBuf::from(vec![7; OP_BYTES_MAX + 1])]);
    assert!(is_read(&mixed));
    assert_eq!(mixed.op(0), Ok(op));
    assert_eq!(mixed.op(1), Err(Malformed));
}

#[test]
fn seqs_begin_at_one_and_never_wrap() {
    assert!(!is_read(&content(0, ops(2, 1))));
    assert!(is_read(&content(u64::MAX - 2, ops(2, 1))));
    assert!(!is_read(&content(u64::MAX - 1, ops(2, 1))));
    assert!(!is_read(&content(u64::MAX, ops(1, 1))));
}

#[test]
fn whatever_size_is_aimed_at_a_built_content_fits_its_frame_and_is_read() {
    for (count, bytes) in [(100, 1), (100, 3000), (100, OP_BYTES_MAX)] {
        let op = vec![7; bytes];
        let mut builder = ContentBuilder::new(content(1, vec![]), usize::MAX);
        let mut taken = 0;
        while taken < count && builder.push(&content(1 + taken, vec![]), &op) {
            taken += 1;
        }
        let built = builder.finish().expect("at least one op fits");
        assert_eq!(built.ops.len() as u64, taken);
        // A frame of ops carries a code beside the content.
        assert!(built.encode().len() + 64 <= FRAME_BYTES_MAX, "{bytes}");
        assert!(is_read(&built), "{bytes}");
    }
}

#[test]
fn one_op_of_the_greatest_size_is_taken_whatever_is_aimed_at() {
    let mut builder = ContentBuilder::new(content(1, vec![]), 0);
    assert!(builder.push(&content(1, vec![]), &vec![7; OP_BYTES_MAX]));
    assert!(!builder.push(&content(2, vec![]), &[7]));
}

/// A frame as it comes over the wire, with this declared length.
fn framed(frame_type: u8, length: usize, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![frame_type];
    let mut rest = length;
    while rest >= 0x80 {
        bytes.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    bytes.push(rest as u8);
    bytes.extend_from_slice(payload);
    let crc = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&crc.to_le_bytes());
    bytes
}

fn first_frame(bytes: &[u8]) -> Result<Option<Frame>, BadFrame> {
    let mut reader = FrameReader::default();
    reader.push(bytes);
    reader.next_frame()
}

#[test]
fn a_frame_has_its_bytes_and_no_more() {
    let payload = vec![7; FRAME_BYTES_MAX + 1];
    let at_bound = first_frame(&framed(2, FRAME_BYTES_MAX, &payload[1..]));
    let frame = at_bound.expect("at the bound it is read").expect("and complete");
    assert_eq!(
        (frame.frame_type, frame.payload.len()),
        (FrameType::Ops, FRAME_BYTES_MAX)
    );
    let past = first_frame(&framed(2, FRAME_BYTES_MAX + 1, &payload));
    assert_eq!(past, Err(BadFrame::TooLong(FRAME_BYTES_MAX + 1)));
    // Refused from its head: nothing is waited for or kept.
    assert_eq!(
        first_frame(&[2, 0xff, 0xff, 0xff]),
        Err(BadFrame::TooLong(0x001f_ffff))
    );
}

#[test]
fn the_types_of_frames_are_one_to_fifteen_plain_or_packed() {
    for number in 0..=255u8 {
        let read = first_frame(&framed(number, 1, b"x"));
        if (1..=15).contains(&(number & 0x7f)) {
            let frame = read.expect("a known type").expect("a complete frame");
            assert_eq!(
                (frame.frame_type as u8, frame.packed),
                (number & 0x7f, number >= 0x80)
            );
        } else {
            assert_eq!(read, Err(BadFrame::Type(number)));
        }
    }
}

#[test]
fn a_record_at_its_bound_fits_a_frame() {
    let state = ByteBuf::from(vec![0xff; RECORD_BYTES_MAX]);
    let greatest = Position {
        commit: u64::MAX,
        index: u32::MAX,
    };
    let id = RecordId(Dot::new(ActorId(u32::MAX), u64::MAX));
    let states = StateFrame {
        scope: ScopeId(u32::MAX),
        lane: Lane::Urgent,
        base: u64::MAX,
        after: Some(id),
        as_of: u64::MAX,
        states: vec![state.clone()],
        last: true,
        digest: Some(Digest(u64::MAX)),
    };
    assert!(states.encode().len() <= FRAME_BYTES_MAX);
    let changes = ChangeFrame {
        scope: ScopeId(u32::MAX),
        lane: Lane::Urgent,
        from: greatest,
        to: greatest,
        items: vec![FeedItem {
            position: greatest,
            news: News::Replace { state },
        }],
        digest: Some(Digest(u64::MAX)),
    };
    assert!(changes.encode().len() <= FRAME_BYTES_MAX);
}

/// Whether any message is read from these bytes.
fn is_any_message(bytes: &[u8]) -> bool {
    let read = [
        decode::<Hello>(bytes).is_ok(),
        decode::<Welcome>(bytes).is_ok(),
        ChangeFrame::decode(bytes).is_ok(),
        StateFrame::decode(bytes).is_ok(),
        decode::<End>(bytes).is_ok(),
        decode::<Refusal>(bytes).is_ok(),
        decode::<EnrolRequest>(bytes).is_ok(),
        decode::<EnrolReply>(bytes).is_ok(),
        decode::<Op>(bytes).is_ok(),
        Content::decode(bytes).is_ok(),
        Record::decode(&[&[otor_protocol::record::FORMAT_VERSION], bytes].concat()).is_ok(),
    ];
    read.contains(&true)
}

#[test]
fn deep_nesting_is_refused_and_does_not_exhaust_the_stack() {
    const DEPTH: usize = 1_000_000;
    let arrays = vec![0x91; DEPTH];
    let maps: Vec<u8> = [0x81, 0x01].repeat(DEPTH);
    // A struct may be spelt as a map; a key it does not know is skipped, with all that is in it.
    let unknown_key = |inside: &[u8]| [&[0x81, 0xa1, b'x'], inside].concat();
    for bytes in [
        arrays.clone(),
        maps.clone(),
        unknown_key(&arrays),
        unknown_key(&maps),
    ] {
        assert!(!is_any_message(&bytes));
    }
}

#[test]
fn skipped_content_is_bounded_in_depth() {
    // An end spelt as a map with one key too many: read while that is shallow, refused when it is deep.
    let end = |depth: usize| {
        let mut bytes = vec![0x83, 0xa6];
        bytes.extend_from_slice(b"frames");
        bytes.extend_from_slice(&[5, 0xa4]);
        bytes.extend_from_slice(b"more");
        bytes.extend_from_slice(&[0xc3, 0xa1, b'x']);
        bytes.extend(vec![0x91; depth]);
        bytes.push(0xc0);
        decode::<End>(&bytes)
    };
    assert_eq!(
        end(DEPTH_MAX - 2),
        Ok(End {
            frames: 5,
            more: true
        })
    );
    assert_eq!(end(DEPTH_MAX - 1), Err(Malformed));
}

/// Headers that declare four thousand million members, bytes or characters that do not follow.
const HUGE: [[u8; 5]; 4] = [
    [0xdd, 0xff, 0xff, 0xff, 0xff],
    [0xdf, 0xff, 0xff, 0xff, 0xff],
    [0xc6, 0xff, 0xff, 0xff, 0xff],
    [0xdb, 0xff, 0xff, 0xff, 0xff],
];

/// A number in MessagePack.
const NUMBER_BYTES_MAX: usize = 9;

fn read_huge_declarations() {
    let real: [Vec<u8>; 4] = [
        content(1, ops(1, 1)).encode(),
        encode(&End {
            frames: 1,
            more: false,
        }),
        StateFrame {
            scope: ScopeId(2),
            lane: Lane::Rest,
            base: 1,
            after: None,
            as_of: 1,
            states: vec![vec![1].into()],
            last: true,
            digest: None,
        }
        .encode(),
        crate::canonical::sound_bytes()[1..].to_vec(),
    ];
    for huge in HUGE {
        assert!(!is_any_message(&huge));
        for (number, bytes) in real.iter().enumerate() {
            for place in 0..bytes.len() {
                let spliced = [&bytes[..place], &huge, &bytes[place..]].concat();
                if number % 2 == 1 {
                    assert!(!is_any_message(&spliced));
                    continue;
                }
                // In a batch the bytes may as well be a number; no row comes of it that was not there, and none grows.
                if let Ok(content) = Content::decode(&spliced) {
                    let rows: usize = content.ops.iter().map(|op| op.len()).sum();
                    assert!(
                        content.ops.len() == 1 && rows <= huge.len() + NUMBER_BYTES_MAX,
                        "{spliced:02x?}"
                    );
                }
                if let Ok(frame) = StateFrame::decode(&spliced) {
                    let rows: usize = frame.states.iter().map(|state| state.len()).sum();
                    assert!(
                        frame.states.len() == 1 && rows <= huge.len() + NUMBER_BYTES_MAX,
                        "{spliced:02x?}"
                    );
                }
            }
        }
    }
}

/// Set in the child process of the test below.
#[cfg(target_os = "linux")]
const LIMITED: &str = "OTOR_TEST_MEMORY_IS_LIMITED";

#[cfg(target_os = "linux")]
#[test]
fn huge_declared_lengths_are_refused_within_little_memory() {
    if std::env::var_os(LIMITED).is_some() {
        return read_huge_declarations();
    }
    // The same test again in a process that may have half a gigabyte: one of the declared lengths would end it.
    let own = std::env::current_exe().expect("a test knows its own file");
    let name = "bounds::huge_declared_lengths_are_refused_within_little_memory";
    let output = std::process::Command::new("sh")
        .args(["-c", "ulimit -v 524288 && exec \"$0\" --exact \"$1\""])
        .arg(own)
        .arg(name)
        .env(LIMITED, "1")
        .output()
        .expect("a shell starts");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && told.contains("1 passed"), "{told}");
}

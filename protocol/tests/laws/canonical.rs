//! The bytes of a record: the one encoding is read, anything else is refused, nothing panics.

use crate::delivery::{deliver, deliver_part};
use crate::history::{Written, histories};
use otor_protocol::area::AreaCode;
use otor_protocol::ids::{ActorId, Dot, Lane, Level, PersonId, RecordId};
use otor_protocol::op::{Body, Change, Facts, FieldId, KindId, Op};
use otor_protocol::record::{
    BadRecord, Candidate, Creation, Entry, FORMAT_VERSION, LogEntry, Marker, Record,
};
use otor_protocol::stamp::Stamp;
use otor_protocol::value::Value;
use proptest::prelude::*;
use proptest::sample::Index;
use serde::Serialize;

/// The layout of a record's bytes, written down a second time, so that what `encode` never writes can be
/// written here.
#[derive(Clone, Serialize)]
struct Image(
    RecordId,
    KindId,
    Lane,
    Creation,
    AreaCode,
    Marker,
    Vec<(FieldId, FieldImage)>,
    Vec<FieldId>,
);

#[derive(Clone, Serialize)]
enum FieldImage {
    #[serde(rename = "a")]
    Register(Value, Marker),
    #[serde(rename = "b")]
    Candidates((Vec<Dot>, Vec<(Candidate, Vec<Dot>)>)),
    #[serde(rename = "c")]
    Members((Vec<Dot>, Vec<(Value, Vec<Dot>)>)),
    #[serde(rename = "d")]
    Log(Vec<LogEntry>),
}

fn dot(actor: u32, seq: u64) -> Dot {
    Dot::new(ActorId(actor), seq)
}

fn note(seq: u64) -> LogEntry {
    LogEntry {
        stamp: Stamp(seq),
        dot: dot(1, seq),
        index: 0,
        author: PersonId(1),
        level: Level::WORKER,
        what: Entry::Note(Value::Int(5)),
    }
}

fn candidate(seq: u64) -> (Candidate, Vec<Dot>) {
    let (stamp, dot) = (Stamp(seq), dot(1, seq));
    let candidate = Candidate {
        stamp,
        dot,
        author: PersonId(1),
        value: "13800000000".into(),
    };
    (candidate, vec![dot])
}

fn sound() -> Image {
    let creation = Creation {
        author: PersonId(1),
        facts: Facts {
            stamp: Stamp(9),
            claimed_ms: 8,
            level: Level::WORKER,
            uncertain: false,
        },
    };
    let members = vec![
        ("水".into(), vec![dot(1, 3), dot(2, 1)]),
        (Value::Bool(false), vec![dot(1, 3)]),
    ];
    Image(
        RecordId(dot(1, 1)),
        KindId(3),
        Lane::Reports,
        creation,
        "150821100201001".parse().expect("an area code"),
        Marker::default(),
        vec![
            (FieldId(1), FieldImage::Register("a".into(), Marker::default())),
            (
                FieldId(2),
                FieldImage::Members((vec![dot(1, 5), dot(2, 1)], members)),
            ),
            (FieldId(3), FieldImage::Log(vec![note(3), note(4)])),
            (
                FieldId(4),
                FieldImage::Candidates((vec![dot(1, 6)], vec![candidate(5), candidate(6)])),
            ),
        ],
        vec![FieldId(7), FieldId(8)],
    )
}

fn bytes_of(image: &Image) -> Vec<u8> {
    let mut bytes = vec![FORMAT_VERSION];
    bytes.extend(rmp_serde::to_vec(image).expect("plain data encodes"));
    bytes
}

/// A sound record's bytes.
pub fn sound_bytes() -> Vec<u8> {
    bytes_of(&sound())
}

fn members(image: &mut Image) -> &mut (Vec<Dot>, Vec<(Value, Vec<Dot>)>) {
    match &mut image.6[1].1 {
        FieldImage::Members(set) => set,
        _ => unreachable!("field 2 is a set"),
    }
}

fn entries(image: &mut Image) -> &mut Vec<LogEntry> {
    match &mut image.6[2].1 {
        FieldImage::Log(entries) => entries,
        _ => unreachable!("field 3 is a log"),
    }
}

fn candidates(image: &mut Image) -> &mut Vec<(Candidate, Vec<Dot>)> {
    match &mut image.6[3].1 {
        FieldImage::Candidates((_, candidates)) => candidates,
        _ => unreachable!("field 4 has candidates"),
    }
}

#[test]
fn the_layout_written_here_is_the_record_s() {
    let bytes = bytes_of(&sound());
    assert_eq!(Record::decode(&bytes).map(|record| record.encode()), Ok(bytes));
}

/// A name, and what it does to a sound image.
type Fault = (&'static str, fn(&mut Image));

#[test]
fn unsorted_or_doubled_or_contradictory_content_is_refused() {
    let faults: [Fault; 14] = [
        ("fields unsorted", |image| image.6.swap(0, 1)),
        ("a field twice", |image| image.6[1].0 = FieldId(1)),
        ("erased unsorted", |image| image.7.swap(0, 1)),
        ("erased twice", |image| image.7[1] = FieldId(7)),
        ("an erased field has content", |image| image.7[0] = FieldId(3)),
        ("a log unsorted", |image| entries(image).swap(0, 1)),
        ("a log entry twice", |image| entries(image)[1] = note(3)),
        ("members unsorted", |image| members(image).1.swap(0, 1)),
        ("a member twice", |image| members(image).1[1].0 = "水".into()),
        ("a member without a dot", |image| members(image).1[1].1.clear()),
        ("candidates unsorted", |image| candidates(image).swap(0, 1)),
        ("a clock unsorted", |image| members(image).0.swap(0, 1)),
        ("two dots of one actor in a clock", |image| {
            members(image).0.insert(0, dot(1, 4))
        }),
        ("a member above its clock", |image| {
            members(image).0[0] = dot(1, 2)
        }),
    ];
    for (name, spoil) in faults {
        let mut image = sound();
        spoil(&mut image);
        assert_eq!(
            Record::decode(&bytes_of(&image)),
            Err(BadRecord::Malformed),
            "{name}"
        );
    }
}

#[test]
fn numbers_spelt_at_length_and_bytes_left_over_are_refused() {
    let bytes = bytes_of(&sound());
    let mut longer = bytes.clone();
    longer.push(0xc0);
    assert_eq!(Record::decode(&longer), Err(BadRecord::Malformed));
    // The record's actor, 1, is the fourth byte: version, array of 8, array of 2, number.
    assert_eq!(bytes[..4], [FORMAT_VERSION, 0x98, 0x92, 1]);
    let spelt_out = [&bytes[..3], &[0xcd, 0, 1], &bytes[4..]].concat();
    assert_eq!(Record::decode(&spelt_out), Err(BadRecord::Malformed));
}

#[test]
fn another_format_is_named_and_nothing_is_refused() {
    let mut bytes = bytes_of(&sound());
    bytes[0] = FORMAT_VERSION + 1;
    assert_eq!(
        Record::decode(&bytes),
        Err(BadRecord::Version(FORMAT_VERSION + 1))
    );
    assert_eq!(Record::decode(&[]), Err(BadRecord::Malformed));
}

#[test]
fn a_set_that_holds_no_reads_back_after_removals() {
    let write = |seq, body| Written {
        dot: dot(1, seq),
        op: Op {
            author: PersonId(1),
            uptime_ms: 0,
            body,
        },
        facts: Facts {
            stamp: Stamp(seq),
            claimed_ms: 0,
            level: Level::WORKER,
            uncertain: false,
        },
    };
    let (record, field) = (RecordId(dot(1, 1)), FieldId(90));
    let edit = |change| Body::Edit {
        record,
        changes: vec![change],
    };
    let kind = KindId(3);
    let area: AreaCode = "150821100201001".parse().expect("an area code");
    let history = [
        write(
            1,
            Body::Create {
                kind,
                area,
                changes: vec![],
            },
        ),
        write(
            2,
            edit(Change::Add {
                field,
                members: vec![Value::Bool(false)],
            }),
        ),
        write(
            3,
            edit(Change::Add {
                field,
                members: vec!["水".into()],
            }),
        ),
        write(
            4,
            edit(Change::Remove {
                field,
                members: vec![("水".into(), vec![dot(1, 3)])],
            }),
        ),
    ];
    let record = deliver(&history, &[]);
    let read = Record::decode(&record.encode());
    assert_eq!(read.as_ref(), Ok(&record));
    // What was added and removed before stays removed when it comes again.
    let mut read = read.expect("just looked");
    read.apply(history[2].dot, &history[2].op, history[2].facts);
    assert_eq!(read, record);
}

/// Damages bytes in one place.
#[derive(Clone, Debug)]
pub enum Damage {
    Change(Index, u8),
    Cut(Index),
    Insert(Index, Vec<u8>),
    Repeat(Index, Index),
}

pub fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        4 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Change(at, byte)),
        1 => any::<Index>().prop_map(Damage::Cut),
        1 => (any::<Index>(), proptest::collection::vec(any::<u8>(), 1..6))
            .prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
        1 => (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Damage::Repeat(from, to)),
    ]
}

pub fn damaged(bytes: &[u8], damage: &Damage) -> Vec<u8> {
    let place = |index: &Index| index.index(bytes.len());
    match damage {
        Damage::Change(at, byte) => {
            let mut bytes = bytes.to_vec();
            bytes[place(at)] = *byte;
            bytes
        }
        Damage::Cut(at) => bytes[..place(at)].to_vec(),
        Damage::Insert(at, more) => [&bytes[..place(at)], more, &bytes[place(at)..]].concat(),
        Damage::Repeat(from, to) => {
            let (from, to) = (place(from).min(place(to)), place(from).max(place(to)));
            [&bytes[..to], &bytes[from..]].concat()
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let body = [&[FORMAT_VERSION], bytes.as_slice()].concat();
        for bytes in [bytes, body] {
            if let Ok(record) = Record::decode(&bytes) {
                prop_assert_eq!(record.encode(), bytes);
            }
        }
    }

    #[test]
    fn damaged_records_are_refused_or_stand_for_exactly_what_they_say(
        history in histories(16),
        picks in proptest::collection::vec(any::<u16>(), 0..30),
        damages in proptest::collection::vec(damage(), 1..40),
    ) {
        let bytes = deliver_part(&history, &picks).record().encode();
        for damage in damages {
            let bytes = damaged(&bytes, &damage);
            if let Ok(record) = Record::decode(&bytes) {
                prop_assert_eq!(record.encode(), bytes);
            }
        }
    }
}

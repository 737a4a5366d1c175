//! Points of patrols: packed small, read back or refused, merged in any order to one set; and coverage never falls.

use otor_protocol::catalogue::built_in::field_work::{POINTS, TOUCHED};
use otor_protocol::catalogue::{Catalogue, check_changes};
use otor_protocol::ids::{ActorId, Dot, Lane, Level, PersonId};
use otor_protocol::lifecycle::{self, Told};
use otor_protocol::op::{Body, Change, EventId, Facts, FieldId, KindId, Op};
use otor_protocol::patrol::{Point, Points, marking, track};
use otor_protocol::record::Record;
use otor_protocol::stamp::Stamp;
use otor_protocol::value::Value;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn point() -> impl Strategy<Value = Point> {
    (0..=1_440u16, -900_000..=900_000i32, -1_800_000..=1_800_000i32).prop_map(|(minute, lat_e4, lon_e4)| {
        Point {
            minute,
            lat_e4,
            lon_e4,
        }
    })
}

prop_compose! {
    fn points()(
        segment in 0..4u16,
        first_seq in 1..6u16,
        mut points in prop::collection::vec(point(), 1..5),
    ) -> Points {
        points.sort();
        Points { segment, first_seq, points }
    }
}

/// An op on a patrol of three segments: who wrote it, and its change.
fn op(actor: u32, seq: u64, body: Body) -> (Dot, Op, Facts) {
    let op = Op {
        author: PersonId(actor),
        uptime_ms: 0,
        body,
    };
    let facts = Facts {
        stamp: Stamp::at_ms(1_000 * seq as i64),
        claimed_ms: 0,
        level: Level::WORKER,
        uncertain: false,
    };
    (Dot::new(ActorId(actor), seq), op, facts)
}

fn patrol() -> Record {
    let (dot, op, facts) = op(
        1,
        1,
        Body::Create {
            kind: KindId(5),
            area: "150821100201001".parse().expect("a code"),
            changes: vec![Change::Once(FieldId(3), "s1 s2 s3".into())],
        },
    );
    Record::create(dot, Lane::Rest, &op, facts).expect("it creates")
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => points().prop_map(|points| Change::Append(POINTS, Value::Text(points.pack()))),
        2 => prop::sample::select(vec!["s1", "s2", "s3", "s9"])
            .prop_map(|segment| Change::Append(TOUCHED, segment.into())),
        1 => Just(Change::Event { event: EventId(1), round: 1, args: vec![] }),
    ]
}

fn touched(record: &Record) -> Option<Told> {
    let catalogue = Catalogue::built_in();
    let folded = lifecycle::fold(catalogue.kind(record.kind)?, record)?;
    let found = folded.more.iter().find(|(name, _)| *name == "segments_touched");
    found.map(|(_, told)| told.clone())
}

/// Everything that is marked, whenever.
fn all_points(record: &Record) -> BTreeSet<Vec<u8>> {
    let entries = record.entries(POINTS).into_iter();
    entries.map(|entry| otor_protocol::wire::encode(&entry)).collect()
}

proptest! {
    #[test]
    fn points_read_back(points in points()) {
        prop_assert_eq!(Points::unpack(&points.pack()), Some(points));
    }

    #[test]
    fn any_text_is_read_as_what_it_says_or_refused(text in "[A-Za-z0-9_-]{0,24}", other in ".{0,40}") {
        for text in [text, other] {
            if let Some(points) = Points::unpack(&text) {
                prop_assert_eq!(points.pack(), text);
            }
        }
    }

    #[test]
    fn patrols_merge_in_any_order_to_one_set_of_points_and_coverage_never_falls(
        changes in prop::collection::vec((2..5u32, change()), 1..14),
        order in prop::collection::vec(any::<prop::sample::Index>(), 14),
    ) {
        let ops: Vec<_> = changes
            .iter()
            .zip(2..)
            .map(|((actor, change), seq)| {
                let body = Body::Edit { record: patrol().id, changes: vec![change.clone()] };
                op(*actor, seq, body)
            })
            .collect();
        let apply = |record: &mut Record, one: &(Dot, Op, Facts)| record.apply(one.0, &one.1, one.2);
        let mut whole = patrol();
        let mut before = touched(&whole);
        for one in &ops {
            let points = all_points(&whole);
            apply(&mut whole, one);
            let now = touched(&whole);
            let (Some(Told::Number(now_count)), Some(Told::Number(count))) = (&now, &before) else {
                panic!("a patrol tells how many it touched");
            };
            prop_assert!(now_count >= count, "coverage fell");
            prop_assert!(all_points(&whole).is_superset(&points), "points were lost");
            before = now;
        }
        // Each actor's ops apart, in three records, and merged in some order and grouping, one of them twice.
        let parts: Vec<Record> = (2..5u32)
            .map(|actor| {
                let mut part = patrol();
                ops.iter().filter(|(dot, ..)| dot.actor.0 == actor).for_each(|one| apply(&mut part, one));
                part
            })
            .collect();
        let merged = |order: [usize; 3]| {
            let mut record = parts[order[0]].clone();
            order[1..].iter().for_each(|place| record.merge(parts[*place].clone()));
            record
        };
        let first = order[0].index(3);
        let one = merged([first, (first + 1) % 3, (first + 2) % 3]);
        let mut other = parts[(first + 2) % 3].clone();
        other.merge(merged([(first + 1) % 3, first, (first + 1) % 3]));
        prop_assert_eq!(one.encode(), other.encode());
        prop_assert_eq!(one.encode(), whole.encode());
        prop_assert_eq!(track(&one), track(&whole));
    }
}

#[test]
fn the_example_of_the_protocol_is_right() {
    let point = |minute, lat_e4, lon_e4| Point {
        minute,
        lat_e4,
        lon_e4,
    };
    let points = Points {
        segment: 0,
        first_seq: 1,
        points: vec![point(2, 410_926, 1_082_704), point(9, 410_931, 1_082_701)],
    };
    assert_eq!(points.pack(), "ABCCH8yiZKg1iiCF");
}

/// Walks a grid for four hours: 240 points on twelve segments, twenty on each, one a minute.
fn four_hours() -> Record {
    let mut record = patrol_of_twelve();
    let (mut lat_e4, mut lon_e4) = (410_926, 1_082_704);
    for segment in 0..12u16 {
        let points: Vec<Point> = (0..20u16)
            .map(|step| {
                // A walker's pace, and a turn at every corner; what differs between steps is what GPS scatters.
                let scatter = i32::from(step * 7 % 5) - 2;
                let along = 6 + i32::from(step % 3);
                match segment % 4 {
                    0 => (lat_e4, lon_e4) = (lat_e4 + along, lon_e4 + scatter),
                    1 => (lat_e4, lon_e4) = (lat_e4 + scatter, lon_e4 + along),
                    2 => (lat_e4, lon_e4) = (lat_e4 - along, lon_e4 + scatter),
                    _ => (lat_e4, lon_e4) = (lat_e4 + scatter, lon_e4 - along),
                }
                Point {
                    minute: segment * 20 + step,
                    lat_e4,
                    lon_e4,
                }
            })
            .collect();
        let next = Dot::new(ActorId(7), u64::from(segment) + 1);
        let edit = marking(&record, next, &format!("s{segment}"), &points).expect("there is room");
        let catalogue = Catalogue::built_in();
        let kind = catalogue.kind(record.kind).expect("a patrol");
        let changes = edit.editing(kind, &record).expect("it changes something");
        assert_eq!(check_changes(kind, false, Level::WORKER, &changes), Ok(()));
        let body = Body::Edit {
            record: record.id,
            changes,
        };
        let (_, op, facts) = op(7, u64::from(segment) + 2, body);
        record.apply(next, &op, facts);
    }
    record
}

fn patrol_of_twelve() -> Record {
    let planned: Vec<String> = (0..12).map(|segment| format!("s{segment}")).collect();
    let (dot, op, facts) = op(
        1,
        1,
        Body::Create {
            kind: KindId(5),
            area: "150821100201001".parse().expect("a code"),
            changes: vec![Change::Once(FieldId(3), planned.join(" ").as_str().into())],
        },
    );
    Record::create(dot, Lane::Rest, &op, facts).expect("it creates")
}

#[test]
fn two_hundred_and_forty_points_take_less_than_three_kilobytes() {
    let record = four_hours();
    assert_eq!(track(&record).len(), 240);
    let packed: usize = record
        .entries(POINTS)
        .iter()
        .filter_map(|entry| match &entry.what {
            otor_protocol::record::Entry::Note(Value::Text(text)) => Some(text.len()),
            _ => None,
        })
        .sum();
    let points = record.encode().len() - patrol_of_twelve().encode().len();
    println!("240 points: {packed} bytes packed, {points} bytes in the record with who marked them and when");
    assert!(packed <= 1_200, "{packed}");
    assert!(points <= 3_000, "{points}");
    assert_eq!(touched(&record), Some(Told::Number(12)));
}

#[test]
fn nothing_is_marked_off_the_plan_after_the_end_or_beyond_what_a_patrol_has_room_for() {
    let record = four_hours();
    let here = [Point {
        minute: 1,
        lat_e4: 410_926,
        lon_e4: 1_082_704,
    }];
    let next = Dot::new(ActorId(9), 1);
    assert!(marking(&record, next, "s3", &here).is_ok());
    assert!(marking(&record, next, "elsewhere", &here).is_err());
    assert!(marking(&record, next, "s3", &[]).is_err());
    assert!(marking(&record, next, "s3", &[here[0]; 241]).is_err());
    let backwards = [Point { minute: 2, ..here[0] }, here[0]];
    assert!(marking(&record, next, "s3", &backwards).is_err());
    let full = Dot::new(ActorId(7), 99);
    assert!(marking(&record, full, "s3", &[here[0]; 240]).is_ok());
    let mut ended = record.clone();
    let end = Change::Event {
        event: EventId(1),
        round: 1,
        args: vec![],
    };
    let (dot, op, facts) = op(
        1,
        50,
        Body::Edit {
            record: record.id,
            changes: vec![end],
        },
    );
    ended.apply(dot, &op, facts);
    assert!(marking(&ended, next, "s3", &here).is_err());
    assert_eq!(track(&ended).len(), 240);
}

#[test]
fn what_was_marked_after_the_end_is_no_part_of_the_patrol() {
    let mut record = patrol();
    let chunk = |first_seq| {
        let point = Point {
            minute: 1,
            lat_e4: 1,
            lon_e4: 1,
        };
        Change::Append(
            POINTS,
            Value::Text(
                Points {
                    segment: 0,
                    first_seq,
                    points: vec![point],
                }
                .pack(),
            ),
        )
    };
    let end = Change::Event {
        event: EventId(1),
        round: 1,
        args: vec![],
    };
    for (seq, change) in [(5, chunk(1)), (6, end), (7, chunk(2))] {
        let body = Body::Edit {
            record: record.id,
            changes: vec![change],
        };
        let (dot, op, facts) = op(2, seq, body);
        record.apply(dot, &op, facts);
    }
    let seqs: Vec<u16> = track(&record).keys().map(|(_, seq)| *seq).collect();
    assert_eq!(seqs, [1]);
}

//! A phone that finds itself a copy: whatever it wrote, and wherever its work and the server's part, every reference
//! means the same afterwards, and nothing is lost or doubled.

use super::*;
use otor_protocol::ids::{Dot, RecordId};
use otor_protocol::keys::{Chain, op_hash};
use otor_protocol::op::{Body, Change, Op};
use otor_protocol::record::{Edit, Entry};
use otor_protocol::replica::Recovery;
use otor_protocol::value::Value;
use otor_protocol::wire::{BootClock, Forked, LaneFork};
use proptest::prelude::*;
use serde_bytes::ByteBuf;
use std::collections::BTreeSet;

const NEW_ACTORS: [ActorId; 3] = [ActorId(90), ActorId(91), ActorId(92)];
const OLD_ACTORS: [ActorId; 3] = [ActorId(2), ActorId(3), ActorId(4)];

/// What a worker does: a new record of some kind, or an edit of one; the numbers pick records among those there.
#[derive(Clone, Debug)]
enum Act {
    Visit,
    Household,
    Report(i64),
    TaskOn(usize),
    Note(usize),
    Tag(usize, u8),
    Untag(usize, u8),
    Telephone(usize),
    DuplicateOf(usize, usize),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        Just(Act::Visit),
        Just(Act::Household),
        (1..=4i64).prop_map(Act::Report),
        any::<usize>().prop_map(Act::TaskOn),
        any::<usize>().prop_map(Act::Note),
        (any::<usize>(), 0..3u8).prop_map(|(at, tag)| Act::Tag(at, tag)),
        (any::<usize>(), 0..3u8).prop_map(|(at, tag)| Act::Untag(at, tag)),
        any::<usize>().prop_map(Act::Telephone),
        any::<(usize, usize)>().prop_map(|(at, of)| Act::DuplicateOf(at, of)),
    ]
}

fn pick(records: &[(RecordId, &'static str)], at: usize, kinds: &[&str]) -> Option<RecordId> {
    let fitting: Vec<_> = records.iter().filter(|(_, kind)| kinds.contains(kind)).collect();
    (!fitting.is_empty()).then(|| fitting[at % fitting.len()].0)
}

fn set(fields: &[(&str, Value)]) -> Edit {
    Edit {
        set: fields
            .iter()
            .map(|(name, value)| (name.to_string(), value.clone()))
            .collect(),
        ..Edit::default()
    }
}

/// Writes a day's work; the records it made.
fn write(replica: &mut Replica<Shelf>, acts: &[Act]) -> Vec<RecordId> {
    let mut records: Vec<(RecordId, &'static str)> = Vec::new();
    for (number, act) in acts.iter().enumerate() {
        let text = Value::from(format!("entry {number}").as_str());
        let made = match act {
            Act::Visit => Some(("visit", set(&[("note", text.clone())]))),
            Act::Household => Some((
                "household",
                set(&[("place", text.clone()), ("phone", "138".into())]),
            )),
            Act::Report(severity) => Some((
                "report",
                set(&[("title", text.clone()), ("severity", (*severity).into())]),
            )),
            Act::TaskOn(at) => {
                let report = pick(&records, *at, &["report"]);
                let mut fields = vec![("title", text.clone())];
                fields.extend(report.map(|id| ("report", Value::Record(id))));
                Some(("task", set(&fields)))
            }
            _ => None,
        };
        if let Some((kind, edit)) = made {
            let area = GRID.parse().expect("sound in these tests");
            let id = replica
                .create(CLOCK, kind, area, &edit)
                .expect("sound in these tests");
            records.push((id, kind));
            continue;
        }
        let mut edit = Edit::default();
        let tag = |tag: u8| {
            vec![(
                "tags".to_string(),
                vec![Value::from(["a", "b", "c"][usize::from(tag)])],
            )]
        };
        let record = match act {
            Act::Note(at) => {
                edit.append = vec![("notes".to_string(), vec![text])];
                pick(&records, *at, &["visit", "household", "report", "task"])
            }
            Act::Tag(at, which) => {
                edit.add = tag(*which);
                pick(&records, *at, &["visit", "report"])
            }
            Act::Untag(at, which) => {
                edit.remove = tag(*which);
                pick(&records, *at, &["visit", "report"])
            }
            Act::Telephone(at) => {
                edit = set(&[("phone", text)]);
                pick(&records, *at, &["household", "report"])
            }
            Act::DuplicateOf(at, of) => {
                let of = pick(&records, *of, &["report"]);
                edit.event = of.map(|of| {
                    (
                        "mark_duplicate".to_string(),
                        vec![("of".to_string(), Value::Record(of))],
                    )
                });
                pick(&records, *at, &["report"]).filter(|_| edit.event.is_some())
            }
            _ => None,
        };
        if let Some(record) = record {
            // Taking off a tag that is not there leaves nothing to write.
            let _ = replica.edit(CLOCK, record, &edit);
        }
    }
    records.into_iter().map(|(id, _)| id).collect()
}

/// What a record says to whoever reads it, with other records by what they say themselves.
fn meaning(replica: &Replica<Shelf>, id: RecordId) -> String {
    let record = replica.view(id).expect("it is there");
    let title = |id: &RecordId| {
        // An op that the server has may refer to one that it had not: that is found under its new name.
        let record = replica
            .view(*id)
            .or_else(|| replica.view(replica.renumbered(*id)));
        let record = record.expect("what is referred to is there");
        let texts = record
            .fields
            .keys()
            .filter_map(|field| record.register(*field)?.as_text());
        texts.collect::<Vec<_>>().join(" ")
    };
    let value = |value: &Value| match value {
        Value::Record(id) => format!("→ {}", title(id)),
        other => format!("{other:?}"),
    };
    let mut lines = vec![format!(
        "{:?} {:?} {:?}",
        record.kind, record.lane, record.creation.author
    )];
    for field in record.fields.keys() {
        lines.extend(record.register(*field).map(value));
        lines.extend(
            record
                .candidates(*field)
                .iter()
                .map(|candidate| value(&candidate.value)),
        );
        lines.extend(record.members(*field).keys().map(value));
        for entry in record.entries(*field) {
            lines.push(match entry.what {
                Entry::Note(note) => value(&note),
                Entry::Event { event, round, args } => {
                    let args: Vec<String> = args.iter().map(|(_, arg)| value(arg)).collect();
                    format!("{event:?} {round} {args:?}")
                }
            });
        }
    }
    // The phone's own stamps stand until the server tells its own, which may order them otherwise.
    lines.sort();
    lines.join("\n")
}

/// Every dot that an op names.
fn named(op: &Op) -> Vec<Dot> {
    fn of_value(value: &Value) -> Option<Dot> {
        match value {
            Value::Record(id) => Some(id.0),
            _ => None,
        }
    }
    let mut dots: Vec<Dot> = match &op.body {
        Body::Edit { record, .. } => vec![record.0],
        Body::Release { dot } => vec![*dot],
        Body::Create { .. } => vec![],
    };
    for change in op.changes() {
        match change {
            Change::Once(_, value) | Change::Latest(_, value) | Change::Append(_, value) => {
                dots.extend(of_value(value))
            }
            Change::Keep { value, replaces, .. } => {
                dots.extend(of_value(value).into_iter().chain(replaces.clone()))
            }
            Change::Remove { members, .. } => dots.extend(members.iter().flat_map(|(_, seen)| seen.clone())),
            Change::Event { args, .. } => dots.extend(args.iter().filter_map(|(_, value)| of_value(value))),
            _ => {}
        }
    }
    dots
}

/// What a server tells that has the first `common` ops of each lane, and after them others of somebody else.
pub(super) fn fork_at(replica: &Replica<Shelf>, common: [u64; 3], others: u64) -> Forked {
    let keys = Secret::new([1; 32]).public();
    let lanes = std::array::from_fn(|lane| {
        let ours = replica.lanes()[lane].outbox().map(|(_, own)| op_hash(&own.op));
        let mut hashes: Vec<u64> = ours.take(common[lane] as usize).collect();
        let in_common = hashes.len() as u32;
        hashes.extend(0..others);
        let run = AckRun {
            count: in_common + others as u32,
            commit: 10,
            first_index: 0,
            level: otor_protocol::ids::Level::WORKER,
            stamps: vec![],
            verdicts: vec![],
            in_inbox: vec![],
            conflicts: vec![],
        };
        LaneFork {
            hashes: ByteBuf::from(
                hashes
                    .iter()
                    .flat_map(|hash| hash.to_be_bytes())
                    .collect::<Vec<_>>(),
            ),
            runs: vec![run],
            more: false,
            aside: Some(vec![]),
            moved: vec![],
        }
    });
    Forked {
        certificate: Certificate::issue(&server(), DeviceId(1), PersonId(5), NEW_ACTORS, keys),
        lanes,
        clocks: vec![BootClock {
            boot: CLOCK.boot,
            shift_ms: CLOCK.wall_ms - CLOCK.uptime_ms,
            uncertain: false,
        }],
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn whatever_was_written_and_wherever_the_work_parts_every_reference_means_the_same(
        acts in proptest::collection::vec(act(), 1..40),
        parts in any::<[prop::sample::Index; 3]>(),
        others in 0..3u64,
    ) {
        let mut replica = phone();
        let records = write(&mut replica, &acts);
        let before: Vec<String> = records.iter().map(|id| meaning(&replica, *id)).collect();
        let lasts: [u64; 3] = std::array::from_fn(|lane| replica.lanes()[lane].last());
        let common: [u64; 3] = std::array::from_fn(|lane| parts[lane].index(lasts[lane] as usize + 1) as u64);
        let later: u64 = lasts.iter().zip(common).map(|(last, common)| last - common).sum();
        let forked = fork_at(&replica, common, others);
        let recovery = replica.take_fork(&forked).expect("a good fork");
        prop_assert_eq!(recovery, Some(Recovery::Copy { renumbered: later }));

        let opened = Replica::open(clone_of(&mut replica)).expect("opens");
        for replica in [&replica, &opened] {
            let names: Vec<RecordId> = records.iter().map(|id| replica.renumbered(*id)).collect();
            let after: Vec<String> = names.iter().map(|id| meaning(replica, *id)).collect();
            prop_assert_eq!(&before, &after);
            prop_assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), records.len());
            prop_assert_eq!(replica.unsent() as u64, later);
            prop_assert_eq!(replica.own_log().count() as u64, lasts.iter().sum::<u64>());
            for (lane, log) in replica.lanes().iter().enumerate() {
                prop_assert_eq!((log.acked(), log.last()), (0, lasts[lane] - common[lane]));
                let mut chain = Chain::default();
                for (_, own) in log.ops() {
                    chain = chain.after(&own.op);
                    prop_assert_eq!(own.chain, chain);
                    for dot in named(&own.decoded().expect("own ops decode")) {
                        let old = OLD_ACTORS.iter().position(|actor| *actor == dot.actor);
                        prop_assert!(old.is_none_or(|lane| dot.seq <= common[lane]), "{dot:?} is somebody else's");
                    }
                }
            }
        }
    }
}

pub(super) fn clone_of(replica: &mut Replica<Shelf>) -> Shelf {
    Shelf(replica.storage_mut().0.clone())
}

#[test]
fn what_a_copy_shares_with_the_server_is_acknowledged_and_what_follows_is_sent_under_new_numbers() {
    let mut replica = phone();
    let (first, second) = (write_visit(&mut replica), write_visit(&mut replica));
    let forked = fork_at(&replica, [0, 0, 1], 1);
    replica.take_fork(&forked).unwrap();
    assert_eq!(replica.stage(first), Some(RecordStage::AtServer));
    let renamed = replica.renumbered(second);
    assert_eq!(renamed, RecordId(Dot::new(NEW_ACTORS[2], 1)));
    assert_eq!(replica.stage(renamed), Some(RecordStage::OnPhone));
    assert!(
        replica.view(second).is_none(),
        "that number is somebody else's now"
    );
    let exchange = begin(&mut replica, 9);
    let (hello, _) = hello(&exchange);
    assert_eq!(
        (hello.first_actor, hello.lanes[2].acked, hello.lanes[2].last()),
        (NEW_ACTORS[0], 0, 1)
    );
    assert!(
        hello
            .feeds
            .iter()
            .all(|feed| feed.cursors == Some([Cursor::START; 3]))
    );
    assert!((hello.confirmed, hello.anchor, hello.recent.as_slice()) == (0, None, &[]));
    let is_told = |request: &wire::Request| matches!(request, wire::Request::Aliases(_));
    assert!(hello.requests.iter().any(is_told), "the old numbers are told");
}

#[test]
fn a_phone_told_of_less_than_it_may_share_first_settles_that_and_asks_again() {
    let mut replica = phone();
    write_visit(&mut replica);
    write_visit(&mut replica);
    let mut forked = fork_at(&replica, [0, 0, 1], 0);
    forked.lanes[2].more = true;
    assert_eq!(replica.take_fork(&forked).unwrap(), None);
    assert_eq!((replica.unsent(), replica.lane_states()[2].acked), (1, 1));
    assert_eq!(replica.identity().certificate.actors, OLD_ACTORS);
    assert_eq!(replica.recoveries(), []);
}

#[test]
fn a_certificate_of_somebody_else_or_with_actors_it_has_had_is_refused() {
    let mut replica = phone();
    write_visit(&mut replica);
    let good = fork_at(&replica, [0; 3], 0);
    let keys = Secret::new([1; 32]).public();
    let (own, other) = (server(), Secret::new([8; 32]));
    for certificate in [
        Certificate::issue(&other, DeviceId(1), PersonId(5), NEW_ACTORS, keys),
        Certificate::issue(&own, DeviceId(1), PersonId(6), NEW_ACTORS, keys),
        Certificate::issue(&own, DeviceId(1), PersonId(5), OLD_ACTORS, keys),
        Certificate::issue(&own, DeviceId(1), PersonId(5), NEW_ACTORS, other.public()),
    ] {
        let forked = Forked {
            certificate,
            ..good.clone()
        };
        assert!(replica.take_fork(&forked).is_err());
    }
    assert_eq!(replica.unsent(), 1);
}

#[test]
fn a_phone_whose_work_was_acknowledged_wrongly_says_so_in_its_next_hello() {
    let mut replica = phone();
    write_visit(&mut replica);
    let mut exchange = begin(&mut replica, 1);
    let mut told = welcome(&exchange, &Verdict::Accepted);
    told.acks[0].chain.as_mut().unwrap().0[0] ^= 1;
    let reply = sealed(&replica, &exchange, &told);
    assert!(exchange.handle_bytes(&mut replica, &reply).is_err());
    let exchange = begin(&mut replica, 2);
    assert!(hello(&exchange).0.requests.contains(&wire::Request::Copied));
}

#[test]
fn attempts_beyond_those_a_hello_can_name_share_the_last_name() {
    let mut replica = phone();
    let mut nonces = BTreeSet::new();
    for nonce in 1..=200u32 {
        let exchange = begin(&mut replica, nonce << 16 | nonce);
        let (hello, _) = hello(&exchange);
        assert!(nonces.insert(hello.nonce), "every nonce is fresh");
        assert!(hello.recent.len() <= 64);
    }
    let (last, _) = hello(&begin(&mut replica, 0x00ff_0201));
    assert!(nonces.iter().all(|nonce| last.knows(wire::low_half(*nonce))));
}

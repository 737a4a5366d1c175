//! An own op that was accepted while an earlier one is kept aside, as far as the phone has heard: merged in the server's
//! order, and shown all the while.

use super::*;
use otor_protocol::ids::{Dot, Level, RecordId};
use otor_protocol::op::{Facts, FieldId};
use otor_protocol::stamp::Stamp;
use otor_protocol::value::Value;
use otor_protocol::wire::{FeedItem, News};

const TAGS: FieldId = FieldId(61);

fn tag(replica: &mut Replica<Shelf>, id: RecordId, tag: &str) {
    let edit = Edit {
        add: vec![("tags".into(), vec![tag.into()])],
        ..Edit::default()
    };
    replica.edit(CLOCK, id, &edit).expect("sound in these tests");
}

/// A welcome that accepts or keeps aside all that is unsent, at this commit.
fn told(replica: &mut Replica<Shelf>, commit: u64, verdict: &Verdict) {
    let mut exchange = begin(replica, commit as u32);
    let mut told = welcome(&exchange, verdict);
    for run in told.acks.iter_mut().flat_map(|ack| &mut ack.runs) {
        run.commit = commit;
    }
    let reply = sealed(replica, &exchange, &told);
    exchange
        .handle_bytes(replica, &reply)
        .expect("sound in these tests");
}

/// The inbox tells that an op of the visit's lane was let in, and nothing else on the way.
pub(super) fn let_in(replica: &mut Replica<Shelf>, from: Position, seq: u64, to: Position) {
    let item = FeedItem {
        position: to,
        news: News::Verdict {
            dot: Dot::new(ActorId(4), seq),
            verdict: Verdict::Accepted,
            facts: Facts {
                stamp: Stamp::end_of_ms(1_772_409_605_000 + seq as i64),
                claimed_ms: 0,
                level: Level::WORKER,
                uncertain: false,
            },
            in_inbox: true,
            conflict: false,
        },
    };
    inbox_tells(replica, from, vec![item], to);
}

fn inbox_tells(replica: &mut Replica<Shelf>, from: Position, items: Vec<FeedItem>, to: Position) {
    let frame = ChangeFrame {
        scope: ScopeId::inbox(PersonId(5)),
        lane: Lane::Rest,
        from,
        to,
        items,
        digest: None,
    };
    assert_eq!(replica.take_changes(&frame), Ok(true));
}

/// A visit and an edit of it that adds `d`, both kept aside; then one that adds `c`, accepted at commit 20. The inbox
/// stands at commit 10.
fn scene() -> (Replica<Shelf>, RecordId) {
    let mut replica = phone();
    let pass = empty_pass(ScopeId::inbox(PersonId(5)), Lane::Rest);
    assert_eq!(replica.take_states(&pass), Ok(true));
    let visit = write_visit(&mut replica);
    tag(&mut replica, visit, "d");
    told(&mut replica, 10, &Verdict::Quarantined(Reason::OutOfArea));
    tag(&mut replica, visit, "c");
    told(&mut replica, 20, &Verdict::Accepted);
    assert_eq!(shown(&replica, visit), ["c", "d"]);
    (replica, visit)
}

fn at(commit: u64, index: u32) -> Position {
    Position { commit, index }
}

fn names(record: Option<&otor_protocol::record::Record>) -> Vec<String> {
    let members = record.map(|record| record.members(TAGS)).unwrap_or_default();
    members
        .keys()
        .filter_map(Value::as_text)
        .map(str::to_owned)
        .collect()
}

fn shown(replica: &Replica<Shelf>, id: RecordId) -> Vec<String> {
    names(replica.view(id).as_ref())
}

fn merged(replica: &Replica<Shelf>, id: RecordId) -> Vec<String> {
    names(replica.mirrored(id))
}

#[test]
fn what_was_let_in_before_it_is_merged_before_it_also_where_frames_are_cut_between() {
    let (mut replica, visit) = scene();
    let_in(&mut replica, Position::after(10), 1, at(15, 0));
    assert_eq!(
        (merged(&replica, visit), shown(&replica, visit)),
        (vec![], vec!["c".into(), "d".into()])
    );
    let_in(&mut replica, at(15, 0), 2, at(15, 1));
    assert_eq!(merged(&replica, visit), ["c", "d"]);
    assert_eq!(shown(&replica, visit), ["c", "d"]);
}

#[test]
fn what_is_let_in_after_it_is_merged_after_it_as_on_the_server() {
    let (mut replica, visit) = scene();
    let_in(&mut replica, Position::after(10), 1, at(15, 0));
    let_in(&mut replica, at(15, 0), 2, at(25, 0));
    // The set has seen the later op: here as there it does nothing with the earlier one.
    assert_eq!(merged(&replica, visit), ["c"]);
}

#[test]
fn it_waits_no_longer_than_until_the_inbox_has_told_what_was_before_it() {
    let (mut replica, visit) = scene();
    let_in(&mut replica, Position::after(10), 1, at(15, 0));
    inbox_tells(&mut replica, at(15, 0), vec![], at(19, 0));
    assert!(merged(&replica, visit).is_empty());
    inbox_tells(&mut replica, at(19, 0), vec![], Position::after(20));
    assert_eq!(
        (merged(&replica, visit), shown(&replica, visit)),
        (vec!["c".to_owned()], vec!["c".to_owned()])
    );
}

//! First passes that go on over several exchanges, while records come and go.

use super::*;
use otor_protocol::ids::{Dot, Level, RecordId};
use otor_protocol::op::{Body, Change, Facts, FieldId, KindId, Op};
use otor_protocol::record::Record;
use otor_protocol::replica::Incident;
use otor_protocol::stamp::Stamp;
use otor_protocol::wire::{FeedItem, News};

const TAGS: FieldId = FieldId(61);

fn facts() -> Facts {
    Facts {
        stamp: Stamp::end_of_ms(CLOCK.wall_ms),
        claimed_ms: CLOCK.wall_ms,
        level: Level::WORKER,
        uncertain: false,
    }
}

/// A visit of somebody else.
fn visit(seq: u64) -> RecordId {
    RecordId(Dot::new(ActorId(19), seq))
}

fn op(body: Body) -> Op {
    Op {
        author: PersonId(6),
        uptime_ms: 1,
        body,
    }
}

/// A piece of the grid's first pass, which began at commit 10: these visits after others, as of a commit.
fn states(after: Option<RecordId>, visits: &[RecordId], as_of: u64, last: bool) -> StateFrame {
    let state = |id: &RecordId| {
        let body = Body::Create {
            kind: KindId(2),
            area: GRID.parse().expect("sound in these tests"),
            changes: Vec::new(),
        };
        let record = Record::create(id.0, Lane::Rest, &op(body), facts());
        record.expect("sound in these tests").encode().into()
    };
    StateFrame {
        after,
        as_of,
        last,
        states: visits.iter().map(state).collect(),
        ..empty_pass(ScopeId::of_area(7), Lane::Rest)
    }
}

/// Somebody's edit of a visit, as the grid's feed tells it.
fn edited(record: RecordId, commit: u64) -> FeedItem {
    let changes = vec![Change::Add {
        field: TAGS,
        members: vec!["a".into()],
    }];
    FeedItem {
        position: Position { commit, index: 0 },
        news: News::Op {
            dot: Dot::new(ActorId(20), commit),
            op: wire::encode(&op(Body::Edit { record, changes })).into(),
            facts: facts(),
            lane: Lane::Rest,
        },
    }
}

/// The grid's feed from the pass's base on.
fn feed(items: Vec<FeedItem>, to: u64) -> ChangeFrame {
    ChangeFrame {
        scope: ScopeId::of_area(7),
        lane: Lane::Rest,
        from: Position::after(10),
        to: Position::after(to),
        items,
        digest: None,
    }
}

/// A phone whose pass was cut after the first visit, and went on when the server stood at commit 20, opened again since.
fn phone_after_a_long_pass() -> Replica<Shelf> {
    let mut replica = phone();
    assert_eq!(
        replica.take_states(&states(None, &[visit(1)], 10, false)),
        Ok(true)
    );
    let rest = states(Some(visit(1)), &[visit(3)], 20, true);
    assert_eq!(replica.take_states(&rest), Ok(true));
    Replica::open(replica.into_storage()).expect("a sound storage")
}

#[test]
fn edit_of_a_record_that_left_before_the_pass_came_to_it_is_nothing_strange() {
    let mut replica = phone_after_a_long_pass();
    let left = FeedItem {
        position: Position { commit: 16, index: 0 },
        news: News::Leave { record: visit(2) },
    };
    let told = feed(vec![edited(visit(2), 15), left, edited(visit(3), 18)], 20);
    assert_eq!(replica.take_changes(&told), Ok(true));
    assert_eq!(replica.incidents(), []);
    assert!(replica.mirrored(visit(2)).is_none());
    let held = replica.mirrored(visit(3)).expect("the pass named it");
    assert_eq!(held.members(TAGS).len(), 1);
}

#[test]
fn edit_after_the_pass_of_a_record_that_it_did_not_name_is_told() {
    let mut replica = phone_after_a_long_pass();
    let told = feed(vec![edited(visit(2), 21)], 22);
    assert_eq!(replica.take_changes(&told), Ok(true));
    let met = Incident::NotHeld {
        record: visit(2),
        position: Position { commit: 21, index: 0 },
    };
    assert_eq!(replica.incidents(), [met]);
}

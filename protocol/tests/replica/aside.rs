//! What a server says of work that it keeps aside is what the tray shows: what it says last.

use super::copies::{clone_of, fork_at};
use super::*;
use otor_protocol::ids::{Dot, Level};
use otor_protocol::op::{Body, Facts, KindId, Op};
use otor_protocol::stamp::Stamp;
use otor_protocol::wire::{AsideFrame, AsideOp};

/// An exchange in which these ops are told as kept aside, and nothing of the inbox is kept any more if it `restarts`.
fn told_aside(replica: &mut Replica<Shelf>, nonce: u32, ops: Vec<AsideOp>, restarts: bool) {
    let mut exchange = begin(replica, nonce);
    let mut told = welcome(&exchange, &Verdict::Quarantined(Reason::UnknownArea));
    told.gained = vec![ScopeGrant {
        scope: ScopeId::inbox(PersonId(5)),
        area: None,
    }];
    if restarts {
        told.restarts = vec![(ScopeId::inbox(PersonId(5)), Lane::Rest)];
    }
    let mut reply = sealed(replica, &exchange, &told);
    write_frame(&mut reply, FrameType::Aside, &wire::encode(&AsideFrame { ops }));
    let end = End {
        frames: 1,
        more: false,
    };
    write_frame(&mut reply, FrameType::End, &wire::encode(&end));
    exchange
        .handle_bytes(replica, &reply)
        .expect("sound in these tests");
    assert!(exchange.report().complete);
}

/// What a copy wrote under an actor that this phone has had, as the server tells of it.
fn of_a_copy(reason: Reason, stamp_ms: i64) -> AsideOp {
    let op = Op {
        author: PersonId(5),
        uptime_ms: 7_000,
        body: Body::Create {
            kind: KindId(2),
            area: GRID.parse().expect("sound in these tests"),
            changes: vec![],
        },
    };
    AsideOp {
        dot: Dot::new(ActorId(4), 8),
        lane: Lane::Rest,
        op: wire::encode(&op).into(),
        verdict: Verdict::Quarantined(reason),
        facts: Facts {
            stamp: Stamp::at_ms(stamp_ms),
            claimed_ms: stamp_ms,
            level: Level::WORKER,
            uncertain: false,
        },
    }
}

/// The same of an op that the phone wrote itself.
fn of_its_own(replica: &Replica<Shelf>, dot: Dot, reason: Reason) -> AsideOp {
    AsideOp {
        dot,
        op: replica.own_op(dot).expect("its own").op.clone(),
        ..of_a_copy(reason, 4_000)
    }
}

fn reasons(replica: &Replica<Shelf>) -> Vec<(Dot, Reason)> {
    let tray = replica.tray().into_iter();
    tray.map(|entry| match entry.state {
        OpState::Quarantined { reason, .. } => (entry.dot, reason),
        other => panic!("{other:?} in the tray"),
    })
    .collect()
}

#[test]
fn the_reason_that_is_told_last_is_shown_of_what_a_copy_wrote_and_of_the_phones_own() {
    let mut replica = phone();
    let own = write_visit(&mut replica).0;
    let mut exchange = begin(&mut replica, 1);
    let told = welcome(&exchange, &Verdict::Quarantined(Reason::UnknownArea));
    let reply = sealed(&replica, &exchange, &told);
    exchange.handle_bytes(&mut replica, &reply).unwrap();
    let mut forked = fork_at(&replica, [0; 3], 0);
    // What is told to be aside stays so.
    forked
        .lanes
        .iter_mut()
        .for_each(|lane| lane.aside = Some(vec![1]));
    while replica.take_fork(&forked).unwrap().is_none() {
        // It asks for what it was told, too, and has the server repeat it.
        forked = fork_at(&replica, [1; 3], 0);
        forked.lanes[2].runs[0].verdicts = vec![(0, Verdict::Quarantined(Reason::UnknownArea))];
        forked.lanes.iter_mut().for_each(|lane| lane.aside = None);
    }
    let theirs = of_a_copy(Reason::UnknownArea, 1_000);
    let ours = of_its_own(&replica, own, Reason::UnknownArea);
    told_aside(&mut replica, 2, vec![ours, theirs.clone()], false);
    let before = [(own, Reason::UnknownArea), (theirs.dot, Reason::UnknownArea)];
    assert_eq!(reasons(&replica), before);

    told_aside(&mut replica, 3, vec![], true);
    let now = of_a_copy(Reason::OutOfArea, 3_000);
    let ours = of_its_own(&replica, own, Reason::OutOfArea);
    told_aside(&mut replica, 4, vec![ours, now.clone()], false);
    let after = [(own, Reason::OutOfArea), (theirs.dot, Reason::OutOfArea)];
    let stamp = |replica: &Replica<Shelf>, dot| {
        let told = replica.own_op(dot).and_then(|own| own.told.as_ref());
        told.expect("told").facts.stamp
    };
    let its_own = stamp(&replica, own);
    let opened = Replica::open(clone_of(&mut replica)).unwrap();
    for replica in [&replica, &opened] {
        assert_eq!(reasons(replica), after);
        assert_eq!(
            stamp(replica, now.dot),
            now.facts.stamp,
            "nothing else says what it is"
        );
        assert_eq!(stamp(replica, own), its_own, "what was told of its own stands");
    }
}

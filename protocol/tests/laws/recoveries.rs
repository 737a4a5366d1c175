//! Strategies for what copied phones are told and tell.

use crate::messages::{ack_run, boot_clock, certificate};
use crate::values::*;
use otor_protocol::keys::Chain;
use otor_protocol::renumber::AliasRun;
use otor_protocol::wire::{Forked, KnownBranch, LaneFork, Moved, OtherHistory};
use proptest::array::uniform3;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

pub fn alias_run() -> impl Strategy<Value = AliasRun> {
    (actor(), any::<u64>(), any::<u64>(), dot()).prop_map(|(actor, first, count, to)| AliasRun {
        actor,
        first,
        count,
        to,
    })
}

fn moved() -> impl Strategy<Value = Moved> {
    (any::<u64>(), dot(), bytes(40), boot_clock(), ack_run()).prop_map(|(first, to, hashes, clock, run)| {
        Moved {
            first,
            to,
            hashes,
            clock,
            run,
        }
    })
}

fn lane_fork() -> impl Strategy<Value = LaneFork> {
    let aside = option::of(vec(any::<u64>(), 0..3));
    let parts = (
        bytes(40),
        vec(ack_run(), 0..3),
        any::<bool>(),
        aside,
        vec(moved(), 0..3),
    );
    parts.prop_map(|(hashes, runs, more, aside, moved)| LaneFork {
        hashes,
        runs,
        more,
        aside,
        moved,
    })
}

pub fn forked() -> impl Strategy<Value = Forked> {
    (certificate(), uniform3(lane_fork()), vec(boot_clock(), 0..3)).prop_map(
        |(certificate, lanes, clocks)| Forked {
            certificate,
            lanes,
            clocks,
        },
    )
}

pub fn any_history() -> impl Strategy<Value = OtherHistory> {
    let lane = (any::<u64>(), any::<[u8; 16]>().prop_map(Chain));
    let branch =
        (actor(), uniform3(lane)).prop_map(|(first_actor, lanes)| KnownBranch { first_actor, lanes });
    (any::<u64>(), vec(branch, 0..3)).prop_map(|(incarnation, branches)| OtherHistory {
        incarnation,
        branches,
    })
}

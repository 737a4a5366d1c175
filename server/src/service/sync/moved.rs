//! What another copy of a phone handed over under its own numbers: a copy is told of it, so that the same work never
//! comes twice.

use super::told_aliases;
use super::welcome::tell_run;
use crate::state::cell::{ActorCell, DeviceCell};
use crate::state::twins::{first_written_as, run_of};
use crate::state::{StateError, key, read};
use crate::store::engine::View;
use otor_protocol::ids::{ActorId, Dot, Lane};
use otor_protocol::mutation::{self, Mutation};
use otor_protocol::renumber::AliasRun;
use otor_protocol::sync::clock::BootLine;
use otor_protocol::wire::{BootClock, Hello, Moved};
use std::collections::BTreeSet;

/// Most ops told of in one lane; who has more of them meets them again.
const MOVED_MAX: usize = 256;

/// Of the ops of a lane that the phone has not handed over, those that other copies of it may have.
pub(super) fn moved(
    view: &dyn View,
    device: &DeviceCell,
    hello: &Hello,
    lane: Lane,
) -> Result<Vec<Moved>, StateError> {
    if device.copies.is_empty() || mutation::active(Mutation::TwinsNotCompared) {
        return Ok(Vec::new());
    }
    let (actor, told) = (hello.actor(lane), hello.lanes[lane.index()]);
    let held = read::get::<ActorCell>(view, &key::actor(actor))?;
    let first = told
        .acked
        .max(held.map_or(0, |cell| cell.through))
        .saturating_add(1);
    let mut candidates = BTreeSet::new();
    for stretch in named_before(view, device, hello, actor, (first, told.last()))? {
        for offset in 0..stretch.count {
            let dot = Dot::new(stretch.named.actor, stretch.named.seq.saturating_add(offset));
            for (hash, to) in first_written_as(view, dot)? {
                let seq = stretch.first + offset;
                if to != Dot::new(actor, seq) {
                    candidates.insert((seq, hash, to));
                }
            }
            if candidates.len() >= MOVED_MAX {
                break;
            }
        }
    }
    group(view, device, candidates)
}

/// Consecutive ops whose first numbers follow one another too.
struct Stretch {
    /// The first number of the first.
    named: Dot,
    /// Its seq now.
    first: u64,
    /// How many there are.
    count: u64,
}

/// The first numbers of an actor's ops. What was not renumbered stands under its own.
fn named_before(
    view: &dyn View,
    device: &DeviceCell,
    hello: &Hello,
    actor: ActorId,
    (first, last): (u64, u64),
) -> Result<Vec<Stretch>, StateError> {
    let mut runs = told_aliases(hello);
    for other in device.branches().flatten() {
        let known = read::under::<AliasRun>(view, &key::aliases_of(other))?;
        runs.extend(known.into_iter().map(|(_, run)| run));
    }
    let mut named = Vec::new();
    let mut seq = first;
    while seq <= last && named.len() < MOVED_MAX {
        let mut dot = Dot::new(actor, seq);
        let mut count = last - seq + 1;
        // Each step leads to an earlier actor; there are no more than branches.
        for _ in 0..device.copies.len() {
            let Some((before, left)) = runs.iter().find_map(|run| before(run, dot)) else {
                break;
            };
            dot = before;
            count = count.min(left);
        }
        if dot.actor == actor {
            // Until the next that has another name.
            let starts = runs
                .iter()
                .filter(|run| run.to.actor == actor && run.to.seq > seq);
            count = starts.map(|run| run.to.seq - seq).fold(count, u64::min);
        }
        named.push(Stretch {
            named: dot,
            first: seq,
            count,
        });
        seq += count;
    }
    Ok(named)
}

/// What a dot was called before a run renamed it, and how many from there on the run renamed.
fn before(run: &AliasRun, dot: Dot) -> Option<(Dot, u64)> {
    let offset = dot.seq.checked_sub(run.to.seq)?;
    (dot.actor == run.to.actor && offset < run.count && run.actor < run.to.actor).then(|| {
        (
            Dot::new(run.actor, run.first.saturating_add(offset)),
            run.count - offset,
        )
    })
}

/// One piece for what follows one another under both numbers in one run.
fn group(
    view: &dyn View,
    device: &DeviceCell,
    candidates: BTreeSet<(u64, u64, Dot)>,
) -> Result<Vec<Moved>, StateError> {
    let mut pieces: Vec<(u64, Moved)> = Vec::new();
    for (seq, hash, to) in candidates.into_iter().take(MOVED_MAX) {
        let Some((first_seq, run)) = run_of(view, to)? else {
            continue;
        };
        if let Some((of_run, piece)) = pieces.last_mut() {
            let count = (piece.hashes.len() / size_of::<u64>()) as u64;
            let follows = piece.to.actor == to.actor && piece.to.seq + count == to.seq;
            if follows && piece.first + count == seq && *of_run == first_seq {
                piece.hashes.extend_from_slice(&hash.to_be_bytes());
                continue;
            }
        }
        let clock = clock(view, device, to.actor, run.boot)?;
        let piece = Moved {
            first: seq,
            to,
            hashes: hash.to_be_bytes().to_vec().into(),
            clock,
            run: tell_run(view, to.actor, first_seq, to.seq, run)?,
        };
        pieces.push((first_seq, piece));
    }
    Ok(pieces.into_iter().map(|(_, piece)| piece).collect())
}

/// The clock of a boot in which a copy wrote. A restored server may not know it; the work has to be told of all the
/// same, or the copy would hand it over for ever. Until the feeds bring it, its time is uncertain then.
fn clock(view: &dyn View, device: &DeviceCell, actor: ActorId, boot: u64) -> Result<BootClock, StateError> {
    let branch = device.branches().find(|actors| actors.contains(&actor));
    let line = match branch {
        Some([first_actor, ..]) => read::get::<BootLine>(view, &key::clock(first_actor, boot))?,
        None => None,
    };
    Ok(line.map_or(
        BootClock {
            boot,
            shift_ms: 0,
            uncertain: true,
        },
        |line| BootClock {
            boot,
            shift_ms: line.shift_ms,
            uncertain: line.uncertain,
        },
    ))
}

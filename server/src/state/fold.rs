//! The fold: what an entry does to the state. It applies recorded decisions and judges nothing.

mod acts;
mod admin;
mod areas;
mod copies;
mod delivery;
mod dictionary;
mod doubles;
mod due;
mod facts;
mod feeds;
mod history;
mod members;
mod records;
mod runs;
mod sources;
mod trim;

pub use facts::add as add_facts;
pub use records::{apply_judged, apply_released};
pub use runs::grow_run;

use super::cell::{
    ActorCell, ActorOwner, AnswerCell, LostCell, PersonCell, Role, ServerCell, UnreadableCell,
};
use super::draft::{Draft, Folded, StateError};
use super::entry::{Act, Entry, FrameAct, KeptAnswer, LearntClock, LostRange};
use super::key;
use crate::store::engine::{Fold, FoldError, View, Writes};
use otor_protocol::ids::{ActorId, DeviceId, PersonId, Position};
use otor_protocol::keys::Chain;
use otor_protocol::op::Op;
use otor_protocol::stamp::Stamp;
use otor_protocol::wire::{Content, low_half};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

/// The fold that the engine runs.
#[derive(Clone, Copy, Debug, Default)]
pub struct StateFold;

/// Version of the state's layout and of what entries do to it.
const FOLD_VERSION: u32 = 8;

impl Fold for StateFold {
    fn version(&self) -> u32 {
        FOLD_VERSION
    }

    fn apply(
        &self,
        view: &dyn View,
        commit: u64,
        payload: &[u8],
        writes: &mut Writes,
    ) -> Result<(), FoldError> {
        let entry = Entry::decode(payload)
            .ok_or_else(|| FoldError::Invalid(format!("entry {commit} is of an unknown format")))?;
        let mut draft = Draft::new(view);
        apply_entry(&mut draft, commit, &entry).map_err(|error| match error {
            StateError::View(error) => FoldError::Read(error),
            StateError::Damaged { key } => FoldError::Damaged { key },
        })?;
        *writes = Folded::from(draft).into_writes()?;
        Ok(())
    }
}

/// Applies one entry to a draft of the state.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn apply_entry(draft: &mut Draft, commit: u64, entry: &Entry) -> Result<(), StateError> {
    let mut free = Position { commit, index: 0 };
    match &entry.act {
        Act::Genesis { incarnation } => begin(draft, *incarnation),
        Act::Frame(frame) => free = apply_frame(draft, free, entry.at_ms, frame)?,
        Act::Rules(rules) => {
            draft.put(key::rules(), rules.as_ref().clone());
            draft.put(key::rules_at(commit), rules.as_ref().clone());
        }
        Act::Areas(areas) => areas::put(draft, commit, entry.at_ms, areas)?,
        Act::Reshape(reshape) => areas::reshape(draft, commit, entry.at_ms, reshape)?,
        Act::Persons(persons) => {
            admin::persons(draft, Position { commit, index: 0 }, entry.at_ms, persons)?;
        }
        Act::Invite {
            code_hash,
            owner,
            expires_ms,
        } => {
            admin::invite(draft, code_hash, *owner, *expires_ms);
        }
        Act::Enrol {
            code_hash,
            device,
            owner,
            actors,
            keys,
        } => {
            admin::enrol(draft, entry.at_ms, code_hash, *device, *owner, *actors, *keys)?;
        }
        Act::Unreadable { device, content } => keep_unreadable(draft, commit, *device, content),
        Act::Lost { ranges, released, .. } => {
            ranges
                .iter()
                .try_for_each(|range| apply_lost(draft, entry.at_ms, range))?;
            for (index, one) in (0..).zip(released) {
                apply_released(draft, commit, index, entry.at_ms, one)?;
            }
        }
        Act::Clocks(clocks) => learn_clocks(draft, clocks.iter()),
        Act::Delivered(tasks) => delivery::mark_delivered(draft, commit, tasks)?,
        Act::Heard(persons) => delivery::hear(draft, entry.at_ms, persons),
        Act::Trim(feeds) => trim::trim(draft, feeds)?,
        Act::ForgetAnswers(keys) => {
            for (account, key) in keys {
                draft.delete(key::answer(*account, key));
            }
        }
        Act::Supplied(figures) => facts::supply(draft, commit, figures),
        Act::Ledger(ledger) => draft.put(key::ledger(ledger.number), ledger.as_ref().clone()),
        Act::Missing => {}
        // What is mended is what the journal gives anyway.
        Act::Mended { .. } => {
            let mended: u64 = draft.get(&key::mended())?.unwrap_or_default();
            draft.put(key::mended(), mended + 1);
        }
        Act::Dictionary {
            mark,
            content,
            dropped,
        } => dictionary::keep(draft, mark, content, dropped)?,
        Act::RevokeDevice { device } => admin::revoke(draft, entry.at_ms, *device)?,
        Act::NewHistory { incarnation, further } => {
            history::begin_anew(draft, entry.at_ms, *incarnation, *further)?
        }
        Act::Readmit {
            device,
            owner,
            owner_name,
            actors,
            keys,
        } => history::readmit(
            draft,
            entry.at_ms,
            *device,
            (*owner, owner_name.as_deref()),
            *actors,
            *keys,
        )?,
        Act::Erased(erasures) => history::erase(draft, commit, entry.at_ms, erasures)?,
        Act::Branch { device, actors } => copies::branch(draft, entry.at_ms, *device, *actors)?,
        Act::Aliases { runs, .. } => copies::aliases(draft, runs),
    }
    for frame in &entry.derived {
        free = apply_frame(draft, free, entry.at_ms, frame)?;
    }
    acts::note(draft, commit, entry)?;
    finish_entry(draft, commit, entry.at_ms, entry.answer.as_ref())
}

/// What every entry does besides its act, after it.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn finish_entry(
    draft: &mut Draft,
    commit: u64,
    at_ms: i64,
    answer: Option<&KeptAnswer>,
) -> Result<(), StateError> {
    if let Some(kept) = answer {
        let answer = AnswerCell {
            request_hash: kept.request_hash,
            answer: kept.answer.clone(),
            at_ms,
        };
        draft.put(key::answer(kept.account, &kept.key), answer);
    }
    trim::note_day(draft, commit, at_ms)?;
    draft.change(key::server(), |server: &mut ServerCell| {
        server.last_ms = server.last_ms.max(at_ms);
    })
}

fn keep_unreadable(draft: &mut Draft, commit: u64, device: DeviceId, content: &ByteBuf) {
    let hash: [u8; 32] = Sha256::digest(content).into();
    let content = content.clone();
    draft.put(
        key::unreadable(&hash),
        UnreadableCell {
            device,
            commit,
            content,
        },
    );
}

fn begin(draft: &mut Draft, incarnation: u64) {
    let rules_actor = ActorId(1);
    let server = ServerCell {
        incarnation,
        rules_actor,
        next_actor: 2,
        next_device: 1,
        next_person: 1,
        next_area: 1,
        records: 0,
        households: 0,
        last_ms: 0,
        former: Vec::new(),
        restored_ms: 0,
        lost_actors: Vec::new(),
    };
    draft.put(key::server(), server);
    let rules = PersonCell {
        id: PersonId::SERVER,
        code: "server".into(),
        name: "rules of the server".into(),
        role: Role::Rules,
    };
    draft.put(key::person_code(&rules.code), rules.id);
    draft.put(key::person(rules.id), rules);
    draft.put(
        key::actor(rules_actor),
        new_actor(ActorOwner::Person(PersonId::SERVER)),
    );
}

/// An actor that has written nothing.
pub(super) fn new_actor(owner: ActorOwner) -> ActorCell {
    ActorCell {
        owner,
        through: 0,
        chain: Chain::default(),
        last_stamp: Stamp::default(),
    }
}

/// An actor goes on after seqs of which there are no ops.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn apply_lost(draft: &mut Draft, at_ms: i64, range: &LostRange) -> Result<(), StateError> {
    let place = key::actor(range.actor);
    let Some(mut actor) = draft.get::<ActorCell>(&place)? else {
        return Err(StateError::Damaged { key: place });
    };
    actor.through = range.last;
    actor.chain = range.chain;
    draft.put(place, actor);
    let cell = LostCell {
        last: range.last,
        chain: range.chain,
        told_ms: at_ms,
    };
    draft.put(key::lost(range.actor, range.first), cell);
    Ok(())
}

/// Notes what is known of phones' boots.
pub fn learn_clocks<'a>(draft: &mut Draft, clocks: impl Iterator<Item = &'a LearntClock>) {
    for (branch, boot, line) in clocks {
        draft.put(key::clock(*branch, *boot), line.clone());
    }
}

/// Notes the attempt that brought a frame, so that the phone's branch can prove itself by it.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn note_anchor(draft: &mut Draft, content: &Content, frame: &FrameAct) -> Result<(), StateError> {
    match &frame.signature {
        Some((_, nonce, _)) => copies::anchor(draft, content.actor, low_half(*nonce)),
        None => Ok(()),
    }
}

/// Applies a frame whose first op has the position `begin`. The first position after it.
fn apply_frame(
    draft: &mut Draft,
    begin: Position,
    at_ms: i64,
    frame: &FrameAct,
) -> Result<Position, StateError> {
    learn_clocks(draft, frame.clock.iter());
    let commit = begin.commit;
    // What is in the journal was decodable when it was decided.
    let damaged = || StateError::Damaged {
        key: commit.to_be_bytes().as_slice().into(),
    };
    let content = Content::decode(&frame.content).map_err(|_| damaged())?;
    note_anchor(draft, &content, frame)?;
    let skip = frame.skip as usize;
    if skip.saturating_add(frame.judged.len()) > content.ops.len() {
        return Err(damaged());
    }
    let ops: Vec<Option<Op>> = (skip..content.ops.len())
        .map(|index| content.op(index).ok())
        .collect();
    for (judged, (index, op)) in frame.judged.iter().zip((skip..).zip(&ops)) {
        apply_judged(draft, (begin, at_ms), &content, (index, op.as_ref()), judged)?;
    }
    grow_run(draft, (begin, at_ms), &content, &ops, frame)?;
    let mut free = begin.index + content.ops.len() as u32;
    for released in &frame.released {
        apply_released(draft, commit, free, at_ms, released)?;
        free += 1;
    }
    Ok(Position { commit, index: free })
}

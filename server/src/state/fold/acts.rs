//! Folding of who did what: a row for every entry that an account's act made, without anything that records say.

use crate::state::act::{ActCell, WRITES_MAX, Write, Written};
use crate::state::cell::PersonCell;
use crate::state::draft::{Draft, StateError};
use crate::state::entry::{Act, Entry, FrameAct};
use crate::state::key;
use otor_protocol::ids::{Dot, RecordId};
use otor_protocol::op::{Body, Change};
use otor_protocol::wire::Content;

/// Notes an act, if an account did it.
pub(super) fn note(draft: &mut Draft, commit: u64, entry: &Entry) -> Result<(), StateError> {
    let Some(by) = entry.by else { return Ok(()) };
    // An act that changes nothing keeps its answer for whoever asks again, and is none.
    let Some((what, mut named)) = named(&entry.act) else {
        return Ok(());
    };
    if let Act::Invite { owner, .. } = &entry.act {
        let worker: Option<PersonCell> = draft.get(&key::person(*owner))?;
        named.extend(worker.map(|worker| worker.code));
    }
    let (writes, count) = match &entry.act {
        Act::Frame(frame) => writes(frame),
        _ => (Vec::new(), named.len()),
    };
    let cell = ActCell {
        at_ms: entry.at_ms,
        by,
        what: what.to_string(),
        count: u32::try_from(count).unwrap_or(u32::MAX),
        named: named.into_iter().take(WRITES_MAX).collect(),
        writes,
    };
    draft.put(key::act(commit), cell);
    Ok(())
}

/// What an act is called, and the codes and numbers that it is about.
fn named(act: &Act) -> Option<(&'static str, Vec<String>)> {
    Some(match act {
        Act::Frame(_) => ("write_records", Vec::new()),
        Act::Areas(areas) => ("put_areas", texts(areas.iter().map(|area| &area.code))),
        Act::Reshape(reshape) => (
            "reshape_areas",
            texts(reshape.retired.iter().map(|one| &one.code)),
        ),
        Act::Persons(persons) if persons.is_empty() => return None,
        Act::Persons(persons) => ("put_persons", texts(persons.iter().map(|person| &person.code))),
        // Whose, is told by the state.
        Act::Invite { .. } => ("invite_phone", Vec::new()),
        Act::RevokeDevice { device } => ("revoke_phone", vec![device.0.to_string()]),
        Act::Rules(_) => ("put_rules", Vec::new()),
        Act::Supplied(figures) => (
            "supply_figures",
            texts(
                figures
                    .iter()
                    .map(|figure| format!("{} {}", figure.name, figure.area)),
            ),
        ),
        Act::Ledger(ledger) => ("publish_ledger", vec![ledger.number.to_string()]),
        Act::Dictionary { mark, .. } => ("learn_dictionary", vec![mark.number.to_string()]),
        _ => ("other", Vec::new()),
    })
}

fn texts<T: ToString>(all: impl Iterator<Item = T>) -> Vec<String> {
    all.map(|one| one.to_string()).collect()
}

/// Which records ops are on and of what sort they are; how many there are.
fn writes(frame: &FrameAct) -> (Vec<Written>, usize) {
    let Ok(content) = Content::decode(&frame.content) else {
        return (Vec::new(), frame.judged.len());
    };
    let dots = (content.first_seq..).map(|seq| Dot::new(content.actor, seq));
    let mut writes = Vec::new();
    for (index, dot) in (0..content.ops.len().min(WRITES_MAX)).zip(dots) {
        let Ok(op) = content.op(index) else { continue };
        let Some(record) = op.record(dot) else { continue };
        writes.push((record, write_of(&op.body)));
    }
    let released = frame
        .released
        .iter()
        .map(|one| (one.parked_for.unwrap_or(RecordId(one.dot)), Write::Release));
    let count = content.ops.len() + frame.released.len();
    let room = WRITES_MAX - writes.len();
    writes.extend(released.take(room));
    (writes, count)
}

fn write_of(body: &Body) -> Write {
    let changes = match body {
        Body::Create { kind, .. } => return Write::Create(kind.0),
        Body::Edit { changes, .. } => changes,
        _ => return Write::Edit,
    };
    let told = changes.iter().find_map(|change| match change {
        Change::Event { event, .. } => Some(Write::Event(event.0)),
        Change::Erase(_) => Some(Write::Erase),
        Change::Relocate { .. } => Some(Write::Relocate),
        _ => None,
    });
    told.unwrap_or(Write::Edit)
}

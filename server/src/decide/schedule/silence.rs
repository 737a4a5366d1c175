//! Tasks on phones that have been silent for too long: those that never came there, and those that did, and of whose phone
//! nothing has been heard since.

use super::super::derive::write_all;
use super::super::dispatch::{self, Receiver, event, rules};
use super::super::trim::oldest_kept;
use super::super::{Decided, Desk};
use super::{ScheduledTo, raise};
use crate::state::cell::UndeliveredCell;
use crate::state::entry::Act;
use crate::state::rules::{Recipient, Rules};
use crate::state::{Draft, StateError, key, read};
use crate::store::engine::View;
use otor_protocol::catalogue::LifeCycle;
use otor_protocol::catalogue::built_in::task;
use otor_protocol::ids::{PersonId, RecordId};
use otor_protocol::lifecycle;
use otor_protocol::limits::FRAME_OPS_MAX;
use otor_protocol::op::Body;
use std::collections::BTreeSet;

/// Most tasks that are looked at for one commit.
const LOOKED_AT_MAX: usize = 500;
/// Between two notes that a phone was heard of: not every exchange is worth an entry.
const NOTED_EVERY_MS: i64 = 6 * 60 * 60 * 1_000;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Whether it is worth a note that a phone of this person is heard of: they hold tasks, the rules have looked for silence
/// since, and nothing has been noted for some hours.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn is_to_be_noted(view: &dyn View, person: PersonId, now_ms: i64) -> Result<bool, StateError> {
    let held = key::all_held(person);
    if view.range(&held, &key::end_of(&held), 1)?.is_empty() {
        return Ok(false);
    }
    let heard_ms: Option<i64> = read::get(view, &key::heard(person))?;
    Ok(heard_ms.is_some_and(|heard_ms| heard_ms < now_ms.saturating_sub(NOTED_EVERY_MS)))
}

/// Decides the note that a phone of this person was heard of; none if that is known.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn note_heard(desk: &Desk, person: PersonId) -> Result<(Option<Decided>, ()), StateError> {
    let worth = is_to_be_noted(desk.view, person, desk.now_ms)?;
    Ok((worth.then(|| Act::Heard(vec![person]).into()), ()))
}

/// Tells of open tasks whose assignees' phones have been silent for longer than the rules allow: a bounded piece first of
/// those that were never seen there, then of those that were.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn silent(desk: &Desk, from: ScheduledTo) -> Result<(Option<Decided>, ScheduledTo), StateError> {
    let rules = rules(desk.view)?;
    if rules.silent_days == 0 {
        return Ok((None, None));
    }
    let from = from.unwrap_or_else(key::everybodys_undelivered);
    if from < key::end_of(&key::everybodys_undelivered()) {
        unseen(desk, &rules, &from)
    } else {
        unheard(desk, &rules, &from)
    }
}

/// Of those not seen on a phone: silence counts from the assignment.
fn unseen(desk: &Desk, rules: &Rules, from: &[u8]) -> Result<(Option<Decided>, ScheduledTo), StateError> {
    let before = oldest_kept(desk, rules.silent_days)?;
    let end = key::end_of(&key::everybodys_undelivered());
    let rows = read::range::<UndeliveredCell>(desk.view, from, &end, LOOKED_AT_MAX)?;
    let next = match rows.last() {
        Some((last, _)) if rows.len() == LOOKED_AT_MAX => key::end_of(last),
        _ => key::everybodys_held(),
    };
    let mut bodies = Vec::new();
    for (place, cell) in rows.iter().filter(|(_, cell)| cell.assigned.commit < before) {
        if let Some(id) = key::concerned_record(place) {
            bodies.extend(untold(desk, rules, id, cell.epoch)?);
        }
    }
    match told(desk, bodies)? {
        None if next == key::everybodys_held() => unheard(desk, rules, &next),
        decided => Ok((decided, Some(next))),
    }
}

/// Of those that a phone holds: silence counts from when a phone of its owner was last heard of. Where nothing is known
/// of that, from now on.
fn unheard(desk: &Desk, rules: &Rules, from: &[u8]) -> Result<(Option<Decided>, ScheduledTo), StateError> {
    let end = key::end_of(&key::everybodys_held());
    let rows = read::range::<u32>(desk.view, from, &end, LOOKED_AT_MAX)?;
    let allowed_ms = i64::from(rules.silent_days) * DAY_MS + NOTED_EVERY_MS;
    let mut unknown = BTreeSet::new();
    let mut bodies = Vec::new();
    for (place, epoch) in &rows {
        let (Some(id), Some(person)) = (key::concerned_record(place), key::holder(place)) else {
            continue;
        };
        match read::get::<i64>(desk.view, &key::heard(person))? {
            None => {
                unknown.insert(person);
            }
            Some(heard_ms) if heard_ms.saturating_add(allowed_ms) < desk.now_ms => {
                bodies.extend(untold(desk, rules, id, *epoch)?);
            }
            Some(_) => {}
        }
    }
    if !unknown.is_empty() {
        // A commit takes one act: the same piece is looked at again.
        let heard = Act::Heard(unknown.into_iter().collect());
        return Ok((Some(heard.into()), Some(from.into())));
    }
    let next = match rows.last() {
        Some((last, _)) if rows.len() == LOOKED_AT_MAX => Some(key::end_of(last)),
        _ => None,
    };
    Ok((told(desk, bodies)?, next))
}

/// As many as one frame takes; the rest is found again in the next round.
fn told(desk: &Desk, mut bodies: Vec<Body>) -> Result<Option<Decided>, StateError> {
    bodies.truncate(FRAME_OPS_MAX);
    let frames = write_all(desk, Draft::new(desk.view), bodies)?;
    Ok(frames.into_iter().next().map(|frame| Act::Frame(frame).into()))
}

/// That the phone of an open task's assignee is silent, if it has not been told of this assignment; and who gets the task
/// instead, if a rule says so.
fn untold(desk: &Desk, rules: &Rules, id: RecordId, epoch: u32) -> Result<Option<Body>, StateError> {
    let Some(cell) = read::record(desk.view, id)? else {
        return Ok(None);
    };
    let record = cell
        .record()
        .map_err(|_| StateError::Damaged { key: key::record(id) })?;
    let is_task = desk
        .catalogue
        .kind(record.kind)
        .is_some_and(|kind| kind.life_cycle == LifeCycle::Task);
    let fold = lifecycle::task(&record);
    let told = fold.marks.contains(&"assignee_silent");
    if !is_task || !fold.is_open() || fold.epoch != epoch || told {
        return Ok(None);
    }
    let mut changes = vec![event(task::SILENT, epoch, Vec::new())];
    if let (Some(recipient), Some(silent)) = (&rules.silent_to, fold.assignee) {
        let next = match recipient {
            Recipient::Grid => dispatch::another_of_grid(desk.view, &record.area.val, silent)?,
            _ => {
                let of = Receiver {
                    area: &record.area.val,
                    author: None,
                    level: None,
                };
                dispatch::receiver(desk.view, rules, recipient, &of)?.0
            }
        };
        let next = next.filter(|next| *next != silent);
        changes.extend(next.map(|next| raise::given(&record, next)));
    }
    Ok(Some(Body::Edit { record: id, changes }))
}

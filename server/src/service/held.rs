//! The lists of what is kept aside: quarantined ops, and those that wait for their record.

use super::time::rfc3339;
use crate::decide::admin::quarantine::{sees_held, sender};
use crate::decide::admin::reason_in_words;
use crate::state::cell::{HeldCell, PersonCell};
use crate::state::{StateError, key, read};
use crate::store::engine::{View, key_after};
use otor_protocol::catalogue::{Catalogue, KindSpec};
use otor_protocol::ids::{ActorId, Dot, RecordId};
use otor_protocol::op::{Body, Op};
use otor_protocol::wire::{self, Reason};
use serde::{Deserialize, Serialize};

/// Most ops looked at for one page.
const LOOKED_AT_MAX: usize = 1_000;

/// An op kept aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldEntry {
    /// Its dot, as `actor-seq`.
    pub op: String,
    /// Why, as a short name; `waiting` for those that wait for their record.
    pub reason: String,
    /// Why, as a sentence.
    pub detail: String,
    /// The record it is about, where that could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    /// The op it waits behind: it is released with that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<String>,
    /// The code of the worker whose phone sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// When it came, RFC 3339.
    pub received_at: String,
}

/// A page of ops kept aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldPage {
    /// The ops, in the order of their dots.
    pub held: Vec<HeldEntry>,
    /// Where the next page begins; none at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// The dot an administrator names as `actor-seq`.
pub fn dot_named(text: &str) -> Option<Dot> {
    let (actor, seq) = text.split_once('-')?;
    Some(Dot::new(ActorId(actor.parse().ok()?), seq.parse().ok()?))
}

fn dot_name(dot: Dot) -> String {
    RecordId(dot).to_string()
}

/// A page of the quarantined ops that concern the account.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn page(
    view: &dyn View,
    catalogue: &Catalogue,
    account: &PersonCell,
    after: Option<Dot>,
) -> Result<HeldPage, StateError> {
    let prefix = key::all_quarantined();
    let from = after.map_or_else(|| prefix.clone(), |dot| key_after(&key::quarantined(dot)));
    collect(view, catalogue, account, (&from, &prefix), |_, dot| {
        Some(dot_name(dot))
    })
}

/// A page of the ops that concern the account and wait for their record. `after` is the last page's `next`.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn waiting(
    view: &dyn View,
    catalogue: &Catalogue,
    account: &PersonCell,
    after: Option<(RecordId, Dot)>,
) -> Result<HeldPage, StateError> {
    let prefix = key::all_parked();
    let from = after.map_or_else(
        || prefix.clone(),
        |(record, dot)| key_after(&key::parked(record, dot)),
    );
    collect(view, catalogue, account, (&from, &prefix), |cell, dot| {
        Some(format!("{}:{}", cell.record?, dot_name(dot)))
    })
}

/// The place in the list of waiting ops that a page's `next` names.
pub fn place_named(text: &str) -> Option<(RecordId, Dot)> {
    let (record, dot) = text.split_once(':')?;
    Some((RecordId(dot_named(record)?), dot_named(dot)?))
}

fn collect(
    view: &dyn View,
    catalogue: &Catalogue,
    account: &PersonCell,
    (from, prefix): (&[u8], &[u8]),
    next: impl Fn(&HeldCell, Dot) -> Option<String>,
) -> Result<HeldPage, StateError> {
    let found = read::range::<HeldCell>(view, from, &key::end_of(prefix), LOOKED_AT_MAX)?;
    let full = found.len() == LOOKED_AT_MAX;
    let mut page = HeldPage {
        held: Vec::new(),
        next: None,
    };
    for (place, cell) in found {
        let Some(dot) = key::held_dot(&place) else {
            return Err(StateError::Damaged { key: place });
        };
        page.next = next(&cell, dot).filter(|_| full);
        if sees_held(view, account, dot, &cell)? {
            page.held.push(entry(view, catalogue, dot, &cell)?);
        }
    }
    Ok(page)
}

fn entry(view: &dyn View, catalogue: &Catalogue, dot: Dot, cell: &HeldCell) -> Result<HeldEntry, StateError> {
    let kind = kind_of(view, catalogue, cell)?;
    let (reason, detail) = match cell.reason {
        Some(reason) => (reason.name(), reason_in_words(reason, kind)),
        None => (
            "waiting",
            "it waits for what it refers to, which has not come yet".into(),
        ),
    };
    Ok(HeldEntry {
        op: dot_name(dot),
        reason: reason.to_string(),
        detail,
        record: cell.record.map(|record| record.to_string()),
        behind: held_before(view, dot, cell)?.map(dot_name),
        author: sender(view, dot)?.map(|person| person.code),
        received_at: rfc3339(cell.received_ms),
    })
}

/// The op that one waits behind: the first of the same actor on the same record with a reason of its own.
fn held_before(view: &dyn View, dot: Dot, cell: &HeldCell) -> Result<Option<Dot>, StateError> {
    if cell.reason != Some(Reason::BehindAnother) {
        return Ok(None);
    }
    let from = key::quarantined(Dot::new(dot.actor, 0));
    let earlier = read::range::<HeldCell>(view, &from, &key::quarantined(dot), LOOKED_AT_MAX)?;
    let first = earlier
        .iter()
        .find(|(_, held)| held.record == cell.record && held.reason != Some(Reason::BehindAnother));
    Ok(first.and_then(|(place, _)| key::held_dot(place)))
}

fn kind_of<'a>(
    view: &dyn View,
    catalogue: &'a Catalogue,
    cell: &HeldCell,
) -> Result<Option<&'a KindSpec>, StateError> {
    if let Ok(op) = wire::decode::<Op>(&cell.op)
        && let Body::Create { kind, .. } = op.body
    {
        return Ok(catalogue.kind(kind));
    }
    let Some(id) = cell.record else {
        return Ok(None);
    };
    let Some(record) = read::record(view, id)? else {
        return Ok(None);
    };
    let record = super::row::record_of(id, &record)?;
    Ok(catalogue.kind(record.kind))
}

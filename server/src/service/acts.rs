//! What accounts did, for whoever looks into it: when, who, what sort of act, on what. Nothing of what records say.

use super::time::rfc3339;
use crate::decide::admin::account::sees_account;
use crate::state::act::{ActCell, Write};
use crate::state::cell::PersonCell;
use crate::state::{StateError, key, read};
use crate::store::engine::View;
use otor_protocol::catalogue::KindSpec;
use otor_protocol::catalogue::built_in::KINDS;
use otor_protocol::ids::RecordId;
use serde::Serialize;

/// Acts looked at for a page.
const LOOKED_AT_MAX: usize = 500;

/// An act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ActEntry {
    /// Its commit.
    pub commit: u64,
    /// When, RFC 3339.
    pub at: String,
    /// The account.
    pub by: String,
    /// What sort of act.
    pub act: String,
    /// On how many things.
    pub count: u32,
    /// The first of them: codes and numbers, records each with what was done to it.
    pub on: Vec<String>,
}

/// A page of acts, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ActPage {
    /// The acts.
    pub acts: Vec<ActEntry>,
    /// Where the next page goes on, if there is more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

/// What the accounts within an account's reach did after a commit.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn page(view: &dyn View, account: &PersonCell, after: u64) -> Result<ActPage, StateError> {
    let from = key::act(after.saturating_add(1));
    let found = read::range::<ActCell>(view, &from, &key::end_of(&key::acts()), LOOKED_AT_MAX)?;
    let full = found.len() == LOOKED_AT_MAX;
    let mut page = ActPage {
        acts: Vec::new(),
        next: None,
    };
    for (place, cell) in found {
        let Some(commit) = key::act_named(&place) else {
            return Err(StateError::Damaged { key: place });
        };
        page.next = full.then_some(commit);
        let Some(by) = read::person(view, cell.by)? else {
            continue;
        };
        if by.id == account.id || sees_account(account, &by) {
            page.acts.push(entry(view, commit, &cell, by.code)?);
        }
    }
    Ok(page)
}

fn entry(view: &dyn View, commit: u64, cell: &ActCell, by: String) -> Result<ActEntry, StateError> {
    let mut on = cell.named.clone();
    for (record, write) in &cell.writes {
        on.push(written(view, *record, *write)?);
    }
    Ok(ActEntry {
        commit,
        at: rfc3339(cell.at_ms),
        by,
        act: cell.what.clone(),
        count: cell.count,
        on,
    })
}

/// A record and what was done to it: `17-203 create report`.
fn written(view: &dyn View, record: RecordId, write: Write) -> Result<String, StateError> {
    let kind = |number: u16| KINDS.iter().find(|kind| kind.id.0 == number);
    let name = |kind: Option<&KindSpec>| kind.map_or("?", |kind| kind.name).to_string();
    let done = match write {
        Write::Create(number) => format!("create {}", name(kind(number))),
        Write::Edit => "edit".into(),
        Write::Erase => "erase".into(),
        Write::Relocate => "relocate".into(),
        Write::Release => "release".into(),
        Write::Event(number) => {
            let stored = read::record(view, record)?.and_then(|cell| cell.record().ok());
            let kind = stored.and_then(|stored| kind(stored.kind.0));
            let events = kind.into_iter().flat_map(|kind| kind.events);
            let event = events.into_iter().find(|event| event.id.0 == number);
            event.map_or_else(|| format!("event {number}"), |event| event.name.to_string())
        }
    };
    Ok(format!("{record} {done}"))
}

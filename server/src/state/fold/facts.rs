//! Folding of facts: rows that are only ever added, whenever what a record comes to has changed.

use crate::state::draft::{Draft, StateError};
use crate::state::fact::{BUNDLE_SEQS, Bundled, Fact, facts_of};
use crate::state::key;
use crate::state::ledger::{SuppliedAct, SuppliedCell};
use crate::state::rules::HouseholdCell;
use otor_protocol::catalogue::built_in::household;
use otor_protocol::ids::RecordId;
use otor_protocol::op::KindId;
use otor_protocol::record::Record;
use otor_protocol::value::Value;
use serde_bytes::ByteBuf;

/// Households and visits: what has a household's code under one number.
const WITH_HOUSEHOLD: [KindId; 2] = [KindId(1), KindId(2)];

/// Notes what a commit makes known of a record; `before` is as it was, if it was there.
pub(super) fn note(
    draft: &mut Draft,
    commit: u64,
    before: Option<&Record>,
    after: &Record,
) -> Result<(), StateError> {
    let household = household_of(draft, after)?;
    let old = before.map(|before| facts_of(before, household.as_ref()));
    let new = facts_of(after, household.as_ref());
    add(draft, commit, after.id, old.as_deref(), &new)
}

/// Adds the facts about a record that are otherwise than before: none before for a record that is new. Everything that
/// statistics count comes through here.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn add(
    draft: &mut Draft,
    commit: u64,
    id: RecordId,
    old: Option<&[Fact]>,
    new: &[Fact],
) -> Result<(), StateError> {
    for gone in old.unwrap_or_default() {
        if !new.iter().any(|fact| same_place(fact, gone)) {
            let place = key::fact(gone.matter, gone.day, &gone.area, id, commit);
            draft.put(place, ByteBuf::new());
        }
    }
    for fact in new {
        if old.unwrap_or_default().contains(fact) {
            continue;
        }
        if old.is_none() && fact.matter.is_bundled() {
            bundle(draft, commit, id, fact)?;
        } else {
            let place = key::fact(fact.matter, fact.day, &fact.area, id, commit);
            draft.put(place, fact.content.clone());
        }
    }
    Ok(())
}

fn same_place(one: &Fact, other: &Fact) -> bool {
    (one.matter, one.day, &one.area) == (other.matter, other.day, &other.area)
}

fn bundle(draft: &mut Draft, commit: u64, id: RecordId, fact: &Fact) -> Result<(), StateError> {
    let place = key::bundle(fact.matter, fact.day, &fact.area, id);
    // Less than `BUNDLE_SEQS`.
    let low = (id.0.seq % BUNDLE_SEQS) as u8;
    let content = fact.content.clone();
    draft.change(place, |bundled: &mut Vec<Bundled>| {
        bundled.push((low, commit, content))
    })
}

fn household_of(draft: &Draft, record: &Record) -> Result<Option<HouseholdCell>, StateError> {
    if !WITH_HOUSEHOLD.contains(&record.kind) {
        return Ok(None);
    }
    match record.register(household::CODE).and_then(Value::as_text) {
        Some(code) => draft.get(&key::household(code)),
        None => Ok(None),
    }
}

/// Keeps figures that were supplied.
pub(super) fn supply(draft: &mut Draft, commit: u64, figures: &[SuppliedAct]) {
    for figure in figures {
        let cell = SuppliedCell {
            value: figure.value,
            at_least: figure.at_least,
        };
        draft.put(
            key::supplied(&figure.name, &figure.area, figure.day, commit),
            cell,
        );
    }
}

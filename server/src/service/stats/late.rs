//! What came, or was corrected, after a ledger's cut-off: which records, of which days, and nothing of what they say.

use super::day_as_text;
use super::known::Known;
use super::ledgers::asked;
use crate::state::cell::RecordCell;
use crate::state::fact::{BUNDLE_SEQS, Bundled, Matter};
use crate::state::ledger::LedgerCell;
use crate::state::{StateError, key, read};
use crate::store::engine::View;
use otor_protocol::ids::RecordId;
use serde::Serialize;
use std::collections::BTreeMap;

/// One record of which something became known after the cut-off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Late {
    /// What about.
    pub matter: &'static str,
    /// Which record.
    pub record: String,
    /// The day of the period that it counts for.
    pub day: String,
    /// Where it is filed.
    pub area: String,
    /// `late` if the record itself came after the cut-off, `corrected` if it was known and is otherwise now.
    pub how: &'static str,
    /// The last commit that changed it.
    pub commit: u64,
}

/// What came after the cut-off.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LateList {
    /// How many are late, by matter.
    pub late: BTreeMap<&'static str, u64>,
    /// How many are corrected, by matter.
    pub corrected: BTreeMap<&'static str, u64>,
    /// The first of them.
    pub events: Vec<Late>,
    /// How many are not listed.
    pub left_out: u64,
}

/// What became known of a ledger's period after its cut-off, up to a commit; at most `limit` listed.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn late(view: &dyn View, cell: &LedgerCell, until: u64, limit: usize) -> Result<LateList, StateError> {
    let asked = asked(cell, until);
    let known = Known::of(view, until, asked.area.clone())?;
    let mut list = LateList::default();
    for matter in Matter::ALL {
        let days = match matter {
            // Households and campaigns count whenever they began.
            Matter::Household | Matter::Campaign => asked.period.until_its_end(),
            _ => asked.period.days(),
        };
        // Of each record at a place the last commit that counts.
        let mut found: BTreeMap<(u32, String, RecordId), u64> = BTreeMap::new();
        let mut note = |day, area: String, record, commit: u64| {
            if commit > cell.cut_off && commit <= until {
                let last = found.entry((day, area, record)).or_default();
                *last = commit.max(*last);
            }
        };
        known.rows(false, matter, days.clone(), |place, _| {
            if let Some((day, area, record, commit)) = key::fact_named(place) {
                note(day, area.to_string(), record, commit);
            }
            Ok(())
        })?;
        if matter.is_bundled() {
            known.rows(true, matter, days, |place, row| {
                if let Some((day, area, first)) = key::bundle_named(place) {
                    for (low, commit, _) in read::value::<Vec<Bundled>>(place, row)? {
                        let mut record = first;
                        record.0.seq += u64::from(low) % BUNDLE_SEQS;
                        note(day, area.to_string(), record, commit);
                    }
                }
                Ok(())
            })?;
        }
        for ((day, area, record), commit) in found {
            let stored = read::get::<RecordCell>(view, &key::record(record))?;
            let known_before = stored.is_some_and(|stored| stored.first_commit <= cell.cut_off);
            let (how, sums) = match known_before {
                true => ("corrected", &mut list.corrected),
                false => ("late", &mut list.late),
            };
            *sums.entry(matter.name()).or_default() += 1;
            if list.events.len() >= limit {
                list.left_out += 1;
                continue;
            }
            list.events.push(Late {
                matter: matter.name(),
                record: record.to_string(),
                day: day_as_text(day),
                area,
                how,
                commit,
            });
        }
    }
    Ok(list)
}

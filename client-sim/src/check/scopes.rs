//! What phones hold of scopes and in their trays is what the server says: no area that their worker does not answer
//! for, no grid missing, every op that is kept aside in its author's tray and nothing else there.

use super::Checked;
use crate::replay::centre::Centre;
use otor_protocol::area::{AreaCode, GRID_DIGITS};
use otor_protocol::replica::Storage;
use std::collections::BTreeSet;

/// One line for every difference. Of so many ops that were `damaged` on their phones the server may keep some aside.
///
/// # Errors
/// If the centre does not answer.
pub fn scopes<S: Storage>(
    phones: &[Checked<S>],
    centre: &mut dyn Centre,
    damaged: u64,
) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    // Two phones of which one is a copy show the same ops that were written before.
    let mut in_trays = BTreeSet::new();
    for phone in phones {
        in_trays.extend(phone.replica.tray().into_iter().map(|entry| entry.dot));
        if phone.replica.is_revoked() {
            continue;
        }
        let held: Vec<AreaCode> = phone
            .replica
            .scopes()
            .filter_map(|(_, state)| state.area.clone())
            .collect();
        let answered_for = centre.areas_of(phone.worker)?;
        for area in &held {
            if !answered_for.iter().any(|own| own.scope_area().contains(area)) {
                found.push(format!("{} still holds the scope of {area}", phone.name));
            }
        }
        for area in answered_for
            .iter()
            .filter(|own| own.as_str().len() >= GRID_DIGITS)
        {
            if !held.contains(&area.scope_area()) {
                found.push(format!("{} lacks the scope of {area}", phone.name));
            }
        }
    }
    // A revoked phone is not told what was let in later.
    if phones.iter().all(|phone| !phone.replica.is_revoked()) {
        let held = centre.held()?;
        let aside = held.quarantined + held.parked;
        let in_trays = in_trays.len() as u64;
        if !(in_trays..=in_trays + damaged).contains(&aside) {
            found.push(format!("{aside} ops are kept aside, and {in_trays} are in trays"));
        }
    }
    Ok(found)
}

//! What the codes among figures are called: areas and departments.

use super::figure::Figure;
use super::sheet::Sheet;
use crate::state::StateError;
use std::collections::{BTreeMap, BTreeSet};

/// The names of the area asked for and of all areas and departments that figures are divided by.
pub(super) fn names(sheet: &Sheet, figures: &[Figure]) -> Result<BTreeMap<String, String>, StateError> {
    let mut codes: BTreeSet<&str> = BTreeSet::new();
    let mut departments = false;
    for figure in figures {
        let group = figure.group.as_deref().unwrap_or_default();
        match figure.by {
            Some("area" | "grid") => drop(codes.insert(group)),
            Some("department") => departments = true,
            Some("department_banner") => {
                departments = true;
                codes.extend(group.rsplit_once('/').map(|(_, banner)| banner));
            }
            _ => {}
        }
    }
    let area = sheet.known.area.as_ref().map(|area| area.as_str());
    let mut names = BTreeMap::new();
    for code in codes.into_iter().chain(area) {
        let cell = code.parse().ok().and_then(|code| sheet.known.tree.area(&code));
        names.extend(cell.map(|cell| (code.to_string(), cell.name.clone())));
    }
    if departments {
        let listed = sheet.rules()?.departments.into_iter();
        names.extend(listed.map(|one| (one.code, one.name)));
    }
    // A name that is the code says nothing.
    names.retain(|code, name| code != name);
    Ok(names)
}

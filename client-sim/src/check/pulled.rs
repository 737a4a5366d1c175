//! Whoever pulls has what the server has: a cursor never goes back, and passes over nothing; nothing outside of what is
//! asked for ever comes; and after a last pull each row is as the server has it.

use crate::replay::centre::Row;
use crate::replay::pulls::{Mark, PulledRow, PulledState};
use crate::trace::Pull;
use otor_protocol::ids::RecordId;
use otor_protocol::record::Record;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// Fields that tell of another report. A row that is pulled has none of them: it would not come again when that one changes.
const OF_ANOTHER: [&str; 3] = ["case", "case_status", "case_outcome"];

/// What does not hold of the whole answer to a pull that began at `from` and gave a cursor at `to`, a line each.
pub fn body(from: Option<Mark>, to: Option<Mark>, rows: &[PulledRow]) -> Vec<String> {
    let mut found = Vec::new();
    let mut latest = from.map_or(0, |from| from.commit);
    if let (Some(from), Some(to)) = (from, to)
        && (from.incarnation != to.incarnation || from.commit > to.commit)
    {
        found.push(format!("the cursor of a pull went from {from:?} to {to:?}"));
    }
    let mut seen = BTreeSet::new();
    for (place, pulled) in rows.iter().enumerate() {
        let (id, commit) = (pulled.row.id, pulled.row.commit);
        let is_new = match place {
            0 => from.is_none_or(|from| commit > from.commit),
            _ => commit >= latest,
        };
        if !is_new {
            found.push(format!(
                "a pull from {from:?} told {id} of commit {commit} after {latest}"
            ));
        }
        if to.is_some_and(|to| commit > to.commit) {
            found.push(format!("a pull up to {to:?} told {id} of commit {commit}"));
        }
        if !seen.insert(id) {
            found.push(format!("a pull told {id} twice"));
        }
        latest = commit;
    }
    found
}

/// Rows that came to whoever pulls an area and are not of it, a line each. `lies_in` says whether something filed under a
/// code counts there, where the code does not say so itself.
///
/// # Errors
/// Whatever `lies_in` says.
pub fn outside(
    place: &str,
    rows: &[PulledRow],
    mut lies_in: impl FnMut(&str) -> anyhow::Result<bool>,
) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for pulled in rows.iter().filter(|pulled| !pulled.row.area.starts_with(place)) {
        if !lies_in(&pulled.row.area)? {
            found.push(format!(
                "a pull of {place} told {} of {}",
                pulled.row.id, pulled.row.area
            ));
        }
    }
    Ok(found)
}

/// Where what somebody has pulled is not what the server has of it, a line each.
pub fn pulled(
    asked: &Pull,
    kept: &BTreeMap<RecordId, PulledRow>,
    rows: &BTreeMap<RecordId, &Row>,
) -> Vec<String> {
    let ids: BTreeSet<RecordId> = kept.keys().chain(rows.keys()).copied().collect();
    let unlike = ids
        .into_iter()
        .filter_map(|id| match (kept.get(&id), rows.get(&id)) {
            (Some(kept), Some(row)) => differs(kept, row).map(|what| format!("{id} is otherwise: {what}")),
            (Some(_), None) => Some(format!("{id} is not there any more")),
            (None, Some(row)) => Some(format!("{id} of commit {} never came", row.commit)),
            (None, None) => None,
        });
    unlike.map(|line| format!("{} {line}", whose(asked))).collect()
}

fn whose(asked: &Pull) -> String {
    let part = |name: &str, value: &Option<String>| match value {
        Some(value) => format!(" {name} {value}"),
        None => String::new(),
    };
    let Pull {
        account, kind, area, ..
    } = asked;
    format!(
        "in the pulls of{}{}{}",
        part(
            "account",
            &Some(account.clone().unwrap_or_else(|| "the centre".into()))
        ),
        part("kind", kind),
        part("area", area)
    )
}

fn differs(kept: &PulledRow, row: &Row) -> Option<String> {
    let state = row.state.as_deref().and_then(|bytes| Record::decode(bytes).ok());
    let wanted = match state {
        Some(record) if !record.erased.is_empty() => PulledState::Erased,
        Some(_) => PulledState::Live,
        None => kept.state,
    };
    let (was, mut is) = (&kept.row, row.clone());
    is.state = None;
    is.fields.retain(|name, _| !OF_ANOTHER.contains(&name.as_str()));
    for (name, value) in &mut is.fields {
        let kept = was.fields.get(name).filter(|_| was.commit == is.commit);
        if let Some(kept) = kept.filter(|kept| both_name_a_record(kept, value)) {
            value.clone_from(kept);
        }
    }
    (*was != is || kept.state != wanted).then(|| {
        let names: BTreeSet<&String> = was.fields.keys().chain(is.fields.keys()).collect();
        let mut names: Vec<&String> = names.into_iter().collect();
        names.retain(|name| was.fields.get(*name) != is.fields.get(*name));
        format!(
            "of commit {} as {:?}, at the server {} as {wanted:?}; fields {names:?}",
            was.commit, kept.state, is.commit
        )
    })
}

/// Whether both name a record. In rows of one commit that is the same one: a copied phone has renumbered it in between, or
/// another has the number now.
fn both_name_a_record(was: &Json, is: &Json) -> bool {
    let named = |value: &Json| value.as_str()?.parse::<RecordId>().ok();
    named(was).is_some() && named(is).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use otor_protocol::ids::{ActorId, Dot};
    use serde_json::json;

    const GRID: &str = "150821100201001";

    fn row(seq: u64, commit: u64) -> Row {
        Row {
            id: RecordId(Dot::new(ActorId(2), seq)),
            kind: "visit".into(),
            area: GRID.into(),
            created_by: "w1".into(),
            commit,
            fields: json!({"note": commit}).as_object().cloned().unwrap_or_default(),
            conflicts: Vec::new(),
            merge_conflicts: 0,
            time_uncertain: false,
            state: None,
        }
    }

    fn came(seq: u64, commit: u64) -> PulledRow {
        PulledRow {
            row: row(seq, commit),
            state: PulledState::Live,
        }
    }

    fn mark(commit: u64) -> Option<Mark> {
        Some(Mark {
            incarnation: 7,
            commit,
        })
    }

    #[test]
    fn a_body_tells_what_lies_between_its_cursors_each_once_in_order() {
        let sound = [came(1, 4), came(2, 4), came(3, 9)];
        assert_eq!(body(mark(3), mark(9), &sound), [""; 0]);
        assert_eq!(body(None, mark(9), &sound), [""; 0]);
        assert_eq!(body(mark(4), mark(9), &sound).len(), 1, "it has come before");
        assert_eq!(body(mark(3), mark(8), &sound).len(), 1, "it comes with the next");
        assert_eq!(body(mark(9), mark(8), &[]).len(), 1, "it goes back");
        assert_eq!(body(mark(3), mark(9), &[came(1, 5), came(2, 4)]).len(), 1);
        assert_eq!(body(mark(3), mark(9), &[came(1, 4), came(1, 5)]).len(), 1);
        let other = Mark {
            incarnation: 8,
            commit: 9,
        };
        assert_eq!(body(mark(3), Some(other), &[]).len(), 1, "of another history");
    }

    #[test]
    fn what_is_of_another_area_is_told_unless_that_was_taken_over() {
        let rows = [came(1, 4)];
        let never = |_: &str| -> anyhow::Result<bool> { Ok(false) };
        let taken_over = |code: &str| -> anyhow::Result<bool> { Ok(code == GRID) };
        assert_eq!(outside("150821100", &rows, never).unwrap().len(), 0);
        assert_eq!(outside("150821101", &rows, never).unwrap().len(), 1);
        assert_eq!(outside("150821101", &rows, taken_over).unwrap().len(), 0);
    }

    #[test]
    fn what_was_passed_over_kept_too_long_or_is_old_is_told() {
        let (one, two) = (row(1, 4), row(2, 9));
        let rows = BTreeMap::from([(one.id, &one), (two.id, &two)]);
        let told = |kept: &[PulledRow]| {
            let kept = kept.iter().map(|row| (row.row.id, row.clone())).collect();
            pulled(&Pull::default(), &kept, &rows).len()
        };
        assert_eq!(told(&[came(1, 4), came(2, 9)]), 0);
        assert_eq!(told(&[came(1, 4)]), 1, "one never came");
        assert_eq!(told(&[came(1, 4), came(2, 8)]), 1, "one is old");
        assert_eq!(told(&[came(1, 4), came(2, 9), came(3, 9)]), 1, "one left");
    }

    #[test]
    fn a_row_may_name_a_record_by_another_of_its_numbers_and_say_nothing_else_otherwise() {
        let naming = |value: &str, commit: u64| {
            let mut row = row(3, commit);
            row.fields.insert("duplicate_of".into(), json!(value));
            row
        };
        let now = naming("2-2", 9);
        let rows = BTreeMap::from([(now.id, &now)]);
        let told = |row: Row| {
            let state = PulledState::Live;
            pulled(
                &Pull::default(),
                &BTreeMap::from([(row.id, PulledRow { row, state })]),
                &rows,
            )
            .len()
        };
        assert_eq!((told(naming("2-2", 9)), told(naming("2-7", 9))), (0, 0));
        assert_eq!((told(naming("a report", 9)), told(naming("2-7", 8))), (1, 1));
    }
}

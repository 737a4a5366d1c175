//! The kinds of this version, and which of them the versions before knew.

pub mod field_work;
mod forces;
pub mod household;
pub mod matters;
pub mod report;
mod spec;
pub mod task;
pub mod together;

use super::{Catalogue, KindSpec, LifeCycle};
use crate::op::FieldId;

/// Version of the built-in catalogue.
pub const VERSION: u32 = 4;

/// The field that names an assignee, in every kind that has one.
pub const TASK_ASSIGNEE: FieldId = FieldId(5);

/// The set that names those who have a record in their inbox besides, in every kind that has one.
pub const PARTICIPANTS: FieldId = FieldId(65);

/// All kinds.
pub const KINDS: &[KindSpec] = &[
    household::HOUSEHOLD,
    field_work::VISIT,
    report::REPORT,
    task::TASK,
    field_work::PATROL,
    matters::WISH,
    matters::HAZARD,
    matters::MEDIATION,
    together::WHISTLE,
    field_work::ACTIVITY,
    together::ANNOUNCEMENT,
    report::EVALUATION,
    together::CAMPAIGN_KIND,
    together::ALERT,
    household::RESIDENT,
    forces::TEAM,
    forces::EXPERT,
    forces::DUTY,
    forces::POST,
];

/// How many kinds versions 2 and 3 had.
const KINDS_OF_VERSION_2: usize = 15;

/// How many fields and events the first four kinds had in version 1: what was added since stands behind them.
const OF_VERSION_1: [(usize, usize); 4] = [(4, 0), (10, 0), (11, 11), (6, 5)];

/// What version 3 added behind the fields and events of a kind: the kind, how many fields, how many events.
const ADDED_IN_VERSION_3: [(&str, usize, usize); 4] = [
    ("report", 0, 1),
    ("patrol", 1, 0),
    ("wish", 0, 1),
    ("hazard", 0, 1),
];

/// What version 4 added likewise.
const ADDED_IN_VERSION_4: [(&str, usize, usize); 3] =
    [("household", 1, 0), ("visit", 4, 0), ("report", 1, 0)];

/// The catalogue as it was in an earlier version; none if there was no such version.
pub(super) fn earlier(version: u32) -> Option<Catalogue> {
    let kinds = match version {
        VERSION => KINDS.to_vec(),
        3 => of_version_3(),
        2 => of_version_3().iter().map(of_version_2).collect(),
        1 => of_version_1(),
        _ => return None,
    };
    Some(Catalogue { version, kinds })
}

fn of_version_3() -> Vec<KindSpec> {
    let kinds = KINDS.iter().take(KINDS_OF_VERSION_2);
    kinds.map(|kind| without(kind, &ADDED_IN_VERSION_4)).collect()
}

fn of_version_2(kind: &KindSpec) -> KindSpec {
    without(kind, &ADDED_IN_VERSION_3)
}

/// A kind as it was before these were added.
fn without(kind: &KindSpec, added: &[(&str, usize, usize)]) -> KindSpec {
    let added = added.iter().find(|(name, ..)| *name == kind.name);
    let (fields, events) = added.map_or((0, 0), |(_, fields, events)| (*fields, *events));
    KindSpec {
        fields: &kind.fields[..kind.fields.len() - fields],
        events: &kind.events[..kind.events.len() - events],
        ..*kind
    }
}

fn of_version_1() -> Vec<KindSpec> {
    let kinds = KINDS.iter().zip(OF_VERSION_1);
    let cut = kinds.map(|(kind, (fields, events))| KindSpec {
        life_cycle: match kind.life_cycle {
            kept @ (LifeCycle::Report | LifeCycle::Task) => kept,
            _ => LifeCycle::None,
        },
        fields: &kind.fields[..fields],
        events: &kind.events[..events],
        ..*kind
    });
    cut.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Fails where two of them are the same.
    fn all_differ<T: Ord + std::fmt::Debug>(what: &str, ones: impl Iterator<Item = T>) {
        let mut seen = BTreeSet::new();
        for one in ones {
            let text = format!("{what}: {one:?} twice");
            assert!(seen.insert(one), "{text}");
        }
    }

    #[test]
    fn numbers_and_names_are_unique() {
        all_differ("kinds", KINDS.iter().map(|kind| kind.id));
        all_differ("kinds", KINDS.iter().map(|kind| kind.name));
        for kind in KINDS {
            assert!(kind.fields.iter().all(|field| field.id != super::super::EVENTS));
            all_differ(kind.name, kind.fields.iter().map(|field| field.id));
            all_differ(kind.name, kind.fields.iter().map(|field| field.name));
            all_differ(kind.name, kind.events.iter().map(|event| event.id));
            all_differ(kind.name, kind.events.iter().map(|event| event.name));
            for event in kind.events {
                all_differ(event.name, event.args.iter().map(|arg| arg.id));
                all_differ(event.name, event.args.iter().map(|arg| arg.name));
            }
        }
    }

    #[test]
    fn earlier_versions_are_as_they_were() {
        let shape = |version: u32, name: &str| {
            let catalogue = Catalogue::of_version(version).expect("a version");
            let kind = catalogue.kind_named(name)?;
            Some((kind.fields.len(), kind.events.len()))
        };
        let shapes = |name: &str| [1, 2, 3, 4].map(|version| shape(version, name));
        assert_eq!(
            shapes("household"),
            [Some((4, 0)), Some((7, 2)), Some((7, 2)), Some((8, 2))]
        );
        assert_eq!(
            shapes("visit"),
            [Some((10, 0)), Some((17, 1)), Some((17, 1)), Some((21, 1))]
        );
        assert_eq!(
            shapes("report"),
            [Some((11, 11)), Some((20, 23)), Some((20, 24)), Some((21, 24))]
        );
        assert_eq!(shapes("patrol"), [None, Some((8, 1)), Some((9, 1)), Some((9, 1))]);
        assert_eq!(shapes("duty"), [None, None, None, Some((8, 1))]);
    }

    #[test]
    fn a_person_stands_in_field_5_only_where_they_are_the_assignee() {
        for kind in KINDS {
            let field = kind.field(TASK_ASSIGNEE);
            let person = field.is_some_and(|field| field.value_type == super::super::ValueType::Person);
            assert_eq!(person, kind.assignee == Some(TASK_ASSIGNEE), "{}", kind.name);
        }
    }
}

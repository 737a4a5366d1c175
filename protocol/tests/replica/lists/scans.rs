//! The same lists, found by going through all records.

use super::scene::{DAY_MS, START_MS, TEXTS};
use crate::*;
use otor_protocol::area::AreaCode;
use otor_protocol::catalogue::Catalogue;
use otor_protocol::catalogue::built_in::{household, report};
use otor_protocol::ids::RecordId;
use otor_protocol::lifecycle::{self, ReportStatus};
use otor_protocol::record::Record;
use otor_protocol::replica::{HouseholdDraft, RecordState, ReportDraft};
use otor_protocol::value::Value;
use std::collections::BTreeSet;

/// All that the worker sees, with its kind's name.
pub(super) fn all(replica: &Replica<Shelf>) -> Vec<(Record, &'static str)> {
    let catalogue = Catalogue::built_in();
    let records = replica.records().filter_map(|id| replica.view(id));
    records
        .filter_map(|record| Some((catalogue.kind(record.kind)?.name, record)))
        .map(|(kind, record)| (record, kind))
        .collect()
}

fn word(record: &Record, field: otor_protocol::op::FieldId) -> Option<&str> {
    record.register(field).and_then(Value::as_text)
}

pub(super) fn my_tasks(replica: &Replica<Shelf>) -> Vec<RecordId> {
    let mut found: Vec<(i64, RecordId)> = all(replica)
        .iter()
        .filter(|(_, kind)| *kind == "task")
        .map(|(record, _)| (record, lifecycle::task(record)))
        .filter(|(_, task)| task.assignee == Some(PersonId(5)))
        .filter(|(_, task)| ["issued", "delivered", "accepted"].contains(&task.status.name()))
        .map(|(record, _)| {
            let due = record.register(otor_protocol::catalogue::built_in::task::DUE);
            (due.and_then(Value::as_int).unwrap_or(i64::MAX), record.id)
        })
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(_, id)| id).collect()
}

pub(super) fn care_due(replica: &Replica<Shelf>, until_ms: i64) -> Vec<(i64, RecordId)> {
    let all = all(replica);
    let visited = |code: Option<&str>| {
        let visits = all.iter().filter(|(record, kind)| {
            *kind == "visit" && code.is_some() && word(record, household::CODE) == code
        });
        visits.map(|(record, _)| record.creation.facts.stamp.ms()).max()
    };
    let mut found: Vec<(i64, RecordId)> = all
        .iter()
        .filter(|(_, kind)| *kind == "household")
        .filter_map(|(record, _)| {
            let due = lifecycle::care_due(record, visited(word(record, household::CODE)))?;
            (due < until_ms).then_some((due, record.id))
        })
        .collect();
    found.sort_unstable();
    found
}

/// Each open case by its root, with the reports of its matter.
pub(super) fn open_cases(replica: &Replica<Shelf>, area: Option<&AreaCode>) -> Vec<(RecordId, RecordId)> {
    let all = all(replica);
    let reports: BTreeMap<RecordId, &Record> = all
        .iter()
        .filter(|(_, kind)| *kind == "report")
        .map(|(record, _)| (record.id, record))
        .collect();
    let joined = |one: &RecordId, other: &RecordId| {
        let marks = |a: &RecordId, b: &RecordId| {
            reports
                .get(a)
                .is_some_and(|record| lifecycle::duplicate_of(record) == Some(*b))
        };
        let tells = |a: &RecordId, b: &RecordId| {
            !reports.contains_key(b)
                && reports
                    .get(a)
                    .is_some_and(|record| lifecycle::linked(record).contains(b))
        };
        marks(one, other) || marks(other, one) || tells(one, other) || tells(other, one)
    };
    let mut nodes: BTreeSet<RecordId> = reports.keys().copied().collect();
    nodes.extend(reports.values().flat_map(|record| lifecycle::linked(record)));
    let root = |id: RecordId| {
        let mut matter = BTreeSet::from([id]);
        loop {
            let more: Vec<RecordId> = nodes
                .iter()
                .filter(|node| !matter.contains(node) && matter.iter().any(|known| joined(known, node)))
                .copied()
                .collect();
            if more.is_empty() {
                return *matter.first().expect("itself");
            }
            matter.extend(more);
        }
    };
    let open = |record: &Record| lifecycle::report(record).status < ReportStatus::Withdrawn;
    let mut found: Vec<(AreaCode, RecordId, RecordId)> = reports
        .values()
        .filter(|record| open(record) && area.is_none_or(|area| area.contains(&record.area.val)))
        .map(|record| (record.area.val.clone(), record.id, root(record.id)))
        .filter(|(_, id, root)| match reports.get(root) {
            Some(first) if id != root => {
                open(first) && area.is_some_and(|area| !area.contains(&first.area.val))
            }
            _ => true,
        })
        .collect();
    found.sort();
    found.into_iter().map(|(_, id, root)| (id, root)).collect()
}

pub(super) fn like_household(replica: &Replica<Shelf>, draft: &HouseholdDraft<'_>) -> Vec<RecordId> {
    all(replica)
        .iter()
        .filter(|(_, kind)| *kind == "household")
        .filter(|(record, _)| {
            let phones = record.candidates(household::PHONE);
            word(record, household::CODE) == draft.code
                || word(record, household::PLACE) == draft.place
                || phones.iter().any(|phone| phone.value.as_text() == draft.phone)
        })
        .map(|(record, _)| record.id)
        .collect()
}

/// A text with a letter for each of its characters: the library counts bytes where it should count characters.
fn in_ascii(text: &str) -> String {
    let known: BTreeSet<char> = TEXTS.concat().chars().collect();
    let letter = |c| known.iter().position(|known| *known == c);
    let place = |c| letter(c).and_then(|place| u8::try_from(place).ok()).unwrap_or(60);
    text.chars().map(|c| char::from(b'A' + place(c))).collect()
}

/// How likely a report is the draft's double, by a library's measure of texts; all written on one day.
pub(super) fn likely(record: &Record, draft: &ReportDraft<'_>) -> f64 {
    let title = word(record, report::TITLE).unwrap_or_default();
    let alike = strsim::sorensen_dice(&in_ascii(title), &in_ascii(draft.text));
    let east = |lon: i64| (lon as f64 / 1e7) * 111_320.0 * 41.09f64.to_radians().cos();
    let near = match (record.register(report::LON), draft.place) {
        (Some(Value::DegreesE7(lon)), Some((_, here))) => {
            ((300.0 - (east(*lon) - east(here)).abs()) / 250.0).clamp(0.0, 1.0)
        }
        _ => alike,
    };
    let category = f64::from(u8::from(word(record, report::CATEGORY) == draft.category));
    alike * 500.0 + near * 300.0 + category * 200.0
}

pub(super) fn check(replica: &Replica<Shelf>) {
    assert!(replica.index_is_right());
    let tasks: Vec<RecordId> = replica.my_tasks().map(|task| task.record).collect();
    assert_eq!(tasks, my_tasks(replica));
    for days in [0, 2, 400] {
        let until_ms = START_MS + days * DAY_MS;
        let due: Vec<_> = replica
            .care_due(until_ms)
            .map(|due| (due.due_ms, due.household))
            .collect();
        assert_eq!(due, care_due(replica, until_ms));
    }
    let grid: AreaCode = GRID.parse().expect("sound in these tests");
    for area in [None, Some(&grid)] {
        let open = replica.open_cases(area).into_iter();
        let open: Vec<_> = open.map(|case| (case.record, case.case)).collect();
        assert_eq!(open, open_cases(replica, area));
    }
    let draft = HouseholdDraft {
        area: &grid,
        code: Some("031"),
        place: Some("桥头5号"),
        phone: Some("10005550122"),
    };
    let like: Vec<_> = replica
        .like_household(&draft)
        .iter()
        .map(|like| like.record)
        .collect();
    assert_eq!(like, like_household(replica, &draft));
    check_reports(replica, &grid);
    check_states(replica);
}

fn check_reports(replica: &Replica<Shelf>, grid: &AreaCode) {
    let draft = ReportDraft {
        area: Some(grid),
        text: TEXTS[0],
        category: Some("pipe"),
        household: None,
        place: Some((410_900_000, 1_082_700_000)),
    };
    let like = replica.like_report(&draft, START_MS + DAY_MS);
    let likelihoods: BTreeMap<RecordId, f64> = all(replica)
        .iter()
        .filter(|(record, kind)| {
            *kind == "report" && lifecycle::report(record).status != ReportStatus::Withdrawn
        })
        .map(|(record, _)| (record.id, likely(record, &draft)))
        .collect();
    for suggested in &like {
        let reckoned = likelihoods[&suggested.record];
        assert!(
            (f64::from(suggested.likely) - reckoned).abs() < 5.0,
            "{suggested:?} {reckoned}"
        );
    }
    let sure = likelihoods.values().filter(|likely| **likely > 405.0).count();
    assert!(like.len() >= sure.min(5), "{} of {sure}", like.len());
    let least = like.last().map_or(0.0, |last| f64::from(last.likely));
    let passed_over = likelihoods
        .iter()
        .filter(|(id, _)| like.iter().all(|suggested| suggested.record != **id));
    for (id, likely) in passed_over {
        assert!(*likely < 405.0 || *likely <= least + 5.0, "{id} {likely}");
    }
}

fn check_states(replica: &Replica<Shelf>) {
    let mut unsent = 0;
    for id in replica.records() {
        let states = replica.states_on(id);
        let here = states
            .iter()
            .filter(|(_, state)| *state == OpState::Unsent)
            .count();
        unsent += here;
        let state = replica.record_state(id).expect("it is held");
        match state {
            RecordState::OnPhone { unsent } => assert_eq!(unsent, here),
            _ => assert_eq!(here, 0),
        }
        assert_eq!(replica.unsent_records().any(|unsent| unsent == id), here > 0);
    }
    assert_eq!(unsent, replica.unsent());
    let in_tray: usize = replica.to_look_at().map(|(_, entry)| entry.in_tray.len()).sum();
    assert_eq!(in_tray, replica.tray().len());
    let catalogue = Catalogue::built_in();
    for (record, _) in all(replica) {
        let kind = catalogue.kind(record.kind).expect("a known kind");
        let listed = replica.to_look_at().find(|(id, _)| *id == record.id);
        let fields = listed.map(|(_, entry)| entry.fields.clone()).unwrap_or_default();
        assert_eq!(fields, lifecycle::conflicts(kind, &record));
    }
}

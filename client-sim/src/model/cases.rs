//! Which reports are one case, by the marks that stand, and what became of it: what its first report came to.

use super::figures::moments::{duplicate_of, outcome};
use super::merging::Expected;
use otor_protocol::ids::RecordId;
use otor_protocol::op::KindId;
use std::collections::{BTreeMap, BTreeSet};

/// The kind of reports.
const REPORT: KindId = KindId(3);

/// Reports of one matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Case {
    /// All of them, the first one first; one that is only named need not be there.
    pub reports: BTreeSet<RecordId>,
    /// How far the first one is, if that is there.
    pub status: Option<&'static str>,
    /// With which words it was closed.
    pub outcome: Option<String>,
}

/// The marks that stand: which report is marked as a double of which.
pub fn marks(records: &BTreeMap<RecordId, Expected>) -> BTreeMap<RecordId, RecordId> {
    let reports = records.iter().filter(|(_, record)| record.kind == REPORT);
    let marks = reports.filter_map(|(id, record)| Some((*id, duplicate_of(record)?)));
    marks.filter(|(id, of)| id != of).collect()
}

/// The cases that are more than one report.
pub fn cases(records: &BTreeMap<RecordId, Expected>) -> Vec<Case> {
    let mut groups: Vec<BTreeSet<RecordId>> = Vec::new();
    for (id, of) in marks(records) {
        let mut joined = BTreeSet::from([id, of]);
        groups.retain(|group| {
            let apart = group.is_disjoint(&joined);
            if !apart {
                joined.extend(group);
            }
            apart
        });
        groups.push(joined);
    }
    let first_of = |group: &BTreeSet<RecordId>| {
        let first = group.first().and_then(|first| records.get(first));
        first.filter(|first| first.kind == REPORT)
    };
    let case = |reports: BTreeSet<RecordId>| Case {
        status: first_of(&reports).and_then(Expected::status),
        outcome: first_of(&reports).and_then(outcome).map(str::to_owned),
        reports,
    };
    groups.into_iter().map(case).collect()
}

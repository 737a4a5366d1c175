//! What phones create is what a trace has them create, as many of each kind, and no more.

use crate::model::History;
use otor_protocol::catalogue::Catalogue;
use otor_protocol::op::Body;
use std::collections::{BTreeMap, BTreeSet};

/// One line for every kind of which the server has another number of records from phones than was `created`, by name.
pub fn created(created: &BTreeMap<String, u64>, history: &History) -> Vec<String> {
    let catalogue = Catalogue::built_in();
    let mut arrived: BTreeMap<String, u64> = BTreeMap::new();
    for (_, op) in history.ops().filter(|(_, op)| op.by_phone) {
        if let Some(Body::Create { kind, .. }) = op.decoded().map(|op| op.body) {
            let name = catalogue.kind(kind).map_or("?", |kind| kind.name);
            *arrived.entry(name.to_owned()).or_default() += 1;
        }
    }
    let kinds: BTreeSet<&String> = created.keys().chain(arrived.keys()).collect();
    let of = |counts: &BTreeMap<String, u64>, kind: &str| counts.get(kind).copied().unwrap_or(0);
    let unlike = kinds
        .into_iter()
        .map(|kind| (kind, of(created, kind), of(&arrived, kind)));
    unlike
        .filter(|(_, created, arrived)| created != arrived)
        .map(|(kind, created, arrived)| {
            format!("{created} records of kind {kind} were created, and {arrived} came")
        })
        .collect()
}

/// How many records were created, by whomever.
pub fn creations(history: &History) -> u64 {
    let creations = history
        .ops()
        .filter(|(_, op)| matches!(op.decoded().map(|op| op.body), Some(Body::Create { .. })));
    creations.count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_did_not_come_is_told() {
        let one = BTreeMap::from([("visit".to_owned(), 1)]);
        assert_eq!(
            created(&one, &History::default()),
            ["1 records of kind visit were created, and 0 came"]
        );
        assert!(created(&BTreeMap::new(), &History::default()).is_empty());
    }
}

//! Merged ranges over any layers equal the range of what they amount to.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::layer::{Layer, merged_get, merged_range};
use super::super::{RowKey, key_after};

type Rows = BTreeMap<RowKey, Option<Vec<u8>>>;

fn keys(len: std::ops::Range<usize>) -> impl Strategy<Value = RowKey> {
    prop::collection::vec(0u8..3, len).prop_map(RowKey::from)
}

fn rows() -> impl Strategy<Value = Rows> {
    prop::collection::btree_map(
        keys(1..4),
        prop::option::of(prop::collection::vec(any::<u8>(), 0..3)),
        0..25,
    )
}

proptest! {
    #[test]
    fn layers_read_as_what_they_amount_to(
        layers in prop::collection::vec(rows(), 0..4),
        below in rows(),
        from in keys(0..4),
        to in keys(0..4),
        limit in 0usize..30,
        page in 1usize..5,
    ) {
        let below: BTreeMap<RowKey, Vec<u8>> =
            below.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
        let mut amount = below.clone();
        for layer in layers.iter().rev() {
            for (key, value) in layer {
                match value {
                    Some(value) => amount.insert(key.clone(), value.clone()),
                    None => amount.remove(key),
                };
            }
        }
        let built: Vec<Layer> = layers.iter().map(|rows| {
            let mut layer = Layer::default();
            rows.iter().for_each(|(key, value)| layer.insert(key.clone(), value.clone().map(Into::into)));
            layer
        }).collect();
        let stack: Vec<&Layer> = built.iter().collect();
        // A table may be asked for few rows at a time; the merge must ask on.
        let mut asked = 0;
        let fetch = |from: &[u8], to: &[u8], limit: usize| {
            asked = asked.max(limit);
            let rows = below.range(RowKey::from(from)..RowKey::from(to)).take(limit);
            Ok(rows.map(|(key, value)| (key.clone(), value.clone())).collect())
        };
        let expected: Vec<_> = if from < to {
            amount.range(from.clone()..to.clone()).take(limit).map(|(k, v)| (k.clone(), v.clone())).collect()
        } else {
            Vec::new()
        };
        prop_assert_eq!(merged_range(&stack, fetch, &from, &to, limit).unwrap(), expected);
        prop_assert!(asked <= limit);
        let mut paged = Vec::new();
        let mut next = from.clone();
        loop {
            let fetch = |from: &[u8], to: &[u8], limit: usize| {
                let rows = below.range(RowKey::from(from)..RowKey::from(to)).take(limit);
                Ok(rows.map(|(key, value)| (key.clone(), value.clone())).collect())
            };
            let rows = merged_range(&stack, fetch, &next, &to, page).unwrap();
            let Some((last, _)) = rows.last() else { break };
            next = key_after(last);
            paged.extend(rows);
        }
        let all: Vec<_> = if from < to { amount.range(from..to).map(|(k, v)| (k.clone(), v.clone())).collect() } else { Vec::new() };
        prop_assert_eq!(paged, all);
        for key in amount.keys().chain(layers.iter().flat_map(|rows| rows.keys())) {
            let found = merged_get(stack.iter().copied(), key, || Ok(below.get(key).cloned())).unwrap();
            prop_assert_eq!(found.as_ref(), amount.get(key));
        }
    }

    #[test]
    fn bytes_are_counted_whatever_the_order(writes in prop::collection::vec(rows(), 1..6)) {
        let mut absorbed = Layer::default();
        let mut last = Rows::new();
        // What was replaced still stands beside what was not.
        let mut replaced = 0;
        for rows in &writes {
            let mut above = Layer::default();
            rows.iter().for_each(|(key, value)| above.insert(key.clone(), value.clone().map(Into::into)));
            absorbed.absorb(above);
            for (key, value) in rows {
                let before = last.insert(key.clone(), value.clone()).flatten();
                replaced += before.map_or(0, |value| value.len() as u64);
            }
        }
        let mut fresh = Layer::default();
        last.iter().for_each(|(key, value)| fresh.insert(key.clone(), value.clone().map(Into::into)));
        prop_assert_eq!(absorbed.bytes(), fresh.bytes() + replaced);
        prop_assert_eq!(absorbed.len(), last.len());
    }
}

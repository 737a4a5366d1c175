//! The durable state above the table: layers that whoever reads can hold still, while the committer goes on.

use super::layer::Layer;
use crossbeam_utils::sync::WaitGroup;
use std::sync::Arc;

/// Most layers that wait for a checkpoint before two of them are made one, whoever reads them.
const DIRTY_MAX: usize = 12;

/// Rows that a commit moves into layers further down, at least and for each that it changes: with every one of them there is
/// less to move.
const ROWS_MOVED_MIN: usize = 1_000;
const ROWS_MOVED_EACH: usize = 4;

/// Layers over the table. A clone is the state of its commit and stays that, whatever is published later; the table
/// keeps to it until all clones of its time are gone (see [`Layers::begin_draining`]).
#[derive(Clone, Default)]
pub(super) struct Layers {
    /// Persisted, not yet being checkpointed, the topmost last. One, unless somebody reads.
    dirty: Vec<Arc<Layer>>,
    /// Being checkpointed: while the table is between two states, all that differs is found here first.
    draining: Vec<Arc<Layer>>,
    /// Commit up to which entries are in these layers or the table.
    pub(super) published: u64,
    /// Held by all clones of one time. The last of the fields: it is let go when the layers are.
    readers: WaitGroup,
}

impl Layers {
    /// The state of a table at this commit, with nothing above it.
    pub(super) fn at(published: u64) -> Self {
        Self {
            published,
            ..Self::default()
        }
    }

    /// Lays the changes up to this commit on top. A layer that somebody reads stays as it is, and they lie above it; one
    /// that nobody reads any more takes in what lies above, some of it with every commit: all at once would hold one of
    /// them up, where much was published while somebody read.
    pub(super) fn publish(&mut self, changes: Layer, commit: u64) {
        let mut rows = changes.len() * ROWS_MOVED_EACH + ROWS_MOVED_MIN;
        let mut top = changes;
        while let Some(below) = self.dirty.pop() {
            let Ok(mut below) = Arc::try_unwrap(below).map_err(|read| self.dirty.push(read)) else {
                break;
            };
            let moved = top.len().min(rows);
            let rest = below.absorb_some(top, moved);
            rows -= moved;
            if rest.is_empty() {
                top = below;
            } else {
                self.dirty.push(Arc::new(below));
                top = rest;
                break;
            }
        }
        self.dirty.push(Arc::new(top));
        if self.dirty.len() > DIRTY_MAX {
            self.join_smallest();
        }
        self.published = commit;
    }

    /// Makes two neighbours one, whoever reads them, those that are copied soonest.
    fn join_smallest(&mut self) {
        let sizes = self.dirty.windows(2).map(|pair| pair[0].len() + pair[1].len());
        let Some((lower, _)) = sizes.enumerate().min_by_key(|(_, size)| *size) else {
            return;
        };
        let joined = Layer::merged(&self.dirty[lower..=lower + 1]);
        self.dirty.splice(lower..=lower + 1, [Arc::new(joined)]);
    }

    /// The layers, topmost first.
    pub(super) fn stack(&self) -> impl Iterator<Item = &Layer> {
        let layers = self.dirty.iter().rev().chain(self.draining.iter().rev());
        layers.map(|layer| &**layer)
    }

    /// Memory in bytes held by what the next checkpoint would write, about.
    pub(super) fn dirty_bytes(&self) -> u64 {
        bytes(&self.dirty)
    }

    /// The same with what is being checkpointed.
    pub(super) fn held_bytes(&self) -> u64 {
        bytes(&self.dirty) + bytes(&self.draining)
    }

    /// Sets what is dirty apart for the table, and returns it with those who read without knowing that: only when they
    /// have ended does everyone find it before looking into the table, and may the table be changed.
    pub(super) fn begin_draining(&mut self) -> (Vec<Arc<Layer>>, WaitGroup) {
        self.draining = std::mem::take(&mut self.dirty);
        (self.draining.clone(), std::mem::take(&mut self.readers))
    }

    /// The table holds what was set apart. Returned with those who still read it there.
    pub(super) fn end_draining(&mut self) -> (Vec<Arc<Layer>>, WaitGroup) {
        (
            std::mem::take(&mut self.draining),
            std::mem::take(&mut self.readers),
        )
    }
}

fn bytes(layers: &[Arc<Layer>]) -> u64 {
    layers.iter().map(|layer| layer.bytes()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::engine::layer::merged_get;
    use bytes::Bytes;

    fn changes(rows: &[(u8, u8)]) -> Layer {
        let mut layer = Layer::default();
        for (key, value) in rows {
            layer.insert(vec![*key], Some(vec![*value].into()));
        }
        layer
    }

    fn value(layers: &Layers, key: u8) -> Option<u8> {
        let found = merged_get(layers.stack(), &[key], || Ok(None)).unwrap();
        found.map(|bytes| bytes[0])
    }

    #[test]
    fn a_clone_stays_what_it_is_while_more_is_published() {
        let mut layers = Layers::at(7);
        let mut clones = vec![layers.clone()];
        for commit in 8..=60u8 {
            layers.publish(changes(&[(commit % 5, commit), (commit, commit)]), commit.into());
            clones.push(layers.clone());
        }
        assert!(layers.dirty.len() <= DIRTY_MAX);
        for clone in clones {
            for key in 0..=60 {
                let expected = match key {
                    0..5 => (8..=clone.published as u8).rev().find(|commit| commit % 5 == key),
                    _ => (8..=clone.published as u8).find(|commit| *commit == key),
                };
                assert_eq!(value(&clone, key), expected, "{key} at {}", clone.published);
            }
        }
    }

    #[test]
    fn what_nobody_reads_any_more_is_one_layer_again() {
        let mut layers = Layers::at(0);
        layers.publish(changes(&[(1, 1)]), 1);
        let reading = layers.clone();
        layers.publish(changes(&[(1, 2)]), 2);
        layers.publish(changes(&[(2, 3)]), 3);
        assert_eq!(layers.dirty.len(), 2);
        drop(reading);
        layers.publish(changes(&[(3, 4)]), 4);
        assert_eq!(layers.dirty.len(), 1);
        assert_eq!(
            [1, 2, 3].map(|key| value(&layers, key)),
            [Some(2), Some(3), Some(4)]
        );
        assert_eq!(layers.dirty_bytes(), layers.dirty[0].bytes());
    }

    #[test]
    fn what_was_published_while_somebody_read_moves_down_little_by_little() {
        let mut layers = Layers::at(0);
        layers.publish(changes(&[(0, 0)]), 1);
        let reading = layers.clone();
        let mut many = Layer::default();
        for key in 0..8_000u16 {
            many.insert(key.to_be_bytes().as_slice(), Some(vec![1].into()));
        }
        let bytes = many.bytes();
        layers.publish(many, 2);
        drop(reading);
        let mut upper = Vec::new();
        while layers.dirty.len() > 1 {
            upper.push(layers.dirty[1].len());
            layers.publish(changes(&[(0, upper.len() as u8)]), 2 + upper.len() as u64);
            assert_eq!(value(&layers, 0), Some(upper.len() as u8));
        }
        let steps = upper.windows(2).map(|pair| pair[0] - pair[1]);
        assert!(
            upper.len() > 4 && steps.max() <= Some(ROWS_MOVED_MIN + ROWS_MOVED_EACH),
            "{upper:?}"
        );
        assert_eq!(layers.dirty[0].len(), 8_001);
        assert!(layers.dirty_bytes() >= bytes);
    }

    #[test]
    fn a_value_that_another_replaced_counts_for_as_long_as_its_neighbours_are_held() {
        let mut layers = Layers::at(0);
        let both = Bytes::from(vec![7; 2_000]);
        let mut first = Layer::default();
        first.insert(vec![1], Some(both.slice(..1_000)));
        first.insert(vec![2], Some(both.slice(1_000..)));
        layers.publish(first, 1);
        let before = layers.dirty_bytes();
        layers.publish(changes(&[(1, 1)]), 2);
        assert_eq!(layers.dirty_bytes(), before + 1, "nothing but its byte is new");
    }

    #[test]
    fn values_apart_hold_no_memory_of_their_neighbours() {
        let both = Bytes::from(vec![7; 2_000]);
        let mut layer = Layer::default();
        layer.insert(vec![1], Some(both.slice(..1_000)));
        layer.insert(vec![2], Some(both.slice(1_000..)));
        let together = layer.clone();
        let apart = layer.apart();
        assert!(apart.rows().eq(together.rows()));
        drop(together);
        assert!(both.is_unique(), "nothing else holds it");
    }

    #[test]
    fn memory_is_given_back_in_portions() {
        let mut layer = Layer::default();
        for key in 0..9_000u16 {
            layer.insert(key.to_be_bytes().as_slice(), None);
        }
        let portions = std::cell::Cell::new(0);
        layer.give_back(&|| portions.set(portions.get() + 1));
        assert_eq!(portions.get(), 2);
    }
}

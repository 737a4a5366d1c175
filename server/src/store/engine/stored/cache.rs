//! Blocks that were read lately, unpacked, by key: what is read again costs neither sled nor unpacking.

use super::block::Block;
use crate::store::engine::view::RowKey;
use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

/// What a block takes in memory beyond its rows, about.
const OVERHEAD_BYTES: usize = 200;

/// A block with where it ends.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) block: Arc<Block>,
    /// The key of the next block; none if it is the last.
    pub(super) end: Option<Arc<[u8]>>,
}

/// Blocks by key, in the order in which they came.
#[derive(Debug)]
pub(super) struct Cache {
    blocks: BTreeMap<RowKey, Found>,
    order: VecDeque<RowKey>,
    bytes: usize,
    most_bytes: usize,
    /// Counts the changes of the table: what was read before one is not kept after it.
    changes: u64,
}

impl Cache {
    pub(super) fn new(most_bytes: usize) -> Self {
        Self {
            blocks: BTreeMap::new(),
            order: VecDeque::new(),
            bytes: 0,
            most_bytes,
            changes: 0,
        }
    }

    /// The block that holds `key`, if it is here.
    pub(super) fn find(&self, key: &[u8]) -> Option<Found> {
        self.holding(key).map(|(_, found)| found.clone())
    }

    /// The same with its own key.
    fn holding(&self, key: &[u8]) -> Option<(&RowKey, &Found)> {
        let upto = (Bound::Unbounded, Bound::Included(key));
        let last = self.blocks.range::<[u8], _>(upto).next_back();
        last.filter(|(_, found)| found.end.as_deref().is_none_or(|end| key < end))
    }

    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// Keeps a block, if the table has not changed since `changes` was told.
    pub(super) fn keep(&mut self, key: Vec<u8>, found: Found, changes: u64) {
        if self.changes != changes {
            return;
        }
        let key = RowKey::from_slice(&key);
        self.bytes += found.block.bytes() + OVERHEAD_BYTES;
        if let Some(old) = self.blocks.insert(key.clone(), found) {
            self.bytes -= old.block.bytes() + OVERHEAD_BYTES;
        } else {
            self.order.push_back(key);
        }
        while self.bytes > self.most_bytes {
            let Some(oldest) = self.order.pop_front() else {
                break;
            };
            self.drop_block(&oldest);
        }
    }

    /// The table changed: blocks under these keys are other ones now, or new, where the one before ends now, or gone.
    pub(super) fn change<'a>(&mut self, keys: impl Iterator<Item = &'a [u8]>) {
        self.changes += 1;
        for key in keys {
            if let Some((place, _)) = self.holding(key) {
                let place = place.clone();
                self.drop_block(&place);
            }
        }
        if self.order.len() > 2 * self.blocks.len() + 64 {
            let blocks = &self.blocks;
            self.order.retain(|key| blocks.contains_key(key));
        }
    }

    fn drop_block(&mut self, key: &[u8]) {
        if let Some(old) = self.blocks.remove(key) {
            self.bytes -= old.block.bytes() + OVERHEAD_BYTES;
        }
    }
}

//! In which order blocks are written, while readers go on.
//!
//! A row is looked for in the last block at or before its key. Where a block is parted, a part may be written only after
//! all those behind it that hold rows which were in it before: else these would be looked for in a block that does not
//! have them. Beyond that, neighbours are written in no order: in that of their keys sled leaves its own leaves half
//! empty, and parts and rewrites them more often, by which its file takes a tenth more; from further apart, too, because
//! more of them are in the middle of it at one time.

use crate::store::table::Write;
use std::mem;

/// How many neighbours are written in no order: about as many as a leaf of sled's holds.
const NEIGHBOURS: usize = 20;

/// Writes that wait for their turn, each with how many others of its block have to come before it.
#[derive(Default)]
pub(super) struct Turn {
    waiting: Vec<(usize, Write)>,
}

impl Turn {
    /// Adds the writes of one block. Hands on those that waited, when they are enough.
    pub(super) fn add<E>(
        &mut self,
        block: Vec<(usize, Write)>,
        out: &mut impl FnMut(Write) -> Result<(), E>,
    ) -> Result<(), E> {
        self.waiting.extend(block);
        match self.waiting.len() < NEIGHBOURS {
            true => Ok(()),
            false => self.end(out),
        }
    }

    /// Hands on all that wait.
    pub(super) fn end<E>(&mut self, out: &mut impl FnMut(Write) -> Result<(), E>) -> Result<(), E> {
        let mut waiting = mem::take(&mut self.waiting);
        waiting.sort_by_cached_key(|(before, (key, _))| (*before, crc32fast::hash(key)));
        waiting.into_iter().try_for_each(|(_, write)| out(write))
    }
}

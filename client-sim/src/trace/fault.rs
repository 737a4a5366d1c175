//! Faults that a trace may bring upon the server's machine and upon a phone's storage.

use serde::{Deserialize, Serialize};

/// A place on the way of a commit into the journal, and of a checkpoint into the table. The names come in pairs: before
/// something is done, and after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Point {
    /// Before entries are written to the journal.
    JournalWrite,
    /// After that.
    JournalWritten,
    /// Before the journal's fdatasync.
    JournalSync,
    /// After that, and before anyone is answered.
    JournalSynced,
    /// Before a part of the redo file is written: a checkpoint begins.
    RedoWrite,
    /// After that.
    RedoWritten,
    /// Before the redo file's fdatasync.
    RedoSync,
    /// After that; it does not have its name yet.
    RedoSynced,
    /// Before a batch is put into the table.
    TableWrite,
    /// After that.
    TableWritten,
    /// Before the table is flushed.
    TableFlush,
    /// After that; CHECKPOINT does not say so yet.
    TableFlushed,
    /// Before CHECKPOINT is replaced.
    MarkWrite,
    /// After that; the redo file is still there.
    MarkWritten,
    /// Before any operation on a disk at all, those of a start too.
    Any,
}

impl Point {
    /// All of them.
    pub const ALL: [Point; 15] = [
        Point::JournalWrite,
        Point::JournalWritten,
        Point::JournalSync,
        Point::JournalSynced,
        Point::RedoWrite,
        Point::RedoWritten,
        Point::RedoSync,
        Point::RedoSynced,
        Point::TableWrite,
        Point::TableWritten,
        Point::TableFlush,
        Point::TableFlushed,
        Point::MarkWrite,
        Point::MarkWritten,
        Point::Any,
    ];

    /// What traces call it.
    pub fn name(self) -> String {
        // A variant without content is written as text.
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(name)) => name,
            _ => format!("{self:?}"),
        }
    }
}

/// What a power cut takes of what was written and not flushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// All of it.
    All,
    /// Each file keeps a beginning, torn at any byte.
    Torn,
    /// Blocks in the middle may be missing, and names may have changed in any order.
    Reordered,
}

/// The server's end at a point of its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DieAt {
    /// Where.
    pub point: Point,
    /// How often it comes there from now on until it dies; 1 for the first time.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub time: u32,
    /// With the machine's power, which takes this of what was not flushed; absent: only the process dies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power: Option<Loss>,
}

fn first() -> u32 {
    1
}

fn is_first(time: &u32) -> bool {
    *time == 1
}

/// What befalls the server's disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiskFault {
    /// So many bytes can still be written, and then it is full.
    FullAfter(u64),
    /// There is room again.
    Roomy,
    /// Reads fail from now on.
    ReadsFail,
    /// They work again.
    ReadsWork,
    /// So many of the next flushes fail, and what they were to make durable is forgotten.
    SyncsFail(u32),
}

/// What befalls the table, the fold of the journal on disk. A server that runs is killed first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableFault {
    /// It is empty.
    Empty,
    /// Nothing: it is noted as it is, in place of an earlier time.
    Kept,
    /// It is again as it was when it was last noted.
    Old,
    /// Some of its rows are altered.
    Damaged,
}

/// What befalls a phone's storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StorageFault {
    /// The write of this number from now on fails, once; 1 is the next.
    WriteFails(u32),
    /// The flush of this number from now on fails, once.
    SyncFails(u32),
    /// Of the ops that it has not handed over the one of this number, counted round and round, is altered; 0 is the
    /// first. The process starts again.
    Damaged(u32),
}

//! What a table says of itself.

use super::damaged;
use crate::store::journal::DatabaseId;
use crate::store::table::{Table, TableError, Write};

/// The only key of its space.
const META: u8 = 0;

/// Version of how rows lie in the table, in the table and in the checkpoint.
pub(in super::super) const FORMAT_VERSION: u32 = 3;

const META_LEN: usize = 32;

/// The table's own record of what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Meta {
    pub(in super::super) database: DatabaseId,
    /// Entries up to this are folded into it.
    pub(in super::super) commit: u64,
    pub(in super::super) fold_version: u32,
    pub(in super::super) format_version: u32,
}

impl Meta {
    /// The write that leaves this in the table.
    pub(in super::super) fn write(&self) -> Write {
        let mut value = Vec::with_capacity(META_LEN);
        value.extend_from_slice(&self.database.0);
        value.extend_from_slice(&self.commit.to_le_bytes());
        value.extend_from_slice(&self.fold_version.to_le_bytes());
        value.extend_from_slice(&self.format_version.to_le_bytes());
        (vec![META], Some(value))
    }

    /// What the table has, if anything.
    pub(in super::super) fn read(table: &dyn Table) -> Result<Option<Self>, TableError> {
        let Some(value) = table.get(&[META])? else {
            return Ok(None);
        };
        let meta = Self::parse(&value).ok_or_else(|| damaged("its own record is altered"))?;
        Ok(Some(meta))
    }

    fn parse(value: &[u8]) -> Option<Self> {
        let (database, rest) = value.split_first_chunk::<16>()?;
        let (commit, rest) = rest.split_first_chunk::<8>()?;
        let (fold_version, rest) = rest.split_first_chunk::<4>()?;
        Some(Self {
            database: DatabaseId(*database),
            commit: u64::from_le_bytes(*commit),
            fold_version: u32::from_le_bytes(*fold_version),
            format_version: u32::from_le_bytes(rest.try_into().ok()?),
        })
    }
}

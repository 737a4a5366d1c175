//! A table altered behind its engine's back, as a fault of the medium would: for tests and simulations.

use super::layer::{Above, Layer};
use super::stored::Stored;
use super::view::{Row, RowKey, key_after_prefix};
use crate::store::table::{TableError, TableFactory, Write};

/// The rows of the state whose keys begin with `prefix`, in a table that nobody has open.
///
/// # Errors
/// [`TableError`] if the table cannot be read.
pub fn table_rows(tables: &dyn TableFactory, prefix: &[u8]) -> Result<Vec<Row>, TableError> {
    Stored::new(tables.open()?).range(prefix, &key_after_prefix(prefix), usize::MAX)
}

/// Sets the value of a row of the state, or removes the row, in a table that nobody has open.
///
/// # Errors
/// [`TableError`] if the table cannot be read or written.
pub fn alter_table_row(
    tables: &dyn TableFactory,
    key: &[u8],
    value: Option<Vec<u8>>,
) -> Result<(), TableError> {
    let stored = Stored::new(tables.open()?);
    let mut layer = Layer::default();
    layer.insert(RowKey::from_slice(key), value.map(Into::into));
    let mut writes: Vec<Write> = Vec::new();
    stored.writes_of(Above::all([&layer].into_iter()), |write| {
        writes.push(write);
        Ok::<(), TableError>(())
    })?;
    for batch in writes.chunks(crate::store::table::MAX_BATCH_LEN) {
        stored.apply(batch)?;
    }
    stored.table().flush()
}

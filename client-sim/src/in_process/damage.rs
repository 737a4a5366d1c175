//! Damage to the table of a server that does not run: a row of its state altered behind its back.

use anyhow::Context;
use otor_protocol::digest::Digest;
use otor_protocol::ids::{Lane, RecordId, ScopeId};
use otor_server::state::cell::RecordCell;
use otor_server::state::{StateError, audit, key, read};
use otor_server::store::engine::{RowKey, View, alter_table_row, table_rows};
use otor_server::store::table::TableFactory;

use super::LocalServer;

/// Most rows that are put right at once.
const MENDED_MAX: usize = 200;

/// Alters the row of a record in a table.
///
/// # Errors
/// If the table fails, or has no such row.
pub fn alter_record(
    tables: &dyn TableFactory,
    record: RecordId,
    alter: impl FnOnce(&mut Vec<u8>),
) -> anyhow::Result<()> {
    alter_row(tables, &key::record(record), alter)
}

fn alter_row(tables: &dyn TableFactory, key: &[u8], alter: impl FnOnce(&mut Vec<u8>)) -> anyhow::Result<()> {
    let rows = table_rows(tables, key)?;
    let found = rows.into_iter().find(|(place, _)| place.as_slice() == key);
    let (_, mut value) = found.context("no such row")?;
    alter(&mut value);
    Ok(alter_table_row(
        tables,
        key,
        (!value.is_empty()).then_some(value),
    )?)
}

fn look_at_all(view: &dyn View) -> Result<(), StateError> {
    view.range(&[], &[u8::MAX], usize::MAX)?;
    for (place, cell) in read::under::<RecordCell>(view, &key::records())? {
        let is_sound = match cell.record() {
            Ok(record) => audit::is_sound(view, record.id)?,
            Err(_) => false,
        };
        if !is_sound {
            return Err(StateError::Damaged { key: place });
        }
    }
    Ok(())
}

impl LocalServer {
    /// Stops it in order, alters the row of a record in its table (an emptied row goes), and starts it again.
    ///
    /// # Errors
    /// If it does not run, or there is no such row.
    pub fn damage_record(
        &mut self,
        record: RecordId,
        now_ms: i64,
        alter: impl FnOnce(&mut Vec<u8>),
    ) -> anyhow::Result<()> {
        self.damage(&key::record(record), now_ms, alter)
    }

    /// The same for the digest of a scope and lane: it becomes another.
    ///
    /// # Errors
    /// As [`LocalServer::damage_record`].
    pub fn damage_digest(&mut self, scope: ScopeId, lane: Lane, now_ms: i64) -> anyhow::Result<()> {
        let wrong = otor_protocol::wire::encode(&Digest(7));
        self.damage(&key::digest(scope, lane), now_ms, |row| {
            row.truncate(1);
            row.extend(wrong);
        })
    }

    /// The same for the newest piece of a feed: it is cut short.
    ///
    /// # Errors
    /// As [`LocalServer::damage_record`].
    pub fn damage_feed(&mut self, scope: ScopeId, lane: Lane, now_ms: i64) -> anyhow::Result<()> {
        let prefix = key::feeds(scope, lane);
        let rows = self
            .reader()?
            .snapshot()
            .range(&prefix, &key::end_of(&prefix), usize::MAX)?;
        let (place, _) = rows.last().context("an empty feed")?;
        self.damage(place, now_ms, |row| row.truncate(2))
    }

    /// Reads every row and looks at every record, as long as the table may be damaged, and has what is altered folded again, as the real
    /// server does when somebody asks for it.
    ///
    /// # Errors
    /// If it does not run, or cannot be mended.
    pub(super) fn mend_table(&mut self, now_ms: i64) -> anyhow::Result<()> {
        for _ in 0..MENDED_MAX {
            if !self.troubles.table {
                break;
            }
            self.start(now_ms)?;
            let reader = self.reader()?;
            let key = match look_at_all(&reader.snapshot()) {
                Ok(()) => break,
                Err(StateError::Damaged { key }) => key,
                // A row that cannot be read at all is none that can be put right alone.
                Err(StateError::View(_)) => RowKey::new(),
            };
            if let Some(running) = &mut self.running {
                // Why it failed shows as the reason the path has stopped; the table is folded again then.
                let _ = running.path.mend(&key);
            }
            self.see_to_end(None);
        }
        Ok(())
    }

    fn damage(&mut self, key: &[u8], now_ms: i64, alter: impl FnOnce(&mut Vec<u8>)) -> anyhow::Result<()> {
        self.checkpoint()?;
        self.kill();
        alter_row(&self.tables, key, alter)?;
        self.start(now_ms)
    }
}

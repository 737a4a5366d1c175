//! SQLite: a transaction a request, durable when it is committed.

use crate::exchange::{Op, Reply, Request};
use anyhow::Context;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde_json::{Map, Value, json};
use std::path::Path;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS phones (token TEXT PRIMARY KEY, area TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS records (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, area TEXT NOT NULL, author TEXT NOT NULL,
    at INTEGER NOT NULL, changed INTEGER NOT NULL, body TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS changes ON records (area, changed);
CREATE TABLE IF NOT EXISTS counter (last INTEGER NOT NULL);
INSERT INTO counter SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM counter);
";

/// The database.
pub struct Store(Connection);

impl Store {
    /// Opens it, or makes it.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.execute_batch(SCHEMA)?;
        connection.set_prepared_statement_cache_capacity(32);
        Ok(Store(connection))
    }

    /// Adds phones: their tokens and grids.
    pub fn add_phones(&mut self, phones: &[(String, String)]) -> anyhow::Result<()> {
        let transaction = self.0.transaction()?;
        for (token, area) in phones {
            let insert = "INSERT OR REPLACE INTO phones VALUES (?1, ?2)";
            transaction.prepare_cached(insert)?.execute([token, area])?;
        }
        Ok(transaction.commit()?)
    }

    /// How many records there are.
    pub fn records(&mut self) -> anyhow::Result<i64> {
        Ok(self
            .0
            .query_row("SELECT count(*) FROM records", [], |row| row.get(0))?)
    }

    /// One exchange, in one transaction.
    pub fn exchange(&mut self, request: &Request) -> anyhow::Result<Reply> {
        let transaction = self.0.transaction()?;
        let area: Option<String> = transaction
            .prepare_cached("SELECT area FROM phones WHERE token = ?1")?
            .query_row([&request.token], |row| row.get(0))
            .optional()?;
        let area = area.context("an unknown token")?;
        let last: i64 = transaction
            .prepare_cached("UPDATE counter SET last = last + 1 RETURNING last")?
            .query_row([], |row| row.get(0))?;
        for op in &request.ops {
            store(&transaction, &request.token, last, op)?;
        }
        let records = changes(&transaction, &area, request)?;
        transaction.commit()?;
        Ok(Reply {
            stored: request.ops.len(),
            cursor: last,
            records,
        })
    }
}

fn store(transaction: &Transaction, author: &str, changed: i64, op: &Op) -> anyhow::Result<()> {
    if let Some(kind) = &op.kind {
        let insert = "INSERT INTO records VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING";
        transaction.prepare_cached(insert)?.execute(params![
            op.record,
            kind,
            op.area,
            author,
            op.at,
            changed,
            serde_json::to_string(&op.fields)?
        ])?;
        return Ok(());
    }
    let found: Option<(String, i64)> = transaction
        .prepare_cached("SELECT body, at FROM records WHERE id = ?1")?
        .query_row([&op.record], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (body, at) = found.context("an unknown record")?;
    if at <= op.at {
        let mut fields: Map<String, Value> = serde_json::from_str(&body)?;
        fields.extend(op.fields.clone());
        let update = "UPDATE records SET body = ?2, at = ?3, changed = ?4 WHERE id = ?1";
        transaction.prepare_cached(update)?.execute(params![
            op.record,
            serde_json::to_string(&fields)?,
            op.at,
            changed
        ])?;
    }
    Ok(())
}

fn changes(transaction: &Transaction, area: &str, request: &Request) -> anyhow::Result<Vec<Value>> {
    let select =
        "SELECT id, kind, author, at, body FROM records WHERE area = ?1 AND changed > ?2 AND author <> ?3";
    let mut statement = transaction.prepare_cached(select)?;
    let mut rows = statement.query(params![area, request.cursor, request.token])?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, kind, author): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (at, body): (i64, String) = (row.get(3)?, row.get(4)?);
        let fields: Value = serde_json::from_str(&body)?;
        records.push(
            json!({"record": id, "kind": kind, "author": author, "area": area, "at": at, "fields": fields}),
        );
    }
    Ok(records)
}

//! Accounts beside the first one, at a server in this process, and records that other systems have.

use super::{LocalCentre, LocalServer};
use crate::trace::{Account, Create};
use otor_protocol::ids::{PersonId, RecordId};
use otor_server::decide::admin::account::{self, NewAccount};
use otor_server::decide::admin::bring::{self, RecordRow};
use otor_server::decide::admin::record::NewRecord;
use otor_server::decide::admin::{token_hash, token_text};
use otor_server::state::cell::Role;
use otor_server::state::rules::HouseholdCell;
use otor_server::state::{key, read};

/// What became of rows that were brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Brought {
    /// How many of them, from the first, were dealt with: the rest has to be brought again.
    pub taken: usize,
    /// How many added or changed something.
    pub changed: u64,
    /// How many said what was so already.
    pub unchanged: u64,
    /// Which were declined, or not taken whole.
    pub declined: Vec<usize>,
}

impl LocalServer {
    /// The account that a token opens, by its name; none if it opens nothing.
    ///
    /// # Errors
    /// If it does not run, or cannot read.
    pub fn opened_by(&self, token: &str) -> anyhow::Result<Option<String>> {
        let reader = self.reader()?;
        let view = reader.snapshot();
        let Some(id) = read::get::<PersonId>(&view, &key::token(&token_hash(token)))? else {
            return Ok(None);
        };
        let person = read::person(&view, id)?;
        let open = person.filter(|person| matches!(&person.role, Role::Account(cell) if !cell.revoked));
        Ok(open.map(|person| person.code))
    }

    /// A token that nobody has.
    pub fn fresh_token(&mut self) -> String {
        token_text(&self.random_bytes())
    }

    /// Lets an account act instead of the first one, or the first one again.
    pub fn act_as(&mut self, account: Option<String>) {
        self.acting = account;
    }

    /// The record that was brought of another system's, if one was.
    ///
    /// # Errors
    /// If it does not run, or cannot read.
    pub fn brought(&self, row: &Create) -> anyhow::Result<Option<RecordId>> {
        let reader = self.reader()?;
        let view = reader.snapshot();
        let text = |name: &str| row.fields.get(name).and_then(serde_json::Value::as_str);
        Ok(match row.kind.as_str() {
            "household" => {
                let place = key::household(text("code").unwrap_or_default());
                read::get::<HouseholdCell>(&view, &place)?.and_then(|cell| cell.record)
            }
            _ => {
                let number = text("external_id").unwrap_or_default();
                read::get(&view, &key::source(text("channel").unwrap_or_default(), number))?
            }
        })
    }
}

impl LocalCentre<'_> {
    /// Makes an account, which this token opens.
    ///
    /// # Errors
    /// If it is declined, or the server does not answer.
    pub fn make_account(&mut self, made: &Account, token: &str) -> anyhow::Result<()> {
        let hash = token_hash(token);
        let request = NewAccount {
            name: made.account.clone(),
            level: made.level.clone(),
            area: Some(made.area.clone()),
        };
        self.act(move |desk, first| account::create(desk, first, &request, hash))?;
        Ok(())
    }

    /// Closes an account.
    ///
    /// # Errors
    /// If it is declined, or the server does not answer.
    pub fn close_account(&mut self, name: &str) -> anyhow::Result<()> {
        let name = name.to_owned();
        self.act(move |desk, first| account::revoke(desk, first, &name))?;
        Ok(())
    }

    /// Brings the first of these rows, as many as one commit takes.
    ///
    /// # Errors
    /// If it is declined, or the server does not answer.
    pub fn bring(&mut self, rows: &[Create]) -> anyhow::Result<Brought> {
        let rows: Vec<RecordRow> = (0..)
            .zip(rows)
            .map(|(row, record)| RecordRow {
                row,
                record: NewRecord {
                    kind: record.kind.clone(),
                    area: record.area.clone().unwrap_or_default(),
                    fields: record.fields.clone().into_iter().collect(),
                },
            })
            .collect();
        let answer = self.act(move |desk, first| bring::import(desk, first, &rows))?;
        Ok(Brought {
            taken: answer.taken,
            changed: answer.imported,
            unchanged: answer.unchanged,
            // A row's number is its place here.
            declined: answer.errors.iter().map(|error| error.row as usize).collect(),
        })
    }
}

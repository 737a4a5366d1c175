//! Accounts beside the first one, and records that other systems have: the steps, and what has to be so of both at the end.

use super::World;
use super::replay::Run;
use crate::in_process::{LocalCentre, LocalServer};
use crate::replay::acts;
use crate::replay::centre::Row;
use crate::trace::{Account, AdminAct, By, Create, Import};
use anyhow::{Context, bail, ensure};
use otor_protocol::ids::RecordId;
use std::collections::BTreeMap;

/// Whether a token has to open its account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opens {
    Yes,
    No,
    /// The server died over it: either is right.
    Perhaps,
}

#[derive(Clone, Debug)]
struct Made {
    token: String,
    area: String,
    opens: Opens,
}

/// What a server has to know.
#[derive(Clone, Debug, Default)]
struct Known {
    /// Accounts by name.
    accounts: BTreeMap<String, Made>,
    /// Records of other systems: what each is known again by, and which it is.
    brought: BTreeMap<String, (Create, RecordId)>,
}

/// The accounts and imports of a run.
#[derive(Debug, Default)]
pub(super) struct Office {
    now: Known,
    /// The same when the server was backed up: what it knows once it has come back from there.
    then: Option<Known>,
}

impl Office {
    /// The server is backed up.
    pub fn backed_up(&mut self) {
        self.then = Some(self.now.clone());
    }

    /// The server came back from its backup.
    pub fn restored(&mut self) {
        self.now = self.then.clone().unwrap_or_default();
    }

    /// The token of each account that was made.
    pub fn tokens(&self) -> BTreeMap<String, String> {
        let accounts = self.now.accounts.iter();
        accounts
            .map(|(name, made)| (name.clone(), made.token.clone()))
            .collect()
    }

    /// What is not so at the end, a line each. `rows` are the merged records.
    pub fn broken(&self, server: &LocalServer, rows: &[Row]) -> anyhow::Result<Vec<String>> {
        let mut found = Vec::new();
        for (name, made) in &self.now.accounts {
            let opened = server.opened_by(&made.token)?;
            let is_right = match opened.as_deref() {
                Some(other) => other == name && made.opens != Opens::No,
                None => made.opens != Opens::Yes,
            };
            if !is_right {
                found.push(format!(
                    "the token of {name} opens {opened:?}, and should it: {:?}",
                    made.opens
                ));
            }
        }
        for (source, (row, id)) in &self.now.brought {
            let is = server.brought(row)?;
            if is != Some(*id) || rows.iter().all(|row| row.id != *id) {
                found.push(format!("{source} was brought as {id}, and is {is:?}"));
            }
        }
        let mut seen: BTreeMap<String, RecordId> = BTreeMap::new();
        for row in rows {
            let text = |name: &str| row.fields.get(name).and_then(|value| value.as_str());
            let Some(source) = source(&row.kind, text) else {
                continue;
            };
            if self.now.brought.contains_key(&source)
                && let Some(before) = seen.insert(source.clone(), row.id)
            {
                found.push(format!("{source} is there twice: {before} and {}", row.id));
            }
        }
        Ok(found)
    }
}

/// What a record of another system is known again by.
fn source<'a>(kind: &str, text: impl Fn(&str) -> Option<&'a str>) -> Option<String> {
    match kind {
        "report" => Some(format!("report {} of {}", text("external_id")?, text("channel")?)),
        "household" => Some(format!("household {}", text("code")?)),
        _ => None,
    }
}

impl Run {
    /// An act of accounts, or an import.
    pub(super) fn in_office(&mut self, act: &AdminAct) -> anyhow::Result<()> {
        match act {
            AdminAct::Account(account) => self.make_account(account),
            AdminAct::CloseAccount(name) => self.close_account(name),
            AdminAct::By(by) => self.by_account(by),
            AdminAct::Import(import) => self.import(import),
            other => bail!("{other:?} is nothing of an office"),
        }
    }

    fn make_account(&mut self, account: &Account) -> anyhow::Result<()> {
        let token = self.world.server.fresh_token();
        let done = self.centre().make_account(account, &token);
        let opens = match (&done, self.world.server.is_running()) {
            (Ok(()), _) => Opens::Yes,
            (Err(_), false) => Opens::Perhaps,
            (Err(_), true) => Opens::No,
        };
        let area = account.area.clone();
        let made = Made { token, area, opens };
        self.office.now.accounts.insert(account.account.clone(), made);
        done
    }

    fn close_account(&mut self, name: &str) -> anyhow::Result<()> {
        let done = self.centre().close_account(name);
        let is_running = self.world.server.is_running();
        if let Some(made) = self.office.now.accounts.get_mut(name) {
            made.opens = match (&done, is_running) {
                (Ok(()), _) => Opens::No,
                (Err(_), false) if made.opens == Opens::Yes => Opens::Perhaps,
                (Err(_), _) => made.opens,
            };
        }
        done
    }

    /// As over the API: the token says who acts.
    fn by_account(&mut self, by: &By) -> anyhow::Result<()> {
        let made = self.office.now.accounts.get(&by.account);
        let made = made
            .with_context(|| format!("{} was never made", by.account))?
            .clone();
        let opened = self.world.server.opened_by(&made.token)?;
        if opened.is_none() {
            self.world.coverage.hit("account.closed");
        }
        let name = opened.context("its token opens nothing")?;
        let now_ms = self.world.now_ms();
        let World { server, book, .. } = &mut self.world;
        server.act_as(Some(name));
        let before = book.made_so_far();
        let done = acts::at_centre(book, &mut LocalCentre { server, now_ms }, &by.act, |_| None);
        server.act_as(None);
        self.others.extend(book.made_since(before));
        if let AdminAct::Create(create) = by.act.as_ref() {
            let is_inside = create
                .area
                .as_deref()
                .is_some_and(|area| area.starts_with(&made.area));
            if done.is_ok() && !is_inside {
                let line = format!("{} wrote outside of {}", by.account, made.area);
                self.failures.push(line);
            }
            if done.is_err() && !is_inside {
                self.world.coverage.hit("account.outside");
            }
        }
        done
    }

    /// Row by row until all have been dealt with, as a client does.
    fn import(&mut self, import: &Import) -> anyhow::Result<()> {
        let mut rest = import.rows.as_slice();
        while !rest.is_empty() {
            let brought = self.centre().bring(rest)?;
            self.world.coverage.add("import.changed", brought.changed);
            self.world.coverage.add("import.unchanged", brought.unchanged);
            self.world
                .coverage
                .add("import.declined", brought.declined.len() as u64);
            ensure!(brought.taken > 0, "nothing of the file is taken");
            let (taken, later) = rest.split_at(brought.taken.min(rest.len()));
            for row in taken {
                self.note_brought(row)?;
            }
            rest = later;
        }
        Ok(())
    }

    fn note_brought(&mut self, row: &Create) -> anyhow::Result<()> {
        let text = |name: &str| row.fields.get(name).and_then(|value| value.as_str());
        let (Some(source), Some(id)) = (source(&row.kind, text), self.world.server.brought(row)?) else {
            return Ok(());
        };
        self.world.book.note_record(&row.record, &row.kind, id);
        self.others.insert(id);
        if let Some((_, before)) = self.office.now.brought.insert(source.clone(), (row.clone(), id))
            && before != id
        {
            self.failures
                .push(format!("{source} was {before}, and is brought as {id}"));
        }
        Ok(())
    }
}

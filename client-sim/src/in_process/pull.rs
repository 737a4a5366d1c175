//! Pulls from a server in this process: its own pages, one view after the other.

use super::LocalServer;
use crate::model::figures::Tree;
use crate::replay::centre::Row;
use crate::replay::pulls::{Mark, Opened, PulledRow, PulledState, Source};
use crate::trace;
use anyhow::{Context, bail, ensure};
use otor_protocol::catalogue::Catalogue;
use otor_protocol::ids::{Position, RecordId};
use otor_server::decide::admin::account::{is_desk, looks_on};
use otor_server::decide::admin::seen_of;
use otor_server::decide::admin::start::FIRST_ACCOUNT;
use otor_server::service::pull::{BadCursor, Pull, PullFilter, page};
use otor_server::service::row::{self, RowState};
use otor_server::state::read;
use std::collections::BTreeMap;

/// A pull on its way out.
pub struct LocalBody {
    pull: Pull,
    after: Option<Position>,
    /// How often the server had been started: with its process the body breaks off.
    starts: u64,
}

/// Accounts at a server in this process that pull, at one moment.
pub struct LocalSource<'a> {
    server: &'a LocalServer,
    tokens: &'a BTreeMap<String, String>,
    tree: Option<Tree>,
}

impl<'a> LocalSource<'a> {
    /// Of this server; each account that was made beside the first one shows its token.
    pub fn new(server: &'a LocalServer, tokens: &'a BTreeMap<String, String>) -> Self {
        LocalSource {
            server,
            tokens,
            tree: None,
        }
    }

    /// What an account is called at the server.
    fn opened(&self, name: Option<&str>) -> anyhow::Result<String> {
        let Some(name) = name else {
            return Ok(FIRST_ACCOUNT.to_owned());
        };
        let token = self
            .tokens
            .get(name)
            .with_context(|| format!("{name} was never made"))?;
        let opened = self.server.opened_by(token)?;
        opened.context("its token opens nothing")
    }
}

/// A row as a replay looks at it.
pub(super) fn shown(id: RecordId, row: row::Row) -> Row {
    Row {
        id,
        kind: row.kind,
        area: row.area,
        created_by: row.created_by,
        commit: row.commit,
        fields: row.fields,
        conflicts: row.conflicts,
        merge_conflicts: row.merge_conflicts.len(),
        time_uncertain: row.uncertain,
        state: None,
    }
}

impl Source for LocalSource<'_> {
    type Body = LocalBody;

    fn begin(
        &mut self,
        asked: &trace::Pull,
        cursor: Option<&str>,
    ) -> anyhow::Result<Option<Opened<LocalBody>>> {
        let name = self.opened(asked.account.as_deref())?;
        let reader = self.server.reader()?;
        let view = reader.snapshot();
        let account = read::person_by_code(&view, &name)?.context("there is no such account")?;
        ensure!(
            !is_desk(&account) && !looks_on(&account),
            "this account sees no records"
        );
        let area = asked.area.as_deref().map(str::parse).transpose()?;
        let area = seen_of(&account, area).context("that lies outside the area of this account")?;
        let kind = match &asked.kind {
            Some(name) => Some(
                Catalogue::built_in()
                    .kind_named(name)
                    .context("there is no such kind")?
                    .id,
            ),
            None => None,
        };
        let place = area.as_ref().map(ToString::to_string);
        let filter = PullFilter {
            kind,
            area,
            ..PullFilter::default()
        };
        let pull = match Pull::begin(&view, view.published(), filter, cursor)? {
            Ok(pull) => pull,
            Err(BadCursor::OtherHistory) => return Ok(None),
            Err(bad) => bail!(bad),
        };
        let next = pull.next_cursor();
        Ok(Some(Opened {
            cursor: next.encode(),
            mark: Some(Mark {
                incarnation: next.incarnation,
                commit: next.commit,
            }),
            place,
            body: LocalBody {
                after: Some(pull.start()),
                pull,
                starts: self.server.starts(),
            },
        }))
    }

    fn more(&mut self, body: &mut LocalBody) -> anyhow::Result<Vec<PulledRow>> {
        let reader = self.server.reader()?;
        ensure!(body.starts == self.server.starts(), "the body broke off");
        // As for all rows: with names for what only phones of a newer version write.
        let catalogue = Catalogue::built_in();
        while let Some(after) = body.after {
            let page = page(&reader.snapshot(), &catalogue, &body.pull, after)?;
            body.after = page.next;
            if !page.rows.is_empty() {
                return page.rows.into_iter().map(pulled).collect();
            }
        }
        Ok(Vec::new())
    }

    fn lies_in(&mut self, code: &str, area: &str) -> anyhow::Result<bool> {
        if self.tree.is_none() {
            self.tree = Some(Tree::of(&self.server.history()?));
        }
        Ok(self.tree.as_ref().is_some_and(|tree| tree.lies_in(code, area)))
    }

    fn may(&self, account: Option<&str>) -> bool {
        self.opened(account).is_ok()
    }
}

fn pulled(row: row::Row) -> anyhow::Result<PulledRow> {
    let state = match row.state {
        RowState::Live => PulledState::Live,
        RowState::Left => PulledState::Left,
        RowState::Erased => PulledState::Erased,
    };
    let id = row.id.parse()?;
    Ok(PulledRow {
        row: shown(id, row),
        state,
    })
}

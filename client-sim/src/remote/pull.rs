//! Pulls from a real server: bodies of `GET /api/v1/pull`, read on from step to step.

use super::api::escape;
use super::centre::{HttpCentre, PulledRow as Wire};
use super::runner::Runner;
use crate::replay::centre::{Centre, Row};
use crate::replay::coverage::Coverage;
use crate::replay::pulls::{Opened, PulledRow, PulledState, Source};
use crate::trace::Pull;
use anyhow::{Context, bail, ensure};
use otor_protocol::ids::RecordId;
use otor_protocol::lifecycle::OF_OTHER_REPORTS;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use ureq::BodyReader;

/// How many rows are taken at a time: as many as a server reads for a page.
const ROWS_AT_A_TIME: usize = 64;
/// How many reports are listed at a time.
const ROWS_LISTED: usize = 1_000;
/// The header with the cursor for the next pull.
const CURSOR_HEADER: &str = "otor-next-cursor";

/// The body of a pull, as far as it has not been read.
pub struct HttpBody {
    lines: BufReader<BodyReader<'static>>,
}

impl Source for HttpCentre {
    type Body = HttpBody;

    fn begin(&mut self, asked: &Pull, cursor: Option<&str>) -> anyhow::Result<Option<Opened<HttpBody>>> {
        ensure!(
            asked.account.is_none(),
            "only the first account pulls over the API"
        );
        let mut path = "pull?format=ndjson".to_owned();
        let given = [
            ("cursor", cursor),
            ("kind", asked.kind.as_deref()),
            ("area", asked.area.as_deref()),
        ];
        for (name, value) in given {
            if let Some(value) = value {
                path.push_str(&format!("&{name}={}", escape(value)));
            }
        }
        let response = match self.api.open(&path) {
            Err(error) if cursor.is_some() && error.root_cause().to_string().ends_with("(409)") => {
                return Ok(None);
            }
            answer => answer?,
        };
        let next = response.headers().get(CURSOR_HEADER).context("no cursor")?;
        let cursor = next.to_str()?.to_owned();
        let body = response.into_body().into_with_config().limit(u64::MAX).reader();
        Ok(Some(Opened {
            body: HttpBody {
                lines: BufReader::new(body),
            },
            cursor,
            mark: None,
            place: asked.area.clone(),
        }))
    }

    fn more(&mut self, body: &mut HttpBody) -> anyhow::Result<Vec<PulledRow>> {
        let mut rows = Vec::new();
        let mut line = String::new();
        while rows.len() < ROWS_AT_A_TIME {
            line.clear();
            if body.lines.read_line(&mut line).context("the pull broke off")? == 0 {
                break;
            }
            rows.push(pulled(serde_json::from_str(&line)?)?);
        }
        Ok(rows)
    }

    fn lies_in(&mut self, code: &str, area: &str) -> anyhow::Result<bool> {
        // What an area took over the API does not say, but which records it has.
        let rows = self.rows_in(area)?;
        Ok(rows.iter().any(|row| row.area == code))
    }

    fn may(&self, account: Option<&str>) -> bool {
        account.is_none()
    }
}

fn pulled(row: Wire) -> anyhow::Result<PulledRow> {
    let state = match row.state.as_str() {
        "live" => PulledState::Live,
        "left" => PulledState::Left,
        "erased" => PulledState::Erased,
        other => bail!("a row's state {other:?}"),
    };
    Ok(PulledRow {
        row: row.row()?,
        state,
    })
}

/// A page of a list of records, as far as it is looked at.
#[derive(Deserialize)]
struct Page {
    records: Vec<Listed>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Listed {
    id: String,
    fields: Map<String, Value>,
}

impl HttpCentre {
    /// Everything that a pull gives, or what a filter (such as `&area=…`) leaves of it.
    pub(super) fn pull_rows(&self, filter: &str) -> anyhow::Result<Vec<Row>> {
        let mut response = self.api.open(&format!("pull?format=ndjson{filter}"))?;
        let body = response.body_mut().with_config().limit(u64::MAX).reader();
        let mut rows = Vec::new();
        for line in BufReader::new(body).lines() {
            let row: Wire = serde_json::from_str(&line.context("the pull broke off")?)?;
            ensure!(row.state != "left", "record {} left the whole tree", row.id);
            rows.push(row.row()?);
        }
        Ok(rows)
    }

    /// The same, with what pulled rows leave out: which case a report belongs to, as the list of reports says.
    pub(super) fn merged_rows(&self, filter: &str) -> anyhow::Result<Vec<Row>> {
        let mut rows = self.pull_rows(filter)?;
        let reports = rows.iter_mut().filter(|row| row.kind == "report");
        let mut reports: BTreeMap<RecordId, &mut Row> = reports.map(|row| (row.id, row)).collect();
        let mut after = (!reports.is_empty()).then(String::new);
        while let Some(from) = after {
            let answer = self
                .api
                .get(&format!("records?kind=report&limit={ROWS_LISTED}{filter}{from}"))?;
            let page: Page = serde_json::from_value(answer)?;
            for listed in page.records {
                let Some(row) = reports.get_mut(&listed.id.parse()?) else {
                    continue;
                };
                let told = listed.fields.into_iter();
                let of_others = told.filter(|(name, _)| OF_OTHER_REPORTS.contains(&name.as_str()));
                row.fields.extend(of_others);
            }
            after = page.next.map(|next| format!("&after={}", escape(&next)));
        }
        Ok(rows)
    }
}

impl Runner {
    pub(super) fn pull(&mut self, asked: &Pull) -> anyhow::Result<()> {
        self.pulls.pull(asked, &mut self.centre, &mut Coverage::default())
    }

    /// Everybody pulls once more: what does not hold, a line each.
    pub(super) fn conclude_pulls(&mut self) -> anyhow::Result<Vec<String>> {
        let rows = self.centre.rows()?;
        self.pulls
            .conclude(&rows, &mut self.centre, &mut Coverage::default())
    }
}

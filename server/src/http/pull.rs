//! `/api/v1/pull`: everything changed since a cursor, streamed page by page.

use super::app::App;
use super::auth::Caller;
use super::courteous::Courtesy;
use super::problem::Problem;
use super::records::{kind_named, visible_area};
use super::resource;
use super::words::language_named;
use crate::service::export::{BYTE_ORDER_MARK, Columns};
use crate::service::pull::{self, Pull, PullFilter, PullPage};
use crate::service::time::read_rfc3339;
use crate::service::wording::in_words;
use actix_web::HttpResponse;
use actix_web::web::{self, Bytes, Data, Query, ServiceConfig};
use futures_util::stream::unfold;
use otor_protocol::ids::Position;
use otor_protocol::words::Words;
use serde::Deserialize;
use std::sync::Arc;

/// Name of the header with the cursor for the next pull.
const CURSOR_HEADER: &str = "otor-next-cursor";

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(resource("/api/v1/pull").route(web::get().to(stream)));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PullQuery {
    cursor: Option<String>,
    kind: Option<String>,
    area: Option<String>,
    since: Option<String>,
    until: Option<String>,
    format: Option<Format>,
    lang: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    Ndjson,
    Csv,
}

/// How rows are written.
enum Writer {
    Ndjson(Option<Words>),
    Csv(Columns),
}

impl Writer {
    fn of(query: &PullQuery, app: &App) -> Result<Self, Problem> {
        let words = match &query.lang {
            Some(lang) => Some(Words::with_own(language_named(lang)?, &[], &app.words)),
            None => None,
        };
        match query.format.unwrap_or(Format::Ndjson) {
            Format::Ndjson => Ok(Writer::Ndjson(words)),
            Format::Csv => {
                let kind = query
                    .kind
                    .as_deref()
                    .and_then(|kind| app.catalogue.kind_named(kind));
                let needed = || Problem::invalid("CSV has the columns of one kind: kind is needed");
                Ok(Writer::Csv(Columns::of(kind.ok_or_else(needed)?, words)))
            }
        }
    }

    fn content_type(&self) -> &'static str {
        match self {
            Writer::Ndjson(_) => "application/x-ndjson",
            Writer::Csv(_) => "text/csv; charset=utf-8",
        }
    }

    fn head(&self) -> Vec<u8> {
        match self {
            Writer::Ndjson(_) => Vec::new(),
            Writer::Csv(columns) => [BYTE_ORDER_MARK.as_bytes(), &columns.header()].concat(),
        }
    }

    fn page(&self, page: &PullPage) -> Vec<u8> {
        let mut bytes = Vec::new();
        for row in &page.rows {
            match self {
                Writer::Csv(columns) => bytes.extend(columns.line(row)),
                Writer::Ndjson(None) => {
                    // A row is plain data with text for keys: it always has a JSON form.
                    bytes.extend(serde_json::to_vec(row).expect("a row is plain data"));
                    bytes.push(b'\n');
                }
                Writer::Ndjson(Some(words)) => {
                    bytes.extend(in_words(row, words).to_string().into_bytes());
                    bytes.push(b'\n');
                }
            }
        }
        bytes
    }
}

/// A pull on its way out: it holds nothing between two pages but where it stands.
struct Streaming {
    app: App,
    pull: Arc<Pull>,
    writer: Arc<Writer>,
    head: Vec<u8>,
    after: Option<Position>,
}

impl Streaming {
    /// The next piece of the body; none at the end. Pages without a row are passed over.
    async fn next(mut self) -> Option<(Result<Bytes, Problem>, Self)> {
        let mut bytes = std::mem::take(&mut self.head);
        while bytes.is_empty() {
            let after = self.after?;
            let (pull, catalogue) = (Arc::clone(&self.pull), Arc::clone(&self.app.catalogue));
            let (reader, writer) = (self.app.reader.clone(), Arc::clone(&self.writer));
            let page = self.app.make_piece(move || {
                let snapshot = reader.snapshot();
                let page = pull::page(&Courtesy::begin().over(&snapshot), &catalogue, &pull, after)?;
                drop(snapshot);
                Ok((page.next, writer.page(&page)))
            });
            match page.await {
                Ok((next, written)) => {
                    self.after = next;
                    bytes = written;
                }
                // The body ends without its last chunk, so the other side sees that it is not complete.
                Err(problem) => {
                    self.after = None;
                    return Some((Err(problem), self));
                }
            }
        }
        Some((Ok(Bytes::from(bytes)), self))
    }
}

async fn stream(app: Data<App>, caller: Caller, query: Query<PullQuery>) -> Result<HttpResponse, Problem> {
    let filter = PullFilter {
        kind: kind_named(&app.catalogue, query.kind.as_deref())?,
        area: visible_area(&caller.0, query.area.as_deref())?,
        since_ms: query.since.as_deref().map(time_named).transpose()?,
        until_ms: query.until.as_deref().map(time_named).transpose()?,
    };
    let writer = Arc::new(Writer::of(&query, &app)?);
    let cursor = query.into_inner().cursor.filter(|cursor| !cursor.is_empty());
    let pull = app.read(move |view| {
        let begun = Pull::begin(view, view.published(), filter, cursor.as_deref())?;
        Ok(Arc::new(begun?))
    });
    let pull = pull.await?;
    let mut response = HttpResponse::Ok();
    response
        .content_type(writer.content_type())
        .insert_header((CURSOR_HEADER, pull.next_cursor().encode()));
    let begun = Streaming {
        app: App::clone(&app),
        head: writer.head(),
        after: Some(pull.start()),
        pull,
        writer,
    };
    Ok(response.streaming(unfold(begun, Streaming::next)))
}

fn time_named(text: &str) -> Result<i64, Problem> {
    read_rfc3339(text).ok_or_else(|| {
        Problem::invalid(format!(
            "{text:?} is not a time such as 2026-03-02T08:00:00+08:00"
        ))
    })
}

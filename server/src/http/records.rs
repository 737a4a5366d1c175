//! `/api/v1/records`: records of all kinds.

use super::app::App;
use super::auth::Caller;
use super::import::{FILE_BYTES_MAX, import, preview};
use super::problem::{Problem, ProblemKind};
use super::resource;
use super::submission::Submission;
use crate::decide::admin::bring;
use crate::decide::admin::record::{self, NewRecord, RecordEdit, RecordEvent};
use crate::decide::admin::seen_of;
use crate::service::import as files;
use crate::service::place::Place;
use crate::service::records::{self, RecordFilter, RecordPage};
use crate::state::cell::PersonCell;
use actix_web::HttpResponse;
use actix_web::web::{self, Data, Path, Query, ServiceConfig};
use otor_protocol::area::AreaCode;
use otor_protocol::catalogue::Catalogue;
use otor_protocol::ids::RecordId;
use otor_protocol::op::KindId;
use otor_protocol::receipt::record_named;
use serde::Deserialize;
use std::sync::Arc;

/// Rows of a page, if nothing else is asked for.
const LIMIT: usize = 100;
/// Most rows of a page.
const LIMIT_MAX: usize = 1_000;
/// Most snapshots that one request looks at before it answers with what it has.
const SNAPSHOTS_MAX: usize = 250;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(
        resource("/api/v1/records")
            .route(web::get().to(list))
            .route(web::post().to(create)),
    )
    .service(
        resource("/api/v1/records/import")
            .app_data(web::PayloadConfig::new(FILE_BYTES_MAX))
            .route(web::post().to(import_file)),
    )
    .service(
        resource("/api/v1/records/{id}")
            .route(web::get().to(one))
            .route(web::patch().to(edit)),
    )
    .service(resource("/api/v1/records/{id}/events").route(web::post().to(event)))
    .service(resource("/api/v1/records/{id}/relocate").route(web::post().to(relocate)))
    .service(resource("/api/v1/records/{id}/erase").route(web::post().to(erase)));
}

/// What a list of records is asked for with.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    pub(super) kind: Option<String>,
    area: Option<String>,
    #[serde(default)]
    conflicts: bool,
    limit: Option<usize>,
    after: Option<String>,
}

async fn list(app: Data<App>, caller: Caller, query: Query<ListQuery>) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(find(&app, &caller.0, query.into_inner()).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bringing {
    catalogue: Option<u32>,
    #[serde(default)]
    dry_run: bool,
}

async fn import_file(
    app: Data<App>,
    query: Query<Bringing>,
    submission: Submission,
) -> Result<HttpResponse, Problem> {
    let known = app.catalogue.version;
    if let Some(asked) = query.catalogue.filter(|asked| *asked > known) {
        return Err(Problem::invalid(format!(
            "the file is of catalogue {asked}; this server knows {known}"
        )));
    }
    let file = files::records(&submission.body);
    let answer = if query.dry_run {
        preview(&app, &submission, file, bring::preview).await?
    } else {
        import(&app, &submission, file, bring::import).await?
    };
    Ok(HttpResponse::Ok().json(answer))
}

/// A page of the records asked for.
pub(super) async fn find(app: &App, account: &PersonCell, query: ListQuery) -> Result<RecordPage, Problem> {
    let filter = RecordFilter {
        kind: kind_named(&app.catalogue, query.kind.as_deref())?,
        place: match visible_area(account, query.area.as_deref())? {
            Some(area) => Some(app.read(move |view| Ok(Place::of(view, &area)?)).await?),
            None => None,
        },
        conflicts: query.conflicts,
    };
    let limit = query.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
    let mut after = query.after.as_deref().map(id_named).transpose()?;
    let (reader, catalogue) = (app.reader.clone(), Arc::clone(&app.catalogue));
    app.block(move || {
        let mut found = RecordPage {
            records: Vec::new(),
            next: None,
        };
        for _ in 0..SNAPSHOTS_MAX {
            let rest = limit - found.records.len();
            let page = records::page(&reader.snapshot(), &catalogue, &filter, after, rest)?;
            found.records.extend(page.records);
            found.next = page.next;
            after = found.next.as_deref().map(id_named).transpose()?;
            if after.is_none() || found.records.len() >= limit {
                break;
            }
        }
        Ok(found)
    })
    .await
}

async fn one(app: Data<App>, caller: Caller, id: Path<String>) -> Result<HttpResponse, Problem> {
    let id = id_named(&id)?;
    let catalogue = Arc::clone(&app.catalogue);
    let row = app.read(move |view| Ok(records::find(view, &catalogue, &caller.0, id)?));
    let missing = || Problem::new(ProblemKind::NotFound, format!("there is no record {id}"));
    Ok(HttpResponse::Ok().json(row.await?.ok_or_else(missing)?))
}

async fn create(app: Data<App>, submission: Submission) -> Result<HttpResponse, Problem> {
    let request: NewRecord = submission.json()?;
    let created = app.write(&submission, move |desk, account| {
        record::create(desk, account, &request)
    });
    Ok(HttpResponse::Created().json(created.await?))
}

async fn edit(app: Data<App>, id: Path<String>, submission: Submission) -> Result<HttpResponse, Problem> {
    let id = id_named(&id)?;
    let request: RecordEdit = submission.json()?;
    let done = app.write(&submission, move |desk, account| {
        record::edit(desk, account, id, &request)
    });
    Ok(HttpResponse::Ok().json(done.await?))
}

async fn event(app: Data<App>, id: Path<String>, submission: Submission) -> Result<HttpResponse, Problem> {
    let id = id_named(&id)?;
    let request: RecordEvent = submission.json()?;
    let done = app.write(&submission, move |desk, account| {
        record::event(desk, account, id, &request)
    });
    Ok(HttpResponse::Ok().json(done.await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Relocation {
    area: String,
}

async fn relocate(app: Data<App>, id: Path<String>, submission: Submission) -> Result<HttpResponse, Problem> {
    let id = id_named(&id)?;
    let request: Relocation = submission.json()?;
    let done = app.write(&submission, move |desk, account| {
        record::relocate(desk, account, id, &request.area)
    });
    Ok(HttpResponse::Ok().json(done.await?))
}

async fn erase(app: Data<App>, id: Path<String>, submission: Submission) -> Result<HttpResponse, Problem> {
    let id = id_named(&id)?;
    let done = app.write(&submission, move |desk, account| record::erase(desk, account, id));
    let done = done.await?;
    app.keep_erasure(id).await?;
    Ok(HttpResponse::Ok().json(done))
}

/// The record an id or a receipt number names.
pub(super) fn id_named(text: &str) -> Result<RecordId, Problem> {
    record_named(text).map_err(|error| Problem::invalid(format!("{text:?}: {error}")))
}

/// The kind of a name, if one was given.
pub(super) fn kind_named(catalogue: &Catalogue, name: Option<&str>) -> Result<Option<KindId>, Problem> {
    let Some(name) = name else {
        return Ok(None);
    };
    let kind = catalogue.kind_named(name);
    kind.map(|kind| Some(kind.id))
        .ok_or_else(|| Problem::invalid(format!("there is no kind of record called {name:?}")))
}

/// What an account sees of the area asked for; none for the whole tree.
pub(super) fn visible_area(account: &PersonCell, asked: Option<&str>) -> Result<Option<AreaCode>, Problem> {
    let parse = |asked: &str| {
        asked
            .parse::<AreaCode>()
            .map_err(|error| Problem::invalid(error.to_string()))
    };
    seen_of(account, asked.map(parse).transpose()?).ok_or_else(|| {
        Problem::new(
            ProblemKind::NotAllowed,
            format!(
                "{} lies outside the area of this account",
                asked.unwrap_or_default()
            ),
        )
    })
}

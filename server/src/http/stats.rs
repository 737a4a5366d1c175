//! `/api/v1/stats`: statistics, published ledgers, supplied figures.

use super::app::App;
use super::auth::Onlooker;
use super::problem::{Problem, ProblemKind};
use super::records::visible_area;
use super::resource;
use super::submission::Submission;
use super::words::language_named;
use crate::decide::admin::ledger::{self, NewLedger, Supply};
use crate::decide::admin::whole_tree;
use crate::service::stats::{self, Asked, Ledger, Paged, Period, Report, STATISTICS};
use crate::state::cell::{AreaCell, PersonCell, Role};
use crate::state::ledger::{LedgerCell, SuppliedAct};
use crate::state::{key, read};
use crate::words;
use actix_web::HttpResponse;
use actix_web::web::{self, Data, Path, Query, ServiceConfig};
use otor_protocol::area::AreaCode;
use otor_protocol::words::Words;
use serde::Deserialize;
use serde_json::{Value as Json, json};

/// Most late and corrected records that one answer lists.
const LATE_MAX: usize = 10_000;
/// So many, if nothing else is asked for.
const LATE: usize = 1_000;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(resource("/api/v1/stats").route(web::get().to(reckon)))
        .service(resource("/api/v1/stats/definitions").route(web::get().to(definitions)))
        .service(resource("/api/v1/stats/supplied").route(web::post().to(supply)))
        .service(
            resource("/api/v1/stats/ledgers")
                .route(web::get().to(list))
                .route(web::post().to(publish)),
        )
        .service(resource("/api/v1/stats/ledgers/{number}").route(web::get().to(show)))
        .service(resource("/api/v1/stats/ledgers/{number}/compare").route(web::get().to(compare)));
}

/// How a report is written.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    Json,
    Csv,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReportQuery {
    from: String,
    to: String,
    area: Option<String>,
    as_of: Option<u64>,
    statistics: Option<String>,
    #[serde(default)]
    by_grid: bool,
    #[serde(default)]
    format: Format,
    lang: Option<String>,
}

async fn reckon(
    app: Data<App>,
    caller: Onlooker,
    query: Query<ReportQuery>,
) -> Result<HttpResponse, Problem> {
    let area = visible_area(&caller.0, query.area.as_deref())?;
    in_the_tree(&app, area.as_ref()).await?;
    let asked = Asked {
        area,
        period: Period::read(&query.from, &query.to).map_err(Problem::invalid)?,
        cut_off: cut_off(&app, query.as_of)?,
        statistics: names(query.statistics.as_deref())?,
        by_grid: query.by_grid,
    };
    let words = spoken(&app, query.lang.as_deref())?;
    let report = reckoned(&app, move |view| stats::report(view, &asked)).await?;
    let told = told(&report, (query.format, words.as_ref()), "", |report| {
        json!(report)
    });
    Ok(told)
}

/// Refuses an area that the tree has nothing of, whose figures would all be nought.
async fn in_the_tree(app: &App, area: Option<&AreaCode>) -> Result<(), Problem> {
    let Some(area) = area.cloned() else {
        return Ok(());
    };
    let of_it = key::areas_under(area.as_str());
    let there = app.read(move |view| Ok(read::range::<AreaCell>(view, &of_it, &key::end_of(&of_it), 1)?));
    match there.await?.first() {
        Some(_) => Ok(()),
        None => Err(Problem::new(
            ProblemKind::NotFound,
            format!("there is no area {area}"),
        )),
    }
}

/// Reckons away from the threads that serve the network, one at a time, page by page.
async fn reckoned<T: Send + 'static>(
    app: &App,
    reckon: impl FnOnce(&Paged) -> Result<T, crate::state::StateError> + Send + 'static,
) -> Result<T, Problem> {
    let paged = Paged(app.reader.clone());
    app.make_whole(move || Ok(reckon(&paged)?)).await
}

/// The words in which CSV is asked for.
fn spoken(app: &App, lang: Option<&str>) -> Result<Option<Words>, Problem> {
    let language = lang.map(language_named).transpose()?;
    let spoken = |language| Words::with_own(language, &[words::statistics], &app.words);
    Ok(language.map(spoken))
}

fn told(
    report: &Report,
    (format, words): (Format, Option<&Words>),
    note: &str,
    json: impl FnOnce(&Report) -> Json,
) -> HttpResponse {
    match format {
        Format::Json => HttpResponse::Ok().json(json(report)),
        Format::Csv => HttpResponse::Ok()
            .content_type("text/csv; charset=utf-8")
            .body(stats::csv(report, note, words)),
    }
}

fn cut_off(app: &App, asked: Option<u64>) -> Result<u64, Problem> {
    let last = app.reader.published();
    match asked {
        Some(asked) if asked > last => Err(Problem::invalid(format!(
            "commit {asked} has not come yet: the last is {last}"
        ))),
        asked => Ok(asked.unwrap_or(last)),
    }
}

fn names(text: Option<&str>) -> Result<Vec<String>, Problem> {
    let given = text.unwrap_or_default().split(',').map(str::trim);
    let mut names = Vec::new();
    for name in given.filter(|name| !name.is_empty()) {
        let known = stats::named(name).ok_or_else(|| {
            Problem::invalid(format!(
                "there is no statistic {name:?}: otor stats definitions lists them"
            ))
        })?;
        names.push(known.id.to_string());
    }
    Ok(names)
}

async fn definitions(_caller: Onlooker) -> HttpResponse {
    let statistics: Vec<Json> = STATISTICS
        .iter()
        .map(|one| json!({"id": one.id, "number": one.number, "title": one.title}))
        .collect();
    HttpResponse::Ok().json(json!({
        "definitions": stats::DEFINITIONS, "statistics": statistics, "supplied": stats::SUPPLIED,
    }))
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct SuppliedFigure {
    area: String,
    day: String,
    value: i64,
    #[serde(default)]
    at_least: bool,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct SupplyRequest {
    name: String,
    figures: Vec<SuppliedFigure>,
}

async fn supply(app: Data<App>, submission: Submission) -> Result<HttpResponse, Problem> {
    let request: SupplyRequest = submission.json()?;
    let mut figures = Vec::with_capacity(request.figures.len());
    for figure in request.figures {
        figures.push(SuppliedAct {
            name: request.name.clone(),
            area: figure.area.parse().map_err(bad_area)?,
            day: stats::read_day(&figure.day).map_err(Problem::invalid)?,
            value: figure.value,
            at_least: figure.at_least,
        });
    }
    let supply = Supply { figures };
    let done = app.write(&submission, move |desk, account| {
        ledger::supply(desk, account, &supply)
    });
    Ok(HttpResponse::Ok().json(done.await?))
}

fn bad_area(error: otor_protocol::area::BadAreaCode) -> Problem {
    Problem::invalid(error.to_string())
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct LedgerRequest {
    title: String,
    area: Option<String>,
    from: String,
    to: String,
    as_of: Option<u64>,
}

async fn publish(app: Data<App>, submission: Submission) -> Result<HttpResponse, Problem> {
    let request: LedgerRequest = submission.json()?;
    let area: Option<AreaCode> = match &request.area {
        Some(area) => Some(area.parse().map_err(bad_area)?),
        None => own_area(&submission.account),
    };
    if let Some(area) = &area {
        // Refused before it is reckoned; and decided again when it is published.
        visible_area(&submission.account, Some(area.as_str()))?;
    }
    in_the_tree(&app, area.as_ref()).await?;
    let asked = Asked {
        area: area.clone(),
        period: Period::read(&request.from, &request.to).map_err(Problem::invalid)?,
        cut_off: cut_off(&app, request.as_of)?,
        statistics: Vec::new(),
        by_grid: false,
    };
    let (days, as_of) = ((asked.period.from, asked.period.to), asked.cut_off);
    let report = reckoned(&app, move |view| stats::report(view, &asked)).await?;
    let new = NewLedger {
        title: request.title,
        area,
        days,
        cut_off: as_of,
        definitions: stats::DEFINITIONS,
        hash: stats::digest(&report.figures),
    };
    let published = app.write(&submission, move |desk, account| {
        ledger::publish(desk, account, &new)
    });
    Ok(HttpResponse::Created().json(published.await?))
}

fn own_area(account: &PersonCell) -> Option<AreaCode> {
    match &account.role {
        Role::Account(cell) => cell.area.clone(),
        _ => None,
    }
}

async fn list(app: Data<App>, caller: Onlooker) -> Result<HttpResponse, Problem> {
    let own = own_area(&caller.0);
    let ledgers = app.read(move |view| {
        let cells = stats::ledgers(view, own.as_ref())?;
        let told: Result<Vec<Ledger>, _> = cells.iter().map(|cell| Ledger::of(view, cell)).collect();
        Ok(told?)
    });
    Ok(HttpResponse::Ok().json(json!({"ledgers": ledgers.await?})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ShowQuery {
    #[serde(default)]
    format: Format,
    lang: Option<String>,
}

async fn show(
    app: Data<App>,
    caller: Onlooker,
    number: Path<u32>,
    query: Query<ShowQuery>,
) -> Result<HttpResponse, Problem> {
    let cell = find(&app, &caller, *number).await?;
    let words = spoken(&app, query.lang.as_deref())?;
    let (ledger, report, same) = reckoned(&app, move |view| {
        let (report, same) = stats::as_published(view, &cell)?;
        Ok((Ledger::of(view, &cell)?, report, same))
    })
    .await?;
    let note = format!(
        "ledger {} as published, {}",
        ledger.number,
        if same { "the same" } else { "NOT THE SAME" }
    );
    Ok(told(
        &report,
        (query.format, words.as_ref()),
        &note,
        |report| json!({"ledger": ledger, "same": same, "report": report}),
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CompareQuery {
    as_of: Option<u64>,
    limit: Option<usize>,
}

async fn compare(
    app: Data<App>,
    caller: Onlooker,
    number: Path<u32>,
    query: Query<CompareQuery>,
) -> Result<HttpResponse, Problem> {
    let cell = find(&app, &caller, *number).await?;
    let now = cut_off(&app, query.as_of)?;
    if now < cell.cut_off {
        return Err(Problem::invalid(format!(
            "commit {now} lies before the ledger's cut-off, {}",
            cell.cut_off
        )));
    }
    let limit = query.limit.unwrap_or(LATE).min(LATE_MAX);
    let compared = reckoned(&app, move |view| {
        let (published, same) = stats::as_published(view, &cell)?;
        let asked = stats::asked(&cell, now);
        let known = stats::report(view, &asked)?;
        Ok(json!({
            "ledger": Ledger::of(view, &cell)?,
            "same": same,
            "now": known.frame,
            "changed": stats::changed(&published.figures, &known.figures),
            "late": stats::late(view, &cell, now, limit)?,
        }))
    });
    Ok(HttpResponse::Ok().json(compared.await?))
}

async fn find(app: &App, caller: &Onlooker, number: u32) -> Result<LedgerCell, Problem> {
    let own = own_area(&caller.0).filter(|_| !whole_tree(&caller.0));
    let found = app.read(move |view| Ok(stats::ledger(view, own.as_ref(), number)?));
    let missing = || Problem::new(ProblemKind::NotFound, format!("there is no ledger {number}"));
    found.await?.ok_or_else(missing)
}

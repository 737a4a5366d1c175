//! `/api/v1/receipts`: what became of a resident's report, and nothing else.

use super::app::App;
use super::auth::Asker;
use super::problem::{Problem, ProblemKind};
use super::resource;
use crate::service::receipts;
use actix_web::HttpResponse;
use actix_web::web::{self, Data, Path, ServiceConfig};
use otor_protocol::receipt::Receipt;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(resource("/api/v1/receipts/{number}").route(web::get().to(one)));
}

async fn one(app: Data<App>, asker: Asker, number: Path<String>) -> Result<HttpResponse, Problem> {
    let (account, now_ms) = (asker.0, (app.now_ms)());
    // What has a wrong digit is a slip of the pen, no guess.
    let receipt: Receipt = number
        .parse()
        .map_err(|error: otor_protocol::receipt::BadReceipt| Problem::invalid(error.to_string()))?;
    if let Some(after_s) = app.guesses.wait_s(account.id, now_ms) {
        return Err(Problem::guessing(after_s));
    }
    let asker = account.clone();
    let answer = app.read(move |view| Ok(receipts::answer(view, &asker, receipt)?));
    match answer.await? {
        Some(answer) => Ok(HttpResponse::Ok().json(answer)),
        None => {
            app.guesses.note_miss(account.id, now_ms);
            let why = "no report with this number is known here: it may not have come yet";
            Err(Problem::new(ProblemKind::NotFound, why))
        }
    }
}

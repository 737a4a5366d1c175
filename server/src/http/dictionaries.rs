//! `/api/v1/dictionaries`: compression dictionaries learned from the records.

use super::app::App;
use super::auth::Caller;
use super::problem::{Problem, ProblemKind};
use super::resource;
use super::submission::Submission;
use crate::decide::admin::dictionary::{self, Kept};
use crate::decide::admin::whole_tree;
use crate::service::dictionaries;
use actix_web::HttpResponse;
use actix_web::web::{self, Data, Path, ServiceConfig};
use serde_json::json;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(resource("/api/v1/dictionaries").route(web::get().to(list)))
        .service(resource("/api/v1/dictionaries/learn").route(web::post().to(learn)))
        .service(resource("/api/v1/dictionaries/{number}").route(web::get().to(show)));
}

fn expect_whole_tree(caller: &Caller) -> Result<(), Problem> {
    if whole_tree(&caller.0) {
        Ok(())
    } else {
        let why = "dictionaries are made of all areas' texts: an account over the whole tree is needed";
        Err(Problem::new(ProblemKind::NotAllowed, why))
    }
}

async fn list(app: Data<App>, caller: Caller) -> Result<HttpResponse, Problem> {
    expect_whole_tree(&caller)?;
    let rows = app.read(|view| Ok(dictionaries::list(view)?));
    Ok(HttpResponse::Ok().json(json!({ "dictionaries": rows.await? })))
}

async fn show(app: Data<App>, caller: Caller, number: Path<u32>) -> Result<HttpResponse, Problem> {
    expect_whole_tree(&caller)?;
    let number = *number;
    let text = app
        .read(move |view| Ok(dictionaries::text_of(view, number)?))
        .await?;
    let missing = || Problem::new(ProblemKind::NotFound, format!("there is no dictionary {number}"));
    let text = text.ok_or_else(missing)?;
    Ok(HttpResponse::Ok().json(json!({ "number": number, "text": text })))
}

async fn learn(app: Data<App>, caller: Caller, submission: Submission) -> Result<HttpResponse, Problem> {
    expect_whole_tree(&caller)?;
    let (reader, catalogue) = (app.reader.clone(), app.catalogue.clone());
    let learned = app
        .block(move || Ok(dictionaries::learn(&reader, &catalogue)?))
        .await?;
    let kept = app.write(&submission, move |desk, account| {
        dictionary::keep_for(desk, account, learned)
    });
    Ok(HttpResponse::Ok().json(kept.await?))
}

impl App {
    /// Learns a dictionary and has it kept, for the server's own schedule.
    ///
    /// # Errors
    /// [`Problem`] if the state cannot be read, or nothing can be committed.
    pub async fn learn_dictionary(&self) -> Result<Kept, Problem> {
        let (reader, catalogue) = (self.reader.clone(), self.catalogue.clone());
        let learned = self
            .block(move || Ok(dictionaries::learn(&reader, &catalogue)?))
            .await?;
        let (_, kept) = self
            .committer
            .submit(move |desk| dictionary::keep(desk, learned))
            .await?;
        Ok(kept)
    }
}

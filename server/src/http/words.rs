//! `/api/v1/words`: what everything is called in the languages of the field.

use super::app::App;
use super::auth::Onlooker;
use super::problem::Problem;
use super::resource;
use actix_web::HttpResponse;
use actix_web::web::{self, Data, Path, ServiceConfig};
use otor_protocol::words::{Language, Words};
use serde_json::json;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(resource("/api/v1/words").route(web::get().to(languages)))
        .service(resource("/api/v1/words/{lang}").route(web::get().to(words)));
}

async fn languages(_: Onlooker) -> HttpResponse {
    let languages = Language::ALL.map(|language| {
        let draft = Words::of(language).is_draft();
        json!({"lang": language.tag(), "name": language.name(), "draft": draft})
    });
    HttpResponse::Ok().json(json!({ "languages": languages }))
}

async fn words(app: Data<App>, _: Onlooker, lang: Path<String>) -> Result<HttpResponse, Problem> {
    let words = Words::with_own(language_named(&lang)?, &[], &app.words);
    Ok(HttpResponse::Ok().json(json!({
        "lang": words.language().tag(),
        "draft": words.is_draft(),
        "words": words.all(&[]),
    })))
}

/// The language that a request names.
pub(super) fn language_named(text: &str) -> Result<Language, Problem> {
    Language::meant_by(text).ok_or_else(|| {
        let known = Language::ALL.map(Language::tag).join(", ");
        Problem::invalid(format!(
            "{text:?} is no language that there are words in: {known}"
        ))
    })
}

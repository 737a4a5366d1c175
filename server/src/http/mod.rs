//! HTTP: parse at the edge, call a service or have a decision committed, map the result. One file a resource.

mod accounts;
mod acts;
mod admission;
mod app;
mod areas;
mod auth;
mod courteous;
mod devices;
mod dictionaries;
mod enrol;
mod exchanges;
mod health;
mod import;
mod intake;
mod line;
mod long;
mod pace;
mod problem;
mod pull;
mod quarantine;
mod receipts;
mod records;
mod recovery;
mod room;
mod rules;
mod shape;
mod stats;
mod submission;
mod sync;
mod tasks;
mod waiting;
mod words;
mod workers;

pub use admission::Admission;
pub use app::{App, Clock};
pub use auth::Caller;
pub use exchanges::Exchanges;
pub use long::LongWork;
pub use problem::{Problem, ProblemKind};
pub use submission::Submission;
pub use waiting::Waiters;

use actix_web::web::{self, ServiceConfig};

/// Most bytes of a body that says nothing else.
const BODY_BYTES_MAX: usize = 256 * 1024;

/// Adds every resource. The application has an [`App`] in its data.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.app_data(web::PayloadConfig::new(BODY_BYTES_MAX))
        .app_data(web::QueryConfig::default().error_handler(|error, _| problem::bad_query(&error).into()))
        .app_data(web::PathConfig::default().error_handler(|error, _| problem::bad_path(&error).into()))
        .default_service(web::to(problem::no_such_resource));
    // Looked for in this order, those whose paths have parts by an expression: what is asked most comes first.
    sync::configure(cfg);
    health::configure(cfg);
    areas::configure(cfg);
    shape::configure(cfg);
    workers::configure(cfg);
    devices::configure(cfg);
    dictionaries::configure(cfg);
    records::configure(cfg);
    receipts::configure(cfg);
    tasks::configure(cfg);
    rules::configure(cfg);
    stats::configure(cfg);
    quarantine::configure(cfg);
    accounts::configure(cfg);
    acts::configure(cfg);
    pull::configure(cfg);
    words::configure(cfg);
    enrol::configure(cfg);
}

/// A resource that answers other methods than its own with a problem.
fn resource(path: &str) -> actix_web::Resource {
    web::resource(path).default_service(web::to(problem::wrong_method))
}

#[cfg(test)]
mod tests;

//! Removes what is older than it is kept, now and then, a bounded piece a commit: entries of feeds, and answers under
//! idempotency keys.

use crate::decide::admin::forget::forget_answers;
use crate::decide::trim::{TrimmedTo, oldest_kept, trim};
use crate::http::{App, Problem};
use std::time::Duration;

/// Between two rounds, and between two pieces of one.
const ROUND_EVERY: Duration = Duration::from_secs(60 * 60);
const PIECE_EVERY: Duration = Duration::from_millis(100);

/// Never ends by itself. Feeds are kept for so many days, for ever if that is 0.
pub(super) async fn on_schedule(app: App, days: u32) {
    loop {
        let trimmed = if days > 0 { feeds(&app, days).await } else { Ok(()) };
        let forgotten = answers(&app).await;
        if let Err(error) = trimmed.and(forgotten) {
            tracing::warn!(%error, "what is too old was not removed");
        }
        actix_web::rt::time::sleep(ROUND_EVERY).await;
    }
}

async fn feeds(app: &App, days: u32) -> Result<(), Problem> {
    let mut from: TrimmedTo = None;
    loop {
        let trimming = app.commit_if_any(move |desk| {
            let before = oldest_kept(desk, days)?;
            trim(desk, before, from.clone())
        });
        from = trimming.await?;
        if from.is_none() {
            return Ok(());
        }
        actix_web::rt::time::sleep(PIECE_EVERY).await;
    }
}

async fn answers(app: &App) -> Result<(), Problem> {
    let mut from: TrimmedTo = None;
    loop {
        let forgetting = app.commit_if_any(move |desk| forget_answers(desk, from.clone()));
        from = forgetting.await?;
        if from.is_none() {
            return Ok(());
        }
        actix_web::rt::time::sleep(PIECE_EVERY).await;
    }
}

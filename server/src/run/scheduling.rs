//! Has what has passed written down: every second what is due, every hour whose phones are silent.

use crate::decide::schedule::{pass, silent};
use crate::http::App;
use crate::store::engine::RowKey;
use std::time::Duration;

/// Between two looks at what is due, and between two pieces of one.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const PIECE_EVERY: Duration = Duration::from_millis(20);
/// Looks between two rounds through what has not been delivered.
const LOOKS_PER_ROUND: u32 = 60 * 60;

/// Never ends by itself. A server whose clock is not trusted writes nothing down.
pub(super) async fn on_schedule(app: App) {
    let mut looks = 0;
    let (mut due_from, mut silent_from) = (None, None);
    loop {
        if app.expect_right_clock().is_ok() {
            due_from = match app.committer.submit(move |desk| pass(desk, due_from)).await {
                Ok((_, rest)) => rest,
                Err(error) => told(&error),
            };
            if looks == 0 || silent_from.is_some() {
                let looking = app.commit_if_any(move |desk| silent(desk, silent_from.clone()));
                silent_from = match looking.await {
                    Ok(rest) => rest,
                    Err(error) => told(&error),
                };
            }
        }
        looks = (looks + 1) % LOOKS_PER_ROUND;
        let more = due_from.is_some() || silent_from.is_some();
        actix_web::rt::time::sleep(if more { PIECE_EVERY } else { LOOK_EVERY }).await;
    }
}

fn told(error: &dyn std::fmt::Display) -> Option<RowKey> {
    tracing::warn!(%error, "what is due was not looked at");
    None
}

//! Trims feeds of what is older than they are kept, now and then, a bounded piece a commit.

use crate::decide::trim::{oldest_kept, trim};
use crate::http::App;
use std::time::Duration;

/// Between two rounds through all feeds, and between two pieces of one.
const ROUND_EVERY: Duration = Duration::from_secs(60 * 60);
const PIECE_EVERY: Duration = Duration::from_millis(100);

/// Never ends by itself, unless feeds are kept for ever.
pub(super) async fn on_schedule(app: App, days: u32) {
    if days == 0 {
        return;
    }
    let mut from = None;
    loop {
        let committed = app.committer.submit(move |desk| {
            let before = oldest_kept(desk, days)?;
            trim(desk, before, from)
        });
        from = match committed.await {
            Ok((_, rest)) => rest,
            Err(error) => {
                tracing::warn!(%error, "feeds were not trimmed");
                None
            }
        };
        let pause = if from.is_some() { PIECE_EVERY } else { ROUND_EVERY };
        actix_web::rt::time::sleep(pause).await;
    }
}

//! Learns a dictionary from the records now and then, in a quiet hour and away from the commits.

use crate::http::App;
use crate::service::dictionaries::{is_due, marks};
use crate::settings::Settings;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::time::Duration;

/// Between two looks at the clock.
const LOOK_EVERY: Duration = Duration::from_secs(10 * 60);

/// Never ends by itself.
pub(super) async fn on_schedule(app: App, settings: Settings) {
    let mut tried_ms: Option<i64> = None;
    loop {
        actix_web::rt::time::sleep(LOOK_EVERY).await;
        let now_ms = (app.now_ms)();
        let last_ms = newest_ms(&app).await.max(tried_ms);
        let due = local_hour(now_ms).is_some_and(|hour| {
            is_due(
                last_ms,
                now_ms,
                hour,
                settings.dictionary_days,
                settings.dictionary_hour,
            )
        });
        if !due {
            continue;
        }
        tried_ms = Some(now_ms);
        match app.learn_dictionary().await {
            Ok(kept) => tracing::info!(
                number = kept.number,
                is_new = kept.is_new,
                "learned from the records"
            ),
            Err(problem) => tracing::warn!(%problem, "nothing was learned from the records"),
        }
    }
}

/// When the newest dictionary was learned.
async fn newest_ms(app: &App) -> Option<i64> {
    let newest = app.read(|view| Ok(marks(view)?.0.last().map(|mark| mark.learned_ms)));
    newest.await.ok().flatten()
}

fn local_hour(now_ms: i64) -> Option<u8> {
    let now = Timestamp::from_millisecond(now_ms).ok()?;
    u8::try_from(now.to_zoned(TimeZone::system()).hour()).ok()
}

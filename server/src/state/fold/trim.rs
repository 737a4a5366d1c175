//! Folding of the end of feeds: what is older than they are kept, and the days by which that is known.

use crate::state::cell::{FeedCell, ServerCell};
use crate::state::draft::{Draft, StateError};
use crate::state::entry::TrimmedFeed;
use crate::state::key;
use otor_protocol::ids::Position;
use otor_protocol::wire::News;

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// Notes the first commit of each day, in universal time.
pub(super) fn note_day(draft: &mut Draft, commit: u64, at_ms: i64) -> Result<(), StateError> {
    let server = draft.look::<ServerCell>(&key::server())?;
    let last_ms = server.map_or(0, |server| server.last_ms);
    let day = at_ms.div_euclid(DAY_MS);
    if commit == 1 || day > last_ms.div_euclid(DAY_MS) {
        draft.put(key::day(day), commit);
    }
    Ok(())
}

/// Removes the entries of feeds up to a commit each. The changed verdicts of phones' own ops stay: a phone that
/// comes later learns of them nowhere else.
pub(super) fn trim(draft: &mut Draft, feeds: &[TrimmedFeed]) -> Result<(), StateError> {
    for TrimmedFeed { scope, lane, through } in feeds {
        let from = key::feeds(*scope, *lane);
        let to = key::end_of(&key::feed(*scope, *lane, Position::after(*through)));
        for place in draft.keys_between(&from, &to)? {
            // A row that does not decode goes: phones that have not come this far take a first pass.
            let kept = draft.get::<FeedCell>(&place).ok().flatten().and_then(|mut feed| {
                feed.entries
                    .retain(|(_, news)| matches!(news, News::Verdict { .. }));
                (!feed.entries.is_empty()).then_some(feed)
            });
            match kept {
                Some(feed) => draft.put(place, feed),
                None => draft.delete(place),
            }
        }
        draft.put(key::horizon(*scope, *lane), *through);
    }
    Ok(())
}

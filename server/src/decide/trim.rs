//! Which entries of feeds are older than feeds are kept, a bounded piece at a time.

use super::{Decided, Desk};
use crate::state::entry::{Act, TrimmedFeed};
use crate::state::{StateError, key, read};
use crate::store::engine::View;
use otor_protocol::ids::{Lane, Position, ScopeId};

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;
/// Most rows of feeds that one act trims, and most feeds it looks at.
const ROWS_MAX: usize = 500;
const FEEDS_MAX: usize = 500;

/// How far trimming has come, for the next piece; none when every feed was looked at.
pub type TrimmedTo = Option<Vec<u8>>;

/// The first commit that is not older than `days`.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn oldest_kept(desk: &Desk, days: u32) -> Result<u64, StateError> {
    let day = desk.now_ms.div_euclid(DAY_MS) - i64::from(days);
    let rows = read::range::<u64>(desk.view, &key::day(day), &key::end_of(&key::days()), 1)?;
    Ok(rows.first().map_or(desk.commit, |(_, commit)| *commit))
}

/// Trims the next feeds of what came before the commit `before`.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn trim(desk: &Desk, before: u64, from: TrimmedTo) -> Result<(Option<Decided>, TrimmedTo), StateError> {
    let end = key::end_of(&key::all_feeds());
    let mut place = from.unwrap_or_else(key::all_feeds);
    let (mut feeds, mut rows, mut looked) = (Vec::new(), 0, 0);
    let done = loop {
        if rows >= ROWS_MAX || looked >= FEEDS_MAX {
            break Some(place);
        }
        let next = desk.view.range(&place, &end, 1)?;
        let Some((scope, lane)) = next.first().and_then(|(row, _)| key::lane_named(row)) else {
            break None;
        };
        looked += 1;
        place = key::end_of(&key::feeds(scope, lane));
        let old = old_commits(desk.view, (scope, lane), before, ROWS_MAX - rows)?;
        if let Some(through) = old.last() {
            rows += old.len();
            feeds.push(TrimmedFeed {
                scope,
                lane,
                through: *through,
            });
        }
    };
    let act = (!feeds.is_empty()).then(|| Act::Trim(feeds).into());
    Ok((act, done))
}

/// The commits of a feed's rows above its horizon and before a commit, a row each.
fn old_commits(
    view: &dyn View,
    (scope, lane): (ScopeId, Lane),
    before: u64,
    limit: usize,
) -> Result<Vec<u64>, StateError> {
    let horizon = read::horizon(view, scope, lane)?;
    let from = key::feed(scope, lane, Position::after(horizon));
    let to = key::feed(
        scope,
        lane,
        Position {
            commit: before,
            index: 0,
        },
    );
    if from >= to {
        return Ok(Vec::new());
    }
    let rows = view.range(&from, &to, limit)?;
    Ok(rows.iter().filter_map(|(row, _)| key::feed_commit(row)).collect())
}

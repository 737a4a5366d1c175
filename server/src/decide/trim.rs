//! Which entries of feeds are older than feeds are kept, a bounded piece at a time.

use super::{Decided, Desk};
use crate::state::entry::{Act, TrimmedFeed};
use crate::state::{StateError, key, read};
use crate::store::engine::{RowKey, View};
use otor_protocol::ids::{Lane, Position, ScopeId};

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;
/// Most rows of feeds that one act trims, and most feeds it looks at.
const ROWS_MAX: usize = 500;
const FEEDS_MAX: usize = 100;

/// How far trimming has come, for the next piece; none when every feed was looked at.
pub type TrimmedTo = Option<RowKey>;

/// The first commit that is not older than `days`.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn oldest_kept(desk: &Desk, days: u32) -> Result<u64, StateError> {
    let day = desk.now_ms.div_euclid(DAY_MS) - i64::from(days);
    // Up to tomorrow: beyond the days, other keys begin with the same letter.
    let tomorrow = key::day(desk.now_ms.div_euclid(DAY_MS) + 1);
    let rows = read::range::<u64>(desk.view, &key::day(day), &tomorrow, 1)?;
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
        let limit = ROWS_MAX - rows;
        let old = old_commits(desk.view, (scope, lane), before, limit)?;
        // One that may have more is gone on with in the next piece.
        let feed = key::feeds(scope, lane);
        place = if old.len() < limit {
            key::end_of(&feed)
        } else {
            feed
        };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::copies;
    use crate::test_server::{BEGIN_MS, GRIDS, TestServer};
    use otor_protocol::ids::Dot;
    use otor_protocol::op::{Body, Change, FieldId, KindId};
    use otor_protocol::renumber::AliasRun;

    fn visit() -> Body {
        Body::Create {
            kind: KindId(2),
            area: GRIDS[0].parse().unwrap(),
            changes: vec![Change::Once(FieldId(5), "入户".into())],
        }
    }

    fn rows(server: &TestServer) -> usize {
        server.dump().iter().filter(|(key, _)| key[0] == b'F').count()
    }

    /// Trims what is older than `days`; how many acts it took.
    fn trim_all(server: &mut TestServer, days: u32) -> usize {
        let (mut from, mut acts) = (None, 0);
        loop {
            let place = from.clone();
            let (rest, trimmed) = server.decide(move |desk| {
                let before = oldest_kept(desk, days)?;
                let (act, rest) = trim(desk, before, place)?;
                let trimmed = act.is_some();
                Ok((act, (rest, trimmed)))
            });
            acts += usize::from(trimmed);
            match rest {
                Some(rest) => from = Some(rest),
                None => return acts,
            }
        }
    }

    #[test]
    fn feeds_are_kept_for_so_many_days_and_trimmed_in_bounded_acts() {
        let mut server = TestServer::new();
        server.worker("w1", &[GRIDS[0]]);
        let phone = server.phone("w1", 1);
        for day in 0..3 {
            server.now_ms = BEGIN_MS + day * DAY_MS;
            let count = if day == 0 { ROWS_MAX + 20 } else { 10 };
            for _ in 0..count {
                server.phone_writes(&phone, Lane::Rest, visit());
            }
        }
        let all = rows(&server);
        assert_eq!(all, ROWS_MAX + 40);
        assert_eq!(trim_all(&mut server, 2), 0, "the first day is kept");
        assert_eq!(trim_all(&mut server, 1), 2, "a bounded piece an act");
        assert_eq!(rows(&server), 20);
        assert_eq!(trim_all(&mut server, 1), 0, "nothing is trimmed twice");
        // The old numbers of a copy stand beside the days, and are none.
        let (device, actors) = (phone.device, phone.actors);
        let branch = server.decide(move |desk| copies::branch(desk, (device, actors[0]), |_| false));
        let run = AliasRun {
            actor: actors[2],
            first: 1,
            count: 1,
            to: Dot::new(branch.expect("a branch")[2], 1),
        };
        server.decide(move |desk| copies::aliases(desk, device, &[run]));
        // A year without work: what is there is older than what is kept.
        server.now_ms += 365 * DAY_MS;
        assert_eq!(trim_all(&mut server, 90), 1);
        assert_eq!(rows(&server), 0);
        let (have, should) = (server.dump(), server.dump_of_the_journal());
        assert!(have == should, "folding the journal trims the same");
    }
}

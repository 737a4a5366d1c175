//! Whether a phone would be told anything now: what a waiting phone waits for, and what it listens to.

use super::{Known, renewed, welcome};
use crate::state::cell::FeedCell;
use crate::state::{StateError, Topic, key, read};
use crate::store::engine::{RowKey, View};
use otor_protocol::ids::{Lane, Position, ScopeId};
use otor_protocol::mutation::{self, Mutation};
use otor_protocol::wire::{Cursor, Hello, Welcome};

/// What a phone that waits with this hello listens to. Scopes that are not in the hello are news themselves, and
/// come with a change of its owner.
pub fn topics(known: &Known, hello: &Hello) -> Vec<Topic> {
    let owner = known.device.owner;
    let scopes = hello.feeds.iter().map(|feed| Topic::Scope(feed.scope));
    scopes
        .chain([Topic::Person(owner), Topic::Device(hello.device)])
        .collect()
}

/// Whether a reply to this hello would bring the phone anything.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn has_news(view: &dyn View, known: &Known, hello: &Hello) -> Result<bool, StateError> {
    // It may have been revoked since it asked.
    let known = renewed(view, known, hello)?;
    let (welcome, scopes) = welcome::compose(view, 0, 0, hello, &known.device)?;
    if tells_something(&welcome) || !hello.requests.is_empty() {
        return Ok(true);
    }
    for grant in scopes {
        // A scope without cursors would be among those gained.
        let stands = hello.cursors(grant.scope);
        for (lane, cursor) in stands
            .into_iter()
            .flat_map(|cursors| Lane::ALL.into_iter().zip(cursors))
        {
            let behind = match cursor {
                Cursor::Pass { .. } => true,
                Cursor::At(_) if mutation::active(Mutation::WakeupLost) => false,
                Cursor::At(position) => has_grown(view, grant.scope, lane, position)?,
            };
            if behind {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Whether a welcome brings more than the time.
fn tells_something(welcome: &Welcome) -> bool {
    let Welcome {
        server_ms: _,
        point: _,
        acks,
        clocks: _,
        gained,
        lost,
        restarts,
        revoked,
        anchor: _,
        notices,
    } = welcome;
    let silent =
        acks.is_empty() && gained.is_empty() && lost.is_empty() && restarts.is_empty() && notices.is_empty();
    !silent || *revoked
}

/// Whether a feed has an entry after `from`.
fn has_grown(view: &dyn View, scope: ScopeId, lane: Lane, from: Position) -> Result<bool, StateError> {
    let start = key::feed(scope, lane, from);
    let end = key::end_of(&key::feeds(scope, lane));
    // The first row may be the one that holds `from` itself; a second is beyond it.
    let rows: Vec<(RowKey, FeedCell)> = read::range(view, &start, &end, 2)?;
    Ok(rows.iter().any(|(place, cell)| {
        let commit = key::feed_commit(place).unwrap_or_default();
        cell.entries.iter().any(|(index, _)| {
            Position {
                commit,
                index: *index,
            } > from
        })
    }))
}

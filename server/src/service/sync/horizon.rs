//! The feeds' horizon: where a phone stands before what is still kept, it takes a first pass again. What is kept
//! below the horizon, verdicts on its own ops, it is told first.

use crate::state::cell::FeedCell;
use crate::state::{StateError, key, read};
use crate::store::engine::View;
use otor_protocol::ids::{Lane, Position, ScopeId};
use otor_protocol::mutation::{self, Mutation};
use otor_protocol::wire::{Cursor, FeedItem, Hello, ScopeGrant};

/// Rows read at once.
const PAGE_ROWS: usize = 64;

/// What is still to be told of a feed below its horizon.
pub(super) enum Below {
    /// The phone stands above it.
    Nothing,
    /// Entries that are kept, up to some; ask again.
    Kept(Vec<FeedItem>),
    /// Nothing more: a first pass.
    Gone,
}

/// How a phone at `from` stands to a feed's horizon.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub(super) fn below(
    view: &dyn View,
    scope: ScopeId,
    lane: Lane,
    from: Position,
) -> Result<Below, StateError> {
    let horizon = Position::after(read::horizon(view, scope, lane)?);
    if from >= horizon || horizon.commit == 0 || mutation::active(Mutation::HorizonIgnored) {
        return Ok(Below::Nothing);
    }
    let (start, end) = (key::feed(scope, lane, from), key::feed(scope, lane, horizon));
    let rows = read::range::<FeedCell>(view, &start, &key::end_of(&end), PAGE_ROWS)?;
    let mut items = Vec::new();
    for (place, cell) in rows {
        let commit = key::feed_commit(&place).unwrap_or_default();
        let entries = cell.entries.into_iter().map(|(index, news)| FeedItem {
            position: Position { commit, index },
            news,
        });
        items.extend(entries.filter(|item| item.position > from && item.position <= horizon));
    }
    Ok(if items.is_empty() {
        Below::Gone
    } else {
        Below::Kept(items)
    })
}

/// The feeds of the scopes a phone keeps that it has to take a first pass of again.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub(super) fn restarts(
    view: &dyn View,
    hello: &Hello,
    scopes: &[ScopeGrant],
) -> Result<Vec<(ScopeId, Lane)>, StateError> {
    let mut found = Vec::new();
    for grant in scopes {
        let cursors = hello.cursors(grant.scope).into_iter().flatten();
        for (lane, cursor) in Lane::ALL.into_iter().zip(cursors) {
            let gone = match cursor {
                Cursor::At(from) => matches!(below(view, grant.scope, lane, from)?, Below::Gone),
                // A pass that was begun so long ago would have to be followed by another.
                Cursor::Pass { base, .. } => base > 0 && base < read::horizon(view, grant.scope, lane)?,
            };
            if gone {
                found.push((grant.scope, lane));
            }
        }
    }
    Ok(found)
}

//! Digests of feeds: told where a feed has come to the end of what a reply tells, so that the phone can compare.

use crate::state::{StateError, audit, key};
use crate::store::engine::View;
use otor_protocol::digest::Digest;
use otor_protocol::ids::{Lane, Position, ScopeId};
use otor_protocol::wire::ChangeFrame;

/// The digest of a feed at the end of a commit: the present one, unless something has changed since.
pub(super) fn digest_at_end_of(
    view: &dyn View,
    (scope, lane): (ScopeId, Lane),
    commit: u64,
) -> Result<Option<Digest>, StateError> {
    let from = key::feed(scope, lane, Position::after(commit));
    let end = key::end_of(&key::feeds(scope, lane));
    if !view.range(&from, &end, 1)?.is_empty() {
        return Ok(None);
    }
    audit::digest(view, scope, lane).map(Some)
}

/// The digest of a feed that has no news from this position to the end of a commit, as a frame without any.
pub(super) fn without_news(
    view: &dyn View,
    (scope, lane): (ScopeId, Lane),
    from: Position,
    commit: u64,
) -> Result<Option<ChangeFrame>, StateError> {
    let to = Position::after(commit);
    if from > to {
        return Ok(None);
    }
    let digest = digest_at_end_of(view, (scope, lane), commit)?;
    Ok(digest.map(|digest| ChangeFrame {
        scope,
        lane,
        from,
        to,
        items: Vec::new(),
        digest: Some(digest),
    }))
}

//! Whether an authenticated hello is served: another protocol, another history, a copied phone, a late one.

use super::Known;
use crate::decide::declares_lost;
use crate::decide::history::is_anothers;
use crate::service::attempts::{Attempt, Attempts};
use crate::state::cell::{ActorCell, AnchorCell};
use crate::state::{StateError, key, read};
use crate::store::engine::View;
use otor_protocol::ids::Lane;
use otor_protocol::mutation::{self, Mutation};
use otor_protocol::wire::{Cursor, Hello, PROTOCOL_VERSION, Request};

/// Why an authenticated hello is not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Declined {
    /// It speaks another protocol.
    Protocol,
    /// It comes from another history of this server.
    OtherHistory,
    /// It knows more than the server, whose present history is this one: a backup was restored.
    Beyond(u64),
    /// It comes from a copy of its phone.
    Copy,
    /// A newer one of the same phone has come.
    Superseded,
    /// It names a dictionary that the server does not know.
    UnknownDictionary,
}

/// How a hello is taken: as the newest attempt of its branch, with its number, or not at all. `published` is the
/// commit of the view.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn greet(
    (view, published): (&dyn View, u64),
    known: &Known,
    hello: &Hello,
    attempts: &Attempts,
) -> Result<Result<u64, Declined>, StateError> {
    if hello.protocol != PROTOCOL_VERSION {
        return Ok(Err(Declined::Protocol));
    }
    let server = read::server(view)?;
    let incarnation = server.incarnation;
    if hello.incarnation != incarnation {
        return Ok(Err(match server.former.contains(&hello.incarnation) {
            true => Declined::OtherHistory,
            false => Declined::Beyond(incarnation),
        }));
    }
    if farthest(hello) > published {
        return Ok(Err(Declined::Beyond(incarnation)));
    }
    if let Some(declined) = compare(view, known, hello)? {
        return Ok(Err(declined));
    }
    if hello.requests.contains(&Request::Copied) {
        return Ok(Err(Declined::Copy));
    }
    let anchor = read::get::<AnchorCell>(view, &key::anchor(hello.first_actor))?
        .filter(|anchor| anchor.incarnation == incarnation)
        .map(|anchor| anchor.nonce);
    Ok(match attempts.meet(hello, anchor) {
        Attempt::Newest(number) => Ok(number),
        Attempt::Late => Err(Declined::Superseded),
        Attempt::OfACopy => Err(Declined::Copy),
    })
}

/// The last commit that the hello's cursors know of.
fn farthest(hello: &Hello) -> u64 {
    let cursors = hello.feeds.iter().filter_map(|feed| feed.cursors).flatten();
    let known = cursors.map(|cursor| match cursor {
        Cursor::At(position) => position.commit,
        Cursor::Pass { base, .. } => base,
    });
    known.chain([hello.point]).max().unwrap_or(0)
}

/// What the hello says of its lanes against what the server has of them.
fn compare(view: &dyn View, known: &Known, hello: &Hello) -> Result<Option<Declined>, StateError> {
    for lane in Lane::ALL {
        // A backup that was used without a word has given its numbers to somebody else: it needs new ones.
        if is_anothers(view, hello.actor(lane), &known.device.keys)? {
            return Ok(Some(Declined::Copy));
        }
    }
    if known.device.branch(hello.first_actor).is_none() {
        return Ok(Some(Declined::OtherHistory));
    }
    let mut is_copy = false;
    for (lane, told) in Lane::ALL.into_iter().zip(hello.lanes) {
        let Some(actor) = read::get::<ActorCell>(view, &key::actor(hello.actor(lane)))? else {
            return Ok(Some(Declined::OtherHistory));
        };
        if told.acked > actor.through {
            return Ok(Some(Declined::Beyond(hello.incarnation)));
        }
        // A phone that has written less than the server holds, or something else, is a copy.
        // Of what it has lost it knows no chain.
        let known = !declares_lost(hello, hello.actor(lane), actor.through)
            && !mutation::active(Mutation::WorkNotCompared);
        let differs = known && told.unsent.is_some_and(|(_, chain)| chain != actor.chain);
        is_copy |= told.last() < actor.through || (told.last() == actor.through && differs);
    }
    Ok(is_copy.then_some(Declined::Copy))
}

//! Cursors never go back: a phone's position in a feed only rises, but where its process lost what was not durable, or
//! where it begins a first pass; and that ends where it began or later.

use super::Checked;
use otor_protocol::ids::{ActorId, DeviceId, Lane, Position, ScopeId};
use otor_protocol::replica::Storage;
use otor_protocol::wire::Cursor;
use std::collections::BTreeMap;

/// The cursors of one phone as they were last seen.
#[derive(Debug)]
struct Seen {
    device: DeviceId,
    life: u64,
    incarnation: u64,
    branch: ActorId,
    stands: BTreeMap<(ScopeId, Lane), Cursor>,
}

/// The cursors of all phones.
#[derive(Debug, Default)]
pub(super) struct Cursors(BTreeMap<String, Seen>);

impl Cursors {
    /// Compares a phone's cursors with those before.
    pub fn look<S: Storage>(&mut self, phone: &Checked<S>, life: u64) -> Vec<String> {
        let replica = phone.replica;
        let mut stands = BTreeMap::new();
        for (scope, state) in replica.scopes() {
            for lane in Lane::ALL {
                stands.insert((scope, lane), state.cursors[lane.index()]);
            }
        }
        let now = Seen {
            device: replica.identity().certificate.device,
            life,
            incarnation: replica.incarnation(),
            branch: replica.identity().certificate.actors[0],
            stands,
        };
        let Some(before) = self.0.get(phone.name) else {
            self.0.insert(phone.name.to_owned(), now);
            return Vec::new();
        };
        let mut found = Vec::new();
        let goes_on =
            (before.life, before.incarnation, before.branch) == (now.life, now.incarnation, now.branch);
        for (feed, from) in before.stands.iter().filter(|_| goes_on) {
            // One that is gone was taken away with its scope.
            let Some(to) = now.stands.get(feed) else { continue };
            if !may_follow(*from, *to) {
                let ((scope, lane), name) = (feed, phone.name);
                found.push(format!(
                    "the cursor of {name} in scope {}, lane {} went from {from:?} to {to:?}",
                    scope.0,
                    u8::from(*lane)
                ));
            }
        }
        self.0.insert(phone.name.to_owned(), now);
        found
    }

    /// How far each phone, or a copy of it, has read in some feed, of those that have read beyond a commit.
    pub fn beyond(&self, commit: u64) -> BTreeMap<DeviceId, u64> {
        let mut read = BTreeMap::new();
        for seen in self.0.values() {
            let places = seen.stands.values().filter_map(|cursor| match cursor {
                Cursor::At(place) => Some(place.commit),
                Cursor::Pass { .. } => None,
            });
            for place in places.filter(|place| *place > commit) {
                let furthest = read.entry(seen.device).or_insert(place);
                *furthest = place.max(*furthest);
            }
        }
        read
    }

    /// What a phone held is not to be compared with what comes.
    pub fn forget(&mut self, phone: &str) {
        self.0.remove(phone);
    }
}

/// Whether a cursor may come after another.
fn may_follow(from: Cursor, to: Cursor) -> bool {
    match (from, to) {
        (_, Cursor::Pass { base: 0, .. }) => true,
        (Cursor::At(from), Cursor::At(to)) => from <= to,
        (Cursor::At(from), Cursor::Pass { base, .. }) => base >= from.commit,
        (Cursor::Pass { base, .. }, Cursor::At(to)) => to >= Position::after(base),
        (Cursor::Pass { base: before, after }, Cursor::Pass { base, after: then }) => {
            base > before || (base == before && after <= then)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use otor_protocol::ids::{Dot, RecordId};

    #[test]
    fn a_cursor_rises_or_begins_a_first_pass_and_nothing_else() {
        let at = |commit, index| Cursor::At(Position { commit, index });
        let named = |seq| Some(RecordId(Dot::new(ActorId(2), seq)));
        let pass = |base, after| Cursor::Pass { base, after };
        assert!(may_follow(at(3, 1), at(3, 1)) && may_follow(at(3, 1), at(3, 2)));
        assert!(!may_follow(at(3, 2), at(3, 1)) && !may_follow(at(3, 0), at(2, 9)));
        assert!(may_follow(at(3, 1), Cursor::START) && may_follow(at(3, 1), pass(3, named(1))));
        assert!(!may_follow(at(3, 1), pass(2, None)), "a pass from before");
        assert!(may_follow(pass(5, named(1)), pass(5, named(2))));
        assert!(!may_follow(pass(5, named(2)), pass(5, named(1))));
        assert!(may_follow(pass(5, named(2)), Cursor::At(Position::after(5))));
        assert!(
            !may_follow(pass(5, named(2)), at(5, 0)),
            "it skips nothing of its base"
        );
    }
}

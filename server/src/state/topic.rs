//! Which phones a write of the state can have something to tell.

use otor_protocol::ids::{DeviceId, PersonId, ScopeId};

/// What a phone listens to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// The feeds of a scope.
    Scope(ScopeId),
    /// Its owner: which areas they answer for.
    Person(PersonId),
    /// The phone itself: whether it is revoked.
    Device(DeviceId),
}

/// The topic of the key of a written row; none if no phone is told of such a row.
pub fn topic(key: &[u8]) -> Option<Topic> {
    let (space, rest) = key.split_first()?;
    let number = || Some(u32::from_be_bytes(rest.get(..4)?.try_into().ok()?));
    match space {
        b'F' => Some(Topic::Scope(ScopeId(number()?))),
        b'W' => Some(Topic::Person(PersonId(number()?))),
        b'D' => Some(Topic::Device(DeviceId(number()?))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::key;
    use crate::store::engine::RowKey;
    use otor_protocol::ids::{Lane, Position};

    #[test]
    fn rows_that_phones_are_told_of_have_the_topic_they_listen_to() {
        let feed = key::feed(ScopeId(10), Lane::Urgent, Position::after(3));
        assert_eq!(topic(&feed), Some(Topic::Scope(ScopeId(10))));
        assert_eq!(topic(&key::person(PersonId(7))), Some(Topic::Person(PersonId(7))));
        assert_eq!(topic(&key::device(DeviceId(9))), Some(Topic::Device(DeviceId(9))));
        let changed = key::changed(Position::after(1));
        for other in [key::server(), key::person_code("F"), changed, RowKey::new()] {
            assert_eq!(topic(&other), None);
        }
    }
}

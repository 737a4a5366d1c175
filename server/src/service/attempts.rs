//! The attempts to synchronise that this server has met, branch by branch, since it started: which is the newest,
//! which came late, and which comes from a copy. Kept in memory only.

use otor_protocol::ids::ActorId;
use otor_protocol::mutation::{self, Mutation};
use otor_protocol::wire::{Hello, low_half};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a hello is among those of its branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The newest; its number.
    Newest(u64),
    /// One of the same phone that a newer one has overtaken.
    Late,
    /// One of a copy: it does not know of the attempt before it.
    OfACopy,
}

/// The last attempt of one branch.
#[derive(Debug)]
struct Last {
    number: u64,
    nonce: u16,
    /// The nonces it named as its phone's attempts before it.
    earlier: Vec<u16>,
    /// Whether its phone has had all its answers, if any, since the server started: it or an earlier one named an attempt
    /// that was met as answered, or none.
    is_answered: bool,
}

/// The last attempt of each branch, named by its actor of lane 0.
#[derive(Debug, Default)]
pub struct Attempts {
    met: Mutex<(u64, BTreeMap<ActorId, Last>)>,
}

impl Attempts {
    /// Notes a hello, unless it is late or a copy's: then the newest stays what it was. `anchor` is the nonce that
    /// the journal knows of its branch, for the first attempt since the server started.
    pub fn meet(&self, hello: &Hello, anchor: Option<u16>) -> Attempt {
        let nonce = low_half(hello.nonce);
        let mut met = self.lock();
        let (count, branches) = &mut *met;
        let before = branches.get(&hello.first_actor);
        let is_answered = hello.confirmed == 0
            || before.is_some_and(|last| last.is_answered || last.nonce == hello.confirmed);
        if let Some(last) = before {
            if !hello.knows(last.nonce) && !mutation::active(Mutation::WorkNotCompared) {
                let late = last.earlier.contains(&nonce);
                return if late { Attempt::Late } else { Attempt::OfACopy };
            }
        } else if anchor.is_some_and(|anchor| !hello.knows(anchor))
            && !mutation::active(Mutation::WorkNotCompared)
        {
            return Attempt::OfACopy;
        }
        *count += 1;
        let last = Last {
            number: *count,
            nonce,
            earlier: hello.recent.clone(),
            is_answered,
        };
        branches.insert(hello.first_actor, last);
        Attempt::Newest(*count)
    }

    /// Whether no newer attempt of the branch has come.
    pub fn is_newest(&self, first_actor: ActorId, number: u64) -> bool {
        let met = self.lock();
        met.1.get(&first_actor).is_some_and(|last| last.number == number)
    }

    /// Whether the branch has been heard of.
    pub fn has_met(&self, first_actor: ActorId) -> bool {
        self.lock().1.contains_key(&first_actor)
    }

    /// Whether the branch has had an answer since the server started, or never any.
    pub fn has_answered(&self, first_actor: ActorId) -> bool {
        let met = self.lock();
        met.1.get(&first_actor).is_some_and(|last| last.is_answered)
    }

    /// Forgets all of them: in another history no phone can know what this server met before.
    pub fn forget(&self) {
        self.lock().1.clear();
    }

    fn lock(&self) -> MutexGuard<'_, (u64, BTreeMap<ActorId, Last>)> {
        // One insertion at a time: nothing is ever half done.
        self.met.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use otor_protocol::ids::DeviceId;

    fn hello(nonce: u32, confirmed: u16, anchor: Option<u16>, recent: &[u16]) -> Hello {
        Hello {
            protocol: 1,
            catalogue: 1,
            packing: 0,
            dictionary: 0,
            device: DeviceId(1),
            nonce,
            confirmed,
            anchor,
            recent: recent.to_vec(),
            incarnation: 7,
            first_actor: ActorId(2),
            lanes: Default::default(),
            point: 0,
            feeds: Vec::new(),
            boot: 1,
            uptime_ms: 0,
            reply_budget_bytes: 0,
            wait_ms: 0,
            frame_aim: 0,
            requests: Vec::new(),
            signature: None,
        }
    }

    #[test]
    fn a_phone_that_knows_the_last_attempt_is_served_and_one_that_does_not_is_a_copy() {
        let attempts = Attempts::default();
        assert_eq!(
            attempts.meet(&hello(0xa_0001, 0, None, &[]), None),
            Attempt::Newest(1)
        );
        // Its reply was lost: the phone names it among the recent ones.
        assert_eq!(
            attempts.meet(&hello(0xb_0002, 0, None, &[1]), None),
            Attempt::Newest(2)
        );
        // Its reply came.
        assert_eq!(
            attempts.meet(&hello(0xc_0003, 2, None, &[]), None),
            Attempt::Newest(3)
        );
        // A copy from before that knows only the second, and one that was never answered.
        assert_eq!(
            attempts.meet(&hello(0xd_0004, 2, None, &[]), None),
            Attempt::OfACopy
        );
        assert_eq!(
            attempts.meet(&hello(0xe_0005, 0, None, &[9]), None),
            Attempt::OfACopy
        );
        // The copies disturb nothing.
        assert!(attempts.is_newest(ActorId(2), 3));
        assert_eq!(
            attempts.meet(&hello(0xf_0006, 3, None, &[]), None),
            Attempt::Newest(4)
        );
    }

    #[test]
    fn a_late_hello_of_the_same_phone_is_no_copy_and_does_not_disturb_the_newer_one() {
        let attempts = Attempts::default();
        let late = hello(0xa_0001, 0, None, &[]);
        assert_eq!(
            attempts.meet(&hello(0xb_0002, 0, None, &[1]), None),
            Attempt::Newest(1)
        );
        assert_eq!(attempts.meet(&late, None), Attempt::Late);
        assert!(attempts.is_newest(ActorId(2), 1));
        assert_eq!(
            attempts.meet(&hello(0xc_0003, 0, None, &[1, 2]), None),
            Attempt::Newest(2)
        );
    }

    #[test]
    fn after_a_restart_the_anchor_of_the_journal_stands_for_what_was_forgotten() {
        let copy = hello(0xa_0001, 4, None, &[]);
        assert_eq!(Attempts::default().meet(&copy, Some(5)), Attempt::OfACopy);
        let own = hello(0xa_0001, 6, Some(5), &[]);
        assert_eq!(Attempts::default().meet(&own, Some(5)), Attempt::Newest(1));
        assert_eq!(Attempts::default().meet(&copy, None), Attempt::Newest(1));
    }
}

//! A phone's link, shared between the connection that runs over it and whoever changes it meanwhile.

use std::sync::{Arc, Mutex, PoisonError};

use crate::link::{Link, Profile};

/// A link that may be changed while a connection runs over it. Clones are the same link.
#[derive(Clone, Debug)]
pub struct SharedLink(Arc<Mutex<Link>>);

impl SharedLink {
    /// Shares a link.
    pub fn new(link: Link) -> Self {
        Self(Arc::new(Mutex::new(link)))
    }

    /// Lets `act` use the link; to be short, for its connection waits meanwhile.
    pub fn with<T>(&self, act: impl FnOnce(&mut Link) -> T) -> T {
        // A link is whole between any two of its calls, so one that panicked leaves it usable.
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The link is another one from `now_us` on, in microseconds of virtual time.
    pub fn set_profile(&self, profile: Profile, now_us: u64) {
        self.with(|link| link.set_profile(profile, now_us));
    }
}

//! A phone in its place: the link it has and the attempt that is under way.

use super::attempt::Attempt;
use crate::device::{Phone, Snapshot};
use crate::link::{Link, Profile};
use std::collections::BTreeMap;

/// A phone, its link, and what it is doing.
pub(crate) struct Station {
    pub phone: Phone,
    pub link: Link,
    /// The profile the link has when it is up.
    pub usual: Profile,
    /// The attempt under way.
    pub attempt: Option<Attempt>,
    /// Counts attempts and waits, so that what was noted for an earlier one is known as such.
    pub number: u64,
    /// Requests that it has sent.
    pub sent: u64,
    /// Keeps trying until nothing is left either way.
    pub until_done: bool,
    /// Another sync was asked for while one was under way.
    pub again: Option<bool>,
    /// What cuts the next attempt.
    pub fault: Fault,
    pub snapshots: BTreeMap<String, Snapshot>,
    /// When its latest attempt began, milliseconds since the Unix epoch.
    pub begun_ms: i64,
}

/// What a link is besides its rates, as the coverage calls it.
pub(super) fn kinds_of(profile: &Profile) -> Vec<&'static str> {
    let proxy = profile.proxy.map(|_| "link.buffering_proxy");
    let recording = profile.recording.as_ref().map(|_| "link.recorded");
    proxy.into_iter().chain(recording).collect()
}

/// What befalls an attempt besides its link.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fault {
    pub cut_after_bytes: Option<u64>,
    pub cut_reply: bool,
    /// The request is at the server so much later, and its reply at the phone.
    pub late_ms: Option<u64>,
    /// The request is at the server a second time so much later.
    pub again_ms: Option<u64>,
    /// The server may hold its reply so long.
    pub wait_ms: Option<u16>,
}

impl Station {
    pub fn new(phone: Phone, link: Link, usual: Profile) -> Self {
        Station {
            phone,
            link,
            usual,
            attempt: None,
            number: 0,
            sent: 0,
            until_done: false,
            again: None,
            fault: Fault::default(),
            snapshots: BTreeMap::new(),
            begun_ms: i64::MAX,
        }
    }
}

//! The phone's attempts to synchronise, by their nonces: whoever knows the last that the server met is no copy.

use super::storage::{self, Batch, Storage};
use super::{Meta, Replica};
use crate::limits::RECENT_NONCES_MAX;
use crate::mutation::{self, Mutation};
use crate::wire::low_half;

impl Meta {
    /// An attempt was answered with a welcome, which told the anchor if the hello showed another.
    pub(super) fn note_welcomed(&mut self, nonce: u32, anchor: Option<u16>) {
        let confirmed = low_half(self.confirmed_nonce);
        self.anchor = anchor.or(self.anchor).or(Some(confirmed));
        self.confirmed_nonce = nonce;
        self.recent_nonces.clear();
    }

    /// In a new branch the server has met no attempt.
    pub(super) fn forget_nonces(&mut self) {
        self.confirmed_nonce = 0;
        self.anchor = None;
        self.recent_nonces.clear();
    }
}

impl<S: Storage> Replica<S> {
    /// Nonce of the last attempt that was answered with a welcome.
    pub fn confirmed_nonce(&self) -> u32 {
        self.meta.confirmed_nonce
    }

    /// Low half of that nonce, for the hello; 0 if none.
    pub fn confirmed(&self) -> u16 {
        low_half(self.meta.confirmed_nonce)
    }

    /// Low half of the nonce under which the server last journaled something of this phone; none if that is the
    /// confirmed one.
    pub fn anchor(&self) -> Option<u16> {
        self.meta
            .anchor
            .filter(|anchor| *anchor != low_half(self.meta.confirmed_nonce))
    }

    /// Low halves of the nonces of the attempts since the confirmed one, oldest first.
    pub fn recent_nonces(&self) -> &[u16] {
        &self.meta.recent_nonces
    }

    /// The nonce of an attempt for which this one was drawn. When no more can be named in a hello, attempts share
    /// their low half with the last that is: each is still fresh, and known as this phone's own.
    pub(crate) fn nonce_of_attempt(&self, drawn: u32) -> u32 {
        if mutation::active(Mutation::ForkNonceReused) {
            return 7;
        }
        let recent = &self.meta.recent_nonces;
        match recent.last() {
            Some(last) if recent.len() >= RECENT_NONCES_MAX => drawn & 0xffff_0000 | u32::from(*last),
            _ => drawn,
        }
    }

    /// Notes, durably, that an attempt with this nonce begins: what it sends must be known as this phone's own.
    pub(crate) fn begin_attempt(&mut self, nonce: u32) -> Result<(), S::Error> {
        self.latest_nonce = Some(nonce);
        if self.meta.recent_nonces.len() < RECENT_NONCES_MAX {
            self.meta.recent_nonces.push(low_half(nonce));
        }
        self.store_meta()?;
        if mutation::active(Mutation::AttemptNotNoted) {
            return Ok(());
        }
        self.storage.sync()
    }

    /// Notes, durably, that the server has other ops than this phone's: the next attempt says so.
    pub(crate) fn note_copied(&mut self) -> Result<(), S::Error> {
        self.meta.copied = true;
        self.store_meta()?;
        self.storage.sync()
    }

    /// Whether a welcome acknowledged other ops than the phone's, and that has not been settled.
    pub(crate) fn found_copied(&self) -> bool {
        self.meta.copied
    }

    pub(super) fn store_meta(&mut self) -> Result<(), S::Error> {
        let mut batch = Batch::default();
        batch.put(storage::META.to_vec(), &self.meta);
        self.storage.apply(&batch)
    }
}

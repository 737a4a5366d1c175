//! What an exchange has brought.

use super::pace::ContactEnd;
use crate::replica::WelcomeReport;

/// What an exchange has brought so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExchangeReport {
    /// Whether it ended with the server's `end`.
    pub complete: bool,
    /// Whether the server left something behind for the next exchange.
    pub more: bool,
    /// What the welcome brought, if it came.
    pub welcome: Option<WelcomeReport>,
    /// Change and state frames applied.
    pub frames: u32,
    /// Answers to checks that were taken.
    pub repairs: u32,
    /// Feed entries and states in them.
    pub items: u32,
    /// The phone found itself a copy, and has gone on from there: it asks again at once.
    pub recovered: bool,
    /// Bytes of a learned dictionary that came.
    pub dictionary_bytes: u32,
}

impl ExchangeReport {
    /// How the contact ended, if this exchange was its last.
    pub fn contact_end(&self) -> ContactEnd {
        match (self.complete, self.more, self.progress()) {
            (true, false, _) => ContactEnd::Well,
            (true, true, _) => ContactEnd::WellWithMore,
            (false, _, true) => ContactEnd::Cut,
            (false, _, false) => ContactEnd::CutInVain,
        }
    }

    /// Whether anything was achieved that need not be done again.
    pub fn progress(&self) -> bool {
        let acked = self
            .welcome
            .as_ref()
            .is_some_and(|welcome| welcome.acked + welcome.lost_ops > 0);
        // Whether what was put right is enough is told by `more`: where it puts nothing right, asking again does not.
        let repaired = self.repairs > 0 && (self.more || !self.complete);
        self.frames > 0 || acked || self.recovered || repaired
    }
}

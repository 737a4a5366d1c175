//! A simulated phone: the real replica on a storage that can crash, with a clock of its own and its counts.
//!
//! Nothing here does I/O, reads a clock or starts a thread; every kind of transport drives the same phone.
//!
//! - [`storage`]: rows that are durable or not yet; [`clock`]: wall clock, boot and uptime.
//! - [`phone`]: the phone and what may happen to it; [`exchange`]: one attempt to synchronise; [`attempts`]: how
//!   they begin, and when again.
//! - [`statistics`]: what the report tells of a phone; [`repeats`]: which bytes crossed the link again; `acks`: who
//!   hears of acknowledgements.

mod acks;
pub mod attempts;
pub mod clock;
pub mod exchange;
#[cfg(test)]
pub(crate) mod fixture;
pub mod phone;
pub mod repeats;
pub mod statistics;
pub mod storage;

pub use acks::AckListener;
pub use attempts::Wish;
pub use clock::PhoneClock;
pub use exchange::{Crossing, ExchangeFault, PhoneExchange};
pub use phone::{Phone, PhoneError};
pub use statistics::Statistics;
pub use storage::{PhoneStorage, Snapshot, StorageError};

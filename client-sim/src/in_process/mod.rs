//! The only module that knows the server's library; what it shows outside is bytes and plain data.
//!
//! The server under virtual time: its own commit path, store and services on a simulated disk, driven step by
//! step. And a real server as a [`child`] process, of this very executable.

mod backup;
mod centre;
pub mod child;
mod clock;
mod committing;
mod copy;
pub mod cost;
mod damage;
mod decided;
mod dictionaries;
mod exchange;
mod field_clock;
mod journal;
mod mortal;
mod office;
mod pull;
mod refusing;
mod server;
mod statistics;
mod upkeep;
mod watch;
mod watched;

pub use centre::LocalCentre;
pub use damage::alter_record;
pub use dictionaries::taught_by;
pub use exchange::LocalExchange;
pub use field_clock::FieldClock;
pub use mortal::Gone;
pub use office::Brought;
pub(crate) use otor_server::commit::thread::give_way;
pub use pull::{LocalBody, LocalSource};
pub use server::LocalServer;

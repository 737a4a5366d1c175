//! A phone's mobile link, emulated in virtual time: when there is one, how TCP fares on it, where it is cut.
//!
//! Nothing here reads a clock, does I/O or starts a thread. All times are microseconds of virtual time, given
//! by the caller; all chance follows from a seed. The same objects serve a virtual-time world, which jumps
//! from one event to the next, and a stream that proxies real bytes and asks whenever it likes.
//!
//! - [`profile`]: the parameters of a link, and the named ones; [`table`]: their list for people.
//! - [`access`]: one phone's link over its connections; [`connection`]: one TCP connection on it.
//! - [`tcp`]: the stated model of TCP; [`cut`]: ends on purpose; [`recorded`]: recordings in place of rates;
//!   [`drives`]: some that are made up.

pub mod access;
pub mod connection;
pub mod cut;
pub mod drives;
pub mod ending;
mod loss;
mod outage;
mod path;
mod presets;
pub mod profile;
pub mod recorded;
mod spells;
mod streams;
pub mod table;
pub mod tcp;

#[cfg(test)]
mod behaviour;
#[cfg(test)]
mod properties;

pub use access::{ConnectOutcome, Link};
pub use connection::{Arrival, Connection};
pub use cut::Cut;
pub use ending::EndCause;
pub use profile::Profile;

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// From the phone to the server.
    Up,
    /// From the server to the phone.
    Down,
}

impl Direction {
    /// The side that sends this way.
    pub fn sender(self) -> Side {
        match self {
            Self::Up => Side::Phone,
            Self::Down => Side::Server,
        }
    }
}

/// One end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The phone.
    Phone,
    /// The server.
    Server,
}

//! The two sides of one exchange, without I/O: bytes and the time go in, bytes and events come out.
//!
//! [`device::DeviceExchange`] is driven by whatever transport a phone has; [`server::ServerSession`] by the
//! server's request handler. [`retry::Retry`] says when a phone tries again, [`pace::Pace`] how large its frames and
//! requests are, [`clock`] when an op was written.

pub mod clock;
pub mod device;
pub mod pace;
mod report;
mod request;
pub mod retry;
pub mod server;
pub mod upload;

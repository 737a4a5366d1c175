//! End to end tests.
//!
//! - [`ledger`]: a store that a child process fills, so that its parent can kill it, or cut its power, and look.
//! - [`changes`]: bytes changed at random.
//! - [`tampered`]: a disk that rests in the middle of things, or only says that it has synced.

pub mod changes;
pub mod ledger;
pub mod tampered;

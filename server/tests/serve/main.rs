//! The real `otor` executable: starting, refusing to start, stopping, and being administered.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod administering;
mod clock;
mod connecting;
mod process;
mod refusing;
mod speaking;
mod stopping;
mod trusting;

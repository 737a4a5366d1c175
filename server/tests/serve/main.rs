//! The real `otor` executable: starting, refusing to start, stopping, and being administered.

mod administering;
mod process;
mod refusing;
mod stopping;
mod trusting;

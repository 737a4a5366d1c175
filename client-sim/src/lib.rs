//! Otor simulator.
pub mod device;
pub mod link;
pub mod trace;

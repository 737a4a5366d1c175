//! Otor simulator.
pub mod link;
pub mod trace;

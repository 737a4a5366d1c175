//! Otor simulator.
pub mod link;

//! The Otor simulator: phones on emulated links, traces of the field, checks and reports.
//!
//! Everything but [`in_process`] knows the wire and nothing more of the server.

pub mod check;
pub mod commands;
pub mod demo;
pub mod device;
pub mod dictionary;
pub mod in_process;
pub mod link;
pub mod measure;
pub mod model;
#[cfg(any(feature = "mutations", debug_assertions))]
pub mod mutants;
pub mod remote;
pub mod replay;
pub mod soak;
pub mod storm;
pub mod trace;
pub mod transport;
pub mod vectors;
pub mod world;

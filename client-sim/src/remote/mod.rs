//! Phones against a real server, over real HTTP, in real time made faster.
//!
//! - `api`, `centre`: the administrators' side. `station`: a phone in its place.
//! - `timeline`: what time it is; `passing`: the trace's own time for server and phones. `runner`: server, phones and checks; `steps`: what a trace does to them.
//! - `replay`: a whole trace. `run`: phones that write for a time. `ack_log`: what was
//!   acknowledged to them, in a file.

mod ack_log;
mod api;
mod centre;
mod judging;
mod passing;
mod pull;
mod replay;
mod restoring;
mod run;
mod runner;
mod station;
mod steps;
mod timeline;

pub use ack_log::AckLog;
pub use api::Access;
pub use centre::HttpCentre;
pub use replay::{Progress, Unsupported, check_support, replay};
pub use run::{Load, run};
pub use runner::{Options, Runner, ServerChoice};

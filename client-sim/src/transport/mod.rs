//! How a simulated phone's bytes reach a server: over real HTTP through an emulated link, counted and cut at a
//! byte; and what the same exchange weighs when it stays in process.
//!
//! - [`http`]: heads and lengths of requests and replies; [`pace`]: virtual time out of real time.
//! - [`emulated_stream`]: a real socket behind an emulated link; [`shared_link`]: the link it runs over.
//! - [`target`]: where the server is; [`tls`]: its pinned key; [`post`]: one request over a stream.
//! - [`mod@enrol`]: a phone's enrolment; [`real`]: one exchange; [`until_done`]: trying until nothing is left;
//!   [`live`]: staying up to date.

pub mod emulated_stream;
pub mod enrol;
pub mod http;
pub mod link_time;
pub mod live;
pub mod pace;
mod plain_count;
pub mod post;
pub mod real;
pub mod shared_link;
mod socket;
pub mod stream_report;
pub mod target;
#[cfg(test)]
mod test_server;
#[cfg(test)]
mod tests;
pub mod tls;
pub mod until_done;

pub use emulated_stream::{EmulatedStream, Severing};
pub use enrol::{EnrolError, Enrolment, enrol};
pub use live::stay_live;
pub use pace::Pace;
pub use real::{Attempt, AttemptOptions, Ending, Route, SharedPhone, exchange};
pub use shared_link::SharedLink;
pub use target::Target;
pub use until_done::{Outcome, run_until_done, sync_once};

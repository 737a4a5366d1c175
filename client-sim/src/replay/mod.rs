//! Replaying a trace: steps against phones and a server, in virtual time or over real HTTP; then expectations,
//! checks and the report.

pub mod acts;
pub mod book;
pub mod centre;
pub mod conclusion;
pub mod coverage;
pub mod expect;
mod lists;
pub mod pulls;
pub mod report;

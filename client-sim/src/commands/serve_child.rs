//! `otor-sim serve-child`: this executable as a server.

use crate::in_process::child::serve_child;
use std::ffi::OsString;
use std::process::ExitCode;

/// The server's own command line.
#[derive(clap::Args)]
pub(super) struct ServeChildArgs {
    /// What time it is, in milliseconds since the Unix epoch; the machine's without it
    #[arg(long, allow_hyphen_values = true)]
    pub time: Option<i64>,

    /// What the server is called with
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub arguments: Vec<OsString>,
}

pub(super) fn run(args: ServeChildArgs) -> ExitCode {
    serve_child(args.time, args.arguments)
}

//! `otor-sim serve-child`: this executable as a server.

use crate::in_process::child::serve_child;
use std::ffi::OsString;
use std::process::ExitCode;

/// The server's own command line.
#[derive(clap::Args)]
pub(super) struct ServeChildArgs {
    /// What the server is called with
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub arguments: Vec<OsString>,
}

pub(super) fn run(args: ServeChildArgs) -> ExitCode {
    serve_child(args.arguments)
}

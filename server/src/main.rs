//! The `otor` executable.

use std::process::ExitCode;

fn main() -> ExitCode {
    otor_server::cli::run_command_line(std::env::args_os())
}

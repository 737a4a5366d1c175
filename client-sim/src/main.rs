//! The `otor-sim` executable.

use std::process::ExitCode;

fn main() -> ExitCode {
    otor_sim::commands::run_command_line(std::env::args_os())
}

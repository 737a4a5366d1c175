//! The `otor-sim` executable, declared here too so that testing this crate builds what its tests run.

use std::process::ExitCode;

fn main() -> ExitCode {
    otor_sim::commands::run_command_line(std::env::args_os())
}

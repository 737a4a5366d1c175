//! The `otor-sim` executable.

use std::process::ExitCode;

/// A tenth of an exchange is memory that is taken and given back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    otor_sim::commands::run_command_line(std::env::args_os())
}

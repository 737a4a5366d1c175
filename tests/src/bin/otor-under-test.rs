//! The `otor` executable, declared here too so that testing this crate builds what its tests run.

use std::process::ExitCode;

/// A tenth of an exchange is memory that is taken and given back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    otor_server::cli::run_command_line(std::env::args_os())
}

//! `otor-sim vectors write`: test vectors of the protocol.

use super::failure::{Failure, print_line};
use crate::vectors;
use std::path::PathBuf;

/// Commands on test vectors.
#[derive(clap::Subcommand)]
pub(super) enum VectorsCommand {
    /// Write the test vectors of the protocol that are not there yet
    #[command(after_long_help = "\
A file that is there is never written anew; one that differs from what this version makes is named, and the
exit status is 1.

Examples:
  otor-sim vectors write tests/golden/vectors/v1")]
    Write(WriteArgs),
}

/// What `vectors write` is given.
#[derive(clap::Args)]
pub(super) struct WriteArgs {
    /// The folder they are written into
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(super) fn run(command: &VectorsCommand) -> Result<(), Failure> {
    let VectorsCommand::Write(args) = command;
    let files = vectors::all()?;
    let written = vectors::write(&args.folder, &files)
        .map_err(|error| Failure::file("write into", &args.folder, &error))?;
    for name in &written.new {
        print_line(&format!("new        {name}"))?;
    }
    for name in &written.different {
        print_line(&format!("different  {name}"))?;
    }
    print_line(&format!(
        "{} new, {} as they were, {} different",
        written.new.len(),
        written.same,
        written.different.len()
    ))?;
    if written.different.is_empty() {
        Ok(())
    } else {
        Err(Failure::NotOk)
    }
}

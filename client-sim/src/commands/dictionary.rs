//! `otor-sim dictionary train`: the dictionary that is shipped.

use super::failure::{Failure, print_line};
use crate::dictionary;
use std::path::PathBuf;

/// Commands on the dictionary that is shipped.
#[derive(clap::Subcommand)]
pub(super) enum DictionaryCommand {
    /// Train it anew, from a made-up county and the field's vocabulary
    #[command(after_long_help = "\
The same sources give the same bytes. A dictionary that has been released never changes: a new one gets a new number.

Examples:
  otor-sim dictionary train --out protocol/src/wire/dictionary-1.bin")]
    Train(TrainArgs),
}

/// What `dictionary train` is given.
#[derive(clap::Args)]
pub(super) struct TrainArgs {
    /// Where to write it
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(super) fn run(command: &DictionaryCommand) -> Result<(), Failure> {
    let DictionaryCommand::Train(args) = command;
    let bytes = dictionary::train().map_err(|error| Failure::Wrong(format!("{error:#}")))?;
    std::fs::write(&args.out, &bytes).map_err(|error| Failure::file("write", &args.out, &error))?;
    print_line(&format!("{} bytes", bytes.len()))
}

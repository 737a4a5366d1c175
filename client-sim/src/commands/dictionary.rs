//! `otor-sim dictionary`: training those that are shipped.

use super::failure::{Failure, print_line};
use crate::dictionary;
use std::path::PathBuf;

/// Commands on the dictionaries that are shipped.
#[derive(clap::Subcommand)]
pub(super) enum DictionaryCommand {
    /// Train it anew, from kept batches of a made-up county and the field's language
    #[command(after_long_help = "\
The same sources give the same bytes. A dictionary that has been released never changes: a new one gets a new number.

Examples:
  otor-sim dictionary train --out protocol/src/wire/dictionary-1.bin")]
    Train(OutArgs),
    /// Gather batches of a made-up county anew, to train from
    #[command(after_long_help = "\
The batches are kept so that training does not depend on what the county is made up from.

Examples:
  otor-sim dictionary gather --out client-sim/data/batches.bin")]
    Gather(OutArgs),
    /// Train one for the server's journal, from the entries of a made-up county
    #[command(after_long_help = "\
The one that is kept, server/src/state/packed/entries-1.dict, never changes: journals are read by it. It was trained by
zstd's command line from such a journal; this does the same, for a next one.

Examples:
  otor-sim dictionary entries --out entries-2.dict")]
    Entries(OutArgs),
}

/// What each is given.
#[derive(clap::Args)]
pub(super) struct OutArgs {
    /// Where to write it
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(super) fn run(command: &DictionaryCommand) -> Result<(), Failure> {
    let (args, made) = match command {
        DictionaryCommand::Train(args) => (args, dictionary::train()),
        DictionaryCommand::Gather(args) => (args, dictionary::gather()),
        DictionaryCommand::Entries(args) => (args, dictionary::entries(&dictionary::county())),
    };
    let bytes = made.map_err(|error| Failure::Wrong(format!("{error:#}")))?;
    std::fs::write(&args.out, &bytes).map_err(|error| Failure::file("write", &args.out, &error))?;
    print_line(&format!("{} bytes", bytes.len()))
}

//! `otor backup` and `otor restore`: a server's data copied elsewhere, and back.

use super::failure::Failure;
use super::print;
use super::store::{StoreArgs, tell};
use crate::run;
use serde_json::json;
use std::path::PathBuf;

pub(super) const BACKUP_HELP: &str = "\
Copies the server's key and its journal, as it was at one commit. To be run on the server's machine, as its user; the \
server may run meanwhile and is not disturbed. The first backup into a folder copies everything, each further one only \
what came since: of the journal's segments (64 MiB) those that the backup does not have, and the rest of the last one. \
What was copied is read back and its hash compared; with --check-all so is everything that was there before, and the whole journal is looked at for damage. A backup \
that breaks off leaves the one before.

The copy holds people's data and the server's key: keep it as safe as the server. It does not hold the file of erasures, \
which lies beside the data folder and has to be kept apart.

Examples:
  otor backup --data /var/lib/otor --to /mnt/backup/otor
  otor backup --data /var/lib/otor --to /mnt/backup/otor --check-all";

pub(super) const RESTORE_HELP: &str = "\
Checks the whole backup, copies it, reads the copy back entry by entry, begins a new history with it and applies again \
what was erased since. Phones notice the new history at their next exchange: they bring again what the backup does not \
have, are admitted again if it does not know them, and pull their records anew. The data folder has to be empty, or not \
there: nothing is overwritten. What only administrators wrote since the backup is lost.

Example:
  otor restore --from /mnt/backup/otor --data /var/lib/otor && otor serve --data /var/lib/otor";

/// What to back up, and where to.
#[derive(clap::Args)]
pub(super) struct BackupArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// Folder of the backup, made if it is not there; not within the data folder
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// Look at the whole journal, and read back the whole backup, not only what was added
    #[arg(long)]
    check_all: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What to restore, and where to.
#[derive(clap::Args)]
pub(super) struct RestoreArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// Folder of the backup
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// File that says what was erased [env: OTOR_ERASURES, default: beside the data folder]
    #[arg(long, value_name = "FILE")]
    erasures: Option<PathBuf>,
}

pub(super) fn back_up(args: &BackupArgs) -> Result<(), Failure> {
    let report = run::back_up(&args.store.settings()?, &args.to, args.check_all)?;
    if args.json {
        let answer = json!({
            "entries": report.entries,
            "entries_added": report.entries.saturating_sub(report.entries_before),
            "segments": report.segments,
            "segments_copied": report.segments_copied,
            "bytes": report.bytes,
            "bytes_copied": report.bytes_copied,
            "checked_all": args.check_all,
        });
        return print::line(answer.to_string());
    }
    let checked = if args.check_all {
        "all of it was read back"
    } else {
        "what was added was read back"
    };
    print::line(format!(
        "{} holds the journal up to entry {} ({} more than before), {} bytes in {} segments; {} bytes were copied, {checked}",
        args.to.display(),
        report.entries,
        report.entries.saturating_sub(report.entries_before),
        report.bytes,
        report.segments,
        report.bytes_copied,
    ))
}

pub(super) fn restore(args: &RestoreArgs) -> Result<(), Failure> {
    let mut settings = args.store.settings()?;
    settings.erasures = args.erasures.clone().or(settings.erasures);
    let (manifest, erased) = run::restore(&settings, &args.from, &mut tell)?;
    print::line(format!(
        "{} holds the backup's {} entries; a new history has begun, {erased} erasures were applied again. Phones bring \
         the rest when they synchronise",
        settings.data.display(),
        manifest.entries
    ))
}

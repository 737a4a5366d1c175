//! Commands on a stopped server's data folder: `otor rebuild`, `otor verify`, `otor reset-token`.

use super::failure::Failure;
use super::print;
use crate::run::{self, ServeError, StoreFolder, reset_token};
use crate::settings::{ServeFlags, Settings};
use crate::store::engine::{DifferenceKind, VerifyReport};
use std::path::PathBuf;

pub(super) const VERIFY_HELP: &str = "\
Reads the whole journal, folds it in memory and compares the result with the table, row by row. Nothing is \
changed. If they differ the exit status is 1, and `otor rebuild` makes a new table from the journal.";

pub(super) const RESTORED_HELP: &str = "\
To be run once, before the server is started on data that were copied back by hand; `otor restore` does it by itself. A new history begins: phones notice it, \
bring again what the backup does not have, are admitted again if it does not know them, and pull their records anew. \
What was erased since the backup is erased again.

Example:
  cp -a backup/. otor-data/ && otor restored && otor serve";

pub(super) const RESET_HELP: &str = "\
For an operator who has lost the token that the first start printed. The old one opens nothing any more.";

/// Which data folder, and what was erased.
#[derive(clap::Args)]
pub(super) struct RestoredArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// File that says what was erased [env: OTOR_ERASURES, default: beside the data folder]
    #[arg(long, value_name = "FILE")]
    erasures: Option<PathBuf>,
}

/// Which data folder.
#[derive(clap::Args)]
pub(super) struct StoreArgs {
    /// Config file (TOML) of the server [env: OTOR_CONFIG]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Data folder of the stopped server [env: OTOR_DATA, default: ./otor-data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// What the embedded database cannot go on with it says by a panic. It is caught, and told as damage; the panic
/// itself is nothing for people.
pub(super) fn hush_the_table() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let of_table = panic
            .location()
            .is_some_and(|place| place.file().contains("/sled-"));
        if !of_table {
            usual(panic);
        }
    }));
}

impl StoreArgs {
    /// The settings of the server whose folder it is.
    pub(super) fn settings(&self) -> Result<Settings, Failure> {
        let flags = ServeFlags {
            config: self.config.clone(),
            data: self.data.clone(),
            ..ServeFlags::default()
        };
        super::serve::load(&flags)
    }
}

impl From<ServeError> for Failure {
    fn from(error: ServeError) -> Self {
        let words = super::failure::one_line(&error.to_string());
        if error.is_bad_input() {
            Failure::BadInput(words)
        } else {
            Failure::Failed(words)
        }
    }
}

pub(super) fn rebuild(args: &StoreArgs) -> Result<(), Failure> {
    let folder = StoreFolder::take_existing(&args.settings()?)?;
    let (mut engine, report) = folder.rebuild(&mut tell)?;
    engine.end().map_err(ServeError::from)?;
    print::line(format!(
        "folded {} entries into a new table in {}",
        report.commit,
        folder.path().display()
    ))
}

pub(super) fn verify(args: &StoreArgs) -> Result<(), Failure> {
    let folder = StoreFolder::take_existing(&args.settings()?)?;
    let report = folder.verify(&mut tell)?;
    print::line(format!(
        "journal: {} entries, whole\ntable:   as of entry {}, {} rows compared",
        report.journal_commit, report.table_commit, report.rows
    ))?;
    if report.is_sound() {
        return print::line("the table is what the journal says");
    }
    explain(&report)?;
    Err(Failure::Failed(
        "the table is not what the journal says; `otor rebuild` makes a new one".into(),
    ))
}

fn explain(report: &VerifyReport) -> Result<(), Failure> {
    if let Some(why) = &report.unreadable {
        print::line(format!("the table cannot be compared: {why}"))?;
    }
    for difference in &report.named {
        let what = match difference.kind {
            DifferenceKind::Missing => "is missing",
            DifferenceKind::Unexpected => "should not be there",
            DifferenceKind::Different => "has another value",
        };
        print::line(format!("row {} {what}", difference.key.escape_ascii()))?;
    }
    let further = report.differences.saturating_sub(report.named.len() as u64);
    if further > 0 {
        print::line(format!("and {further} rows more"))?;
    }
    if report.stray_pieces > 0 {
        print::line(format!("pieces of large values astray: {}", report.stray_pieces))?;
    }
    Ok(())
}

pub(super) fn reset(args: &StoreArgs) -> Result<(), Failure> {
    let folder = StoreFolder::take_existing(&args.settings()?)?;
    let token = reset_token(&folder, &mut tell)?;
    print::line(format!("administrator token (shown only this once): {token}"))
}

pub(super) fn restored(args: &RestoredArgs) -> Result<(), Failure> {
    let mut settings = args.store.settings()?;
    settings.erasures = args.erasures.clone().or(settings.erasures);
    let folder = StoreFolder::take_existing(&settings)?;
    let erased = run::restored(&settings, &folder, &mut tell)?;
    print::line(format!(
        "a new history has begun; {erased} erasures were applied again. Phones bring the rest when they synchronise"
    ))
}

/// Tells of what takes long.
pub(super) fn tell(line: String) {
    print::note(&line);
}

//! The `otor` command line: starting and checking a server, and administering a running one over HTTP.

mod admin;
mod areas;
mod assignment;
mod backup;
mod cert;
mod client;
mod clock;
mod connection;
mod device;
mod dictionary;
mod failure;
mod help;
mod print;
mod pull;
mod quarantine;
mod receipt;
mod records;
mod rules;
mod salvage;
mod serve;
mod stats;
mod status;
mod store;
mod task;
#[cfg(test)]
mod tests;
mod tongue;
mod words;
mod workers;

pub use failure::Failure;

/// A sentence in the language of the command line, by its identifier, with what it is about:
/// `say!("say-task-given", id = id, to = to)`.
macro_rules! say {
    ($id:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::cli::tongue::sentence(
            $id,
            &[$((stringify!($name), otor_protocol::words::Argument::from($value.to_string()))),*],
        )
    };
}
use say;

use crate::settings::ServeFlags;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use connection::Group;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

/// Sync for field teams whose phones are offline most of the day: one server, merged records out.
#[derive(Parser)]
#[command(
    name = "otor",
    version,
    max_term_width = 100,
    after_long_help = "\
Examples:
  otor serve                                  a server on 127.0.0.1:8340, data in ./otor-data
  otor areas import areas.csv                 load the area tree
  otor workers import workers.csv             load the workers
  otor device invite w-017                    a one-time code for a worker's phone
  otor pull --state visits.state --kind visit --format csv --output visits.csv

Commands that talk to a server take --server (or OTOR_SERVER) and a token from --token-file, --token or \
OTOR_ADMIN_TOKEN.

Exit status:
  0  done
  1  failed: the server refused, or part of it was refused
  2  the command, or what it was given, is wrong
  3  the server cannot be reached"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    /// Language of tables, sentences and exports: zh-Hans, en, mn-Cyrl, mn-Mong; none for names as programs know them.
    /// Exports are in words only where it is given here; else it comes from OTOR_LANG, the config file's lang or the
    /// system's locale
    #[arg(long, global = true, value_name = "LANG")]
    lang: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server
    #[command(after_long_help = serve::EXAMPLES)]
    Serve(Box<ServeFlags>),
    /// Make a TLS certificate
    #[command(subcommand)]
    Cert(cert::CertCommand),
    /// Fold the journal of a stopped server into a new table
    Rebuild(store::StoreArgs),
    /// Compare the table of a stopped server with its journal, record by record
    #[command(after_long_help = store::VERIFY_HELP)]
    Verify(store::StoreArgs),
    /// Back up a server's data, whether it runs or not
    #[command(after_long_help = backup::BACKUP_HELP)]
    Backup(backup::BackupArgs),
    /// Put a backup into an empty data folder
    #[command(after_long_help = backup::RESTORE_HELP)]
    Restore(backup::RestoreArgs),
    /// Say that a stopped server's data was restored from a copy made by hand
    #[command(after_long_help = store::RESTORED_HELP)]
    Restored(store::RestoredArgs),
    /// Bring what is whole of a damaged journal into a new data folder
    #[command(after_long_help = salvage::SALVAGE_HELP)]
    Salvage(salvage::SalvageArgs),
    /// Give the first account of a stopped server a new token
    #[command(after_long_help = store::RESET_HELP)]
    ResetToken(store::StoreArgs),
    /// What a running server holds
    Status(status::StatusArgs),
    /// The server's own clock
    Clock(Group<clock::ClockCommand>),
    /// The area tree
    Areas(Group<areas::AreasCommand>),
    /// The workers and the areas they answer for
    Workers(Group<workers::WorkersCommand>),
    /// The workers' phones
    Device(Group<device::DeviceCommand>),
    /// Compression dictionaries, learned from what many workers write alike
    Dictionary(Group<dictionary::DictionaryCommand>),
    /// Tasks for workers
    Task(Group<task::TaskCommand>),
    /// The rules by which the server gives tasks, raises and calls departments
    Rules(Group<rules::RulesCommand>),
    /// Call everybody who answers for an area to a muster
    Muster(Group<rules::MusterCommand>),
    /// What is due, soonest first
    Due(Group<rules::DueCommand>),
    /// Records: households, visits, reports, tasks
    Records(Group<records::RecordsCommand>),
    /// Statistics and published ledgers
    #[command(after_long_help = stats::HELP)]
    Stats(Group<stats::StatsCommand>),
    /// What became of the report that a resident was given a receipt number for
    #[command(after_long_help = receipt::EXAMPLES)]
    Receipt(receipt::ReceiptArgs),
    /// Ops that were set aside with a reason
    Quarantine(Group<quarantine::QuarantineCommand>),
    /// Administrators' accounts
    Admin(Group<admin::AdminCommand>),
    /// Fetch what has changed since the last time, as NDJSON or CSV
    #[command(after_long_help = pull::EXAMPLES)]
    Pull(Box<pull::PullArgs>),
    /// The languages there are words in, and the words
    #[command(after_long_help = words::EXAMPLES)]
    Words(words::WordsArgs),
}

/// Runs one command line, the program's name first, and says how it ended; see `otor --help` for the codes.
pub fn run_command_line(args: impl Iterator<Item = OsString>) -> ExitCode {
    let cli = match understood(args.collect()) {
        Ok(cli) => cli,
        Err(status) => return ExitCode::from(status),
    };
    let config = match &cli.command {
        Command::Serve(flags) => flags.config.as_deref(),
        _ => None,
    };
    let chosen = tongue::choose(&tongue::Wish::of(cli.lang, config));
    match chosen.and_then(|()| run(cli.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// The command line, read; where it is not to be carried out, what there is to say is said in its language, and the exit
/// status given.
fn understood(args: Vec<OsString>) -> Result<Cli, u8> {
    let wish = tongue::Wish::of(
        help::flag(&args, "--lang"),
        help::flag(&args, "--config").map(PathBuf::from).as_deref(),
    );
    let words = tongue::of_help(&wish);
    let command = match &words {
        Some(words) => help::in_words(Cli::command(), words),
        None => Cli::command(),
    };
    let read = command.try_get_matches_from(args);
    read.and_then(|matches| Cli::from_arg_matches(&matches))
        .map_err(|error| {
            // Nothing can be told where the terminal is gone.
            match words.and_then(|words| help::refusal(&error, &words)) {
                Some(refusal) => print::note(&refusal),
                None => drop(error.print()),
            }
            u8::try_from(error.exit_code()).unwrap_or(failure::BAD_INPUT)
        })
}

fn run(command: Command) -> Result<(), Failure> {
    store::hush_the_table();
    match command {
        Command::Serve(flags) => serve::run(&flags),
        Command::Cert(command) => cert::run(&command),
        Command::Rebuild(args) => store::rebuild(&args),
        Command::Verify(args) => store::verify(&args),
        Command::Backup(args) => backup::back_up(&args),
        Command::Restore(args) => backup::restore(&args),
        Command::Restored(args) => store::restored(&args),
        Command::Salvage(args) => salvage::salvage(&args),
        Command::ResetToken(args) => store::reset(&args),
        Command::Status(args) => status::run(&args),
        Command::Clock(group) => clock::run(group),
        Command::Areas(group) => areas::run(group),
        Command::Rules(group) => rules::run(group),
        Command::Muster(group) => rules::muster(group),
        Command::Due(group) => rules::due(group),
        Command::Workers(group) => workers::run(group),
        Command::Device(group) => device::run(group),
        Command::Dictionary(group) => dictionary::run(group),
        Command::Task(group) => task::run(group),
        Command::Records(group) => records::run(group),
        Command::Stats(group) => stats::run(group),
        Command::Receipt(args) => receipt::run(&args),
        Command::Quarantine(group) => quarantine::run(group),
        Command::Admin(group) => admin::run(group),
        Command::Pull(args) => pull::run(&args),
        Command::Words(args) => words::run(&args),
    }
}

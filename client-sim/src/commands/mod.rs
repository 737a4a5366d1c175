//! The `otor-sim` command line.

mod cost;
mod demo;
mod dictionary;
mod failure;
mod grow;
mod league;
mod links;
mod measure;
mod mutants;
mod part;
mod progress;
mod replay;
mod run;
mod serve_child;
mod server;
mod soak;
mod storm;
mod strain;
mod trace;
mod vectors;

use clap::{Parser, Subcommand};
use std::ffi::OsString;
use std::process::ExitCode;

/// Simulated phones on weak links, for Otor: replay a field day, drive a server, measure
#[derive(Parser)]
#[command(
    name = "otor-sim",
    version,
    max_term_width = 100,
    after_long_help = "\
Examples:
  otor-sim demo                                           a county's day, in a minute
  otor-sim links                                          what kinds of link there are
  otor-sim trace make --workers 20 --out day.jsonl        make up a day of twenty workers
  otor-sim replay day.jsonl                               replay it under virtual time, in seconds
  otor-sim replay day.jsonl --spawn                       the same against a real server over real HTTP
  otor-sim run --phones 50 --seconds 60 --server http://127.0.0.1:8340 --token-file token
                                                          fifty phones writing for a minute
  otor-sim soak --seeds 0..1000                           a thousand days with everything going wrong
  otor-sim storm --phones 2000 --ops 31 --over 20         two thousand phones within twenty seconds
  otor-sim measure --no-links                             what exchanges weigh, against the least they could

Exit status:
  0  done, and all that was checked holds
  1  something that was checked does not hold, or the server failed
  2  the command, or what it was given, is wrong"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Watch a county's day: phones on bad links, a server killed in the middle, merged records out
    #[command(after_long_help = demo::EXAMPLES)]
    Demo(demo::DemoArgs),
    /// Replay a trace: in this process under virtual time, or against a real server
    #[command(after_long_help = replay::EXAMPLES)]
    Replay(Box<replay::ReplayArgs>),
    /// Make traces
    #[command(subcommand)]
    Trace(trace::TraceCommand),
    /// Drive phones that write and synchronise against a running server for a time
    #[command(after_long_help = run::EXAMPLES)]
    Run(Box<run::RunArgs>),
    /// Simulate day after day with everything going wrong, and check that nothing is lost and all agree
    #[command(after_long_help = soak::EXAMPLES)]
    Soak(soak::SoakArgs),
    /// Storm a server with many phones that arrive within a short time, each with a day's work
    #[command(after_long_help = storm::EXAMPLES)]
    Storm(Box<storm::StormArgs>),
    /// Strain a server: three times as much as it can do, large work beside small, half an hour on end
    #[command(subcommand)]
    Strain(strain::StrainCommand),
    /// Measure what an exchange costs the server, stage by stage, and what the machine could do at best
    #[command(after_long_help = cost::EXAMPLES)]
    Cost(cost::CostArgs),
    /// Measure how the cost of an exchange grows, and draw it
    #[command(after_long_help = grow::EXAMPLES)]
    Grow(grow::GrowArgs),
    /// Measure the statistics of a league's month
    #[command(after_long_help = league::EXAMPLES)]
    League(league::LeagueArgs),
    /// Measure exchanges: bytes, round trips, time on each link, against the least they could take
    #[command(after_long_help = measure::EXAMPLES)]
    Measure(measure::MeasureArgs),
    /// Take each rule away in turn, and see whether the soak notices
    #[command(after_long_help = mutants::EXAMPLES)]
    Mutants(mutants::MutantsArgs),
    /// Train the dictionary that is shipped
    #[command(subcommand)]
    Dictionary(dictionary::DictionaryCommand),
    /// Write test vectors of the protocol: bytes and what they mean
    #[command(subcommand)]
    Vectors(vectors::VectorsCommand),
    /// Do one part of an exchange over and over
    #[command(hide = true)]
    Part(part::PartArgs),
    /// List the link profiles
    Links,
    /// Be a server: what `--spawn` starts and kills
    #[command(hide = true, disable_help_flag = true)]
    ServeChild(serve_child::ServeChildArgs),
}

/// Runs one command line, the program's name first, and says how it ended; see `otor-sim --help` for the codes.
pub fn run_command_line(args: impl Iterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Nothing can be told where the terminal is gone.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(failure::WRONG));
        }
    };
    let ended = match cli.command {
        Command::Demo(args) => demo::run(&args),
        Command::Replay(args) => replay::run(&args),
        Command::Trace(command) => trace::run(&command),
        Command::Run(args) => run::run(&args),
        Command::Soak(args) => soak::run(&args),
        Command::Storm(args) => storm::run(&args),
        Command::Strain(command) => strain::run(&command),
        Command::Cost(args) => cost::run(&args),
        Command::Grow(args) => grow::run(&args),
        Command::League(args) => league::run(&args),
        Command::Measure(args) => measure::run(&args),
        Command::Mutants(args) => mutants::run(&args),
        Command::Dictionary(command) => dictionary::run(&command),
        Command::Vectors(command) => vectors::run(&command),
        Command::Part(args) => part::run(&args),
        Command::Links => links::run(),
        Command::ServeChild(args) => return serve_child::run(args),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn everything_after_serve_child_is_the_servers() {
        let line = ["otor-sim", "serve-child", "serve", "--data", "d", "--help"];
        let cli = Cli::try_parse_from(line).unwrap();
        let Command::ServeChild(args) = cli.command else {
            panic!("another command")
        };
        assert_eq!(args.arguments, ["serve", "--data", "d", "--help"]);
    }

    #[test]
    fn a_server_is_one_that_runs_or_one_of_our_own() {
        let parse = |line: &str| Cli::try_parse_from(line.split_whitespace()).is_ok();
        assert!(parse("otor-sim replay t.jsonl"));
        assert!(parse("otor-sim replay t.jsonl --spawn --speed 100 --seed 7"));
        assert!(parse(
            "otor-sim replay t.jsonl --server http://127.0.0.1:1 --token t"
        ));
        assert!(!parse(
            "otor-sim replay t.jsonl --spawn --server http://127.0.0.1:1"
        ));
        assert!(!parse("otor-sim replay t.jsonl --speed 0 --spawn"));
        assert!(!parse("otor-sim replay t.jsonl --speed nan --spawn"));
        assert!(!parse(
            "otor-sim run --phones 0 --seconds 1 --server http://127.0.0.1:1"
        ));
    }
}

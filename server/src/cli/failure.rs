//! How a command fails: what is printed, and the exit status.

use super::say;
use std::io::{ErrorKind, Write};
use std::process::ExitCode;

/// Exit status of a command that failed.
pub(super) const FAILED: u8 = 1;
/// Exit status where the command, or what it was given, is wrong.
pub(super) const BAD_INPUT: u8 = 2;
/// Exit status where the server cannot be reached.
pub(super) const UNREACHABLE: u8 = 3;

/// Why a command failed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It was refused, or something broke.
    #[error("{0}")]
    Failed(String),
    /// The command, or what it was given, is wrong; giving it again does not help.
    #[error("{0}")]
    BadInput(String),
    /// The server cannot be reached.
    #[error("{0}")]
    Unreachable(String),
    /// Some rows were refused; the others are in. Each has been printed.
    #[error("rows refused: {0}; the others are in")]
    Rows(u64),
    /// Whoever read the output has stopped reading.
    #[error("nobody reads the output any more")]
    OutputClosed,
}

impl Failure {
    /// Prints it on standard error, in one line, and gives the exit status.
    pub(super) fn report(&self) -> ExitCode {
        if *self == Failure::OutputClosed {
            return ExitCode::SUCCESS;
        }
        // Where standard error is gone too, the status must do.
        let words = match self {
            Failure::Rows(count) => say!("fail-rows", count = count),
            other => other.to_string(),
        };
        let _ = writeln!(std::io::stderr(), "otor: {words}");
        ExitCode::from(self.exit_status())
    }

    fn exit_status(&self) -> u8 {
        match self {
            Failure::Failed(_) | Failure::Rows(_) => FAILED,
            Failure::BadInput(_) => BAD_INPUT,
            Failure::Unreachable(_) => UNREACHABLE,
            Failure::OutputClosed => 0,
        }
    }

    /// A file that cannot be used.
    pub(super) fn file(action: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        Failure::Failed(format!("cannot {action} {}: {error}", path.display()))
    }

    /// Standard output that cannot be written.
    pub(super) fn output(error: &std::io::Error) -> Self {
        if error.kind() == ErrorKind::BrokenPipe {
            Failure::OutputClosed
        } else {
            Failure::Failed(say!("fail-output", why = error))
        }
    }
}

/// Words of several lines in one.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

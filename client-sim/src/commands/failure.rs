//! How a command fails: what is printed, and the exit status.

use std::io::Write;
use std::process::ExitCode;

/// Exit status where something does not hold, or broke.
const FAILED: u8 = 1;
/// Exit status where the command, or what it was given, is wrong.
pub(super) const WRONG: u8 = 2;

/// Why a command failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// What was checked does not hold; it has been told.
    NotOk,
    /// Something broke.
    Broken(anyhow::Error),
    /// The command, or what it was given, is wrong.
    Wrong(String),
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        if let Some(unsupported) = error.downcast_ref::<crate::remote::Unsupported>() {
            return Failure::Wrong(unsupported.to_string());
        }
        Failure::Broken(error)
    }
}

impl Failure {
    /// Prints it on standard error and gives the exit status.
    pub fn report(&self) -> ExitCode {
        let (text, status) = match self {
            Failure::NotOk => return ExitCode::from(FAILED),
            Failure::Broken(error) => (format!("{error:#}"), FAILED),
            Failure::Wrong(text) => (text.clone(), WRONG),
        };
        // Where standard error is gone too, the status must do.
        let _ = writeln!(std::io::stderr(), "otor-sim: {text}");
        ExitCode::from(status)
    }

    /// A file that cannot be used.
    pub fn file(action: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        Failure::Wrong(format!("cannot {action} {}: {error}", path.display()))
    }
}

/// Prints a line on standard output.
///
/// # Errors
/// If it cannot be written; a reader who has left is none.
pub(super) fn print_line(line: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{line}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::Broken(
            anyhow::Error::from(error).context("standard output"),
        )),
        _ => Ok(()),
    }
}

//! What is wrong with a trace: one line of text for each line of the file.

use std::fmt;

/// Most errors that are spelled out; the rest are counted.
const SHOWN_MAX: usize = 20;

/// What is wrong with one line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct LineError {
    /// The line of the file, from 1.
    pub line: usize,
    /// What is wrong and what to do, in one line.
    pub message: String,
}

/// All that is wrong with a trace, in the order of its lines. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceErrors(pub Vec<LineError>);

impl fmt::Display for TraceErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().take(SHOWN_MAX).enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{error}")?;
        }
        if self.0.len() > SHOWN_MAX {
            write!(f, "\n… and {} more", self.0.len() - SHOWN_MAX)?;
        }
        Ok(())
    }
}

impl std::error::Error for TraceErrors {}

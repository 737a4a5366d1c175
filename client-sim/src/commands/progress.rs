//! Tells on standard error how far a long run is: over and over in one line of a terminal, else in few lines.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Runs shorter than this tell nothing.
const QUIET: Duration = Duration::from_secs(3);
/// Between two lines of a terminal, and of anything else.
const TERMINAL_EVERY: Duration = Duration::from_millis(250);
const LINES_EVERY: Duration = Duration::from_secs(10);

/// Progress of one run.
pub(super) struct Teller {
    last: Instant,
    wait: Duration,
    is_terminal: bool,
    told: bool,
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the outermost shell: it tells people how far it is"
)]
fn now() -> Instant {
    Instant::now()
}

impl Teller {
    /// For a run that begins now.
    pub fn new() -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        Teller {
            last: now(),
            wait: QUIET,
            is_terminal,
            told: false,
        }
    }

    /// Tells `line`, if it is time to.
    pub fn tell(&mut self, line: impl FnOnce() -> String) {
        let now = now();
        if now.duration_since(self.last) < self.wait {
            return;
        }
        self.last = now;
        self.wait = if self.is_terminal {
            TERMINAL_EVERY
        } else {
            LINES_EVERY
        };
        let mut out = std::io::stderr().lock();
        // Progress that cannot be shown is not missed.
        let _ = if self.is_terminal {
            write!(out, "\r\x1b[2K{}", line()).and_then(|()| out.flush())
        } else {
            writeln!(out, "{}", line())
        };
        self.told = true;
    }

    /// The run is over.
    pub fn end(&mut self) {
        if self.told && self.is_terminal {
            let _ = write!(std::io::stderr(), "\r\x1b[2K");
        }
        self.told = false;
    }
}

/// A time of a trace, as hours and minutes since its epoch.
pub(super) fn clock(trace_ms: i64) -> String {
    let minutes = trace_ms.max(0) / 60_000;
    format!("{}:{:02}", minutes / 60, minutes % 60)
}

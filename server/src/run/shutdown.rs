//! The signals that end a server in an orderly way.

use super::error::ServeError;

/// Waits for the signals.
#[cfg(unix)]
pub(super) struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// From here on the signals no longer end the process by themselves.
    ///
    /// # Errors
    /// [`ServeError::System`].
    pub fn listen() -> Result<Self, ServeError> {
        use tokio::signal::unix::{SignalKind, signal};
        let system = || ServeError::system("cannot wait for signals");
        Ok(Signals {
            terminate: signal(SignalKind::terminate()).map_err(system())?,
            interrupt: signal(SignalKind::interrupt()).map_err(system())?,
        })
    }

    /// The next signal's name.
    pub async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

/// Waits for Ctrl-C, the only one there is.
#[cfg(not(unix))]
pub(super) struct Signals;

#[cfg(not(unix))]
impl Signals {
    /// Nothing has to be prepared.
    ///
    /// # Errors
    /// None.
    pub fn listen() -> Result<Self, ServeError> {
        Ok(Signals)
    }

    /// The next signal's name.
    pub async fn next(&mut self) -> &'static str {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        "Ctrl-C"
    }
}

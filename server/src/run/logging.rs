//! Log lines on standard error, for people or as JSON.

use super::error::ServeError;
use crate::settings::LogFormat;
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// What libraries say below warnings is of no use to an operator.
const QUIET: &str = "actix_server=warn,sled=warn,mio=warn,rustls=warn";

/// Starts logging, for the whole process.
///
/// # Errors
/// [`ServeError::Log`] if `level` is no filter.
pub(super) fn start(format: LogFormat, level: &str) -> Result<(), ServeError> {
    let filter =
        EnvFilter::try_new(format!("{QUIET},{level}")).map_err(|error| ServeError::Log(error.to_string()))?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let started = match format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
    started.map_err(|error| ServeError::Log(error.to_string()))?;
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(
            place,
            message = panic.payload_as_str().unwrap_or("no message"),
            "a panic"
        );
    }));
    Ok(())
}

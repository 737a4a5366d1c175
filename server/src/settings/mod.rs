//! The server's settings: which there are, and where each value comes from.
//!
//! Each layer overrides those before it: built-in defaults, the config file (TOML), environment variables
//! (`OTOR_` and the key in capitals), flags.

mod flags;
mod layers;
#[cfg(test)]
mod tests;

pub use flags::ServeFlags;
pub use layers::{ENVIRONMENT_PREFIX, SettingsError, language, unknown_variables, words};

use serde::Deserialize;
use std::path::PathBuf;

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, serde::Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What a server is started with.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The data folder.
    pub data: PathBuf,
    /// The file that says what was erased, kept apart from backups of the data folder; none for one beside it.
    pub erasures: Option<PathBuf>,
    /// Address and port; port 0 takes a free one.
    pub listen: String,
    /// Certificate chain (PEM); with it the server speaks HTTPS only.
    pub tls_cert: Option<PathBuf>,
    /// Private key of the certificate (PEM).
    pub tls_key: Option<PathBuf>,
    /// Whether plain HTTP may be served beyond this machine (behind a proxy that ends TLS).
    pub allow_plain_http: bool,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// Which log lines are written: a level, or a filter such as `info,otor_server=debug`.
    pub log_level: String,
    /// Memory for the table's cache, in MiB.
    pub cache_mib: u64,
    /// Room on the disk that is kept, in MiB, and as much again below which nothing is written any more; 0 for none.
    pub reserve_mib: u64,
    /// How long a stopping server waits for requests that are under way, in seconds.
    pub drain_seconds: u64,
    /// For how many days feeds are kept: a phone that was away longer goes through its records again. 0 keeps them
    /// for ever.
    pub feed_days: u32,
    /// A dictionary is learned from the records every so many days; 0 for never.
    pub dictionary_days: u32,
    /// The hour of the day, local time, in which it is learned.
    pub dictionary_hour: u8,
    /// The language in which the command line speaks.
    pub lang: Option<String>,
    /// A folder with the deployment's own words.
    pub words: Option<PathBuf>,
}

impl Settings {
    /// The file that says what was erased.
    pub fn erasures(&self) -> PathBuf {
        self.erasures.clone().unwrap_or_else(|| {
            let mut name = self.data.file_name().unwrap_or_default().to_owned();
            name.push(".erasures");
            self.data.with_file_name(name)
        })
    }

    /// Reads the settings from all layers.
    ///
    /// # Errors
    /// [`SettingsError`]: a file that cannot be read, a key that does not exist, a value that does not fit.
    pub fn load(
        flags: &ServeFlags,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, SettingsError> {
        let settings = layers::merge(flags, environment.into_iter().collect())?;
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> Result<(), SettingsError> {
        if self.tls_cert.is_some() != self.tls_key.is_some() {
            return Err(SettingsError::HalfTls);
        }
        if self.cache_mib == 0 || self.cache_mib > layers::CACHE_MIB_MAX {
            return Err(SettingsError::Cache(self.cache_mib));
        }
        if self.reserve_mib > layers::RESERVE_MIB_MAX {
            return Err(SettingsError::Reserve(self.reserve_mib));
        }
        if self.dictionary_hour > 23 {
            return Err(SettingsError::Hour(self.dictionary_hour));
        }
        Ok(())
    }

    /// The reserve on the disk in bytes.
    pub fn reserve_bytes(&self) -> u64 {
        self.reserve_mib.saturating_mul(1024 * 1024)
    }

    /// The table's cache in bytes.
    pub fn cache_bytes(&self) -> u64 {
        // Bounded by the check on loading.
        self.cache_mib.saturating_mul(1024 * 1024)
    }
}

//! Lays the settings' sources over one another, and says in one line which of them is wrong.

use super::{ServeFlags, Settings};
use config::{Config, ConfigError, Environment, File, FileFormat};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What environment variables of the project begin with.
pub const ENVIRONMENT_PREFIX: &str = "OTOR_";

/// Names of variables with the prefix that are not settings of the server.
const OTHER_VARIABLES: [&str; 3] = ["config", "admin_token", "server"];

/// Largest cache, in MiB: 1 TiB, far above any machine this is meant for.
pub(super) const CACHE_MIB_MAX: u64 = 1024 * 1024;

/// Largest reserve, in MiB.
pub(super) const RESERVE_MIB_MAX: u64 = 1024 * 1024;

const DEFAULTS: &str = r#"
data = "./otor-data"
listen = "127.0.0.1:8340"
allow_plain_http = false
log_format = "text"
log_level = "info"
cache_mib = 64
reserve_mib = 128
drain_seconds = 5
feed_days = 90
dictionary_days = 7
dictionary_hour = 3
"#;

/// The keys of [`Settings`].
const KEYS: [&str; 16] = [
    "data",
    "erasures",
    "listen",
    "tls_cert",
    "tls_key",
    "allow_plain_http",
    "log_format",
    "log_level",
    "cache_mib",
    "reserve_mib",
    "drain_seconds",
    "feed_days",
    "dictionary_days",
    "dictionary_hour",
    "lang",
    "words",
];

/// Why there are no settings, in one line.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The config file cannot be read.
    #[error("cannot read the config file {path}: {why}")]
    Unreadable {
        /// The file.
        path: String,
        /// The operating system's word.
        why: std::io::Error,
    },
    /// The config file has a key or a value that does not fit, or is not TOML.
    #[error("config file {path}: {why}")]
    File {
        /// The file.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// A flag or an environment variable has a value that does not fit.
    #[error("settings: {0}")]
    Value(String),
    /// One half of what TLS needs.
    #[error("tls_cert and tls_key belong together: give both or none")]
    HalfTls,
    /// A cache without size or beyond reason.
    #[error("cache_mib is {0}: give 1 to {CACHE_MIB_MAX}")]
    Cache(u64),
    /// A reserve beyond reason.
    #[error("reserve_mib is {0}: give 0 to {RESERVE_MIB_MAX}")]
    Reserve(u64),
    /// No hour of a day.
    #[error("dictionary_hour is {0}: give 0 to 23")]
    Hour(u8),
}

/// A config file: any of the keys, none required.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "only tells whether a file fits; the values are read with the other layers"
)]
struct Partial {
    data: Option<PathBuf>,
    erasures: Option<PathBuf>,
    listen: Option<String>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    allow_plain_http: Option<bool>,
    log_format: Option<super::LogFormat>,
    log_level: Option<String>,
    cache_mib: Option<u64>,
    reserve_mib: Option<u64>,
    drain_seconds: Option<u64>,
    feed_days: Option<u32>,
    dictionary_days: Option<u32>,
    dictionary_hour: Option<u8>,
    lang: Option<String>,
    words: Option<PathBuf>,
}

/// The language that a config file says, if it can be read and says one: whoever needs the rest of the file says what
/// is wrong with it.
pub fn language(file: &std::path::Path) -> Option<String> {
    read_file(file).ok()?.get_string("lang").ok()
}

/// The folder of the deployment's own words that a config file says, in the same way.
pub fn words(file: &std::path::Path) -> Option<PathBuf> {
    read_file(file).ok()?.get_string("words").ok().map(PathBuf::from)
}

pub(super) fn merge(
    flags: &ServeFlags,
    environment: BTreeMap<String, String>,
) -> Result<Settings, SettingsError> {
    let path = flags.config.clone().or_else(|| config_path(&environment));
    let mut builder = Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
    if let Some(path) = path {
        builder = builder.add_source(read_file(&path)?);
    }
    let flags = Config::try_from(flags).map_err(|error| SettingsError::Value(one_line(&error)))?;
    builder
        .add_source(variables(environment))
        .add_source(flags)
        .build()
        .and_then(Config::try_deserialize)
        .map_err(|error| SettingsError::Value(one_line(&error)))
}

fn config_path(environment: &BTreeMap<String, String>) -> Option<PathBuf> {
    let path = environment.get("OTOR_CONFIG")?;
    (!path.is_empty()).then(|| PathBuf::from(path))
}

/// A file is checked by itself first, so that what is wrong with it is told with its name.
fn read_file(path: &std::path::Path) -> Result<Config, SettingsError> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|why| SettingsError::Unreadable {
        path: shown.clone(),
        why,
    })?;
    let wrong = |error: ConfigError| SettingsError::File {
        path: shown.clone(),
        why: one_line(&error),
    };
    let file = Config::builder()
        .add_source(File::from_str(&text, FileFormat::Toml))
        .build()
        .map_err(wrong)?;
    file.clone().try_deserialize::<Partial>().map_err(wrong)?;
    Ok(file)
}

/// The environment's settings. An empty variable counts as not set.
fn variables(environment: BTreeMap<String, String>) -> Environment {
    let known = environment
        .into_iter()
        .filter_map(|(name, value)| Some((key_of(&name)?, value)))
        .filter(|(key, _)| KEYS.contains(&key.as_str()))
        .collect();
    Environment::default()
        .source(Some(known))
        .ignore_empty(true)
        .try_parsing(false)
}

/// Environment variables that look like settings and are none: to be warned of, not refused, because container
/// platforms set variables such as `OTOR_SERVICE_HOST` by themselves.
pub fn unknown_variables<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let is_known = |key: &str| KEYS.contains(&key) || OTHER_VARIABLES.contains(&key);
    names
        .into_iter()
        .filter(|name| key_of(name).is_some_and(|key| !is_known(&key)))
        .collect()
}

fn key_of(variable: &str) -> Option<String> {
    variable.strip_prefix(ENVIRONMENT_PREFIX).map(str::to_lowercase)
}

fn one_line(error: &ConfigError) -> String {
    let text = error.to_string();
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

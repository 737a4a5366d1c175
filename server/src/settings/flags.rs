//! The flags of `otor serve`: the topmost layer of the settings.

use super::LogFormat;
use std::path::PathBuf;

/// Flags of `otor serve`; what is not given comes from the layers below.
#[derive(Clone, Debug, Default, serde::Serialize, clap::Args)]
pub struct ServeFlags {
    /// Config file (TOML) with any of the keys below [env: OTOR_CONFIG]
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,

    /// Data folder, made if it is not there [key: data, env: OTOR_DATA, default: ./otor-data]
    #[arg(long, value_name = "DIR")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<PathBuf>,

    /// File that says what was erased, kept apart from backups of the data folder [key: erasures, env:
    /// OTOR_ERASURES, default: beside the data folder, named like it with .erasures]
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erasures: Option<PathBuf>,

    /// Address and port; port 0 takes a free one [key: listen, env: OTOR_LISTEN, default: 127.0.0.1:8340]
    #[arg(long, value_name = "ADDR")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<String>,

    /// Certificate chain (PEM): serve HTTPS [key: tls_cert, env: OTOR_TLS_CERT]
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_cert: Option<PathBuf>,

    /// Private key of the certificate (PEM) [key: tls_key, env: OTOR_TLS_KEY]
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_key: Option<PathBuf>,

    /// Serve plain HTTP beyond this machine too: only behind a proxy that ends TLS, or on a closed test network
    /// [key: allow_plain_http, env: OTOR_ALLOW_PLAIN_HTTP]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_plain_http: Option<bool>,

    /// How log lines are written [key: log_format, env: OTOR_LOG_FORMAT, default: text]
    #[arg(long, value_name = "FORMAT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_format: Option<LogFormat>,

    /// Level (error, warn, info, debug, trace) or filter such as info,otor_server=debug [key: log_level, env:
    /// OTOR_LOG_LEVEL, default: info]
    #[arg(long, value_name = "LEVEL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_level: Option<String>,

    /// Memory for the table's cache, in MiB [key: cache_mib, env: OTOR_CACHE_MIB, default: 64]
    #[arg(long, value_name = "MIB")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_mib: Option<u64>,

    /// Room on the disk that is kept so that the server can always start again, in MiB; with less than as much again
    /// free beside it nothing is written any more; 0 for none [key: reserve_mib, env: OTOR_RESERVE_MIB, default: 128]
    #[arg(long, value_name = "MIB")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reserve_mib: Option<u64>,

    /// How long a stopping server waits for requests under way, in seconds [key: drain_seconds, env:
    /// OTOR_DRAIN_SECONDS, default: 5]
    #[arg(long, value_name = "SECONDS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drain_seconds: Option<u64>,

    /// Keep feeds for so many days, 0 for ever: a phone that was away longer goes through its records again [key:
    /// feed_days, env: OTOR_FEED_DAYS, default: 90]
    #[arg(long, value_name = "DAYS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feed_days: Option<u32>,

    /// Learn a dictionary from the records every so many days, 0 for never [key: dictionary_days, env:
    /// OTOR_DICTIONARY_DAYS, default: 7]
    #[arg(long, value_name = "DAYS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dictionary_days: Option<u32>,

    /// The hour of the day in which it is learned, local time [key: dictionary_hour, env: OTOR_DICTIONARY_HOUR,
    /// default: 3]
    #[arg(long, value_name = "HOUR")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dictionary_hour: Option<u8>,

    /// A folder with the deployment's own words, a file a language (zh-Hans.ftl, en.ftl …) [key: words, env: OTOR_WORDS]
    #[arg(long, value_name = "FOLDER")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<PathBuf>,
}

//! Which layer wins, and what is refused.

use super::{LogFormat, ServeFlags, Settings, SettingsError};
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

fn file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn flags_with_file(path: &Path) -> ServeFlags {
    ServeFlags {
        config: Some(path.to_path_buf()),
        ..ServeFlags::default()
    }
}

fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect()
}

fn load(flags: &ServeFlags, environment: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    Settings::load(flags, variables(environment))
}

#[test]
fn with_nothing_given_the_defaults_hold() {
    let settings = load(&ServeFlags::default(), &[]).unwrap();
    assert_eq!(settings.data, PathBuf::from("./otor-data"));
    assert_eq!(settings.listen, "127.0.0.1:8340");
    assert!(!settings.allow_plain_http);
    assert_eq!(settings.tls_cert, None);
    assert_eq!(settings.log_format, LogFormat::Text);
}

#[test]
fn each_layer_overrides_the_one_below() {
    let file = file("data = \"/from/file\"\nlisten = \"127.0.0.1:1\"\nlog_level = \"debug\"\n");
    let environment = [("OTOR_LISTEN", "127.0.0.1:2"), ("OTOR_DATA", "/from/environment")];
    let flags = ServeFlags {
        data: Some("/from/flag".into()),
        ..flags_with_file(file.path())
    };
    let settings = load(&flags, &environment).unwrap();
    assert_eq!(settings.data, PathBuf::from("/from/flag"));
    assert_eq!(settings.listen, "127.0.0.1:2");
    assert_eq!(settings.log_level, "debug");
    assert_eq!(settings.drain_seconds, 5);
}

#[test]
fn every_key_can_be_set_in_the_file_and_in_the_environment() {
    let text = "data = \"d\"\nlisten = \"l:1\"\ntls_cert = \"c\"\ntls_key = \"k\"\nallow_plain_http = true\n\
                log_format = \"json\"\nlog_level = \"warn\"\ncache_mib = 7\ndrain_seconds = 9\n";
    let file = file(text);
    let by_file = load(&flags_with_file(file.path()), &[]).unwrap();
    let by_environment = load(
        &ServeFlags::default(),
        &[
            ("OTOR_DATA", "d"),
            ("OTOR_LISTEN", "l:1"),
            ("OTOR_TLS_CERT", "c"),
            ("OTOR_TLS_KEY", "k"),
            ("OTOR_ALLOW_PLAIN_HTTP", "true"),
            ("OTOR_LOG_FORMAT", "json"),
            ("OTOR_LOG_LEVEL", "warn"),
            ("OTOR_CACHE_MIB", "7"),
            ("OTOR_DRAIN_SECONDS", "9"),
        ],
    )
    .unwrap();
    assert_eq!(by_file, by_environment);
    assert!(by_file.allow_plain_http);
    assert_eq!(by_file.log_format, LogFormat::Json);
    assert_eq!((by_file.cache_mib, by_file.drain_seconds), (7, 9));
}

#[test]
fn a_flag_can_take_back_what_the_environment_allows() {
    let flags = ServeFlags {
        allow_plain_http: Some(false),
        ..ServeFlags::default()
    };
    let settings = load(&flags, &[("OTOR_ALLOW_PLAIN_HTTP", "true")]).unwrap();
    assert!(!settings.allow_plain_http);
}

#[test]
fn the_environment_names_the_config_file_and_a_flag_another() {
    let (one, two) = (file("cache_mib = 1\n"), file("cache_mib = 2\n"));
    let environment = [("OTOR_CONFIG", one.path().to_str().unwrap())];
    assert_eq!(load(&ServeFlags::default(), &environment).unwrap().cache_mib, 1);
    assert_eq!(
        load(&flags_with_file(two.path()), &environment)
            .unwrap()
            .cache_mib,
        2
    );
}

#[test]
fn an_unknown_key_in_the_file_is_refused_in_one_line_that_names_it() {
    let file = file("listne = \"127.0.0.1:8340\"\n");
    let error = load(&flags_with_file(file.path()), &[]).unwrap_err().to_string();
    assert!(error.contains("listne"), "{error}");
    assert!(error.contains(file.path().to_str().unwrap()), "{error}");
    assert!(!error.contains('\n'), "{error}");
}

#[test]
fn a_file_that_is_not_toml_or_not_there_is_refused_in_one_line() {
    let file = file("listen = = 3\n\n[");
    let missing = Path::new("/nowhere/otor.toml");
    for path in [file.path(), missing] {
        let error = load(&flags_with_file(path), &[]).unwrap_err().to_string();
        assert!(error.contains(path.to_str().unwrap()), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }
}

#[test]
fn a_value_that_does_not_fit_is_refused_wherever_it_stands() {
    let file = file("drain_seconds = \"soon\"\n");
    assert!(load(&flags_with_file(file.path()), &[]).is_err());
    for (name, value) in [
        ("OTOR_DRAIN_SECONDS", "soon"),
        ("OTOR_LOG_FORMAT", "xml"),
        ("OTOR_ALLOW_PLAIN_HTTP", "perhaps"),
        ("OTOR_CACHE_MIB", "0"),
    ] {
        let error = load(&ServeFlags::default(), &[(name, value)]).unwrap_err();
        assert!(!error.to_string().contains('\n'), "{error}");
    }
}

#[test]
fn half_of_tls_is_refused() {
    let error = load(&ServeFlags::default(), &[("OTOR_TLS_CERT", "cert.pem")]).unwrap_err();
    assert!(matches!(error, SettingsError::HalfTls));
}

#[test]
fn an_empty_variable_counts_as_not_set_and_foreign_ones_are_left_alone() {
    let environment = [
        ("OTOR_LISTEN", ""),
        ("OTOR_SERVICE_HOST", "10.0.0.1"),
        ("OTOR_ADMIN_TOKEN", "x"),
        ("OTOR_SERVER", "http://127.0.0.1:1"),
        ("LISTEN", "127.0.0.1:9"),
    ];
    let settings = load(&ServeFlags::default(), &environment).unwrap();
    assert_eq!(settings.listen, "127.0.0.1:8340");
    let names = environment.iter().map(|(name, _)| *name);
    assert_eq!(super::unknown_variables(names), ["OTOR_SERVICE_HOST"]);
}

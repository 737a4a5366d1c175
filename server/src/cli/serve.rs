//! `otor serve`: from flags to a running server.

use super::failure::Failure;
use crate::run;
use crate::settings::{ServeFlags, Settings, SettingsError, unknown_variables};

pub(super) const EXAMPLES: &str = "\
The first start makes the data folder and prints an administrator's token, once; or it takes the one in \
OTOR_ADMIN_TOKEN. When it is ready it prints a line `listening on http://127.0.0.1:8340`. SIGTERM and Ctrl-C end \
it in order.

Each setting comes from the first of: flag, environment, config file, default. A config file:

  data = \"/var/lib/otor\"
  listen = \"0.0.0.0:8340\"
  tls_cert = \"/etc/otor/cert.pem\"
  tls_key = \"/etc/otor/key.pem\"
  log_format = \"json\"

Examples:
  otor serve
  otor serve --data /var/lib/otor --listen 127.0.0.1:0
  otor serve --listen 0.0.0.0:8340 --tls-cert cert.pem --tls-key key.pem";

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        Failure::BadInput(super::failure::one_line(&error.to_string()))
    }
}

/// The settings from flags, this process's environment and the config file.
pub(super) fn load(flags: &ServeFlags) -> Result<Settings, Failure> {
    // A variable that is not Unicode is none of ours.
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    Ok(Settings::load(flags, environment)?)
}

pub(super) fn run(flags: &ServeFlags) -> Result<(), Failure> {
    let settings = load(flags)?;
    let given = std::env::var("OTOR_ADMIN_TOKEN")
        .ok()
        .filter(|token| !token.is_empty());
    let names: Vec<String> = std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .collect();
    run::start_logging(&settings)?;
    for name in unknown_variables(names.iter().map(String::as_str)) {
        tracing::warn!(name, "this environment variable is no setting; it is ignored");
    }
    Ok(run::serve(&settings, given.as_deref())?)
}

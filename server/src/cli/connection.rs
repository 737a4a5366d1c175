//! Which server a command talks to, and as whom.

use super::client::{Client, Identity};
use super::failure::Failure;
use super::say;
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};

/// A group of commands that talk to a server.
#[derive(Args)]
pub(super) struct Group<C: Subcommand> {
    /// Which server.
    #[command(flatten)]
    pub connection: Connection,
    /// What to do there.
    #[command(subcommand)]
    pub command: C,
}

/// Which server, and as whom.
#[derive(Args)]
pub(super) struct Connection {
    /// The server's address
    #[arg(
        long,
        value_name = "URL",
        env = "OTOR_SERVER",
        default_value = "http://127.0.0.1:8340",
        global = true,
        help_heading = "Connection"
    )]
    pub server: String,

    /// An administrator's token (others on this machine can see it: prefer --token-file) [env: OTOR_ADMIN_TOKEN]
    #[arg(long, global = true, help_heading = "Connection")]
    pub token: Option<String>,

    /// File with the token in its first line
    #[arg(long, value_name = "FILE", global = true, help_heading = "Connection")]
    pub token_file: Option<PathBuf>,

    /// Certificate (PEM) to trust for https, such as one of `otor cert self-signed`
    #[arg(long, value_name = "FILE", global = true, help_heading = "Connection")]
    pub ca_cert: Option<PathBuf>,

    /// Name of this write: given again with the same request, the server answers as before and does nothing
    /// twice. Made up anew for each command otherwise
    #[arg(long, value_name = "KEY", global = true, help_heading = "Connection")]
    pub idempotency_key: Option<String>,

    /// Print the server's answer as JSON
    #[arg(long, global = true)]
    pub json: bool,
}

impl Connection {
    /// A client for this server.
    ///
    /// # Errors
    /// [`Failure`] if no token is given or a file cannot be read.
    pub fn client(&self) -> Result<Client, Failure> {
        let environment = std::env::var("OTOR_ADMIN_TOKEN").ok();
        let token = self.resolve_token(environment)?;
        let ca_cert = self.ca_cert.as_deref().map(read).transpose()?;
        let identity = Identity {
            token,
            idempotency_key: self.idempotency_key.clone().unwrap_or_else(new_key),
        };
        Client::new(&self.server, identity, ca_cert.as_deref())
    }

    fn resolve_token(&self, environment: Option<String>) -> Result<String, Failure> {
        let token = match (&self.token, &self.token_file, environment) {
            (Some(token), _, _) => token.clone(),
            (None, Some(path), _) => {
                let text = String::from_utf8_lossy(&read(path)?).into_owned();
                text.lines().next().unwrap_or_default().to_owned()
            }
            (None, None, Some(token)) => token,
            (None, None, None) => String::new(),
        };
        let token = token.trim();
        if token.is_empty() {
            return Err(Failure::BadInput(say!("fail-no-token")));
        }
        Ok(token.to_owned())
    }
}

/// 128 random bits: no two commands share it.
fn new_key() -> String {
    data_encoding::HEXLOWER.encode(&rand::random::<[u8; 16]>())
}

/// The whole of a file; a file that cannot be read is bad input.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path)
        .map_err(|error| Failure::BadInput(say!("fail-not-read", file = path.display(), why = error)))
}

/// The whole of a file, or of standard input for `-`.
pub(super) fn read_file_or_stdin(path: &Path) -> Result<Vec<u8>, Failure> {
    if path != Path::new("-") {
        return read(path);
    }
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes)
        .map_err(|error| Failure::BadInput(format!("cannot read standard input: {error}")))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn connection() -> Connection {
        Connection {
            server: "http://127.0.0.1:1".into(),
            token: None,
            token_file: None,
            ca_cert: None,
            idempotency_key: None,
            json: false,
        }
    }

    #[test]
    fn a_token_comes_from_the_flag_then_the_file_then_the_environment() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        writeln!(file, "from-file \r\nsecond line").unwrap();
        let mut connection = connection();
        let environment = || Some("from-environment".to_owned());
        assert_eq!(
            connection.resolve_token(environment()),
            Ok("from-environment".into())
        );
        connection.token_file = Some(file.path().to_path_buf());
        assert_eq!(connection.resolve_token(environment()), Ok("from-file".into()));
        connection.token = Some("from-flag".into());
        assert_eq!(connection.resolve_token(environment()), Ok("from-flag".into()));
    }

    #[test]
    fn no_token_at_all_is_bad_input() {
        assert!(matches!(
            connection().resolve_token(Some(" ".into())),
            Err(Failure::BadInput(_))
        ));
    }
}

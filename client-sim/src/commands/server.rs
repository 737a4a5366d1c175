//! Which running server a command talks to, and as whom.

use super::failure::Failure;
use crate::remote::Access;
use std::path::PathBuf;

/// A running server's administration.
#[derive(clap::Args)]
pub(super) struct ServerArgs {
    /// Address of a running server, which nobody else writes to meanwhile
    #[arg(long, value_name = "URL", help_heading = "Server")]
    pub server: Option<String>,

    /// Token of an administrator over the whole tree (others on this machine can see it: prefer --token-file)
    /// [env: OTOR_ADMIN_TOKEN]
    #[arg(long, requires = "server", help_heading = "Server")]
    pub token: Option<String>,

    /// File with the token in its first line
    #[arg(long, value_name = "FILE", requires = "server", help_heading = "Server")]
    pub token_file: Option<PathBuf>,

    /// Certificate (PEM) to trust for https
    #[arg(long, value_name = "FILE", requires = "server", help_heading = "Server")]
    pub ca_cert: Option<PathBuf>,
}

impl ServerArgs {
    /// The running server, if one is given.
    ///
    /// # Errors
    /// [`Failure::Wrong`] if there is no token, or a file cannot be read.
    pub fn access(&self) -> Result<Option<Access>, Failure> {
        let Some(url) = self.server.clone() else {
            return Ok(None);
        };
        crate::transport::Target::parse(&url).map_err(|error| Failure::Wrong(error.to_string()))?;
        let read = |path: &PathBuf| std::fs::read(path).map_err(|error| Failure::file("read", path, &error));
        let token = match (&self.token, &self.token_file) {
            (Some(token), _) => token.clone(),
            (None, Some(path)) => {
                let text = String::from_utf8_lossy(&read(path)?).into_owned();
                text.lines().next().unwrap_or_default().to_owned()
            }
            (None, None) => std::env::var("OTOR_ADMIN_TOKEN").unwrap_or_default(),
        };
        let token = token.trim().to_owned();
        if token.is_empty() {
            let needed = "no token: give --token-file FILE, --token TOKEN or OTOR_ADMIN_TOKEN";
            return Err(Failure::Wrong(needed.into()));
        }
        let ca_cert = self.ca_cert.as_ref().map(read).transpose()?;
        Ok(Some(Access { url, token, ca_cert }))
    }
}

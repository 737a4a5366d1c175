//! Why a server does not start, or has stopped: each in one line that says what to do about it.

use super::identity::IdentityError;
use crate::commit::{Stopped, Uncommitted};
use crate::state::StateError;
use crate::store::backup::BackupError;
use crate::store::disk::DiskError;
use crate::store::engine::EngineError;
use std::path::PathBuf;

/// Why a server does not start, or has stopped.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The data folder cannot be used.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The data in it cannot be used.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The deployment's own words cannot be read.
    #[error("{0}")]
    Words(String),
    /// The state cannot be read.
    #[error(transparent)]
    State(#[from] StateError),
    /// The server's key cannot be used.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The commit path has stopped.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// A backup was not made, or cannot be used.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// A folder that has to be empty is not.
    #[error("{folder} is not empty, and {why}: give an empty folder, or one that is not there")]
    NotEmpty {
        /// The folder.
        folder: PathBuf,
        /// Why it has to be.
        why: &'static str,
    },
    /// The backup is of another server.
    #[error("the backup in {0} is of a server with another key: give another folder")]
    OtherKey(PathBuf),
    /// The backup would be lost with what it is of.
    #[error("{0} lies in the data folder: what destroys the one would destroy the other")]
    BackupInside(PathBuf),
    /// What has to be written first was not.
    #[error(transparent)]
    Uncommitted(#[from] Uncommitted),
    /// There is no data where some should be.
    #[error("there is no data of a server in {0}")]
    NoData(PathBuf),
    /// The first account cannot be made, or given a new token.
    #[error("{0}")]
    FirstAccount(String),
    /// The token given for the first account is too weak or cannot travel in a header.
    #[error("OTOR_ADMIN_TOKEN has to be {min} to {max} visible ASCII characters without spaces")]
    WeakToken {
        /// Fewest characters.
        min: usize,
        /// Most characters.
        max: usize,
    },
    /// The address is none, or is not this machine's, or is taken.
    #[error("cannot listen on {listen}: {why}")]
    Listen {
        /// The address as given.
        listen: String,
        /// What is wrong with it.
        why: String,
    },
    /// Without TLS the server answers this machine only.
    #[error(
        "{listen} can be reached from other machines: give tls_cert and tls_key (`otor cert self-signed` makes \
         them), or allow_plain_http behind a proxy that ends TLS"
    )]
    PlainHttp {
        /// The address as given.
        listen: String,
    },
    /// The certificate or its key cannot be used.
    #[error("TLS: {0}")]
    Tls(String),
    /// The log settings are wrong.
    #[error("log_level: {0}")]
    Log(String),
    /// Something of the operating system failed.
    #[error("{doing}: {why}")]
    System {
        /// What was being done.
        doing: &'static str,
        /// The operating system's word.
        why: std::io::Error,
    },
}

impl ServeError {
    /// Wraps what the operating system said while something was being done.
    pub(super) fn system(doing: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |why| ServeError::System { doing, why }
    }

    /// Whether what the operator gave is at fault, rather than the machine or the data.
    pub fn is_bad_input(&self) -> bool {
        matches!(
            self,
            ServeError::NoData(_)
                | ServeError::NotEmpty { .. }
                | ServeError::OtherKey(_)
                | ServeError::BackupInside(_)
                | ServeError::Backup(BackupError::NoBackup { .. })
                | ServeError::WeakToken { .. }
                | ServeError::PlainHttp { .. }
                | ServeError::Tls(_)
                | ServeError::Log(_)
        )
    }
}

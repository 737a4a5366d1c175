//! What can go wrong with files, told apart as far as the reader of the message can act on it.

use std::io;

/// Why a disk operation failed. Paths are as the operator would find them.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// The file system, or the quota, has no room left.
    #[error("the disk is full: {path} could not be written")]
    Full {
        /// File being written.
        path: String,
    },
    /// The process may not do this with this file.
    #[error("no permission: {action} {path}")]
    NoPermission {
        /// What was tried.
        action: &'static str,
        /// File or folder.
        path: String,
    },
    /// The file is not there.
    #[error("{path} is not there")]
    NotFound {
        /// File or folder.
        path: String,
    },
    /// The file is there already.
    #[error("{path} exists already")]
    Exists {
        /// File or folder.
        path: String,
    },
    /// Another process works on this data folder.
    #[error("another server is using the data folder {path}")]
    Locked {
        /// The data folder.
        path: String,
    },
    /// Anything else the operating system reports.
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// File or folder.
        path: String,
        /// The operating system's word.
        source: io::Error,
    },
    /// A simulated crash: nothing works until the machine is started again.
    #[error("the simulated machine is down")]
    Down,
}

impl DiskError {
    /// Sorts an error of the operating system into the cases above.
    pub fn from_io(action: &'static str, path: impl Into<String>, source: io::Error) -> Self {
        let path = path.into();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::NoPermission { action, path }
            }
            io::ErrorKind::NotFound => Self::NotFound { path },
            io::ErrorKind::AlreadyExists => Self::Exists { path },
            _ => Self::Io { action, path, source },
        }
    }
}

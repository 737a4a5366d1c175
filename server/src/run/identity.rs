//! The server's own secret: made at the first start, kept in a file that only its owner can read.
//!
//! Phones learn its public half when they are enrolled and talk to no other server, so it is never made anew
//! where there is data already.

use otor_protocol::keys::Secret;
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Name of the file in the data folder.
pub const IDENTITY_FILE: &str = "server.key";

const FIRST_LINE: &str = "otor server key 1";

/// Why there is no identity.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The file is gone, but the data that belongs to it is there.
    #[error(
        "{0} is not there, but the journal is: restore it from a copy, no phone talks to a server without it"
    )]
    Lost(PathBuf),
    /// The file is not where it was looked for.
    #[error("{0} is not there: without it no enrolled phone talks to the server")]
    Missing(PathBuf),
    /// The file's content is not what was written.
    #[error("{0} is damaged: restore it from a copy, no phone talks to a server without it")]
    Damaged(PathBuf),
    /// The file cannot be read or written.
    #[error("cannot use {path}: {why}")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// The operating system's word.
        why: io::Error,
    },
}

/// Reads the identity in a data folder; makes one of `seed` (32 random bytes) if there is none and the folder
/// `is_new`.
///
/// # Errors
/// [`IdentityError`].
pub(super) fn load_or_create(folder: &Path, is_new: bool, seed: [u8; 32]) -> Result<Secret, IdentityError> {
    let path = folder.join(IDENTITY_FILE);
    match fs::read(&path) {
        Ok(content) => read(&content).ok_or(IdentityError::Damaged(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound && is_new => {
            write(folder, &path, text(&seed).as_bytes())
                .map_err(|why| IdentityError::Unusable { path, why })?;
            Ok(Secret::new(seed))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(IdentityError::Lost(path)),
        Err(why) => Err(IdentityError::Unusable { path, why }),
    }
}

/// The hash of a sound identity's file in a folder.
///
/// # Errors
/// [`IdentityError`] if it is not there, or damaged.
pub(super) fn hash(folder: &Path) -> Result<[u8; 32], IdentityError> {
    Ok(Sha256::digest(sound(folder)?).into())
}

/// Puts a folder's identity into another one, durably, where it is not there yet.
///
/// # Errors
/// [`IdentityError`] if it is not there, or damaged, or cannot be written.
pub(super) fn put(from: &Path, to: &Path) -> Result<(), IdentityError> {
    let content = sound(from)?;
    let path = to.join(IDENTITY_FILE);
    if fs::read(&path).is_ok_and(|there| there == content) {
        return Ok(());
    }
    write(to, &path, &content).map_err(|why| IdentityError::Unusable { path, why })
}

fn sound(folder: &Path) -> Result<Vec<u8>, IdentityError> {
    let path = folder.join(IDENTITY_FILE);
    match fs::read(&path) {
        Ok(content) if read(&content).is_some() => Ok(content),
        Ok(_) => Err(IdentityError::Damaged(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(IdentityError::Missing(path)),
        Err(why) => Err(IdentityError::Unusable { path, why }),
    }
}

fn text(seed: &[u8; 32]) -> String {
    let lines = format!("{FIRST_LINE}\n{}\n", data_encoding::HEXLOWER.encode(seed));
    let checksum = crc32fast::hash(lines.as_bytes());
    format!("{lines}crc32 {checksum:08x}\n")
}

fn read(content: &[u8]) -> Option<Secret> {
    let content = std::str::from_utf8(content).ok()?;
    let digits = content.lines().nth(1)?;
    let seed: [u8; 32] = data_encoding::HEXLOWER
        .decode(digits.as_bytes())
        .ok()?
        .try_into()
        .ok()?;
    // Written again it must be the same, which covers the checksum and the version.
    (text(&seed) == content).then(|| Secret::new(seed))
}

/// Durable before anything else happens in the folder: a phone enrolled by a lost key would be lost too.
fn write(folder: &Path, path: &Path, content: &[u8]) -> io::Result<()> {
    let unfinished = path.with_extension("key.tmp");
    if unfinished.exists() {
        fs::remove_file(&unfinished)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    file.write_all(content)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&unfinished, path)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_folder_gets_a_private_key_that_stays_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let made = load_or_create(folder.path(), true, [7; 32]).unwrap();
        assert_eq!(made.as_bytes(), &[7; 32]);
        for is_new in [true, false] {
            let read = load_or_create(folder.path(), is_new, [8; 32]).unwrap();
            assert_eq!(read.as_bytes(), &[7; 32]);
        }
        #[cfg(unix)]
        {
            let metadata = fs::metadata(folder.path().join(IDENTITY_FILE)).unwrap();
            let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions());
            assert_eq!(mode & 0o777, 0o600);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_lost_key_is_never_replaced_where_there_is_data() {
        let folder = tempfile::tempdir().unwrap();
        let refused = load_or_create(folder.path(), false, [7; 32]);
        assert!(matches!(refused, Err(IdentityError::Lost(_))));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_key_with_any_byte_altered_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        load_or_create(folder.path(), true, [7; 32]).unwrap();
        let path = folder.path().join(IDENTITY_FILE);
        let whole = fs::read(&path).unwrap();
        for place in 0..whole.len() {
            let mut altered = whole.clone();
            altered[place] ^= 1;
            fs::write(&path, &altered).unwrap();
            let refused = load_or_create(folder.path(), true, [8; 32]);
            assert!(matches!(refused, Err(IdentityError::Damaged(_))), "byte {place}");
        }
        fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        assert!(load_or_create(folder.path(), true, [8; 32]).is_err());
    }
}

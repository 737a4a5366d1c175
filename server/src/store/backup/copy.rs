//! Copies and hashes the beginnings of files, a piece at a time.

use super::error::BackupError;
use super::manifest::FileHash;
use crate::store::disk::{AppendFile, Disk};
use sha2::{Digest, Sha256};

/// Bytes read at a time.
const PIECE_LEN: u64 = 1024 * 1024;

/// Appends the bytes `from..to` of a file to another, durably.
pub(super) fn copy_range(
    source: &dyn Disk,
    path: &str,
    (from, to): (u64, u64),
    file: &mut dyn AppendFile,
) -> Result<(), BackupError> {
    each_piece(source, path, (from, to), &mut |piece| Ok(file.append(piece)?))?;
    Ok(file.sync()?)
}

/// The hash of a file's first `len` bytes.
pub(super) fn hash_range(disk: &dyn Disk, path: &str, len: u64) -> Result<FileHash, BackupError> {
    let mut hash = Sha256::new();
    each_piece(disk, path, (0, len), &mut |piece| {
        hash.update(piece);
        Ok(())
    })?;
    Ok(hash.finalize().into())
}

fn each_piece(
    disk: &dyn Disk,
    path: &str,
    (mut at, to): (u64, u64),
    take: &mut dyn FnMut(&[u8]) -> Result<(), BackupError>,
) -> Result<(), BackupError> {
    while at < to {
        // No more than PIECE_LEN, which any usize holds.
        let piece = disk.read_range(path, at, (to - at).min(PIECE_LEN) as usize)?;
        if piece.is_empty() {
            return Err(BackupError::Altered {
                path: path.to_owned(),
                what: "is shorter than it was",
            });
        }
        take(&piece)?;
        at += piece.len() as u64;
    }
    Ok(())
}

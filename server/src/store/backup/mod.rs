//! Backups of a journal: copied beside a running server, segment by segment, read back, and put back elsewhere.
//!
//! Segments only ever grow, so a copy up to the end of some entry is the journal as it was at that entry. What is
//! copied has been made durable in the original first: no power cut can leave a backup that is ahead of it.

mod copy;
mod error;
mod manifest;
#[cfg(test)]
mod tests;

pub use error::BackupError;
pub use manifest::{FileHash, MANIFEST_FILE, Manifest, SegmentCopy};

use super::disk::{Disk, DiskError};
use super::journal::{Extent, JOURNAL_FOLDER, JournalError, inspect};
use copy::{copy_range, hash_range};
use std::sync::Arc;

/// What was done for a backup.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BackupReport {
    /// Number of the last entry in the backup.
    pub entries: u64,
    /// Number of the last entry that it held before.
    pub entries_before: u64,
    /// Segments in the backup.
    pub segments: usize,
    /// Segments that were copied or went on.
    pub segments_copied: usize,
    /// Bytes copied.
    pub bytes_copied: u64,
    /// Bytes of all segments.
    pub bytes: u64,
}

/// Brings the backup in `target` up to the journal in `source`, whether or not a server is writing it. Copies what
/// the backup does not have, and reads back every segment that it touched. `key` is the hash of the server's key,
/// which the caller has put beside the backup. With `whole` every entry of the journal is looked at, not only those
/// that the backup does not have for good.
///
/// # Errors
/// [`BackupError`]; the backup that was there before is as good as it was.
pub fn back_up(
    source: Arc<dyn Disk>,
    target: &dyn Disk,
    key: FileHash,
    whole: bool,
) -> Result<BackupReport, BackupError> {
    let found = inspect(&*source)?;
    let ours = found.database.ok_or(BackupError::NoJournal)?;
    let before = Manifest::read(target)?;
    if let Some(theirs) = before
        .as_ref()
        .map(|before| before.database)
        .filter(|theirs| *theirs != ours)
    {
        return Err(BackupError::OtherDatabase { theirs, ours });
    }
    let entries_before = before.as_ref().map_or(0, |before| before.entries);
    let extents = found.extents(&*source)?;
    refuse_shorter(&extents, before.as_ref())?;
    let mut report = BackupReport {
        entries: found.last,
        entries_before,
        segments: extents.len(),
        ..BackupReport::default()
    };
    if let Some(last) = extents.last() {
        source.open(&last.path)?.sync()?;
    }
    // What is copied must be whole: a damaged original is told of, not kept.
    let from = first_to_copy(&extents, before.as_ref());
    if let Some(entries) = found.entries(source.clone(), if whole { 1 } else { from }) {
        for entry in entries {
            entry?;
        }
    }
    let mut segments = Vec::new();
    for extent in &extents {
        let known = before.as_ref().and_then(|before| before.segment(extent.first));
        let is_whole = known.is_some_and(|known| known.len == extent.len && extent.first < from);
        segments.push(match known.filter(|_| is_whole) {
            Some(known) => *known,
            None => grow(&*source, target, extent, known, &mut report)?,
        });
    }
    target.sync_dir(JOURNAL_FOLDER)?;
    let manifest = Manifest {
        database: ours,
        entries: found.last,
        key,
        segments,
    };
    manifest.write(target)?;
    report.bytes = manifest.bytes();
    Ok(report)
}

/// The first entry of the first segment that is not in the backup for good: the last one there may still grow.
fn first_to_copy(extents: &[Extent], before: Option<&Manifest>) -> u64 {
    let known = before.and_then(|before| before.segments.last());
    known.map_or_else(
        || extents.first().map_or(1, |extent| extent.first),
        |last| last.first,
    )
}

/// The journal must go on from what the backup has.
fn refuse_shorter(extents: &[Extent], before: Option<&Manifest>) -> Result<(), BackupError> {
    for known in before.iter().flat_map(|before| &before.segments) {
        let is_there = extents
            .iter()
            .any(|extent| extent.first == known.first && extent.len >= known.len);
        if !is_there {
            return Err(BackupError::Diverged { path: known.path() });
        }
    }
    Ok(())
}

/// Copies what a segment has more than its copy, and reads the copy back.
fn grow(
    source: &dyn Disk,
    target: &dyn Disk,
    extent: &Extent,
    known: Option<&SegmentCopy>,
    report: &mut BackupReport,
) -> Result<SegmentCopy, BackupError> {
    let (path, have) = (&extent.path, known.map_or(0, |known| known.len));
    if let Some(known) = known {
        if hash_range(target, path, known.len)? != known.hash {
            return Err(BackupError::Altered {
                path: path.clone(),
                what: "is not what was written",
            });
        }
        if hash_range(source, path, known.len)? != known.hash {
            return Err(BackupError::Diverged { path: path.clone() });
        }
    }
    let mut file = match target.len(path) {
        Ok(len) => {
            // What a backup that broke off has left.
            if len > have {
                target.truncate(path, have)?;
            }
            target.open(path)?
        }
        Err(DiskError::NotFound { .. }) => target.create(path)?,
        Err(error) => return Err(error.into()),
    };
    copy_range(source, path, (have, extent.len), &mut *file)?;
    let hash = hash_range(source, path, extent.len)?;
    read_back(target, path, extent.len, hash)?;
    if extent.len > have {
        report.segments_copied += 1;
        report.bytes_copied += extent.len - have;
    }
    Ok(SegmentCopy {
        first: extent.first,
        len: extent.len,
        hash,
    })
}

fn read_back(target: &dyn Disk, path: &str, len: u64, hash: FileHash) -> Result<(), BackupError> {
    if hash_range(target, path, len)? == hash {
        Ok(())
    } else {
        Err(BackupError::Altered {
            path: path.to_owned(),
            what: "does not read back as it was written",
        })
    }
}

/// Reads the whole of a backup and compares it with what was written.
///
/// # Errors
/// [`BackupError`] if it is not that, byte by byte, or no journal.
pub fn check(backup: Arc<dyn Disk>, folder: &str) -> Result<Manifest, BackupError> {
    let manifest = Manifest::read(&*backup)?.ok_or_else(|| BackupError::NoBackup {
        folder: folder.to_owned(),
    })?;
    for segment in &manifest.segments {
        expect_sound(&*backup, segment)?;
    }
    Ok(manifest)
}

fn expect_sound(backup: &dyn Disk, segment: &SegmentCopy) -> Result<(), BackupError> {
    let path = segment.path();
    let hash = match hash_range(backup, &path, segment.len) {
        Err(BackupError::Disk(DiskError::NotFound { .. })) => {
            return Err(BackupError::Altered {
                path,
                what: "is missing",
            });
        }
        hash => hash?,
    };
    if hash == segment.hash {
        return Ok(());
    }
    Err(BackupError::Altered {
        path,
        what: "is not what was written",
    })
}

/// Puts the journal of a backup into a folder that has none, and reads it back entry by entry.
///
/// # Errors
/// [`BackupError`] if the backup is damaged, or what was written is not what it holds.
pub fn restore(backup: Arc<dyn Disk>, target: Arc<dyn Disk>, folder: &str) -> Result<Manifest, BackupError> {
    // All of it is looked at before anything is written.
    let manifest = check(backup.clone(), folder)?;
    for segment in &manifest.segments {
        let path = segment.path();
        let mut file = target.create(&path)?;
        copy_range(&*backup, &path, (0, segment.len), &mut *file)?;
        read_back(&*target, &path, segment.len, segment.hash)?;
    }
    target.sync_dir(JOURNAL_FOLDER)?;
    let found = inspect(&*target)?;
    let entries = found.entries(target.clone(), 1).into_iter().flatten();
    let count = entries
        .map(|entry| entry.map(|_| ()))
        .collect::<Result<Vec<_>, JournalError>>()?;
    if count.len() as u64 != manifest.entries {
        return Err(BackupError::Altered {
            path: MANIFEST_FILE.to_owned(),
            what: "tells of other entries than there are",
        });
    }
    Ok(manifest)
}

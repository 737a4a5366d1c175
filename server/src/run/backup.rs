//! Backups of a data folder, made beside its running server, and put back into an empty one.

use super::error::ServeError;
use super::identity;
use super::serve::restored;
use super::store::StoreFolder;
use crate::settings::Settings;
use crate::store::backup::{self, BackupError, BackupReport, MANIFEST_FILE, Manifest};
use crate::store::disk::{Disk, LOCK_FILE, RealDisk};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A folder that every file system makes by itself.
const LOST_AND_FOUND: &str = "lost+found";

/// Brings a backup of the data folder up to date; whether a server runs on it makes no difference. With `whole` all
/// of the journal is looked at before and all of the backup read back afterwards, not only what was added.
///
/// # Errors
/// [`ServeError`]; the backup is then what it was before.
pub fn back_up(settings: &Settings, to: &Path, whole: bool) -> Result<BackupReport, ServeError> {
    let data = &settings.data;
    if !data.is_dir() {
        return Err(ServeError::NoData(data.clone()));
    }
    refuse_inside(to, data)?;
    if !to.join(MANIFEST_FILE).exists() {
        expect_empty(to, "there is no backup in it")?;
    }
    let source: Arc<dyn Disk> = Arc::new(RealDisk::beside(data));
    let target = Arc::new(RealDisk::open(to)?);
    let key = identity::hash(data)?;
    if Manifest::read(&*target)?.is_some_and(|before| before.key != key) {
        return Err(ServeError::OtherKey(to.to_owned()));
    }
    identity::put(data, to)?;
    let report = backup::back_up(source, &*target, key, whole)?;
    if whole {
        backup::check(target, &to.display().to_string())?;
    }
    Ok(report)
}

/// Puts a backup into an empty data folder and begins a new history with it. What it holds, and how many erasures
/// were applied again.
///
/// # Errors
/// [`ServeError`]: the folder is not empty, or the backup is damaged. A folder in which restoring has not come to its
/// end has no key, and no server starts on it.
pub fn restore(
    settings: &Settings,
    from: &Path,
    tell: &mut dyn FnMut(String),
) -> Result<(Manifest, usize), ServeError> {
    expect_empty(&settings.data, "nothing is ever overwritten")?;
    let key = identity::hash(from)?;
    let backup: Arc<dyn Disk> = Arc::new(RealDisk::beside(from));
    // Looked at before anything is made.
    let manifest = backup::check(backup.clone(), &from.display().to_string())?;
    if manifest.key != key {
        return Err(BackupError::Altered {
            path: identity::IDENTITY_FILE.to_owned(),
            what: "is not the key that was backed up",
        }
        .into());
    }
    let target: Arc<dyn Disk> = Arc::new(RealDisk::open(&settings.data)?);
    let manifest = backup::restore(backup, target, &from.display().to_string())?;
    tell(format!(
        "{} entries are there again, each of them whole",
        manifest.entries
    ));
    let erased = {
        let folder = StoreFolder::take_existing(settings)?;
        restored(settings, &folder, tell)?
    };
    // Last, so that no server starts on half of it.
    identity::put(from, &settings.data)?;
    Ok((manifest, erased))
}

/// A folder that is not there is empty.
pub(super) fn expect_empty(folder: &Path, why: &'static str) -> Result<(), ServeError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(ServeError::system("cannot look into the folder"))?,
    };
    for entry in entries {
        let entry = entry.map_err(ServeError::system("cannot look into the folder"))?;
        let name = entry.file_name();
        if name != LOCK_FILE && name != LOST_AND_FOUND {
            return Err(ServeError::NotEmpty {
                folder: folder.to_owned(),
                why,
            });
        }
    }
    Ok(())
}

/// A backup in the folder that it is of would be lost with it.
fn refuse_inside(to: &Path, data: &Path) -> Result<(), ServeError> {
    let data = data
        .canonicalize()
        .map_err(ServeError::system("cannot look into the folder"))?;
    let to = std::path::absolute(to).map_err(ServeError::system("cannot look into the folder"))?;
    let there: Option<PathBuf> = to.ancestors().find_map(|path| path.canonicalize().ok());
    if there.is_some_and(|there| there.starts_with(&data)) {
        return Err(ServeError::BackupInside(to));
    }
    Ok(())
}

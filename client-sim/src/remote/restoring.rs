//! Backups of our own server, made and brought back with the commands that an operator has.

use super::runner::Runner;
use anyhow::{Context, ensure};
use std::path::{Path, PathBuf};

impl Runner {
    /// Backs up our own server's data, in place of an earlier backup.
    ///
    /// # Errors
    /// If it is not our own, or its operator's command fails.
    pub(super) fn back_up_server(&mut self) -> anyhow::Result<()> {
        let child = self.own_server()?;
        let to = backup_of(child.data());
        child.run_beside("backup", &["--to".as_ref(), to.as_os_str()])
    }

    /// Loses our own server with its data, and brings it back from the backup.
    ///
    /// # Errors
    /// If it is not our own, there is no backup, or its operator's command fails.
    pub(super) fn restore_server(&mut self) -> anyhow::Result<()> {
        let child = self.own_server()?;
        let from = backup_of(child.data());
        ensure!(from.is_dir(), "there is no backup");
        child.kill();
        std::fs::remove_dir_all(child.data()).context("the data cannot be removed")?;
        child.run_beside("restore", &["--from".as_ref(), from.as_os_str()])?;
        child.start()?;
        // Whether it still has what phones that are gone wrote is not asked over the API.
        self.written.server_restored(|_, _| true);
        Ok(())
    }
}

/// Beside a data folder.
fn backup_of(data: &Path) -> PathBuf {
    let mut name = data.file_name().unwrap_or_default().to_owned();
    name.push(".backup");
    data.with_file_name(name)
}

//! The file that keeps the place of a pull from one run to the next, and for which selection of records it holds.

use super::output::sync_folder_of;
use crate::cli::failure::Failure;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Which records are pulled. A place in one selection says nothing about another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Selection {
    /// Kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Root of the subtree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<String>,
    /// From when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// The file's content.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    otor_pull_state: u32,
    selection: Selection,
    cursor: String,
}

const VERSION: u32 = 1;

/// A state file in use.
pub(super) struct StateFile {
    path: PathBuf,
    selection: Selection,
    cursor: Option<String>,
}

impl StateFile {
    /// Reads a state file; one that is not there is at the beginning.
    ///
    /// # Errors
    /// [`Failure`] if it cannot be read, or was kept for another selection.
    pub fn open(path: &Path, selection: Selection) -> Result<Self, Failure> {
        let cursor = match fs::read(path) {
            Ok(bytes) => Some(read(path, &bytes, &selection)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(Failure::file("read", path, &error)),
        };
        Ok(StateFile {
            path: path.to_path_buf(),
            selection,
            cursor,
        })
    }

    /// Where the last complete run ended.
    pub fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    /// Moves on, durably: after a crash the file holds either the old place or the new one.
    ///
    /// # Errors
    /// [`Failure`] if the file cannot be written; then it holds the old place.
    pub fn advance(&mut self, cursor: &str) -> Result<(), Failure> {
        let content = Content {
            otor_pull_state: VERSION,
            selection: self.selection.clone(),
            cursor: cursor.to_owned(),
        };
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(".tmp");
        let unfinished = self.path.with_file_name(name);
        let write = || -> io::Result<()> {
            let mut file = File::create(&unfinished)?;
            serde_json::to_writer_pretty(&mut file, &content)?;
            file.write_all(b"\n")?;
            file.sync_all()?;
            fs::rename(&unfinished, &self.path)?;
            sync_folder_of(&self.path)
        };
        write().map_err(|error| Failure::file("write", &self.path, &error))?;
        self.cursor = Some(cursor.to_owned());
        Ok(())
    }
}

fn read(path: &Path, bytes: &[u8], selection: &Selection) -> Result<String, Failure> {
    let shown = path.display();
    let content: Content = serde_json::from_slice(bytes)
        .map_err(|error| Failure::BadInput(format!("{shown} is no state file of a pull: {error}")))?;
    if content.otor_pull_state != VERSION {
        return Err(Failure::BadInput(format!("{shown} is of another version")));
    }
    if content.selection != *selection {
        return Err(Failure::BadInput(format!(
            "{shown} keeps the place of a pull with other filters ({}): take another file for these",
            in_words(&content.selection)
        )));
    }
    Ok(content.cursor)
}

fn in_words(selection: &Selection) -> String {
    let given = [
        ("--kind", &selection.kind),
        ("--area", &selection.area),
        ("--since", &selection.since),
        ("--until", &selection.until),
    ];
    let words: Vec<String> = given
        .iter()
        .filter_map(|(flag, value)| Some(format!("{flag} {}", value.as_ref()?)))
        .collect();
    if words.is_empty() {
        "none".into()
    } else {
        words.join(" ")
    }
}

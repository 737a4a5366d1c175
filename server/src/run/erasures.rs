//! What was erased, in a file apart from the data folder and its backups: a server restored from a backup erases it
//! again before it serves anybody.
//!
//! A line an erasure: the record's id, a space, the numbers of the fields with commas between. A line that a power cut
//! left unfinished is passed over: nobody was told that it was done.

use super::error::ServeError;
use super::first_start::decide_now;
use crate::commit::CommitPath;
use crate::decide::history;
use otor_protocol::ids::RecordId;
use otor_protocol::op::FieldId;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Most erasures that one entry applies again.
const APPLIED_AT_ONCE: usize = 500;

/// The file.
#[derive(Debug)]
pub struct ErasureFile {
    path: PathBuf,
    open: Mutex<Option<File>>,
}

impl ErasureFile {
    /// The file of this path; made when something is erased.
    pub fn at(path: PathBuf) -> Self {
        ErasureFile {
            path,
            open: Mutex::new(None),
        }
    }

    /// Everything in it.
    ///
    /// # Errors
    /// [`ServeError`] if it cannot be read: then nobody knows what must stay erased.
    pub fn read(&self) -> Result<Vec<(RecordId, Vec<FieldId>)>, ServeError> {
        match fs::read_to_string(&self.path) {
            Ok(text) => Ok(erasures(&text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(ServeError::system("cannot read what was erased")(error)),
        }
    }

    /// Adds an erasure, durably.
    ///
    /// # Errors
    /// Whatever the operating system says.
    pub fn keep(&self, record: RecordId, fields: &[FieldId]) -> io::Result<()> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.is_none() {
            *open = Some(create(&self.path)?);
        }
        let numbers: Vec<String> = fields.iter().map(|field| field.0.to_string()).collect();
        let Some(file) = open.as_mut() else { return Ok(()) };
        file.write_all(format!("\n{record} {}\n", numbers.join(",")).as_bytes())?;
        file.sync_all()
    }
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(file)
}

fn erasures(text: &str) -> Vec<(RecordId, Vec<FieldId>)> {
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let line = |line: &str| {
        let (record, numbers) = line.split_once(' ')?;
        let fields: Result<Vec<u16>, _> = numbers.split(',').map(str::parse).collect();
        Some((
            record.parse().ok()?,
            fields.ok()?.into_iter().map(FieldId).collect(),
        ))
    };
    whole.lines().filter_map(line).collect()
}

/// Applies again what the data does not know to be erased. How much that was.
///
/// # Errors
/// [`ServeError`] if the file cannot be read, or nothing can be written.
pub(super) fn apply(path: &mut CommitPath, file: &ErasureFile, now_ms: i64) -> Result<usize, ServeError> {
    let mut count = 0;
    for part in file.read()?.chunks(APPLIED_AT_ONCE) {
        let part = part.to_vec();
        count += decide_now(path, now_ms, move |desk| history::erase_again(desk, &part))?;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use otor_protocol::ids::{ActorId, Dot};

    #[test]
    fn what_was_kept_is_read_again_without_what_a_power_cut_left_unfinished() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.erasures");
        let record = |seq| RecordId(Dot::new(ActorId(17), seq));
        assert_eq!(ErasureFile::at(path.clone()).read().unwrap(), []);
        ErasureFile::at(path.clone())
            .keep(record(3), &[FieldId(5), FieldId(60)])
            .unwrap();
        let mut torn = OpenOptions::new().append(true).open(&path).unwrap();
        torn.write_all(b"17-4 5").unwrap();
        let file = ErasureFile::at(path);
        assert_eq!(file.read().unwrap(), [(record(3), vec![FieldId(5), FieldId(60)])]);
        file.keep(record(9), &[FieldId(2)]).unwrap();
        // The torn line is whole now, and says what somebody had asked for.
        let read: Vec<RecordId> = file.read().unwrap().into_iter().map(|(id, _)| id).collect();
        assert_eq!(read, [record(3), record(4), record(9)]);
    }
}

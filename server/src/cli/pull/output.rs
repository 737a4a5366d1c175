//! Where pulled rows go: a pipe, or a file that appears only when it is whole.

use crate::cli::failure::Failure;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Bytes copied at a time: all the memory a pull of any size takes.
const COPY_BYTES: usize = 64 * 1024;

/// An output being written.
pub(in crate::cli) enum Output {
    /// Standard output.
    Pipe(io::Stdout),
    /// A file beside its final name.
    File {
        /// What is written.
        file: File,
        /// Where it is written.
        unfinished: PathBuf,
        /// What it is to be called.
        path: PathBuf,
    },
}

impl Output {
    /// Begins a file, or standard output.
    ///
    /// # Errors
    /// [`Failure`] if the file cannot be made.
    pub fn begin(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else {
            return Ok(Output::Pipe(io::stdout()));
        };
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".partial");
        let unfinished = path.with_file_name(name);
        let file = create_locked(&unfinished).map_err(|error| Failure::file("write", &unfinished, &error))?;
        Ok(Output::File {
            file,
            unfinished,
            path: path.to_path_buf(),
        })
    }

    /// Copies a stream to its end.
    ///
    /// # Errors
    /// [`Failure`] if the stream breaks off or nothing can be written.
    pub fn copy(&mut self, stream: &mut dyn Read) -> Result<(), Failure> {
        let mut buffer = vec![0; COPY_BYTES];
        loop {
            let count = match stream.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    return Err(Failure::Unreachable(format!(
                        "the answer broke off: {error}; the next run begins where this one did"
                    )));
                }
            };
            self.write(&buffer[..count])?;
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match self {
            Output::Pipe(stdout) => stdout.write_all(bytes).map_err(|error| closed(&error)),
            Output::File { file, unfinished, .. } => file
                .write_all(bytes)
                .map_err(|error| Failure::file("write", unfinished, &error)),
        }
    }

    /// Makes everything written safe: flushed to the pipe, or durable under its name.
    ///
    /// # Errors
    /// [`Failure`] if that is not possible.
    pub fn finish(self) -> Result<(), Failure> {
        match self {
            Output::Pipe(mut stdout) => stdout.flush().map_err(|error| closed(&error)),
            Output::File {
                file,
                unfinished,
                path,
            } => {
                let durable = || {
                    file.sync_all()?;
                    drop(file);
                    fs::rename(&unfinished, &path)?;
                    sync_folder_of(&path)
                };
                durable().map_err(|error| Failure::file("write", &path, &error))
            }
        }
    }
}

/// Two runs that overlap do not write into one file.
fn create_locked(path: &Path) -> io::Result<File> {
    let file = fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)?;
    fs4::FileExt::try_lock(&file).map_err(|_| io::Error::other("another pull is writing it"))?;
    file.set_len(0)?;
    Ok(file)
}

/// A pipe that nobody reads any more is a failure here: the rows have not arrived.
fn closed(error: &io::Error) -> Failure {
    Failure::Failed(format!("cannot write the output: {error}"))
}

/// Makes a file's name durable.
pub(super) fn sync_folder_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

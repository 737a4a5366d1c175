//! Files of the operating system under one locked data folder.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use fs4::FileExt;

use super::{AppendFile, Disk, DiskError, folder_of};

/// Name of the file in the data folder that is locked while a server uses it.
pub const LOCK_FILE: &str = "LOCK";

/// A data folder, held exclusively until this is dropped (unless it is looked at [beside](RealDisk::beside) its
/// server).
#[derive(Debug)]
pub struct RealDisk {
    root: PathBuf,
    // Held only for its lock, which the operating system releases however the process ends.
    _lock: Option<File>,
}

impl RealDisk {
    /// Opens a data folder, making it if it is not there, and locks it against a second server.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, DiskError> {
        let root = root.into();
        let shown = root.display().to_string();
        make_private_folder(&root).map_err(|error| DiskError::from_io("create", &shown, error))?;
        let lock = lock_folder(&root)?;
        Ok(Self {
            root,
            _lock: Some(lock),
        })
    }

    /// Looks at a data folder that a server may be using meanwhile, without its lock: for reading what only grows.
    pub fn beside(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            _lock: None,
        }
    }

    /// The data folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn full(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    fn error(&self, action: &'static str, path: &str, error: io::Error) -> DiskError {
        DiskError::from_io(action, self.full(path).display().to_string(), error)
    }

    fn file(&self, file: File, len: u64, path: &str) -> Box<dyn AppendFile> {
        Box::new(RealFile {
            file,
            shown: self.full(path).display().to_string(),
            len,
            reserved: len,
        })
    }

    fn make_folder_of(&self, path: &str) -> Result<(), DiskError> {
        let folder = folder_of(path);
        if folder.is_empty() || self.full(folder).is_dir() {
            return Ok(());
        }
        make_private_folder(&self.full(folder)).map_err(|error| self.error("create", folder, error))
    }
}

/// Makes a folder that others on the machine cannot read (it holds people's data), with its name durable.
fn make_private_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

fn lock_folder(root: &Path) -> Result<File, DiskError> {
    let path = root.join(LOCK_FILE);
    let shown = path.display().to_string();
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|error| DiskError::from_io("lock", &shown, error))?;
    match FileExt::try_lock(&lock) {
        Ok(()) => Ok(lock),
        Err(fs4::TryLockError::WouldBlock) => Err(DiskError::Locked {
            path: root.display().to_string(),
        }),
        Err(fs4::TryLockError::Error(error)) => Err(DiskError::from_io("lock", shown, error)),
    }
}

impl Disk for RealDisk {
    fn create(&self, path: &str) -> Result<Box<dyn AppendFile>, DiskError> {
        self.make_folder_of(path)?;
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(self.full(path))
            .map_err(|error| self.error("create", path, error))?;
        Ok(self.file(file, 0, path))
    }

    fn open(&self, path: &str) -> Result<Box<dyn AppendFile>, DiskError> {
        let at_end = || {
            let mut file = OpenOptions::new().write(true).open(self.full(path))?;
            let len = file.seek(SeekFrom::End(0))?;
            Ok((file, len))
        };
        let (file, len) = at_end().map_err(|error| self.error("open", path, error))?;
        Ok(self.file(file, len, path))
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, DiskError> {
        fs::read(self.full(path)).map_err(|error| self.error("read", path, error))
    }

    fn read_range(&self, path: &str, offset: u64, len: usize) -> Result<Vec<u8>, DiskError> {
        read_range(&self.full(path), offset, len).map_err(|error| self.error("read", path, error))
    }

    fn len(&self, path: &str) -> Result<u64, DiskError> {
        let metadata = fs::metadata(self.full(path)).map_err(|error| self.error("read", path, error))?;
        Ok(metadata.len())
    }

    fn exists(&self, path: &str) -> Result<bool, DiskError> {
        self.full(path)
            .try_exists()
            .map_err(|error| self.error("read", path, error))
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, DiskError> {
        let entries = match fs::read_dir(self.full(folder)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.error("list", folder, error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| self.error("list", folder, error))?;
            let kind = entry
                .file_type()
                .map_err(|error| self.error("list", folder, error))?;
            // A name that is not UTF-8 is none of ours.
            if let (true, Ok(name)) = (kind.is_file(), entry.file_name().into_string()) {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), DiskError> {
        fs::rename(self.full(from), self.full(to)).map_err(|error| self.error("rename", from, error))
    }

    fn remove(&self, path: &str) -> Result<(), DiskError> {
        fs::remove_file(self.full(path)).map_err(|error| self.error("remove", path, error))
    }

    fn truncate(&self, path: &str, len: u64) -> Result<(), DiskError> {
        let cut = || -> io::Result<()> {
            let file = OpenOptions::new().write(true).open(self.full(path))?;
            file.set_len(len)?;
            file.sync_all()
        };
        cut().map_err(|error| self.error("truncate", path, error))
    }

    fn overwrite(&self, path: &str, offset: u64, bytes: &[u8]) -> Result<(), DiskError> {
        let write = || -> io::Result<()> {
            let mut file = OpenOptions::new().write(true).open(self.full(path))?;
            file.seek(SeekFrom::Start(offset))?;
            file.write_all(bytes)?;
            file.sync_all()
        };
        write().map_err(|error| self.error("write", path, error))
    }

    fn sync_dir(&self, folder: &str) -> Result<(), DiskError> {
        match File::open(self.full(folder)).and_then(|opened| opened.sync_all()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.error("sync", folder, error)),
            _ => Ok(()),
        }
    }

    fn free_bytes(&self) -> Result<u64, DiskError> {
        fs4::available_space(&self.root).map_err(|error| self.error("measure", "", error))
    }
}

fn read_range(path: &Path, offset: u64, len: usize) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    file.take(len as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// An open file.
struct RealFile {
    file: File,
    shown: String,
    /// Bytes that were appended, or there before.
    len: u64,
    /// How far zeros are laid behind those, at least.
    reserved: u64,
}

impl RealFile {
    fn write_at_end(&mut self, bytes: &[u8]) -> io::Result<()> {
        // Wherever laying zeros has left its place.
        self.file.seek(SeekFrom::Start(self.len))?;
        self.file.write_all(bytes)
    }

    fn lay_zeros(&mut self, upto: u64) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.reserved))?;
        io::copy(&mut io::repeat(0).take(upto - self.reserved), &mut self.file)?;
        self.reserved = upto;
        Ok(())
    }

    fn cut(&mut self) -> io::Result<()> {
        // As much as is there: of zeros that could not be laid all, some may be.
        if self.file.metadata()?.len() > self.len {
            self.file.set_len(self.len)?;
        }
        self.reserved = self.len;
        self.file.sync_all()
    }
}

impl AppendFile for RealFile {
    fn append(&mut self, bytes: &[u8]) -> Result<(), DiskError> {
        self.write_at_end(bytes)
            .map_err(|error| DiskError::from_io("write", &self.shown, error))?;
        self.len += bytes.len() as u64;
        self.reserved = self.reserved.max(self.len);
        Ok(())
    }

    fn reserve(&mut self, bytes: u64) {
        let upto = self.len + bytes;
        if upto <= self.reserved {
            return;
        }
        if let Err(error) = self.lay_zeros(upto) {
            tracing::debug!(path = self.shown, %error, "no zeros are laid ahead");
        }
    }

    fn trim(&mut self) -> Result<(), DiskError> {
        self.cut()
            .map_err(|error| DiskError::from_io("truncate", &self.shown, error))
    }

    fn sync(&mut self) -> Result<(), DiskError> {
        self.file
            .sync_data()
            .map_err(|error| DiskError::from_io("sync", &self.shown, error))
    }
}

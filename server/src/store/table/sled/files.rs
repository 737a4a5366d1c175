//! The files in which values lie: numbered, each written once from its beginning to its end.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use positioned_io::ReadAt;

use super::place::Spot;
use super::record::Record;
use super::{damaged, io_error, parent_of, sync_folder};
use crate::store::table::TableError;

/// A file's number, which is its name in ten digits. In one process none is given twice.
pub(super) type Number = NonZero<u32>;

/// What each begins with, and the version of what follows.
const HEADER: &[u8; 12] = b"OTORVALS\x01\0\0\0";

/// Where the first record stands.
pub(super) const FIRST_OFFSET: u32 = HEADER.len() as u32;

/// Those that are there, open for reading.
type Open = BTreeMap<Number, Arc<File>>;

/// The folder of them. Who reads waits for nobody: a thread that gives way might hold what others need.
pub(super) struct Files {
    folder: PathBuf,
    open: ArcSwap<Open>,
    known: Mutex<Known>,
}

/// What only whoever writes asks for.
struct Known {
    lens: BTreeMap<Number, u64>,
    /// No file had this number or a higher one.
    next: Number,
}

/// One that is written.
pub(super) struct Written {
    pub(super) number: Number,
    pub(super) len: u32,
    file: Arc<File>,
    path: PathBuf,
}

impl Files {
    /// Opens what is in the folder, or makes it.
    pub(super) fn open(folder: PathBuf) -> Result<Self, TableError> {
        let opened = open_all(&folder).and_then(|open| Ok((lens_of(&open)?, open)));
        let (lens, open) = opened.map_err(|error| io_error(&folder, &error))?;
        let last = lens.last_key_value().map_or(0, |(number, _)| number.get());
        let next = last.checked_add(1).and_then(Number::new).ok_or_else(no_number)?;
        Ok(Self {
            folder,
            open: ArcSwap::from_pointee(open),
            known: Mutex::new(Known { lens, next }),
        })
    }

    /// Where they are.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// How long each is, in bytes.
    pub(super) fn lens(&self) -> BTreeMap<Number, u64> {
        self.known.lock().lens.clone()
    }

    /// Begins another.
    pub(super) fn create(&self) -> Result<Written, TableError> {
        let mut known = self.known.lock();
        let number = known.next;
        known.next = number.checked_add(1).ok_or_else(no_number)?;
        let path = self.path(number);
        let created = || {
            let mut options = OpenOptions::new();
            let mut file = options.read(true).write(true).create_new(true).open(&path)?;
            file.write_all(HEADER)?;
            sync_folder(&self.folder)?;
            Ok(Arc::new(file))
        };
        let file = created().map_err(|error| io_error(&path, &error))?;
        known.lens.insert(number, HEADER.len() as u64);
        self.change_open(|open| open.insert(number, Arc::clone(&file)));
        Ok(Written {
            number,
            len: FIRST_OFFSET,
            file,
            path,
        })
    }

    /// Writes records at the end of a file; returns where.
    pub(super) fn append(&self, written: &mut Written, records: &[u8]) -> Result<u32, TableError> {
        let offset = written.len;
        let len = u32::try_from(records.len())
            .ok()
            .and_then(|len| offset.checked_add(len));
        written.len = len.ok_or_else(|| damaged("a file of values is too long"))?;
        let done = (&*written.file).write_all(records);
        done.map_err(|error| io_error(&written.path, &error))?;
        self.known.lock().lens.insert(written.number, written.len.into());
        Ok(offset)
    }

    /// Changes which are there, for whoever reads from then on.
    fn change_open<T>(&self, change: impl FnOnce(&mut Open) -> T) {
        // There is one who writes.
        let mut open = Open::clone(&self.open.load());
        change(&mut open);
        self.open.store(Arc::new(open));
    }

    /// The value of a key at its spot; `None` if it is not there (any more).
    pub(super) fn value(&self, key: &[u8], spot: Spot) -> Result<Option<Vec<u8>>, TableError> {
        let mut bytes = vec![0; spot.len.into()];
        let read = self.read(spot.file, spot.offset.into(), &mut bytes)?;
        let record = Record::parse(bytes.get(..read).unwrap_or_default());
        let found = record.filter(|record| record.key == key && record.len() == bytes.len());
        Ok(found.map(|record| record.value.to_vec()))
    }

    /// Fills the buffer with what stands from an offset on, as far as the file goes; says how far. Nothing stands in a
    /// file that is gone.
    pub(super) fn read(&self, number: Number, offset: u64, buffer: &mut [u8]) -> Result<usize, TableError> {
        let Some(file) = self.open.load().get(&number).map(Arc::clone) else {
            return Ok(0);
        };
        let mut filled = 0;
        while filled < buffer.len() {
            match file.read_at(offset + filled as u64, &mut buffer[filled..]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(damaged(&format!("{}: {error}", self.path(number).display()))),
            }
        }
        Ok(filled)
    }

    /// Removes one in which nothing lies that is in use.
    pub(super) fn remove(&self, number: Number) -> Result<(), TableError> {
        self.known.lock().lens.remove(&number);
        self.change_open(|open| open.remove(&number));
        let path = self.path(number);
        fs::remove_file(&path).map_err(|error| io_error(&path, &error))
    }

    fn path(&self, number: Number) -> PathBuf {
        self.folder.join(format!("{number:010}"))
    }
}

impl Written {
    /// Makes what was written survive a power cut.
    pub(super) fn sync(&self) -> Result<(), TableError> {
        self.file
            .sync_data()
            .map_err(|error| io_error(&self.path, &error))
    }
}

fn open_all(folder: &Path) -> io::Result<Open> {
    if !folder.is_dir() {
        fs::create_dir_all(folder)?;
        sync_folder(parent_of(folder))?;
    }
    let mut files = Open::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let number = name.to_str().filter(|name| name.len() == 10);
        if let Some(number) = number.and_then(|number| number.parse().ok()) {
            files.insert(number, Arc::new(File::open(folder.join(&name))?));
        }
    }
    Ok(files)
}

fn lens_of(open: &Open) -> io::Result<BTreeMap<Number, u64>> {
    let lens = open
        .iter()
        .map(|(number, file)| Ok((*number, file.metadata()?.len())));
    lens.collect()
}

fn no_number() -> TableError {
    damaged("its files have run out of numbers")
}

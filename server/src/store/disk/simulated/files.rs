//! The files of a simulated disk: what a running process sees, and what is durable.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::super::{DiskError, folder_of};

/// One file's content, whatever its name.
#[derive(Clone, Debug, Default)]
pub(super) struct Inode {
    /// What a running process reads.
    pub(super) content: Vec<u8>,
    /// What has been made durable.
    pub(super) durable: Vec<u8>,
    /// How far `durable` and `content` agree.
    pub(super) agree: usize,
    /// How many zeros at the end of `content` are for what is appended next.
    pub(super) reserved: usize,
    /// Set by a failed sync: what was unsynced then can never become durable any more.
    pub(super) forgotten: bool,
}

/// A change of names that is not yet durable.
#[derive(Clone, Debug)]
pub(super) enum NameChange {
    Set { path: String, inode: usize },
    Remove { path: String },
    Rename { from: String, to: String, inode: usize },
}

impl NameChange {
    fn folder(&self) -> &str {
        match self {
            Self::Set { path, .. } | Self::Remove { path } => folder_of(path),
            Self::Rename { to, .. } => folder_of(to),
        }
    }

    fn inode(&self) -> Option<usize> {
        match self {
            Self::Set { inode, .. } | Self::Rename { inode, .. } => Some(*inode),
            Self::Remove { .. } => None,
        }
    }

    pub(super) fn apply(&self, names: &mut BTreeMap<String, usize>) {
        match self {
            Self::Set { path, inode } => {
                names.insert(path.clone(), *inode);
            }
            Self::Remove { path } => {
                names.remove(path);
            }
            Self::Rename { from, to, inode } => {
                names.remove(from);
                names.insert(to.clone(), *inode);
            }
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Files {
    pub(super) inodes: Vec<Inode>,
    pub(super) names: BTreeMap<String, usize>,
    pub(super) durable_names: BTreeMap<String, usize>,
    pub(super) changes: Vec<NameChange>,
    pub(super) boot: u64,
    pub(super) free: Option<u64>,
    pub(super) failing_reads: bool,
    pub(super) failing_syncs: u32,
}

impl Files {
    pub(super) fn inode(&self, path: &str) -> Result<usize, DiskError> {
        self.names.get(path).copied().ok_or_else(|| DiskError::NotFound {
            path: path.to_owned(),
        })
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.names.contains_key(path)
    }

    pub(super) fn content(&self, path: &str) -> Result<&[u8], DiskError> {
        Ok(&self.inodes[self.inode(path)?].content)
    }

    pub(super) fn readable(&self, path: &str) -> Result<&[u8], DiskError> {
        if self.failing_reads {
            return Err(io_error("read", path));
        }
        self.content(path)
    }

    pub(super) fn list(&self, folder: &str) -> Vec<String> {
        let in_folder = self.names.keys().filter(|path| folder_of(path) == folder);
        in_folder
            .map(|path| path.rsplit('/').next().unwrap_or(path).to_owned())
            .collect()
    }

    pub(super) fn create(&mut self, path: &str) -> Result<usize, DiskError> {
        if self.has(path) {
            return Err(DiskError::Exists {
                path: path.to_owned(),
            });
        }
        let inode = self.inodes.len();
        self.inodes.push(Inode::default());
        self.change(NameChange::Set {
            path: path.to_owned(),
            inode,
        });
        Ok(inode)
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) -> Result<(), DiskError> {
        let inode = self.inode(from)?;
        self.change(NameChange::Rename {
            from: from.to_owned(),
            to: to.to_owned(),
            inode,
        });
        Ok(())
    }

    pub(super) fn remove(&mut self, path: &str) -> Result<(), DiskError> {
        self.inode(path)?;
        self.change(NameChange::Remove {
            path: path.to_owned(),
        });
        Ok(())
    }

    fn change(&mut self, change: NameChange) {
        change.apply(&mut self.names);
        self.changes.push(change);
    }

    pub(super) fn append(&mut self, inode: usize, path: &str, bytes: &[u8]) -> Result<(), DiskError> {
        let file = &mut self.inodes[inode];
        let over = bytes.len().min(file.reserved);
        let more = bytes.len() - over;
        let fits = over + self.free.map_or(more, |free| more.min(free as usize));
        file.append(&bytes[..fits]);
        self.free = self.free.map(|free| free - (fits - over) as u64);
        if fits < bytes.len() {
            return Err(DiskError::Full {
                path: path.to_owned(),
            });
        }
        Ok(())
    }

    pub(super) fn reserve(&mut self, inode: usize, bytes: u64) {
        let file = &mut self.inodes[inode];
        let more = (bytes as usize).saturating_sub(file.reserved);
        let fits = self.free.map_or(more, |free| more.min(free as usize));
        file.content.resize(file.content.len() + fits, 0);
        file.reserved += fits;
        self.free = self.free.map(|free| free - fits as u64);
    }

    pub(super) fn trim(&mut self, inode: usize, path: &str) -> Result<(), DiskError> {
        let file = &mut self.inodes[inode];
        let len = file.content.len() - file.reserved;
        self.free = self.free.map(|free| free + file.reserved as u64);
        file.cut(len);
        self.sync(inode, path)
    }

    pub(super) fn sync(&mut self, inode: usize, path: &str) -> Result<(), DiskError> {
        let file = &mut self.inodes[inode];
        if self.failing_syncs > 0 {
            self.failing_syncs -= 1;
            file.forgotten = true;
            return Err(io_error("sync", path));
        }
        if !file.forgotten {
            file.make_durable();
        }
        Ok(())
    }

    pub(super) fn truncate(&mut self, path: &str, len: u64) -> Result<(), DiskError> {
        let inode = self.inode(path)?;
        let file = &mut self.inodes[inode];
        file.cut(usize::try_from(len).unwrap_or(usize::MAX));
        self.sync(inode, path)
    }

    /// Bytes not yet durable before `offset` stay as they are; in the journal there are none.
    pub(super) fn overwrite(&mut self, path: &str, offset: u64, bytes: &[u8]) -> Result<(), DiskError> {
        let inode = self.inode(path)?;
        let file = &mut self.inodes[inode];
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let Some(place) = file.content.get_mut(offset..offset.saturating_add(bytes.len())) else {
            return Err(io_error("write", path));
        };
        place.copy_from_slice(bytes);
        if offset <= file.agree && offset + bytes.len() == file.content.len() {
            file.forgotten = false;
        }
        file.agree = file.agree.min(offset);
        self.sync(inode, path)
    }

    pub(super) fn sync_dir(&mut self, folder: &str) -> Result<(), DiskError> {
        if self.failing_syncs > 0 {
            self.failing_syncs -= 1;
            return Err(io_error("sync", folder));
        }
        let changes = std::mem::take(&mut self.changes);
        let (now, later) = changes.into_iter().partition(|change| change.folder() == folder);
        let now: Vec<NameChange> = now;
        now.iter()
            .for_each(|change| change.apply(&mut self.durable_names));
        self.changes = later;
        self.free_nameless();
        Ok(())
    }

    /// Frees the content of files that no crash can bring back.
    fn free_nameless(&mut self) {
        let waiting = self.changes.iter().filter_map(NameChange::inode);
        let named: BTreeSet<usize> = self
            .names
            .values()
            .chain(self.durable_names.values())
            .copied()
            .chain(waiting)
            .collect();
        for (number, inode) in self.inodes.iter_mut().enumerate() {
            if !named.contains(&number) && !inode.content.is_empty() {
                *inode = Inode::default();
            }
        }
    }

    pub(super) fn damage(&mut self, path: &str, offset: usize, bytes: &[u8]) -> Result<(), DiskError> {
        let inode = self.inode(path)?;
        let file = &mut self.inodes[inode];
        for content in [&mut file.content, &mut file.durable] {
            if let Some(place) = content.get_mut(offset..offset + bytes.len()) {
                place.copy_from_slice(bytes);
            }
        }
        Ok(())
    }

    /// No handle works any more, and nobody knows what was reserved.
    pub(super) fn end_processes(&mut self) {
        self.boot += 1;
        self.inodes.iter_mut().for_each(|inode| inode.reserved = 0);
    }

    /// Starts the machine again with whatever is in `names` and `content` now, all of it durable.
    pub(super) fn reboot(&mut self) {
        self.end_processes();
        self.changes.clear();
        self.durable_names = self.names.clone();
        for inode in &mut self.inodes {
            inode.forgotten = false;
            inode.make_durable();
        }
    }
}

impl Inode {
    /// Writes behind what was appended before.
    fn append(&mut self, bytes: &[u8]) {
        let at = self.content.len() - self.reserved;
        let (over, more) = bytes.split_at(bytes.len().min(self.reserved));
        self.content[at..at + over.len()].copy_from_slice(over);
        self.content.extend_from_slice(more);
        self.reserved -= over.len();
        self.agree = self.agree.min(at);
    }

    fn cut(&mut self, len: usize) {
        self.content.truncate(len);
        self.agree = self.agree.min(len);
        self.reserved = 0;
    }

    fn make_durable(&mut self) {
        self.durable.truncate(self.agree);
        self.durable.extend_from_slice(&self.content[self.agree..]);
        self.agree = self.content.len();
    }
}

fn io_error(action: &'static str, path: &str) -> DiskError {
    let source = io::Error::other("simulated fault of the medium");
    DiskError::Io {
        action,
        path: path.to_owned(),
        source,
    }
}

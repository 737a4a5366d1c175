//! Test vectors of the protocol: bytes and what they mean, for whoever writes a client. The same code gives the
//! same vectors for ever; what was written once is never written anew.

mod additions;
mod digests;
mod document;
mod frames;
mod keys;
mod merges;
mod messages;
mod packing;
mod recovery;
mod session;
mod sessions;
mod stamps;
mod statuses;
mod values;
mod variants;

pub use document::unhex;

use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// Version of the wire that the vectors are of, and the folder they are kept in.
pub const VERSION: &str = "v1";
/// The list of the files and their hashes, in the form of `sha256sum`.
pub const SUMS: &str = "SHA256SUMS";

/// A file of vectors.
pub struct VectorFile {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Other bytes may mean the same: a packer may choose. Such vectors bind readers, and no writer.
    pub for_readers: bool,
}

impl VectorFile {
    fn new(name: &str, text: String) -> Self {
        VectorFile {
            name: format!("{name}.json"),
            text,
            for_readers: false,
        }
    }
}

/// Every file.
///
/// # Errors
/// If the code does not read what it has written, or a session does not go as it should.
pub fn all() -> anyhow::Result<Vec<VectorFile>> {
    let mut files = vec![
        VectorFile::new("messages", messages::document()?),
        VectorFile::new("frames", frames::document()),
        VectorFile {
            for_readers: true,
            ..VectorFile::new("packing", packing::document()?)
        },
        VectorFile {
            for_readers: true,
            ..VectorFile::new("packing-light", packing::light()?)
        },
        VectorFile::new("keys", keys::document()),
        VectorFile::new("merges", merges::document()?),
        VectorFile::new("merges-lost", merges::naming_lost()?),
        VectorFile::new("statuses", statuses::document()?),
        VectorFile::new("digests", digests::document()),
        VectorFile::new("stamps", stamps::document()),
        VectorFile::new("messages-later", additions::document()?),
        VectorFile::new("messages-chains", additions::chains()?),
    ];
    for (name, text) in sessions::documents()? {
        files.push(VectorFile::new(&name, text));
    }
    Ok(files)
}

/// What writing them came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Files that were not there.
    pub new: Vec<String>,
    /// How many were there, and the same.
    pub same: usize,
    /// Files that are there and differ. They are left as they are.
    pub different: Vec<String>,
}

/// Writes the files that are not there into `folder`, and adds them to its list. Never touches one that is.
///
/// # Errors
/// If a file cannot be read or written.
pub fn write(folder: &Path, files: &[VectorFile]) -> io::Result<Written> {
    fs::create_dir_all(folder)?;
    let mut written = Written::default();
    for file in files {
        let path = folder.join(&file.name);
        match fs::read_to_string(&path) {
            Ok(text) if text == file.text => written.same += 1,
            Ok(_) if file.for_readers => written.same += 1,
            Ok(_) => written.different.push(file.name.clone()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::write(&path, &file.text)?;
                list(folder, file)?;
                written.new.push(file.name.clone());
            }
            Err(error) => return Err(error),
        }
    }
    Ok(written)
}

fn list(folder: &Path, file: &VectorFile) -> io::Result<()> {
    let path = folder.join(SUMS);
    let mut sums = match fs::read_to_string(&path) {
        Ok(sums) => sums,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    sums += &format!("{}  {}\n", sum(file.text.as_bytes()), file.name);
    fs::write(path, sums)
}

/// The list of a folder: names and hashes.
///
/// # Errors
/// If it cannot be read.
pub fn listed(folder: &Path) -> io::Result<BTreeMap<String, String>> {
    let sums = fs::read_to_string(folder.join(SUMS))?;
    let lines = sums.lines().filter_map(|line| line.split_once("  "));
    Ok(lines
        .map(|(sum, name)| (name.to_owned(), sum.to_owned()))
        .collect())
}

/// SHA-256 as the list has it.
pub fn sum(bytes: &[u8]) -> String {
    document::hex(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> VectorFile {
        VectorFile::new(name, text.to_owned())
    }

    #[test]
    fn vectors_are_the_same_every_time() {
        let texts = || -> Vec<String> {
            let files = all().unwrap();
            files.into_iter().map(|file| file.text).collect()
        };
        assert_eq!(texts(), texts());
    }

    #[test]
    fn what_is_there_is_never_written_anew() {
        let folder = tempfile::tempdir().unwrap();
        let first = write(folder.path(), &[file("one", "1")]).unwrap();
        assert_eq!(first.new, ["one.json"]);
        let second = write(folder.path(), &[file("one", "changed"), file("two", "2")]).unwrap();
        assert_eq!(
            (second.new, second.different),
            (vec!["two.json".to_owned()], vec!["one.json".to_owned()])
        );
        assert_eq!(fs::read_to_string(folder.path().join("one.json")).unwrap(), "1");
        let listed = listed(folder.path()).unwrap();
        assert_eq!(listed["one.json"], sum(b"1"));
        assert_eq!(listed.len(), 2);
    }
}

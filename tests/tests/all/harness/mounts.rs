//! Small file systems of their own for tests: in memory, or ext4 in a file. Where this machine does not let a test
//! mount, it says so in one line and leaves the test out.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A mounted file system, unmounted when it is dropped.
pub struct Mounted {
    folder: tempfile::TempDir,
    device: Option<String>,
}

impl Mounted {
    /// A file system in memory that holds so many MiB; none where it cannot be mounted.
    pub fn tmpfs(mib: u32) -> Option<Self> {
        let mounted = Mounted::empty();
        let size = format!("size={mib}m");
        let done = run(
            "mount",
            &["-t", "tmpfs", "-o", &size, "otor-test", mounted.shown()],
        );
        done.map_or_else(|why| left_out(&why), |()| Some(mounted))
    }

    /// The ext4 in a file (see [`make_ext4`]), mounted over a loop device; none where it cannot be. An image of a
    /// file system whose machine lost its power has its journal replayed.
    pub fn ext4(image: &Path) -> Option<Self> {
        let mut mounted = Mounted::empty();
        let image = image.to_string_lossy();
        let device = match output("losetup", &["--find", "--show", &image]) {
            Ok(printed) => printed.trim().to_owned(),
            Err(why) => return left_out(&why),
        };
        mounted.device = Some(device.clone());
        let done = run("mount", &["-t", "ext4", &device, mounted.shown()]);
        done.map_or_else(|why| left_out(&why), |()| Some(mounted))
    }

    fn empty() -> Self {
        Mounted {
            folder: tempfile::tempdir().expect("a folder"),
            device: None,
        }
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    fn shown(&self) -> &str {
        self.path().to_str().expect("a path in UTF-8")
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // Nothing of it may stay behind, whatever the test came to; what was never mounted needs none of this.
        let _ = run("umount", &["--lazy", self.shown()]);
        if let Some(device) = &self.device {
            let _ = run("losetup", &["--detach", device]);
        }
    }
}

/// Makes a file of so many MiB with an ext4 in it; where that is not possible, says so.
pub fn make_ext4(folder: &Path, mib: u32) -> Option<PathBuf> {
    let image = folder.join("disk.img");
    let shown = image.to_str().expect("a path in UTF-8");
    let size = format!("{mib}M");
    let made = run("truncate", &["--size", &size, shown]).and_then(|()| {
        run(
            "mkfs.ext4",
            &[
                "-q",
                "-F",
                "-m",
                "0",
                "-J",
                "size=4",
                "-E",
                "lazy_itable_init=0",
                shown,
            ],
        )
    });
    made.map_or_else(|why| left_out(&why), |()| Some(image))
}

fn left_out<T>(why: &str) -> Option<T> {
    let name = std::thread::current().name().unwrap_or("a test").to_owned();
    // Not captured, so that it shows among the results.
    let why = why.trim().lines().next().unwrap_or_default();
    let line = format!("\nLEFT OUT: {name}: this machine does not let it mount ({why})\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
    None
}

fn run(program: &str, arguments: &[&str]) -> Result<(), String> {
    output(program, arguments).map(drop)
}

fn output(program: &str, arguments: &[&str]) -> Result<String, String> {
    let done = Command::new(program).args(arguments).output();
    let Output {
        status,
        stdout,
        stderr,
    } = done.map_err(|error| format!("{program}: {error}"))?;
    if status.success() {
        Ok(String::from_utf8_lossy(&stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&stderr).into_owned())
    }
}

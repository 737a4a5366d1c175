//! What a server's process has used, as Linux tells it in `/proc`, and what lies in its folder.

use serde::Serialize;
use std::path::Path;

/// Ticks of a second in `/proc/PID/stat`: the same on every Linux that we build for.
const TICKS_PER_SECOND: f64 = 100.0;

/// The file by which a server keeps room for a full disk.
const RESERVE_FILE: &str = "RESERVE";

/// What a process has used so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Usage {
    /// Processor time of its own and of the system for it, in seconds.
    pub cpu_s: f64,
    /// Memory it holds now, in bytes.
    pub rss_bytes: u64,
    /// The most memory it ever held, in bytes.
    pub rss_peak_bytes: u64,
    /// Bytes it has had written to disks.
    pub written_bytes: u64,
    /// Files, connections among them, that it has open.
    pub open_files: u64,
}

impl Usage {
    /// Of a process; none where there is no such process, or no `/proc`.
    pub fn of(pid: u32) -> Option<Usage> {
        let read = |name: &str| std::fs::read_to_string(format!("/proc/{pid}/{name}")).ok();
        let status = read("status")?;
        let files = std::fs::read_dir(format!("/proc/{pid}/fd"));
        Some(Usage {
            cpu_s: cpu_s(&read("stat")?)?,
            rss_bytes: kib(&status, "VmRSS:") * 1024,
            rss_peak_bytes: kib(&status, "VmHWM:") * 1024,
            written_bytes: read("io").map_or(0, |io| field(&io, "write_bytes:")),
            open_files: files.map_or(0, |files| files.count() as u64),
        })
    }
}

/// What follows the program's name, which may hold anything, has a fixed order: user time is the twelfth field,
/// system time the thirteenth.
fn cpu_s(stat: &str) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut ticks = rest.split_whitespace().skip(11).map(str::parse::<f64>);
    let (user, system) = (ticks.next()?.ok()?, ticks.next()?.ok()?);
    Some((user + system) / TICKS_PER_SECOND)
}

fn kib(status: &str, name: &str) -> u64 {
    field(status, name)
}

fn field(text: &str, name: &str) -> u64 {
    text.lines()
        .find_map(|line| line.strip_prefix(name))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

/// Bytes that lie in a folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stored {
    /// In the journal.
    pub journal_bytes: u64,
    /// In the table.
    pub table_bytes: u64,
    /// In all, but for the reserve that the server keeps for a full disk.
    pub all_bytes: u64,
}

impl Stored {
    /// In a server's data folder.
    pub fn of(data: &Path) -> Stored {
        Stored {
            journal_bytes: bytes_in(&data.join("journal")),
            table_bytes: bytes_in(&data.join("sled")),
            all_bytes: bytes_in(data)
                - std::fs::metadata(data.join(RESERVE_FILE)).map_or(0, |found| found.len()),
        }
    }
}

fn bytes_in(path: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(path) else {
        return 0;
    };
    let sizes = entries.flatten().map(|entry| match entry.metadata() {
        Ok(found) if found.is_dir() => bytes_in(&entry.path()),
        Ok(found) => found.len(),
        Err(_) => 0,
    });
    sizes.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_spaces_and_brackets_does_not_shift_the_fields() {
        let stat = "42 (a (b) c) S 1 42 42 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 3 0 1 1 1";
        assert_eq!(cpu_s(stat), Some(3.0));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_holds_memory() {
        let usage = Usage::of(std::process::id()).unwrap();
        assert!(usage.rss_bytes > 0 && usage.rss_peak_bytes >= usage.rss_bytes && usage.open_files > 0);
    }
}

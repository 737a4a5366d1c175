//! What this machine could do at best: the disk's fdatasyncs, the bare journal, bare sled, compression and
//! signatures, each by itself.

use crate::storm::watch::Watch;
use cpu_time::ThreadTime;
use otor_protocol::keys::Secret;
use otor_server::store::disk::RealDisk;
use otor_server::store::journal::{DatabaseId, Journal, SEGMENT_BYTES, inspect};
use serde::Serialize;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

/// fdatasyncs of a small write each.
const SYNCS: usize = 300;
const SMALL_BYTES: usize = 4 * 1024;
/// Entries of the bare journal, and how long each is.
const ENTRIES: usize = 20_000;
const ENTRY_BYTES: usize = 4 * 1024;
/// How many entries are written at once.
const ENTRIES_AT_ONCE: usize = 64;
/// Rows of bare sled, and how long each is.
const ROWS: usize = 100_000;
const ROW_BYTES: usize = 200;
/// sled's cache, in bytes.
const CACHE_BYTES: u64 = 64 * 1024 * 1024;
/// Messages that are signed and verified.
const SIGNATURES: usize = 500;
/// Text that is compressed, in bytes, and how often.
const TEXT_BYTES: usize = 8 * 1024;
const TEXTS: usize = 200;
const SENTENCES: &str = include_str!("../../../data/sentences.txt");

/// What the machine could do at best.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Limits {
    /// Small writes, each made durable by an fdatasync, a second.
    pub fdatasyncs_per_s: f64,
    /// The bare journal, written 64 entries of 4 KiB at a time and synced at the end, in MB a second.
    pub journal_mb_per_s: f64,
    /// Rows of 200 bytes that bare sled takes, flushed at the end, a second.
    pub table_rows_per_s: f64,
    /// Processor time for a row of it, in microseconds.
    pub table_row_us: f64,
    /// zstd, level 3, on text as workers write it, in MB a second.
    pub zstd_mb_per_s: f64,
    /// Signatures verified a second, by one core.
    pub verified_per_s: f64,
}

/// Measures them in an empty folder.
///
/// # Errors
/// If a file cannot be written.
pub fn measure(folder: &Path) -> anyhow::Result<Limits> {
    let (table_rows_per_s, table_row_us) = table(&folder.join("table"))?;
    Ok(Limits {
        fdatasyncs_per_s: fdatasyncs(&folder.join("syncs"))?,
        journal_mb_per_s: journal(&folder.join("journal-alone"))?,
        table_rows_per_s,
        table_row_us,
        zstd_mb_per_s: zstd_rate()?,
        verified_per_s: verified(),
    })
}

fn fdatasyncs(path: &Path) -> anyhow::Result<f64> {
    let mut file = File::create(path)?;
    let watch = Watch::start();
    for _ in 0..SYNCS {
        file.write_all(&[1; SMALL_BYTES])?;
        file.sync_data()?;
    }
    Ok(SYNCS as f64 / watch.elapsed().as_secs_f64())
}

fn journal(folder: &Path) -> anyhow::Result<f64> {
    let disk = Arc::new(RealDisk::open(folder)?);
    let found = inspect(&*disk)?;
    let mut journal = Journal::open(disk, found, DatabaseId([1; 16]), SEGMENT_BYTES)?;
    let entries = vec![vec![7; ENTRY_BYTES]; ENTRIES_AT_ONCE];
    let watch = Watch::start();
    for _ in 0..ENTRIES / ENTRIES_AT_ONCE {
        journal.append(&entries)?;
    }
    journal.sync()?;
    let bytes = (ENTRIES / ENTRIES_AT_ONCE * ENTRIES_AT_ONCE * ENTRY_BYTES) as f64;
    Ok(bytes / 1e6 / watch.elapsed().as_secs_f64())
}

fn table(folder: &Path) -> anyhow::Result<(f64, f64)> {
    let config = sled::Config::new().path(folder).cache_capacity(CACHE_BYTES);
    let table = config.open()?;
    let cpu = cpu_time::ProcessTime::try_now()?;
    let watch = Watch::start();
    for number in 0..ROWS {
        table.insert(number.to_be_bytes(), [7; ROW_BYTES].as_slice())?;
    }
    table.flush()?;
    let rows = ROWS as f64;
    let each_us = cpu.try_elapsed()?.as_secs_f64() * 1e6 / rows;
    Ok((rows / watch.elapsed().as_secs_f64(), each_us))
}

fn zstd_rate() -> anyhow::Result<f64> {
    let text: String = SENTENCES.chars().take(TEXT_BYTES / 3).collect();
    let cpu = ThreadTime::try_now()?;
    for _ in 0..TEXTS {
        zstd::bulk::compress(text.as_bytes(), 3)?;
    }
    Ok((TEXTS * text.len()) as f64 / 1e6 / cpu.try_elapsed()?.as_secs_f64())
}

fn verified() -> f64 {
    let secret = Secret::new([3; 32]);
    let (keys, message) = (secret.public(), [5; 64]);
    let signature = secret.sign(&message);
    let cpu = ThreadTime::try_now();
    let held = (0..SIGNATURES)
        .filter(|_| keys.verify(&message, &signature))
        .count();
    let took = cpu.and_then(|cpu| cpu.try_elapsed()).unwrap_or_default();
    held as f64 / took.as_secs_f64().max(1e-9)
}

impl Limits {
    /// The limits in lines for people.
    pub fn lines(&self) -> Vec<String> {
        vec![
            format!("fdatasync       {:.0} a second", self.fdatasyncs_per_s),
            format!("bare journal    {:.0} MB a second", self.journal_mb_per_s),
            format!(
                "bare sled       {:.0} rows a second, {:.1} µs of CPU a row",
                self.table_rows_per_s, self.table_row_us
            ),
            format!("zstd            {:.0} MB a second", self.zstd_mb_per_s),
            format!("ed25519         {:.0} verified a second", self.verified_per_s),
        ]
    }
}

//! Looks at a store, writes into it and notes what is acknowledged, until it kills itself or is killed:
//! `FOLDER ACKS SEED [--kill-within-us N] [--rest-us N] [--without-sync]`.

use anyhow::{Context, bail};
use otor_server::store::engine::Engine;
use otor_tests::ledger;
use otor_tests::tampered::Tampering;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

struct Task {
    folder: PathBuf,
    acks: PathBuf,
    seed: u64,
    /// When it kills itself, at the latest.
    kill_within_us: Option<u64>,
    /// How long it rests in the middle of things, at most.
    rest_us: Option<u64>,
    honest: bool,
}

fn task() -> anyhow::Result<Task> {
    let mut words = std::env::args().skip(1);
    let mut word = || words.next().context("FOLDER ACKS SEED");
    let mut task = Task {
        folder: word()?.into(),
        acks: word()?.into(),
        seed: word()?.parse()?,
        kill_within_us: None,
        rest_us: None,
        honest: true,
    };
    while let Some(flag) = words.next() {
        let mut number = || {
            words
                .next()
                .context("a number")
                .and_then(|word| Ok(word.parse()?))
        };
        match flag.as_str() {
            "--kill-within-us" => task.kill_within_us = Some(number()?),
            "--rest-us" => task.rest_us = Some(number()?),
            "--without-sync" => task.honest = false,
            other => bail!("{other}?"),
        }
    }
    Ok(task)
}

fn main() -> anyhow::Result<()> {
    let task = task()?;
    let mut rng = ChaCha8Rng::seed_from_u64(task.seed);
    // Half of the time while it opens and looks, half of the time while it writes.
    let kill_opening = rng.random_bool(0.5);
    let after = |rng: &mut ChaCha8Rng| Some(Duration::from_micros(rng.random_range(0..task.kill_within_us?)));
    if let Some(after) = after(&mut rng).filter(|_| kill_opening) {
        kill_after(after);
    }
    let tampering = Tampering::new(task.honest, task.rest_us, task.seed);
    let noted = fs::read_to_string(&task.acks).unwrap_or_default();
    let acknowledged = noted.lines().last().map_or(Ok(0), str::parse)?;
    let (mut engine, report) = ledger::open(&task.folder, Some(tampering))?;
    ledger::look(&engine, &report, acknowledged)?;
    if let Some(after) = after(&mut rng).filter(|_| !kill_opening) {
        kill_after(after);
    }
    let mut acks = File::options().append(true).create(true).open(&task.acks)?;
    loop {
        write_group(&mut engine, &mut rng)?;
        // In one write, so that no line is ever half there.
        acks.write_all(format!("{}\n", engine.published()).as_bytes())?;
        if task.honest && rng.random_bool(0.1) {
            engine.checkpoint()?;
        }
    }
}

fn kill_after(after: Duration) {
    std::thread::spawn(move || {
        std::thread::sleep(after);
        let me = std::process::id().to_string();
        // What comes back from this is a program that lives on, which its parent notices.
        let _ = std::process::Command::new("kill").args(["-KILL", &me]).status();
    });
}

fn write_group(engine: &mut Engine, rng: &mut ChaCha8Rng) -> anyhow::Result<()> {
    for _ in 0..rng.random_range(1..6) {
        engine.stage(ledger::payload(engine.next_commit()))?;
    }
    engine.persist()?;
    Ok(())
}

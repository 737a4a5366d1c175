//! More than a server can do: what it does then, beside what it does at best.

use super::{Ground, Lot, Told};
use crate::in_process::child::ServerChild;
use crate::storm::Options;
use otor_protocol::wire::Packing;
use serde::Serialize;

/// Shares of the phones, in hundredths: those that find out what the server can do, and those that arrive at once,
/// twice and three times as fast.
const FIRST: usize = 20;
const LOTS: [(usize, f64); 3] = [(25, 1.0), (25, 2.0), (30, 3.0)];
/// What has to be left of the best throughput at three times as much.
const KEPT: f64 = 0.8;
/// How much more memory it may take than at the best.
const MEMORY: f64 = 1.25;

/// What became of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Overload {
    /// Whether three times as much leaves four fifths of the best throughput, takes no more memory, and loses none.
    pub ok: bool,
    /// Phones a second that were acknowledged when all arrived at once.
    pub capacity_per_s: f64,
    /// At that rate, twice and three times of it.
    pub lots: Vec<Lot>,
    /// The throughput at three times as much by the best one.
    pub kept: f64,
    /// The memory at three times as much by that at the first.
    pub memory: f64,
}

/// Prepares so many phones and lets them arrive faster and faster.
///
/// # Errors
/// If the server does not start, or does not answer any more.
pub fn run(child: ServerChild, phones: usize, seed: u64, told: &Told) -> anyhow::Result<Overload> {
    let options = Options {
        phones,
        ops: 31,
        down: 34,
        over: std::time::Duration::ZERO,
        check_every: usize::MAX,
        records: 0,
        packing: Packing::Light,
        seed,
    };
    let mut ground = Ground::prepare(child, &options, told)?;
    told("how much the server can do".into());
    let first = phones * FIRST / 100;
    let capacity_per_s = ground.lot(first, first as f64)?.acknowledged_per_s;
    let mut lots = Vec::new();
    for (share, times) in LOTS {
        told(format!("{times:.0} times as much"));
        lots.push(ground.lot(phones * share / 100, capacity_per_s * times)?);
    }
    ground.child.terminate()?;
    let best = lots
        .iter()
        .map(|lot| lot.acknowledged_per_s)
        .fold(capacity_per_s, f64::max);
    let (begin, end) = (lots[0].clone(), lots[LOTS.len() - 1].clone());
    let kept = end.acknowledged_per_s / best.max(0.001);
    let memory = end.rss_peak_bytes as f64 / begin.rss_peak_bytes.max(1) as f64;
    let lost: u64 = lots.iter().map(|lot| lot.lost).sum();
    Ok(Overload {
        ok: kept >= KEPT && memory <= MEMORY && lost == 0,
        capacity_per_s,
        lots,
        kept,
        memory,
    })
}

impl Overload {
    /// The result in lines for people.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "all at once: {:.0} phones/s acknowledged",
            self.capacity_per_s
        )];
        lines.extend(self.lots.iter().map(Lot::line));
        lines.push(format!(
            "at three times as much {:.0} % of the best throughput, {:.0} % of the memory",
            self.kept * 100.0,
            self.memory * 100.0
        ));
        lines
    }
}

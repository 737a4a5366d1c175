//! More than a server can do: what it does then, beside what it does at best.

use super::{Ground, Lot, Told};
use crate::in_process::child::ServerChild;
use crate::storm::Options;
use otor_protocol::wire::Packing;
use serde::Serialize;

/// Shares of the phones, in hundredths: those that come all at once, those that come faster and faster until the server
/// does not follow any more, and those that arrive as fast as it can serve, twice and three times as fast, and once more
/// as fast as it can serve: what the server holds grows with what it has been brought, too.
const AT_ONCE: usize = 10;
const FASTER: usize = 8;
const LOTS: [(usize, f64); 4] = [(14, 1.0), (16, 2.0), (22, 3.0), (14, 1.0)];
/// How often at most, and how much, the rate is raised to find what the server can do.
const RAISED: usize = 3;
const RAISED_BY: f64 = 1.4;
/// A server that acknowledges less of what arrives does not follow.
const FOLLOWS: f64 = 0.9;
/// What has to be left of the best throughput at three times as much.
const KEPT: f64 = 0.8;
/// How much more memory it may take than at the best.
const MEMORY: f64 = 1.25;

/// What became of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Overload {
    /// Whether three times as much leaves four fifths of the best throughput, takes no more memory, and loses none.
    pub ok: bool,
    /// What it can do: the most phones a second that were acknowledged, all at once or at rising rates.
    pub capacity_per_s: f64,
    /// How that was found.
    pub search: Vec<Lot>,
    /// At that rate, twice and three times of it, and at that rate again.
    pub lots: Vec<Lot>,
    /// The throughput at three times as much by the best one.
    pub kept: f64,
    /// The memory at three times as much by that at that rate itself, before or after.
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
    let search = search(&mut ground, phones)?;
    let capacity_per_s = best(&search);
    let mut lots = Vec::new();
    for (share, times) in LOTS {
        told(format!("{times:.0} times as much"));
        lots.push(ground.lot(phones * share / 100, capacity_per_s * times)?);
    }
    ground.child.terminate()?;
    let best = best(&lots).max(capacity_per_s);
    let lost: u64 = lots.iter().map(|lot| lot.lost).sum();
    // As `LOTS` has them.
    let ([before, after], most) = ([&lots[0], &lots[3]], &lots[2]);
    let usual_bytes = before.rss_peak_bytes.max(after.rss_peak_bytes);
    let memory = most.rss_peak_bytes as f64 / usual_bytes.max(1) as f64;
    let kept = most.acknowledged_per_s / best.max(0.001);
    Ok(Overload {
        ok: kept >= KEPT && memory <= MEMORY && lost == 0,
        capacity_per_s,
        search,
        lots,
        kept,
        memory,
    })
}

/// All at once is not the most that a server can do: it has to refuse most of them. So others come faster and faster.
fn search(ground: &mut Ground, phones: usize) -> anyhow::Result<Vec<Lot>> {
    let at_once = phones * AT_ONCE / 100;
    let mut lots = vec![ground.lot(at_once, at_once as f64)?];
    for _ in 0..RAISED {
        let lot = ground.lot(phones * FASTER / 100, best(&lots) * RAISED_BY)?;
        let follows = lot.acknowledged_per_s >= lot.offered_per_s * FOLLOWS;
        lots.push(lot);
        if !follows {
            break;
        }
    }
    Ok(lots)
}

fn best(lots: &[Lot]) -> f64 {
    lots.iter().map(|lot| lot.acknowledged_per_s).fold(0.0, f64::max)
}

impl Overload {
    /// The result in lines for people.
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.search.iter().map(Lot::line).collect();
        lines.push(format!("at best {:.0} phones/s", self.capacity_per_s));
        lines.extend(self.lots.iter().map(Lot::line));
        lines.push(format!(
            "at three times as much {:.0} % of the best throughput, {:.0} % of the memory",
            self.kept * 100.0,
            self.memory * 100.0
        ));
        lines
    }
}

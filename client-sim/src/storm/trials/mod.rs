//! Trials: a server of our own with prepared phones, of which lots arrive one after the other, each at its own rate.
//!
//! - `overload`: three times as much as it can do; `starve`: large work beside small; `steady`: half an hour of a usual
//!   load, with everything that goes on beside it; `sampled`: what that came to.

pub mod overload;
pub mod sampled;
pub mod starve;
pub mod steady;

use super::arrivals::{self, Arriving};
use super::requests::Server;
use super::result::{Latency, Seen};
use super::{Options, look, made};
use crate::in_process::child::ServerChild;
use anyhow::{Context, ensure};
use hdrhistogram::Histogram;
use otor_protocol::wire::Packing;
use serde::Serialize;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::Notify;

/// How far a trial is.
pub type Told = Arc<dyn Fn(String) + Send + Sync>;

/// A lot counts as done when so many of a hundred are: the last ones wait out what they were told to wait.
const DONE_OF_100: u64 = 95;

/// What became of a lot.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Lot {
    /// Phones that arrived.
    pub phones: usize,
    /// Phones that arrived a second.
    pub offered_per_s: f64,
    /// Phones that were acknowledged a second, until 95 of 100 were.
    pub acknowledged_per_s: f64,
    /// From arrival to durable acknowledgement.
    pub latency: Latency,
    /// The same of the attempt that was let in alone.
    pub admitted: Latency,
    /// Attempts that were told to come again.
    pub refused: u64,
    /// Phones that gave up.
    pub lost: u64,
    /// Processor time of the server for each, in milliseconds.
    pub server_cpu_ms_each: f64,
    /// Most memory that the server held, in bytes.
    pub rss_peak_bytes: u64,
}

impl Lot {
    fn line(&self) -> String {
        format!(
            "{:>6.0} phones/s arrive: {:>6.0}/s acknowledged, p50 {:.0} ms, p99 {:.0} ms, {} refused, {:.2} ms of CPU each, {:.0} MiB",
            self.offered_per_s,
            self.acknowledged_per_s,
            self.latency.p50_ms,
            self.latency.p99_ms,
            self.refused,
            self.server_cpu_ms_each,
            self.rss_peak_bytes as f64 / 1024.0 / 1024.0
        )
    }
}

/// A server of our own that runs, and phones that have not arrived yet.
struct Ground {
    child: ServerChild,
    runtime: Runtime,
    server: Server,
    phones: Vec<Box<dyn Arriving>>,
    /// How many have arrived.
    arrived: usize,
    seed: u64,
}

impl Ground {
    fn prepare(mut child: ServerChild, options: &Options, told: &Told) -> anyhow::Result<Self> {
        let phones = made(options, &child, told)?;
        let server = Server {
            address: address(&child.start()?)?,
            token: child.token().to_owned(),
        };
        Ok(Ground {
            child,
            runtime: tokio::runtime::Builder::new_multi_thread().enable_all().build()?,
            server,
            phones,
            arrived: 0,
            seed: options.seed,
        })
    }

    /// Lets so many phones arrive at so many a second.
    fn lot(&mut self, phones: usize, per_s: f64) -> anyhow::Result<Lot> {
        ensure!(phones <= self.phones.len(), "no phones are left");
        let lot = self.phones.split_off(self.phones.len() - phones);
        let over = Duration::from_secs_f64(phones as f64 / per_s);
        let options = Options {
            phones,
            ops: 0,
            down: 0,
            over,
            check_every: 1,
            records: 0,
            packing: Packing::Light,
            seed: self.seed,
        };
        let mut seen = Seen::begin(self.child.pid());
        let (ended, address) = (Notify::new(), self.server.address);
        let (tally, used) = self.runtime.block_on(async {
            tokio::join!(
                arrivals::storm(address, lot, (&options, self.arrived), &ended, &|_| {}),
                look(&mut seen, &ended)
            )
        });
        let tally = tally?;
        self.arrived += phones;
        Ok(Lot {
            phones,
            offered_per_s: per_s,
            acknowledged_per_s: pace_per_s(&tally.ends),
            latency: (&tally.latency).into(),
            admitted: (&tally.admitted).into(),
            refused: tally.refused,
            lost: tally.lost,
            server_cpu_ms_each: (used.cpu_s - seen.before.cpu_s) * 1_000.0 / tally.acknowledged.max(1) as f64,
            rss_peak_bytes: seen.peak.rss_bytes,
        })
    }
}

fn address(url: &str) -> anyhow::Result<SocketAddr> {
    let address = url.strip_prefix("http://").context("plain HTTP")?;
    Ok(address.trim_end_matches('/').parse()?)
}

/// How many phones were acknowledged a second, by when each was (in microseconds), until the share of all was that counts.
fn pace_per_s(ends_us: &Histogram<u64>) -> f64 {
    let done = ends_us.len() * DONE_OF_100 / 100;
    let took_us = ends_us.value_at_percentile(DONE_OF_100 as f64);
    done as f64 * 1e6 / took_us.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_does_a_second_is_counted_until_most_are_done() {
        let mut ends_us = Histogram::new(3).expect("three digits");
        // Two hundred in two seconds, and nothing depends on where a second ends.
        (1..=200u64).for_each(|phone| ends_us.record(300_000 + phone * 10_000).expect("recorded"));
        let pace = pace_per_s(&ends_us);
        assert!((pace - 190.0 / 2.2).abs() < 0.2, "{pace}");
        // Those who waited out a refusal at the end do not count.
        (0..10).for_each(|_| ends_us.record(40_000_000).expect("recorded"));
        assert!(pace_per_s(&ends_us) > 80.0);
        assert_eq!(pace_per_s(&Histogram::new(3).expect("three digits")), 0.0);
    }
}

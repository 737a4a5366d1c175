//! Large work beside small: phones with a day's work while others take in thousands of records and everything is
//! exported over and over.

use super::{Ground, Lot, Told};
use crate::in_process::child::ServerChild;
use crate::in_process::cost::other_grid;
use crate::in_process::give_way;
use crate::storm::Options;
use crate::storm::phone::Applicant;
use crate::storm::requests::{Connection, Server};
use crate::storm::watch::now_ms;
use anyhow::{Context, anyhow, ensure};
use hyper::Method;
use hyper::body::Bytes;
use otor_protocol::wire::Packing;
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Records of others; three of their grids hold more than 5,000.
const RECORDS: usize = 20_000;
const LARGE_GRIDS: usize = 3;
const LARGE_WORKER: &str = "large";
/// How far the threads of the large ones stand back.
const LARGE_NICE: i32 = 10;
/// How much of what the server can do the small ones ask for.
const LOAD: f64 = 0.4;
/// How much longer they may wait.
const LONGER: f64 = 2.0;

/// What became of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Starve {
    /// Whether the small ones waited at most twice as long, by the 99th of a hundred, and none was lost.
    pub ok: bool,
    /// The small ones by themselves.
    pub alone: Lot,
    /// The small ones beside the large ones.
    pub beside: Lot,
    /// How much longer the 99th of a hundred waited.
    pub longer: f64,
    /// Phones that took in all records of their grids meanwhile, and how many records that were.
    pub bootstraps: u64,
    /// Records that these took in.
    pub records: u64,
    /// Exports of everything, meanwhile.
    pub exports: u64,
    /// Bytes of these.
    pub exported_bytes: u64,
}

/// What the large ones have done.
#[derive(Default)]
struct Large {
    stop: AtomicBool,
    bootstraps: AtomicU64,
    records: AtomicU64,
    exports: AtomicU64,
    exported_bytes: AtomicU64,
}

/// Prepares so many phones, of which half arrive alone and half beside large work.
///
/// # Errors
/// If the server does not start, or does not answer any more.
pub fn run(child: ServerChild, phones: usize, seed: u64, told: &Told) -> anyhow::Result<Starve> {
    let options = Options {
        phones,
        ops: 31,
        down: 34,
        over: Duration::ZERO,
        check_every: usize::MAX,
        records: RECORDS,
        packing: Packing::Light,
        seed,
    };
    let mut ground = Ground::prepare(child, &options, told)?;
    told("how much the server can do".into());
    let first = phones / 5;
    let rate = ground.lot(first, first as f64)?.acknowledged_per_s * LOAD;
    told("small ones alone".into());
    let alone = ground.lot(phones * 2 / 5, rate)?;
    told("small ones beside large ones".into());
    let large = Arc::new(Large::default());
    let (server, counted) = (ground.server.clone(), Arc::clone(&large));
    let bootstraps = aside(move || bootstrap(server, counted, seed));
    let (server, counted) = (ground.server.clone(), Arc::clone(&large));
    let exports = aside(move || export(server, counted));
    let beside = ground.lot(phones * 2 / 5, rate)?;
    large.stop.store(true, Ordering::Relaxed);
    for work in [bootstraps, exports] {
        work.join().map_err(|_| anyhow!("large work has panicked"))??;
    }
    ground.child.terminate()?;
    let longer = beside.latency.p99_ms / alone.latency.p99_ms.max(0.001);
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    Ok(Starve {
        ok: longer <= LONGER && alone.lost + beside.lost == 0,
        alone,
        beside,
        longer,
        bootstraps: count(&large.bootstraps),
        records: count(&large.records),
        exports: count(&large.exports),
        exported_bytes: count(&large.exported_bytes),
    })
}

/// Does it on a thread of its own, which gives way: what a large phone or whoever exports does with what came would be
/// done elsewhere, and keeps no small one and not the server waiting.
fn aside<W: Future<Output = anyhow::Result<()>>>(
    work: impl FnOnce() -> W + Send + 'static,
) -> JoinHandle<anyhow::Result<()>> {
    std::thread::spawn(move || {
        give_way(LARGE_NICE);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(work())
    })
}

/// Phones of one worker with more than 5,000 records, one after the other.
async fn bootstrap(server: Server, large: Arc<Large>, seed: u64) -> anyhow::Result<()> {
    let mut connection = Connection::open(server.address, None).await?;
    let areas: Vec<String> = (0..LARGE_GRIDS).map(other_grid).collect();
    let worker = serde_json::json!({ "code": LARGE_WORKER, "name": LARGE_WORKER, "areas": areas });
    let body = Bytes::from(worker.to_string());
    connection.ask(&server, Method::POST, "workers", body).await?;
    for number in 0.. {
        if large.stop.load(Ordering::Relaxed) {
            break;
        }
        let body = Bytes::from(format!("{{\"worker\":\"{LARGE_WORKER}\"}}"));
        let invited = connection
            .ask(&server, Method::POST, "devices/invite", body)
            .await?;
        let code = invited["code"].as_str().context("an invitation has a code")?;
        let applicant = Applicant::new(LARGE_WORKER, seed ^ (number + 1) << 32);
        let answer = post(&mut connection, "/v1/enrol", applicant.request(code)).await?;
        let mut phone = applicant.enrolled(&answer, now_ms())?;
        loop {
            let exchange = phone.begin(now_ms())?;
            let reply = post(&mut connection, "/v1/sync", exchange.request()).await?;
            let (items, more) = phone.take_part(exchange, &reply)?;
            large.records.fetch_add(u64::from(items), Ordering::Relaxed);
            if !more {
                break;
            }
        }
        large.bootstraps.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

/// Exports everything, over and over.
async fn export(server: Server, large: Arc<Large>) -> anyhow::Result<()> {
    let mut connection = Connection::open(server.address, None).await?;
    while !large.stop.load(Ordering::Relaxed) {
        let path = "/api/v1/pull";
        let answer = connection.send(Method::GET, path, Some(&server.token), Bytes::new());
        let answer = answer.await?;
        ensure!(answer.status.is_success(), "an export: {}", answer.status);
        large.exports.fetch_add(1, Ordering::Relaxed);
        let bytes = answer.body.len() as u64;
        large.exported_bytes.fetch_add(bytes, Ordering::Relaxed);
    }
    Ok(())
}

/// A phone's request; refused, it is made again when it may be.
pub(super) async fn post(connection: &mut Connection, path: &str, body: Vec<u8>) -> anyhow::Result<Bytes> {
    let body = Bytes::from(body);
    loop {
        let answer = connection.send(Method::POST, path, None, body.clone()).await?;
        if answer.status.is_success() {
            return Ok(answer.body);
        }
        let wait_ms = answer
            .wait_ms
            .with_context(|| format!("{path}: {}", answer.status))?;
        tokio::time::sleep(Duration::from_millis(wait_ms)).await;
    }
}

impl Starve {
    /// The result in lines for people.
    pub fn lines(&self) -> Vec<String> {
        vec![
            format!("alone:  {}", self.alone.line()),
            format!("beside: {}", self.beside.line()),
            format!(
                "meanwhile {} phones took in {} records, and everything was exported {} times ({:.1} MiB)",
                self.bootstraps,
                self.records,
                self.exports,
                self.exported_bytes as f64 / 1024.0 / 1024.0
            ),
            format!("p99 is {:.2} times as long", self.longer),
        ]
    }
}

//! A storm: many enrolled phones, each with a day's work, that arrive at a server within a short time.
//!
//! Everything is real but the distance: HTTP on connections of their own, signatures and codes of phones with keys,
//! actors, scopes and clocks of their own. Arrivals are open: a slow server does not slow them down, and what a phone
//! waits counts from its arrival.
//!
//! - `field`: places and people; `prepare`: brings them to the server and writes every request beforehand; `phone`:
//!   one phone; `ready`: one with its request ready; `copied`: what
//!   one colleague wrote, written by others.
//! - `arrivals`: the storm; `requests`: HTTP; `limits`: what one process may have open.
//! - [`trials`]: lots of phones one after the other: too many, beside large work, for a long time.
//! - [`process`]: what the server used; [`result`]: what is told; [`watch`]: the clocks.

mod arrivals;
pub(crate) mod copied;
pub(crate) mod field;
mod limits;
pub(crate) mod phone;
mod plain;
mod prepare;
pub mod process;
mod ready;
mod requests;
pub mod result;
pub mod trials;
pub mod watch;

pub use field::PHONES_MAX;
pub use process::{Stored, Usage};
pub use result::StormResult;

use crate::in_process::child::ServerChild;
use crate::in_process::cost::city;
use anyhow::{Context, ensure};
use arrivals::{Arriving, Tally};
use hyper::Method;
use hyper::body::Bytes;
use otor_protocol::wire::Packing;
use prepare::Tell;
use requests::{Connection, Server};
use result::{Seen, peak_per_s, seconds};
use serde_json::Value;
use std::net::ToSocketAddrs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use watch::{Watch, now_ms};

/// How often the server's process is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// What to storm with.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many phones arrive.
    pub phones: usize,
    /// Ops that each brings.
    pub ops: usize,
    /// Records that wait for each, written by a colleague.
    pub down: usize,
    /// The time within which they arrive.
    pub over: Duration,
    /// One phone in so many takes in all that comes to it, record by record; the others check the welcome.
    pub check_every: usize,
    /// Records of other grids that the database of a server of our own holds before.
    pub records: usize,
    /// How phones pack.
    pub packing: Packing,
    /// Seed of all that is drawn.
    pub seed: u64,
}

/// The server that is stormed.
pub enum Stormed {
    /// One that runs: its address, an administrator's token, and where its process and folder are if they are here.
    Running {
        /// Its address.
        url: String,
        /// The token.
        token: String,
        /// Its process.
        pid: Option<u32>,
        /// Its data folder.
        data: Option<PathBuf>,
    },
    /// One of our own.
    Own(Box<ServerChild>),
    /// The baseline, started by us as one of our own is.
    Baseline(Box<ServerChild>),
}

impl Stormed {
    fn url(&mut self) -> anyhow::Result<String> {
        match self {
            Stormed::Running { url, .. } => Ok(url.clone()),
            Stormed::Own(child) | Stormed::Baseline(child) => child.start(),
        }
    }

    fn token(&self) -> &str {
        match self {
            Stormed::Running { token, .. } => token,
            Stormed::Own(child) | Stormed::Baseline(child) => child.token(),
        }
    }

    fn pid(&self) -> Option<u32> {
        match self {
            Stormed::Running { pid, .. } => *pid,
            Stormed::Own(child) | Stormed::Baseline(child) => child.pid(),
        }
    }

    fn stored(&self) -> Stored {
        let data = match self {
            Stormed::Running { data, .. } => data.as_deref(),
            Stormed::Own(child) | Stormed::Baseline(child) => Some(child.data()),
        };
        data.map(Stored::of).unwrap_or_default()
    }

    /// Ends one of our own, in order: it checkpoints.
    fn end(&mut self) -> anyhow::Result<()> {
        match self {
            Stormed::Running { .. } => Ok(()),
            Stormed::Own(child) | Stormed::Baseline(child) => child.terminate(),
        }
    }
}

/// Storms a server, telling now and then how far it is.
///
/// # Errors
/// If the server cannot be prepared, or does not answer any more.
pub fn run(
    options: &Options,
    mut stormed: Stormed,
    tell: impl Fn(String) + Send + Sync + 'static,
) -> anyhow::Result<StormResult> {
    let watch = Watch::start();
    let told: Arc<dyn Fn(String) + Send + Sync> = Arc::new(tell);
    let made = match &stormed {
        Stormed::Own(child) => Some(made(options, child, &told)?),
        _ => None,
    };
    let url = stormed.url()?;
    let address = url
        .strip_prefix("http://")
        .context("a storm speaks plain HTTP: give http://ADDRESS:PORT")?;
    let server = Server {
        address: address
            .trim_end_matches('/')
            .to_socket_addrs()?
            .next()
            .context("there is no such address")?,
        token: stormed.token().to_owned(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut result = runtime.block_on(async {
        match &stormed {
            Stormed::Baseline(_) => baseline(options, &server, &stormed, &told).await,
            _ => whole(options, (&server, &stormed), (watch, made), &told).await,
        }
    })?;
    told("ending the server".into());
    stormed.end()?;
    result.stored_after = stormed.stored();
    result.bytes_per_record = result.stored_after.all_bytes as f64 / result.records.max(1) as f64;
    Ok(result)
}

/// Phones of a server of our own, whose folder is made before it starts.
fn made(
    options: &Options,
    child: &ServerChild,
    told: &Arc<dyn Fn(String) + Send + Sync>,
) -> anyhow::Result<Vec<Box<dyn Arriving>>> {
    let tell = |what: &str, done, of| told(format!("preparing: {what}, {done} of {of}"));
    city::build(
        child.data(),
        child.token(),
        options,
        &tell,
        |writer, number, mut phone| {
            let grid = field::grid_code(number).parse()?;
            phone.know_link(options.packing)?;
            phone.work(&grid, options.ops, writer, now_ms())?;
            let ready = phone.ready(now_ms(), number.is_multiple_of(options.check_every))?;
            Ok(Box::new(ready) as Box<dyn Arriving>)
        },
    )
}

async fn whole(
    options: &Options,
    (server, stormed): (&Server, &Stormed),
    (watch, made): (Watch, Option<Vec<Box<dyn Arriving>>>),
    told: &Arc<dyn Fn(String) + Send + Sync>,
) -> anyhow::Result<StormResult> {
    let options = Arc::new(options.clone());
    let (before, phones) = match made {
        Some(phones) => (serde_json::json!({ "records": options.records }), phones),
        None => {
            let before = status(server).await?;
            let speak = Arc::clone(told);
            let tell: Tell =
                Arc::new(move |what, done, of| speak(format!("preparing: {what}, {done} of {of}")));
            prepare::import(server, &options).await?;
            let phones = prepare::phones(server, &options, &tell).await?;
            prepare::colleagues(server, &options, &tell).await?;
            (before, phones)
        }
    };
    let prepared_s = seconds(watch);
    let begun = status(server).await?;
    let (result, tally) = arrive(&options, server, stormed, phones, told).await?;
    let after = status(server).await?;
    let mut result = StormResult {
        prepared_s,
        journal_syncs: number(&after, "journal_syncs").saturating_sub(number(&begun, "journal_syncs")),
        records: number(&after, "records"),
        ..result
    };
    check(&mut result, &options, &tally, &[before, begun, after]);
    result.failures.extend(unacknowledged(server, &options).await?);
    result.ok = result.failures.is_empty();
    Ok(result)
}

/// The same against the baseline: what it stores is counted, and every phone gets what waits for it.
async fn baseline(
    options: &Options,
    server: &Server,
    stormed: &Stormed,
    told: &Arc<dyn Fn(String) + Send + Sync>,
) -> anyhow::Result<StormResult> {
    let watch = Watch::start();
    let phones = plain::prepared(server.address, options).await?;
    let (prepared_s, begun) = (seconds(watch), plain::records(server.address).await?);
    let (result, tally) = arrive(options, server, stormed, phones, told).await?;
    let records = plain::records(server.address).await?;
    let expected = options.phones as u64 * phone::records_of(options.ops);
    let mut result = StormResult {
        prepared_s,
        records,
        ..result
    };
    if records - begun != expected || tally.acknowledged != options.phones as u64 {
        let stored = records - begun;
        let lost = format!(
            "{} phones and {stored} of {expected} records arrived",
            tally.acknowledged
        );
        result.failures.push(lost);
    }
    result.ok = result.failures.is_empty();
    Ok(result)
}

/// The storm itself, watched: what is counted of it, and of the server's process.
async fn arrive(
    options: &Options,
    server: &Server,
    stormed: &Stormed,
    phones: Vec<Box<dyn Arriving>>,
    told: &Arc<dyn Fn(String) + Send + Sync>,
) -> anyhow::Result<(StormResult, Tally)> {
    let (stored_before, own_begun) = (stormed.stored(), own_cpu_s());
    let (ended, last) = (Notify::new(), AtomicU64::new(0));
    let telling = |acknowledged: u64| {
        if last.swap(acknowledged, Ordering::Relaxed) != acknowledged {
            told(format!("{acknowledged} phones are acknowledged"));
        }
    };
    let mut seen = Seen::begin(stormed.pid());
    let (tally, used) = tokio::join!(
        arrivals::storm(server.address, phones, (options, 0), &ended, &telling),
        look(&mut seen, &ended)
    );
    let tally = tally?;
    let server_cpu_s = used.cpu_s - seen.before.cpu_s;
    let result = StormResult {
        stored_before,
        phones_cpu_s: own_cpu_s() - own_begun,
        server_cpu_s,
        server_cpu_ms_each: server_cpu_s * 1_000.0 / tally.acknowledged.max(1) as f64,
        written_bytes: used.written_bytes.saturating_sub(seen.before.written_bytes),
        server_rss_peak_bytes: seen.peak.rss_bytes,
        server_open_files_peak: seen.peak.open_files,
        ..counted(options, &tally)
    };
    Ok((result, tally))
}

/// Looks at the server's process until the storm has ended; what it has used by then.
async fn look(seen: &mut Seen, ended: &Notify) -> Usage {
    loop {
        tokio::select! {
            () = ended.notified() => return seen.look(),
            () = tokio::time::sleep(LOOK_EVERY) => seen.look(),
        };
    }
}

fn own_cpu_s() -> f64 {
    Usage::of(std::process::id()).map_or(0.0, |usage| usage.cpu_s)
}

async fn status(server: &Server) -> anyhow::Result<Value> {
    let opened = Connection::open(server.address, None).await;
    let mut connection =
        opened.with_context(|| format!("no server answers at http://{}; does it run?", server.address))?;
    connection.ask(server, Method::GET, "status", Bytes::new()).await
}

fn number(status: &Value, name: &str) -> u64 {
    status[name].as_u64().unwrap_or(0)
}

fn counted(options: &Options, tally: &Tally) -> StormResult {
    let took_s = tally.last_end.as_secs_f64();
    StormResult {
        phones: options.phones as u64,
        ops_each: options.ops as u64,
        down_each: options.down as u64,
        over_s: options.over.as_secs_f64(),
        took_s,
        acknowledged: tally.acknowledged,
        ops_per_s: (tally.acknowledged * options.ops as u64) as f64 / took_s.max(0.001),
        peak_exchanges_per_s: peak_per_s(&tally.by_second),
        latency: (&tally.latency).into(),
        admitted: (&tally.admitted).into(),
        refused: tally.refused,
        reconnected: tally.reconnected,
        looked_closely: tally.deep,
        bytes_up: tally.bytes_up,
        bytes_down: tally.bytes_down,
        failures: tally.failures.clone(),
        ..StormResult::default()
    }
}

/// What must hold of the counts: nothing kept aside, everything there, everything delivered.
fn check(result: &mut StormResult, options: &Options, tally: &Tally, [before, begun, after]: &[Value; 3]) {
    let mut expect = |what: &str, found: u64, expected: u64| {
        if found != expected {
            result
                .failures
                .push(format!("{what}: {found} instead of {expected}"));
        }
    };
    let phones = options.phones as u64;
    expect("phones acknowledged", tally.acknowledged, phones);
    expect(
        "feed entries that reached those who looked",
        tally.deep_items,
        tally.deep * options.down as u64,
    );
    for aside in ["quarantined", "parked", "unreadable"] {
        expect(aside, number(after, aside), number(before, aside));
    }
    expect(
        "records written before the storm",
        number(begun, "records") - number(before, "records"),
        phones * options.down as u64,
    );
    expect(
        "records written in the storm",
        number(after, "records") - number(begun, "records"),
        phones * phone::records_of(options.ops),
    );
}

/// Whether the server holds every op of every phone, by its own list of them.
async fn unacknowledged(server: &Server, options: &Options) -> anyhow::Result<Option<String>> {
    let mut connection = Connection::open(server.address, None).await?;
    let list = connection
        .ask(server, Method::GET, "devices", Bytes::new())
        .await?;
    let devices = list["devices"].as_array().context("a list of phones")?;
    let acked = devices
        .iter()
        .filter_map(|device| device["actors"].as_array())
        .flatten();
    let held: u64 = acked.map(|actor| number(actor, "acked")).sum();
    let expected = (options.phones * (options.ops + options.down)) as u64;
    ensure!(!devices.is_empty(), "the server knows no phone");
    Ok((held < expected).then(|| format!("the server holds {held} ops instead of {expected}")))
}

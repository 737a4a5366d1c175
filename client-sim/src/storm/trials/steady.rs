//! A usual load for a long time: phones that write and synchronise, pulls and exports beside them, and in the middle an
//! orderly end, a table folded again, and a start. What the server holds is looked at all the while.

use super::sampled::{Sample, Steady, judge};
use super::starve::post;
use super::{Told, address};
use crate::in_process::child::ServerChild;
use crate::in_process::cost::city;
use crate::measure::{Notes, Writer, notes};
use crate::storm::phone::Phone;
use crate::storm::process::{Stored, Usage};
use crate::storm::requests::{Connection, Server};
use crate::storm::watch::{Watch, now_ms};
use crate::storm::{Options, PHONES_MAX, field};
use anyhow::{Context, anyhow, ensure};
use hdrhistogram::Histogram;
use hyper::body::Bytes;
use otor_protocol::wire::Packing;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Ops that a phone writes before each exchange: some visits on the way. It keeps all of them for 30 days.
const OPS: usize = 4;
/// A phone that has done so many exchanges goes, and another comes in its place while there is one: what all of them
/// keep would not fit into memory.
const EXCHANGES_OF_ONE: u32 = 100;
/// How many phones are prepared for each that is at work, and for each minute.
const OTHERS_A_MINUTE: usize = 1;
/// For how long it is found out what the server can do, of which the second half counts, with checkpoints in it; and by
/// how many phones at a time.
const CALIBRATION: Duration = Duration::from_secs(60);
const AT_ONCE: usize = 24;
/// How often the server is looked at, everything new is pulled, and (every so many pulls) everything exported.
const LOOK_EVERY: Duration = Duration::from_secs(5);
const PULL_EVERY: Duration = Duration::from_secs(30);
const EXPORT_EVERY: u64 = 10;
/// How long a phone waits that finds no server.
const RETRY: Duration = Duration::from_secs(1);

/// What to try.
#[derive(Clone, Copy, Debug)]
pub struct SteadyOptions {
    /// Phones.
    pub phones: usize,
    /// For how long.
    pub over: Duration,
    /// The part of what the server can do.
    pub load: f64,
    /// Seed of all that is drawn.
    pub seed: u64,
}

/// A phone, the number of its grid, and how many exchanges it has done.
struct AtWork {
    number: usize,
    phone: Phone,
    exchanges: u32,
}

/// What all share.
struct Shared {
    server: Server,
    free: Mutex<VecDeque<AtWork>>,
    /// Those that come when one goes.
    others: Mutex<Vec<AtWork>>,
    times_us: Mutex<Histogram<u64>>,
    exchanges: AtomicU64,
    repeated: AtomicU64,
    missed: AtomicU64,
    stop: AtomicBool,
    /// The server does not run for a while.
    is_away: AtomicBool,
    pulls: AtomicU64,
    exports: AtomicU64,
    seed: u64,
}

impl Shared {
    fn free(&self) -> MutexGuard<'_, VecDeque<AtWork>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A phone has done an exchange: it is free again, or another one in its place.
    fn put_back(&self, at_work: AtWork) {
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        let other = match at_work.exchanges {
            EXCHANGES_OF_ONE.. => others.pop(),
            _ => None,
        };
        self.free().push_back(other.unwrap_or(at_work));
    }

    /// One phone's work and exchange, and the phone again.
    async fn exchange(self: &Arc<Self>, at_work: AtWork) -> anyhow::Result<()> {
        let AtWork {
            number,
            phone,
            exchanges,
        } = at_work;
        let shared = Arc::clone(self);
        let (mut phone, exchange) = tokio::task::spawn_blocking(move || {
            let mut phone = phone;
            let done = shared.exchanges.load(Ordering::Relaxed);
            let parted = Notes::read(notes::OWN).part(shared.seed)?;
            let mut writer = Writer::new(&parted.days, &parted.learned, shared.seed ^ done << 20);
            let grid = field::grid_code(number).parse()?;
            phone.work(&grid, OPS, &mut writer, now_ms())?;
            let exchange = phone.begin(now_ms())?;
            anyhow::Ok((phone, exchange))
        })
        .await??;
        let request = exchange.request();
        let reply = loop {
            match self.attempt(request.clone()).await {
                Ok(reply) => break reply,
                Err(error)
                    if error.downcast_ref::<hyper::Error>().is_none()
                        && error.downcast_ref::<std::io::Error>().is_none() =>
                {
                    return Err(error);
                }
                Err(_) => {
                    self.repeated.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(RETRY).await;
                }
            }
        };
        let taken = tokio::task::spawn_blocking(move || {
            phone.take(exchange, &reply)?;
            ensure!(phone.unsent() == 0, "ops are left unsent");
            Ok(phone)
        });
        let phone = taken.await??;
        self.exchanges.fetch_add(1, Ordering::Relaxed);
        self.put_back(AtWork {
            number,
            phone,
            exchanges: exchanges + 1,
        });
        Ok(())
    }

    async fn attempt(&self, request: Vec<u8>) -> anyhow::Result<Bytes> {
        let mut connection = Connection::open(self.server.address, None).await?;
        post(&mut connection, "/v1/sync", request).await
    }
}

/// Tries it with a server of our own.
///
/// # Errors
/// If the server does not start, or a phone is answered wrongly.
pub fn run(mut child: ServerChild, options: SteadyOptions, told: &Told) -> anyhow::Result<Steady> {
    let minutes = usize::try_from(options.over.as_secs().div_ceil(60)).unwrap_or(0);
    let made = Options {
        phones: PHONES_MAX.min(options.phones * (1 + OTHERS_A_MINUTE * minutes)),
        ops: OPS,
        down: 0,
        over: Duration::ZERO,
        check_every: 1,
        records: 0,
        packing: Packing::Light,
        seed: options.seed,
    };
    let tell = |what: &str, done, of| told(format!("preparing: {what}, {done} of {of}"));
    let phones = city::build(
        child.data(),
        child.token(),
        &made,
        &tell,
        |_, number, mut phone| {
            phone.know_link(made.packing)?;
            Ok(AtWork {
                number,
                phone,
                exchanges: 0,
            })
        },
    )?;
    let mut phones = VecDeque::from(phones);
    let others = phones.split_off(options.phones.min(phones.len()));
    let shared = Arc::new(Shared {
        server: Server {
            address: address(&child.start()?)?,
            token: child.token().to_owned(),
        },
        free: Mutex::new(phones),
        others: Mutex::new(others.into()),
        // Up to an hour: what is recorded above the greatest counts as that.
        times_us: Mutex::new(Histogram::new_with_max(3_600_000_000, 3)?),
        exchanges: AtomicU64::new(0),
        repeated: AtomicU64::new(0),
        missed: AtomicU64::new(0),
        stop: AtomicBool::new(false),
        is_away: AtomicBool::new(false),
        pulls: AtomicU64::new(0),
        exports: AtomicU64::new(0),
        seed: options.seed,
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(whole(&mut child, options, &shared, told))
}

async fn whole(
    child: &mut ServerChild,
    options: SteadyOptions,
    shared: &Arc<Shared>,
    told: &Told,
) -> anyhow::Result<Steady> {
    told("what the server can do".into());
    let capacity_per_s = calibrate(shared).await?;
    let mut result = Steady {
        capacity_per_s,
        offered_per_s: capacity_per_s * options.load,
        ..Steady::default()
    };
    let begun = shared.exchanges.load(Ordering::Relaxed);
    let watch = Watch::start();
    let arrivals = tokio::spawn(arrive(Arc::clone(shared), result.offered_per_s, watch, options));
    let pulling = tokio::spawn(pull_beside(Arc::clone(shared), watch));
    let watched = watch_over(child, shared, (watch, options.over), &mut result, told).await;
    shared.stop.store(true, Ordering::Relaxed);
    let ended = arrivals.await?;
    pulling.abort();
    watched?;
    result.failures.extend(ended);
    if let Ok(Err(error)) = pulling.await {
        result.failures.push(format!("a pull: {error:#}"));
    }
    result.pulls = shared.pulls.load(Ordering::Relaxed);
    result.exports = shared.exports.load(Ordering::Relaxed);
    result.exchanges = shared.exchanges.load(Ordering::Relaxed) - begun;
    result.repeated = shared.repeated.load(Ordering::Relaxed);
    result.missed = shared.missed.load(Ordering::Relaxed);
    let times_us = shared.times_us.lock().unwrap_or_else(PoisonError::into_inner);
    result.latency = (&*times_us).into();
    result.failures.extend(judge(&result.samples));
    result.ok = result.failures.is_empty();
    child.terminate()?;
    Ok(result)
}

/// What the server and the phones come to together, in exchanges a second.
async fn calibrate(shared: &Arc<Shared>) -> anyhow::Result<f64> {
    let watch = Watch::start();
    let first_half = async {
        tokio::time::sleep_until(watch.at(CALIBRATION / 2)).await;
        (watch.elapsed(), shared.exchanges.load(Ordering::Relaxed))
    };
    let tasks: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let shared = Arc::clone(shared);
            tokio::spawn(async move {
                while watch.elapsed() < CALIBRATION {
                    let free = shared.free().pop_front();
                    let at_work = free.context("fewer phones than are at work at once")?;
                    shared.exchange(at_work).await?;
                }
                anyhow::Ok(())
            })
        })
        .collect();
    let (from, before) = first_half.await;
    for task in tasks {
        task.await??;
    }
    let done = shared.exchanges.load(Ordering::Relaxed) - before;
    Ok(done as f64 / (watch.elapsed() - from).as_secs_f64())
}

/// Begins exchanges at random times until it is told to stop; what failed.
async fn arrive(shared: Arc<Shared>, per_s: f64, watch: Watch, options: SteadyOptions) -> Vec<String> {
    let mut rng = ChaCha8Rng::seed_from_u64(options.seed ^ 0x57ead);
    let mut under_way = tokio::task::JoinSet::new();
    let (mut at, mut failures) = (Duration::ZERO, Vec::new());
    while !shared.stop.load(Ordering::Relaxed) && at < options.over {
        let pause = -(1.0 - rng.random::<f64>()).ln() / per_s;
        at += Duration::from_secs_f64(pause);
        tokio::time::sleep_until(watch.at(at)).await;
        let free = shared.free().pop_front();
        let Some(at_work) = free else {
            shared.missed.fetch_add(1, Ordering::Relaxed);
            continue;
        };
        let shared = Arc::clone(&shared);
        under_way.spawn(async move {
            shared.exchange(at_work).await?;
            let took = watch.elapsed().saturating_sub(at);
            let mut times_us = shared.times_us.lock().unwrap_or_else(PoisonError::into_inner);
            times_us.saturating_record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
            anyhow::Ok(())
        });
        while let Some(ended) = under_way.try_join_next() {
            failures.extend(failure(ended));
        }
    }
    while let Some(ended) = under_way.join_next().await {
        failures.extend(failure(ended));
    }
    failures
}

fn failure(ended: Result<anyhow::Result<()>, tokio::task::JoinError>) -> Option<String> {
    let ended = ended.map_err(|error| anyhow!("{error}"));
    ended
        .and_then(|ended| ended)
        .err()
        .map(|error| format!("an exchange: {error:#}"))
}

/// Looks at the server until the time is over; in the middle it ends, and its table is folded again.
async fn watch_over(
    child: &mut ServerChild,
    shared: &Arc<Shared>,
    (watch, over): (Watch, Duration),
    result: &mut Steady,
    told: &Told,
) -> anyhow::Result<()> {
    let mut is_rebuilt = false;
    for look in 1.. {
        let at = LOOK_EVERY * look;
        if at > over {
            break;
        }
        tokio::time::sleep_until(watch.at(at)).await;
        let usage = child.pid().and_then(Usage::of).unwrap_or_default();
        let exchanges = shared.exchanges.load(Ordering::Relaxed);
        result.samples.push(Sample {
            at_s: watch.elapsed().as_secs_f64(),
            rss_bytes: usage.rss_bytes,
            open_files: usage.open_files,
            stored: Stored::of(child.data()),
            exchanges,
        });
        told(format!("{:.0} s, {exchanges} exchanges", at.as_secs_f64()));
        if !is_rebuilt && at * 2 > over {
            is_rebuilt = true;
            let since = Watch::start();
            shared.is_away.store(true, Ordering::Relaxed);
            tokio::task::block_in_place(|| {
                child.terminate()?;
                child.rebuild()?;
                child.start()
            })?;
            shared.is_away.store(false, Ordering::Relaxed);
            result.rebuild_s = since.elapsed().as_secs_f64();
        }
    }
    Ok(())
}

/// Pulls what is new again and again, and everything now and then, until it is stopped. What breaks off because the
/// server ended is asked for again.
async fn pull_beside(shared: Arc<Shared>, watch: Watch) -> anyhow::Result<()> {
    let mut cursor = String::new();
    for round in 1u64.. {
        let at = PULL_EVERY * u32::try_from(round)?;
        tokio::time::sleep_until(watch.at(at)).await;
        let pulled = async {
            let next = pull(&shared.server, &format!("?cursor={cursor}")).await?;
            shared.pulls.fetch_add(1, Ordering::Relaxed);
            if round.is_multiple_of(EXPORT_EVERY) {
                pull(&shared.server, "").await?;
                shared.exports.fetch_add(1, Ordering::Relaxed);
            }
            anyhow::Ok(next)
        };
        let began_away = shared.is_away.load(Ordering::Relaxed);
        match pulled.await {
            Ok(next) => cursor = next.unwrap_or(cursor),
            Err(_) if began_away || shared.is_away.load(Ordering::Relaxed) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Pulls with these parameters to the end; the cursor for the next time.
async fn pull(server: &Server, asked: &str) -> anyhow::Result<Option<String>> {
    let mut connection = Connection::open(server.address, None).await?;
    let path = format!("/api/v1/pull{}", asked.trim_end_matches("?cursor="));
    let (status, next) = connection.pass(&path, &server.token).await?;
    ensure!(status.is_success(), "{path}: {status}");
    Ok(next)
}

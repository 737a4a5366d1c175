//! The storm itself: every phone arrives at its own time, whatever has become of those before it. What takes long
//! counts from the arrival, not from when there was a moment to send.

use super::Options;
use super::limits;
use super::ready::Judged;
use super::requests::{Answer, Connection};
use super::watch::Watch;
use crate::transport::http::{ask_len, place_len};
use anyhow::{Context, ensure};
use hdrhistogram::Histogram;
use hyper::body::Bytes;
use hyper::{Method, StatusCode};
use otor_protocol::sync::retry::Retry;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;

/// A phone that is about to arrive.
pub(crate) trait Arriving: Send {
    /// Its request's bytes, once.
    fn request(&mut self) -> Bytes;

    /// Where they go.
    fn path(&self) -> &'static str;

    /// Whether the server can be asked if there is room.
    fn can_ask(&self) -> bool {
        true
    }

    /// Judges a whole reply.
    ///
    /// # Errors
    /// What is wrong with it.
    fn judge(&mut self, reply: &[u8]) -> anyhow::Result<Judged>;
}

/// A latency is kept with three digits, up to an hour, in microseconds.
const LONGEST_US: u64 = 3_600_000_000;
const DIGITS: u8 = 3;
/// How often a phone is refused, or its connection fails, before it counts as lost.
const TRIES_MAX: u32 = 100;
/// How long a phone waits after a connection that failed, in milliseconds, at least; at most twice as long.
const RECONNECT_MS: u64 = 1_000;
/// How many failures are told in words.
const TOLD_FAILURES: usize = 5;

/// What has come of the storm so far.
pub(super) struct Tally {
    /// From arrival to durable acknowledgement, in microseconds.
    pub latency: Histogram<u64>,
    /// From the attempt that was let in to its end.
    pub admitted: Histogram<u64>,
    pub acknowledged: u64,
    pub refused: u64,
    pub reconnected: u64,
    pub lost: u64,
    pub failures: Vec<String>,
    pub bytes_up: u64,
    pub bytes_down: u64,
    /// Phones that took their reply in, and the feed entries that came to them.
    pub deep: u64,
    pub deep_items: u64,
    pub last_end: Duration,
    /// When they were acknowledged, from the beginning of the storm, in microseconds.
    pub ends: Histogram<u64>,
    /// For each second, how many phones were acknowledged in it.
    pub by_second: Vec<u32>,
}

impl Tally {
    fn new() -> anyhow::Result<Self> {
        Ok(Tally {
            latency: Histogram::new_with_max(LONGEST_US, DIGITS)?,
            admitted: Histogram::new_with_max(LONGEST_US, DIGITS)?,
            acknowledged: 0,
            refused: 0,
            reconnected: 0,
            lost: 0,
            failures: Vec::new(),
            bytes_up: 0,
            bytes_down: 0,
            deep: 0,
            deep_items: 0,
            last_end: Duration::ZERO,
            ends: Histogram::new_with_max(LONGEST_US, DIGITS)?,
            by_second: Vec::new(),
        })
    }

    fn ended(&mut self, arrived: Duration, sent: Duration, ended: Duration) {
        self.latency.saturating_record(us(ended - arrived));
        self.admitted.saturating_record(us(ended - sent));
        self.acknowledged += 1;
        self.last_end = self.last_end.max(ended);
        self.ends.saturating_record(us(ended));
        let second = usize::try_from(ended.as_secs()).unwrap_or(0);
        if self.by_second.len() <= second {
            self.by_second.resize(second + 1, 0);
        }
        self.by_second[second] += 1;
    }

    fn fail(&mut self, why: &anyhow::Error) {
        self.lost += 1;
        if self.failures.len() < TOLD_FAILURES {
            self.failures.push(format!("{why:#}"));
        }
    }
}

fn us(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// What all phones share.
struct Sky {
    server: SocketAddr,
    sources: Vec<IpAddr>,
    tally: Mutex<Tally>,
    watch: Watch,
    /// As many connections as this process may have open.
    open: Semaphore,
    seed: u64,
}

impl Sky {
    fn tally<T>(&self, note: impl FnOnce(&mut Tally) -> T) -> T {
        // Counts only: nothing is ever half done.
        note(&mut self.tally.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// When each of `count` phones arrives: at random within `over`, as people do who do not know of each other.
fn times(count: usize, over: Duration, seed: u64) -> Vec<Duration> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0xa11);
    let mut times: Vec<Duration> = (0..count).map(|_| over.mul_f64(rng.random::<f64>())).collect();
    times.sort_unstable();
    times
}

/// Lets the phones arrive, and waits until each has been acknowledged or has given up. `ended` is rung then. `before`
/// came within the last minutes: the ports of their connections are not all free again.
pub(super) async fn storm(
    server: SocketAddr,
    phones: Vec<Box<dyn Arriving>>,
    (options, before): (&Options, usize),
    ended: &Notify,
    tell: &(dyn Fn(u64) + Sync),
) -> anyhow::Result<Tally> {
    let open = limits::raise_open_files()?;
    let a_minute = (phones.len() as f64 / options.over.as_secs_f64().max(1.0) * 60.0) as usize;
    let a_minute = phones.len().min(a_minute) + before;
    let sky = Arc::new(Sky {
        server,
        sources: limits::source_addresses(server, a_minute * 2),
        tally: Mutex::new(Tally::new()?),
        watch: Watch::start(),
        open: Semaphore::new(
            usize::try_from(open)
                .unwrap_or(Semaphore::MAX_PERMITS)
                .min(Semaphore::MAX_PERMITS),
        ),
        seed: options.seed,
    });
    let mut under_way = JoinSet::new();
    for (number, (phone, at)) in phones
        .into_iter()
        .zip(times(options.phones, options.over, options.seed))
        .enumerate()
    {
        tokio::time::sleep_until(sky.watch.at(at)).await;
        under_way.spawn(arrive(Arc::clone(&sky), number, phone, at));
        while under_way.try_join_next().is_some() {}
        tell(sky.tally(|tally| tally.acknowledged));
    }
    while let Some(one) = under_way.join_next().await {
        one?;
        tell(sky.tally(|tally| tally.acknowledged));
    }
    ended.notify_one();
    let sky = Arc::into_inner(sky).context("a phone is still under way")?;
    Ok(sky.tally.into_inner().unwrap_or_else(PoisonError::into_inner))
}

async fn arrive(sky: Arc<Sky>, number: usize, mut phone: Box<dyn Arriving>, arrived: Duration) {
    let request = phone.request();
    let mut rng = ChaCha8Rng::seed_from_u64(sky.seed ^ (number as u64) << 20);
    // Who was refused asks first whether there is room, and brings the place in the line that it was told.
    let (mut asks, mut place) = (false, None);
    // As a phone does: not before it may, and not all in the same moment.
    let mut retry = Retry::default();
    for _ in 0..TRIES_MAX {
        let sent = sky.watch.elapsed();
        let asking = asks.then_some(&mut place);
        match attempt(&sky, number, &mut *phone, (request.clone(), asking)).await {
            Ok(Attempted::Acknowledged(ended)) => {
                return sky.tally(|tally| tally.ended(arrived, sent, ended));
            }
            Ok(Attempted::Refused(after_ms, told)) => {
                asks = phone.can_ask();
                place = told.or(place);
                sky.tally(|tally| tally.refused += 1);
                let wait_ms = retry.failed(rng.random(), Some(after_ms));
                tokio::time::sleep(Duration::from_millis(wait_ms)).await;
            }
            Err(error)
                if error.downcast_ref::<hyper::Error>().is_some()
                    || error.downcast_ref::<std::io::Error>().is_some() =>
            {
                sky.tally(|tally| tally.reconnected += 1);
                let wait_ms = RECONNECT_MS + rng.random_range(0..RECONNECT_MS);
                tokio::time::sleep(Duration::from_millis(wait_ms)).await;
            }
            Err(error) => return sky.tally(|tally| tally.fail(&error)),
        }
    }
    sky.tally(|tally| tally.fail(&anyhow::anyhow!("refused {TRIES_MAX} times")));
}

enum Attempted {
    /// When the whole reply was there.
    Acknowledged(Duration),
    /// To come again after so many milliseconds, with this place in the line.
    Refused(u64, Option<String>),
}

/// A refusal says when to come again.
fn refused(answer: &Answer) -> anyhow::Result<Attempted> {
    let after_ms = answer
        .wait_ms
        .context("a refusal that does not say for how long")?;
    Ok(Attempted::Refused(after_ms, answer.place.clone()))
}

async fn attempt(
    sky: &Sky,
    number: usize,
    phone: &mut dyn Arriving,
    (request, mut asking): (Bytes, Option<&mut Option<String>>),
) -> anyhow::Result<Attempted> {
    let _open = sky.open.acquire().await?;
    let source = (!sky.sources.is_empty()).then(|| sky.sources[number % sky.sources.len()]);
    let mut connection = Connection::open(sky.server, source).await?;
    let place_bytes = |place: &Option<String>| place.as_deref().map_or(0, place_len);
    if let Some(place) = &mut asking {
        let answer = connection
            .send_from(
                (Method::GET, phone.path()),
                (None, place.as_deref()),
                Bytes::new(),
            )
            .await?;
        sky.tally(|tally| {
            tally.bytes_up += (ask_len(&sky.server.to_string()) + place_bytes(place)) as u64;
            tally.bytes_down += (answer.body.len() + answer.head_bytes) as u64;
        });
        if answer.status == StatusCode::SERVICE_UNAVAILABLE {
            return refused(&answer);
        }
        ensure!(
            answer.status.is_success(),
            "asked, answered with {}",
            answer.status
        );
        **place = answer.place.or(place.take());
    }
    let place = asking.and_then(|place| place.clone());
    let bytes_up = (request.len() + place_bytes(&place)) as u64;
    let answer = connection
        .send_from((Method::POST, phone.path()), (None, place.as_deref()), request)
        .await?;
    let ended = sky.watch.elapsed();
    drop(connection);
    sky.tally(|tally| {
        tally.bytes_up += bytes_up;
        tally.bytes_down += (answer.body.len() + answer.head_bytes) as u64;
    });
    if answer.status == StatusCode::SERVICE_UNAVAILABLE {
        return refused(&answer);
    }
    if answer.status == StatusCode::REQUEST_TIMEOUT {
        // This machine was too busy to send in time: a broken connection, as far as the phone knows.
        return Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into());
    }
    ensure!(answer.status.is_success(), "answered with {}", answer.status);
    let judged = phone.judge(&answer.body)?;
    if let Some(items) = judged.items {
        sky.tally(|tally| {
            tally.deep += 1;
            tally.deep_items += u64::from(items);
        });
    }
    Ok(Attempted::Acknowledged(ended))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_arrive_within_the_time_and_not_in_step() {
        let over = Duration::from_secs(300);
        let times = times(10_000, over, 1);
        assert!(times.is_sorted() && times.iter().all(|at| *at < over));
        let in_first_tenth = times.iter().filter(|at| **at < over / 10).count();
        assert!((900..1_100).contains(&in_first_tenth), "{in_first_tenth}");
    }

    #[test]
    fn what_takes_long_counts_from_the_arrival() {
        let mut tally = Tally::new().unwrap();
        let ms = Duration::from_millis;
        tally.ended(ms(100), ms(1_900), ms(2_100));
        assert_eq!(tally.latency.max() / 10_000, 200);
        assert_eq!(tally.admitted.max() / 10_000, 20);
        assert_eq!(tally.by_second, [0, 0, 1]);
    }
}

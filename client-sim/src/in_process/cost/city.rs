//! A city in a made data folder: places, people, phones and what colleagues wrote, decided by the server's own parts and
//! written straight into its journal. Thousands of phones take a minute so, where
//! each by itself over HTTP takes many.

use super::bench::{Bench, Taken};
use super::{bulk, field, rows};
use crate::measure::{Notes, Writer, notes};
use crate::storm::Options;
use crate::storm::copied::Copied;
use crate::storm::phone::{Applicant, Phone};
use crate::storm::watch::now_ms;
use anyhow::{Context, anyhow};
use otor_protocol::sync::device::DeviceExchange;
use otor_protocol::wire::{Content, Hello};
use otor_server::commit::CHECKPOINT_BYTES;
use otor_server::decide::admin::token_hash;
use std::path::Path;

/// Phones, and colleagues, that are prepared together.
const PHONES_AT_ONCE: usize = 1_024;
const COLLEAGUES_AT_ONCE: usize = 32;
/// Another seed for the phone that writes what all colleagues do.
const FIRST: u64 = 0xf125;

/// Makes the folder of a server, which must not run yet, whose first account has `token`. Every phone, at the end of its
/// feeds, as `finish` leaves it, in the order of their grids.
///
/// # Errors
/// If the folder cannot be written, or something is not taken.
pub(crate) fn build<R: Send>(
    data: &Path,
    token: &str,
    options: &Options,
    tell: &dyn Fn(&str, usize, usize),
    finish: impl Fn(&mut Writer, usize, Phone) -> anyhow::Result<R> + Sync,
) -> anyhow::Result<Vec<R>> {
    let bench = Bench::founded(data, rand::random(), token_hash(token), now_ms())?;
    let mut city = City {
        bench,
        options,
        copied: None,
    };
    let (areas, workers) = rows(options.phones);
    city.bench.import(now_ms(), &areas, &workers)?;
    bulk::others(&mut city.bench, options.records, now_ms(), |written| {
        tell("records of others", written, options.records);
    })?;
    let villages = match options.down {
        0 => 0,
        _ => field::villages(options.phones),
    };
    let mut ready = Vec::with_capacity(options.phones);
    for first in (0..options.phones).step_by(PHONES_AT_ONCE) {
        tell("phones", first, options.phones);
        let part = first..options.phones.min(first + PHONES_AT_ONCE);
        ready.extend(city.phones(part.collect(), &finish)?);
    }
    // After the phones, who have to stand at the end of their feeds before anybody writes for them.
    for first in (0..villages).step_by(COLLEAGUES_AT_ONCE) {
        tell("colleagues", first, villages);
        let part = first..villages.min(first + COLLEAGUES_AT_ONCE);
        city.colleagues(part.collect())?;
    }
    city.bench.checkpoint()?;
    Ok(ready)
}

struct City<'a> {
    bench: Bench,
    options: &'a Options,
    /// What each colleague writes.
    copied: Option<Copied>,
}

impl City<'_> {
    fn phones<R: Send>(
        &mut self,
        numbers: Vec<usize>,
        finish: &(impl Fn(&mut Writer, usize, Phone) -> anyhow::Result<R> + Sync),
    ) -> anyhow::Result<Vec<R>> {
        let names = numbers.iter().map(|number| field::worker_code(*number)).collect();
        let phones = self.enrol(names)?;
        let begun = on_all_cores(phones, |_, mut phone| {
            let exchange = phone.begin(now_ms())?;
            let request = exchange.request();
            Ok((phone, exchange, request))
        })?;
        let first_met = self.meet(begun)?;
        let options = self.options;
        let numbered = numbers.into_iter().zip(first_met).collect();
        on_all_cores(numbered, |writer, (number, (mut phone, exchange, reply))| {
            phone.take(exchange, &reply)?;
            finish(writer.of(options.seed, number)?, number, phone)
        })
    }

    /// The server's part of each phone's first exchange.
    fn meet(
        &mut self,
        begun: Vec<(Phone, DeviceExchange, Vec<u8>)>,
    ) -> anyhow::Result<Vec<(Phone, DeviceExchange, Vec<u8>)>> {
        let now_ms = now_ms();
        let taken: Result<Vec<Taken>, _> = begun
            .iter()
            .map(|(_, _, request)| self.bench.take(now_ms, request))
            .collect();
        self.settle()?;
        let answered = begun
            .into_iter()
            .zip(taken?)
            .map(|((phone, exchange, _), mut taken)| {
                let reply = self.bench.reply(now_ms, &mut taken, super::Stage::Reply)?;
                Ok((phone, exchange, reply))
            });
        answered.collect()
    }

    fn colleagues(&mut self, villages: Vec<usize>) -> anyhow::Result<()> {
        let names = villages
            .iter()
            .map(|village| field::colleague_code(*village))
            .collect();
        let copied = match self.copied.take() {
            Some(copied) => copied,
            None => self.first_colleague()?,
        };
        let phones = self.enrol(names)?;
        let options = self.options;
        let numbered = villages.into_iter().zip(phones).collect();
        let written = &copied;
        let frames: Vec<(Hello, Vec<Content>)> = on_all_cores(numbered, |_, (village, mut phone)| {
            let first = village * field::GRIDS_PER_VILLAGE;
            let grids = field::GRIDS_PER_VILLAGE.min(options.phones - first);
            written.by(&mut phone, (village, grids), now_ms())
        })?;
        self.copied = Some(copied);
        for (hello, contents) in frames {
            for content in contents {
                self.bench.frame(now_ms(), &hello, content)?;
            }
            self.settle()?;
        }
        Ok(())
    }

    /// What they all write: by a phone of the first of them that never comes.
    fn first_colleague(&mut self) -> anyhow::Result<Copied> {
        let (seed, down) = (self.options.seed, self.options.down);
        let phone = self.enrol_as(vec![field::colleague_code(0)], seed ^ FIRST)?.pop();
        let phone = phone.context("a phone")?;
        Copied::write(phone, down, Hand::default().of(seed, 0)?, now_ms())
    }

    fn enrol(&mut self, workers: Vec<String>) -> anyhow::Result<Vec<Phone>> {
        self.enrol_as(workers, self.options.seed)
    }

    fn enrol_as(&mut self, workers: Vec<String>, seed: u64) -> anyhow::Result<Vec<Phone>> {
        let applicants = on_all_cores(workers, |_, worker| {
            let (applicant, code) = (Applicant::new(&worker, seed), format!("city-{worker}-{seed}"));
            let request = applicant.request(&code);
            Ok((applicant, worker, code, request))
        })?;
        let mut answered = Vec::with_capacity(applicants.len());
        for (applicant, worker, code, request) in applicants {
            self.bench.invite(now_ms(), &worker, &code)?;
            answered.push((applicant, self.bench.enrol(now_ms(), &request)?));
        }
        self.settle()?;
        on_all_cores(answered, |_, (applicant, answer)| {
            applicant.enrolled(&answer, now_ms())
        })
    }

    /// Makes what is staged durable, and now and then checkpoints.
    fn settle(&mut self) -> anyhow::Result<()> {
        self.bench.persist()?;
        if self.bench.engine.dirty_bytes() > CHECKPOINT_BYTES {
            self.bench.checkpoint()?;
        }
        Ok(())
    }
}

/// One thread's hand, made when it is first needed.
#[derive(Default)]
struct Hand(Option<Writer>);

impl Hand {
    fn of(&mut self, seed: u64, number: usize) -> anyhow::Result<&mut Writer> {
        if self.0.is_none() {
            let parted = Notes::read(notes::OWN).part(seed)?;
            let writer = Writer::new(&parted.days, &parted.learned, seed ^ (number as u64) << 24);
            self.0 = Some(writer);
        }
        self.0.as_mut().context("a hand that writes")
    }
}

/// Does something with each of these, on all cores; the outcomes in their order.
fn on_all_cores<T: Send, R: Send>(
    items: Vec<T>,
    work: impl Fn(&mut Hand, T) -> anyhow::Result<R> + Sync,
) -> anyhow::Result<Vec<R>> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = items.len().div_ceil(cores).max(1);
    let mut shares: Vec<Vec<T>> = Vec::with_capacity(cores);
    let mut rest = items.into_iter();
    loop {
        let share: Vec<T> = rest.by_ref().take(share).collect();
        if share.is_empty() {
            break;
        }
        shares.push(share);
    }
    let work = &work;
    std::thread::scope(|scope| {
        let one_share = |share: Vec<T>| {
            let mut hand = Hand::default();
            share
                .into_iter()
                .map(|item| work(&mut hand, item))
                .collect::<anyhow::Result<Vec<R>>>()
        };
        let threads: Vec<_> = shares
            .into_iter()
            .map(|share| scope.spawn(move || one_share(share)))
            .collect();
        let mut done = Vec::new();
        for thread in threads {
            let share = thread.join().map_err(|_| anyhow!("a thread panicked"))?;
            done.extend(share?);
        }
        Ok(done)
    })
}

//! Before a storm: places and people, a phone for each, what a colleague wrote for each grid, and every phone's
//! request. All of it over the server's own HTTP, so that any server can be stormed.

use super::Options;
use super::arrivals::Arriving;
use super::field::{self, GRIDS_PER_VILLAGE};
use super::phone::{Applicant, Phone};
use super::ready::Ready;
use super::requests::{Connection, Server};
use super::watch::now_ms;
use crate::measure::{Notes, Writer, notes};
use anyhow::{Context, ensure};
use hyper::Method;
use hyper::body::Bytes;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Connections over which phones are prepared at once.
const CONNECTIONS: usize = 48;
/// How often a phone that is refused while it is prepared asks again, and how long it waits, in milliseconds.
const TRIES: u32 = 200;
const TRY_AGAIN_MS: u64 = 250;

/// What has been prepared, to be told.
pub(super) type Tell = Arc<dyn Fn(&str, usize, usize) + Send + Sync>;

/// Brings the places and the people to the server.
pub(super) async fn import(server: &Server, options: &Options) -> anyhow::Result<()> {
    let mut connection = Connection::open(server.address, None).await?;
    for (resource, file) in field::files(options.phones) {
        let answer = connection
            .ask(server, Method::POST, resource, Bytes::from(file))
            .await?;
        let errors = answer["errors"].as_array().map_or(0, Vec::len);
        ensure!(errors == 0, "{resource}: {}", answer["errors"][0]);
    }
    Ok(())
}

/// Every phone with its request ready, in no order.
pub(super) async fn phones(
    server: &Server,
    options: &Arc<Options>,
    tell: &Tell,
) -> anyhow::Result<Vec<Box<dyn Arriving>>> {
    let next = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (server, options) = (server.clone(), Arc::clone(options));
            let (next, tell) = (Arc::clone(&next), Arc::clone(tell));
            tokio::spawn(async move {
                let mut at_work = AtWork::begin(&server, &options).await?;
                let mut ready: Vec<Box<dyn Arriving>> = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= options.phones {
                        return anyhow::Ok(ready);
                    }
                    tell("phones", number, options.phones);
                    ready.push(Box::new(at_work.phone(number).await?));
                }
            })
        })
        .collect();
    let mut ready = Vec::with_capacity(options.phones);
    for task in tasks {
        ready.append(&mut task.await??);
    }
    Ok(ready)
}

/// What the colleagues wrote before the storm: `down` records for every grid.
pub(super) async fn colleagues(server: &Server, options: &Arc<Options>, tell: &Tell) -> anyhow::Result<()> {
    let next = Arc::new(AtomicUsize::new(0));
    let villages = if options.down == 0 {
        0
    } else {
        field::villages(options.phones)
    };
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (server, options) = (server.clone(), Arc::clone(options));
            let (next, tell) = (Arc::clone(&next), Arc::clone(tell));
            tokio::spawn(async move {
                let mut at_work = AtWork::begin(&server, &options).await?;
                loop {
                    let village = next.fetch_add(1, Ordering::Relaxed);
                    if village >= villages {
                        return anyhow::Ok(());
                    }
                    tell("colleagues", village, villages);
                    at_work.colleague(village).await?;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok(())
}

/// One of those who prepare phones.
struct AtWork<'a> {
    server: &'a Server,
    options: &'a Options,
    connection: Connection,
    writer: Writer,
}

impl<'a> AtWork<'a> {
    async fn begin(server: &'a Server, options: &'a Options) -> anyhow::Result<Self> {
        let parted = Notes::read(notes::OWN).part(options.seed)?;
        Ok(AtWork {
            server,
            options,
            connection: Connection::open(server.address, None).await?,
            writer: Writer::new(
                &parted.days,
                &parted.learned,
                options.seed ^ rand::random::<u64>(),
            ),
        })
    }

    async fn phone(&mut self, number: usize) -> anyhow::Result<Ready> {
        let mut phone = self.enrol(&field::worker_code(number)).await?;
        self.synchronise(&mut phone).await?;
        let grid = field::grid_code(number).parse()?;
        phone.know_link(self.options.packing)?;
        phone.work(&grid, self.options.ops, &mut self.writer, now_ms())?;
        let deeply = number.is_multiple_of(self.options.check_every);
        phone.ready(now_ms(), deeply)
    }

    async fn colleague(&mut self, village: usize) -> anyhow::Result<()> {
        let mut phone = self.enrol(&field::colleague_code(village)).await?;
        let first = village * GRIDS_PER_VILLAGE;
        for number in first..(first + GRIDS_PER_VILLAGE).min(self.options.phones) {
            let grid = field::grid_code(number).parse()?;
            phone.create_records(&grid, self.options.down, &mut self.writer, now_ms())?;
        }
        while phone.unsent() > 0 {
            self.synchronise(&mut phone).await?;
        }
        Ok(())
    }

    async fn enrol(&mut self, worker: &str) -> anyhow::Result<Phone> {
        let body = Bytes::from(format!("{{\"worker\":\"{worker}\"}}"));
        let invited = self
            .connection
            .ask(self.server, Method::POST, "devices/invite", body);
        let invited = invited.await?;
        let code = invited["code"].as_str().context("an invitation has a code")?;
        let applicant = Applicant::new(worker, self.options.seed);
        let answer = self.post("/v1/enrol", applicant.request(code)).await?;
        applicant.enrolled(&answer, now_ms())
    }

    async fn synchronise(&mut self, phone: &mut Phone) -> anyhow::Result<()> {
        let exchange = phone.begin(now_ms())?;
        let answer = self.post("/v1/sync", exchange.request()).await?;
        phone.take(exchange, &answer)?;
        Ok(())
    }

    /// One request of a phone; refused for being too much, it is made again.
    async fn post(&mut self, path: &str, body: Vec<u8>) -> anyhow::Result<Bytes> {
        let body = Bytes::from(body);
        for _ in 0..TRIES {
            let answer = self
                .connection
                .send(Method::POST, path, None, body.clone())
                .await?;
            if answer.status.is_success() {
                return Ok(answer.body);
            }
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            ensure!(answer.wait_ms.is_some(), "{path}: {}: {text}", answer.status);
            tokio::time::sleep(std::time::Duration::from_millis(TRY_AGAIN_MS)).await;
        }
        anyhow::bail!("{path}: refused again and again")
    }
}

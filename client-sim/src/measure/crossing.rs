//! One phone's exchange carried to the server and back: at once, or over an emulated link until it is complete.

use crate::device::{Crossing, Phone, PhoneExchange};
use crate::in_process::{LocalExchange, LocalServer};
use crate::link::{ConnectOutcome, Connection, Direction, Link, Side};
use crate::transport::http;
use anyhow::{Context, bail};
use otor_protocol::wire::FrameReader;

/// Longest that an exchange over a link may take, in microseconds of virtual time.
const PATIENCE_US: u64 = 7 * 24 * 3_600 * 1_000_000;

/// What crossed when nothing stood between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Crossed {
    /// The request's frames.
    pub up: Vec<Vec<u8>>,
    /// The reply's frames.
    pub down: Vec<Vec<u8>>,
    /// Feed entries and records that came.
    pub items: u32,
    /// Ops that were acknowledged.
    pub acked: u64,
    /// Whether the server left something behind.
    pub more: bool,
}

impl Crossed {
    /// Bytes of the request with its HTTP head.
    pub fn bytes_up(&self) -> u64 {
        let body: usize = self.up.iter().map(Vec::len).sum();
        (http::request_head_len(http::USUAL_HOST, body) + body) as u64
    }

    /// Bytes of the reply with its HTTP head.
    pub fn bytes_down(&self) -> u64 {
        http::reply_len(&self.down.iter().map(Vec::len).collect::<Vec<_>>())
    }
}

/// Carries one exchange over a connection that is open and loses nothing.
///
/// # Errors
/// If it does not end well.
pub(super) fn direct(server: &mut LocalServer, phone: &mut Phone, now_ms: i64) -> anyhow::Result<Crossed> {
    let mut exchange = phone.begin_exchange(now_ms, 0)?;
    let mut open = server.open_exchange()?;
    let up = exchange.frames().to_vec();
    let reply = server
        .receive(&mut open, &up.concat(), now_ms)?
        .context("the request is not complete")?;
    exchange.handle_bytes(phone, &reply)?;
    let mut crossed = Crossed {
        up,
        down: frames(&reply)?,
        ..Crossed::default()
    };
    let crossing = Crossing {
        bytes_up: crossed.bytes_up(),
        bytes_down: crossed.bytes_down(),
        body_bytes_up: crossed.up.iter().map(Vec::len).sum::<usize>() as u64,
        took_us: 0,
    };
    let report = exchange.finish(phone, &crossing)?;
    if !report.complete {
        bail!("the exchange did not end well");
    }
    crossed.more = report.more || phone.unsent() != Some(0);
    Ok(Crossed {
        items: report.items,
        acked: report.welcome.map_or(0, |welcome| welcome.acked),
        ..crossed
    })
}

/// The frames that these bytes are made of.
fn frames(mut bytes: &[u8]) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut reader = FrameReader::default();
    reader.push(bytes);
    let mut frames = Vec::new();
    while reader.next_frame()?.is_some() {
        let (frame, rest) = bytes.split_at(bytes.len() - reader.pending_bytes());
        frames.push(frame.to_vec());
        bytes = rest;
    }
    Ok(frames)
}

/// What an exchange over a link came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Travelled {
    /// From the wish to synchronise until all had come, waits between attempts included.
    pub took_us: u64,
    /// Connections that came about, each with one request.
    pub connections: u64,
    /// Bytes that crossed to the server.
    pub bytes_up: u64,
    /// Bytes that crossed to the phone.
    pub bytes_down: u64,
}

/// One attempt over a connection.
struct Attempt {
    connection: Box<Connection>,
    exchange: PhoneExchange,
    open: LocalExchange,
    request: Vec<u8>,
    request_head: usize,
    arrived_up: usize,
    reply: Vec<u8>,
    reply_head: usize,
    arrived_down: usize,
}

/// Carries an exchange over `link` from virtual time 0, which is `epoch_ms`, as often as it takes.
///
/// # Errors
/// If it does not end within a week, or the server does not answer.
pub(super) fn over(
    link: &mut Link,
    server: &mut LocalServer,
    phone: &mut Phone,
    epoch_ms: i64,
) -> anyhow::Result<Travelled> {
    let mut travelled = Travelled::default();
    let mut now_us = 0;
    while now_us < PATIENCE_US {
        let mut progressed = false;
        match link.connect(now_us) {
            ConnectOutcome::Failed { at_us } => now_us = at_us,
            ConnectOutcome::Established { at_us, connection } => {
                let begun_us = now_us;
                let mut attempt = Attempt::begin(connection, server, phone, at_us, epoch_ms)?;
                now_us = attempt.run(link, server, phone, at_us, epoch_ms)?;
                let crossing = attempt.crossing(now_us - begun_us);
                travelled.connections += 1;
                travelled.bytes_up += crossing.bytes_up;
                travelled.bytes_down += crossing.bytes_down;
                let report = attempt.exchange.finish(phone, &crossing)?;
                progressed = report.progress();
                if report.complete && !report.more && phone.unsent() == Some(0) {
                    travelled.took_us = now_us;
                    return Ok(travelled);
                }
                if report.complete {
                    phone.attempt_ended_well();
                    continue;
                }
            }
        }
        now_us += phone.wait_before_retry_ms(progressed, None) * 1_000;
    }
    bail!("not complete within a week of virtual time")
}

fn at_ms(epoch_ms: i64, now_us: u64) -> i64 {
    // Virtual times here are far below 2^63 µs.
    epoch_ms + (now_us / 1_000) as i64
}

impl Attempt {
    fn begin(
        mut connection: Box<Connection>,
        server: &mut LocalServer,
        phone: &mut Phone,
        at_us: u64,
        epoch_ms: i64,
    ) -> anyhow::Result<Attempt> {
        let exchange = phone.begin_exchange(at_ms(epoch_ms, at_us), 0)?;
        let request = exchange.frames().concat();
        let request_head = http::request_head_len(http::USUAL_HOST, request.len());
        connection.send(Direction::Up, at_us, request_head + request.len());
        Ok(Attempt {
            connection,
            exchange,
            open: server.open_exchange()?,
            request,
            request_head,
            arrived_up: 0,
            reply: Vec::new(),
            reply_head: 0,
            arrived_down: 0,
        })
    }

    /// Lets time pass until the exchange is complete, or the phone sees that it will not be; when that is.
    fn run(
        &mut self,
        link: &mut Link,
        server: &mut LocalServer,
        phone: &mut Phone,
        mut now_us: u64,
        epoch_ms: i64,
    ) -> anyhow::Result<u64> {
        loop {
            for arrival in self.connection.advance(link, now_us) {
                match arrival.direction {
                    Direction::Up => self.arrive_up(server, arrival.bytes, arrival.at_us, epoch_ms)?,
                    Direction::Down => {
                        let before = self.arrived_down.saturating_sub(self.reply_head);
                        self.arrived_down += arrival.bytes;
                        let after = self.arrived_down.saturating_sub(self.reply_head);
                        let bytes = &self.reply[before..after.min(self.reply.len())];
                        self.exchange.came(bytes.len(), arrival.at_us);
                        self.exchange.handle_bytes(phone, bytes)?;
                    }
                }
            }
            let noticed = self.connection.noticed_at_us(Side::Phone);
            if self.exchange.report().complete || noticed.is_some_and(|at_us| at_us <= now_us) {
                return Ok(now_us);
            }
            match self
                .connection
                .next_event_us(link)
                .into_iter()
                .chain(noticed)
                .min()
            {
                Some(at_us) => now_us = at_us.max(now_us + 1),
                // Nothing will ever come of it.
                None => return Ok(now_us),
            }
        }
    }

    fn arrive_up(
        &mut self,
        server: &mut LocalServer,
        bytes: usize,
        at_us: u64,
        epoch_ms: i64,
    ) -> anyhow::Result<()> {
        let before = self.arrived_up.saturating_sub(self.request_head);
        self.arrived_up += bytes;
        let after = self
            .arrived_up
            .saturating_sub(self.request_head)
            .min(self.request.len());
        let arrived = &self.request[before..after];
        if let Some(reply) = server.receive(&mut self.open, arrived, at_ms(epoch_ms, at_us))? {
            self.reply_head = http::response_head_len(Some(reply.len() as u64));
            self.connection
                .send(Direction::Down, at_us, self.reply_head + reply.len());
            self.reply = reply;
        }
        Ok(())
    }

    fn crossing(&self, took_us: u64) -> Crossing {
        Crossing {
            bytes_up: self.arrived_up as u64,
            bytes_down: self.arrived_down as u64,
            body_bytes_up: self.arrived_up.saturating_sub(self.request_head) as u64,
            took_us,
        }
    }
}

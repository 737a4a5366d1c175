//! A request to the server in this process: bytes in as they arrive, the reply out, at once or when it is due.

use super::committing::UnderWay;
use super::mortal::Gone;
use super::server::LocalServer;
use anyhow::{Context, bail};
use otor_protocol::limits;
use otor_protocol::sync::server::{Arrival, ServerSession};
use otor_protocol::wire::{self, FrameReader, FrameType, Hello};
use otor_server::decide::{Writer, schedule};
use otor_server::service::keyring::Keyring;
use otor_server::service::shelf::Shelf;
use otor_server::service::sync::{self, Declined, FrameOutcome, Known, Reply, Upload, Uploads};
use otor_server::state::StateError;
use std::sync::Arc;

/// Most frames of a request that are under way at once, as on the real server.
const FRAMES_IN_FLIGHT: usize = 8;

/// A reply that is held.
#[derive(Clone, Copy, Debug)]
struct Waits {
    until_ms: i64,
    seen: u64,
}

/// One request under way.
pub struct LocalExchange {
    session: ServerSession,
    hello: Option<Met>,
    /// Frames of which it is not known yet what became of them.
    under_way: Vec<UnderWay<FrameOutcome>>,
    start: u64,
    over: bool,
    /// The reply is held: until when at most, and what was published when it was last looked.
    waits: Option<Waits>,
}

struct Met {
    hello: Hello,
    known: Known,
    writer: Writer,
    number: u64,
    uploads: Uploads,
    declined: Option<Declined>,
}

impl LocalServer {
    /// Begins a request.
    ///
    /// # Errors
    /// If it does not run.
    pub fn open_exchange(&mut self) -> anyhow::Result<LocalExchange> {
        let running = self.running.as_ref().ok_or(Gone::Down)?;
        let shelf = Shelf::new(running.reader.clone(), Arc::clone(&self.dictionaries));
        Ok(LocalExchange {
            session: ServerSession::new(Arc::new(shelf)),
            hello: None,
            under_way: Vec::new(),
            start: self.starts,
            over: false,
            waits: None,
        })
    }

    /// Gives bytes of a request to the server as they arrive. The reply, once the request is complete; an empty
    /// one if the request is of no use.
    ///
    /// # Errors
    /// If the server has stopped, or was restarted since the request began.
    pub fn receive(
        &mut self,
        exchange: &mut LocalExchange,
        bytes: &[u8],
        now_ms: i64,
    ) -> anyhow::Result<Option<Vec<u8>>> {
        if exchange.start != self.starts || self.running.is_none() {
            bail!(Gone::Another);
        }
        let mut taken = self.take(exchange, bytes, now_ms);
        if taken.is_ok() {
            // Whatever becomes of the request, what has come is committed before anything else comes.
            taken = self.settle_frames(exchange, now_ms).and(taken);
        }
        if let Err(error) = &taken {
            match (error.downcast_ref(), &mut self.running) {
                // Why it failed shows as the reason the path has stopped.
                (Some(StateError::Damaged { key }), Some(running)) => drop(running.path.mend(key)),
                _ => self.note_failed(error),
            }
            self.see_to_end(None);
        }
        taken
    }

    fn take(
        &mut self,
        exchange: &mut LocalExchange,
        bytes: &[u8],
        now_ms: i64,
    ) -> anyhow::Result<Option<Vec<u8>>> {
        exchange.session.push(bytes);
        loop {
            match exchange.session.poll() {
                Ok(None) => return Ok(None),
                Ok(Some(Arrival::Hello(hello))) => {
                    if !self.meet(exchange, *hello, now_ms)? {
                        exchange.over = true;
                        return Ok(Some(Vec::new()));
                    }
                }
                Ok(Some(Arrival::Ops(content, bytes))) => {
                    self.take_frame(exchange, Upload::Ops(content, bytes), now_ms)?;
                }
                Ok(Some(Arrival::Refill(content, refill))) => {
                    self.take_frame(exchange, Upload::Refill(content, refill), now_ms)?;
                }
                Ok(Some(Arrival::Unreadable(bytes))) => {
                    self.take_frame(exchange, Upload::Unreadable(bytes), now_ms)?
                }
                Ok(Some(Arrival::End)) => {
                    self.settle_frames(exchange, now_ms)?;
                    return self.answer(exchange, now_ms);
                }
                Err(_) => {
                    exchange.over = true;
                    return Ok(Some(Vec::new()));
                }
            }
        }
    }

    fn meet(&mut self, exchange: &mut LocalExchange, hello: Hello, now_ms: i64) -> anyhow::Result<bool> {
        self.expect_right_clock(now_ms)?;
        let running = self.running.as_ref().ok_or(Gone::Down)?;
        let view = running.reader.snapshot();
        let Some(known) = sync::identify(&view, (&self.secret, &Keyring::default()), &hello)? else {
            return Ok(false);
        };
        if exchange.session.trust(known.key.clone()).is_err() || !sync::signature_holds(&known, &hello) {
            return Ok(false);
        }
        drop(view);
        for shown in sync::shown(&hello) {
            self.admit(shown, now_ms)?;
        }
        let running = self.running.as_ref().ok_or(Gone::Down)?;
        let view = running.reader.snapshot();
        let known = sync::renewed(&view, &known, &hello)?;
        let is_check = |request: &&wire::Request| matches!(request, wire::Request::Check { .. });
        if !self.used_again.contains(&hello.incarnation) {
            self.checks_asked += hello.requests.iter().filter(is_check).count() as u64;
        }
        let (number, declined) =
            match sync::greet((&view, view.published()), &known, &hello, &running.attempts)? {
                Ok(number) => (number, None),
                Err(declined) => (0, Some(declined)),
            };
        drop(view);
        if declined.is_none() && sync::asks_clock(&hello) {
            let asked = hello.clone();
            self.decide(now_ms, move |desk| sync::propose_clocks(desk, &asked, now_ms))?;
        }
        if declined.is_none() && sync::declares_any_lost(&hello) {
            let (device, declared) = (known.device.clone(), hello.clone());
            self.decide(now_ms, move |desk| sync::propose_lost(desk, &device, &declared))?;
        }
        let writer = sync::writer(&hello, now_ms);
        let lacks_dictionary = exchange.session.lacks_dictionary();
        exchange.hello = Some(Met {
            hello,
            known,
            writer,
            number,
            uploads: Uploads::default(),
            declined: declined.or(lacks_dictionary.then_some(Declined::UnknownDictionary)),
        });
        Ok(true)
    }

    fn take_frame(
        &mut self,
        exchange: &mut LocalExchange,
        upload: Upload,
        now_ms: i64,
    ) -> anyhow::Result<()> {
        let Some(met) = &mut exchange.hello else {
            bail!("a frame before the hello")
        };
        if met.declined.is_some() || met.hello.signature.is_none() {
            return Ok(());
        }
        let (first_actor, number) = (met.hello.first_actor, met.number);
        self.expect_right_clock(now_ms)?;
        let Some(met) = &mut exchange.hello else {
            bail!("a frame before the hello")
        };
        let running = self.running.as_ref().ok_or(Gone::Down)?;
        if !running.attempts.is_newest(first_actor, number) {
            met.declined = Some(Declined::Superseded);
            return Ok(());
        }
        let (writer, device) = (met.writer.clone(), met.hello.device);
        if let (Some(batches), Upload::Ops(content, _)) = (&mut self.batches, &upload) {
            batches.push(content.encode());
        }
        let uploads = met.uploads.clone();
        let under_way = self.submit(move |desk| uploads.propose(desk, &writer, device, &upload))?;
        exchange.under_way.push(under_way);
        if exchange.under_way.len() >= FRAMES_IN_FLIGHT || self.settles_early() {
            self.settle_frames(exchange, now_ms)?;
        }
        Ok(())
    }

    /// Waits until all frames that have come are durable.
    fn settle_frames(&mut self, exchange: &mut LocalExchange, now_ms: i64) -> anyhow::Result<()> {
        self.settle(now_ms)?;
        for under_way in std::mem::take(&mut exchange.under_way) {
            if let (FrameOutcome::Copy, Some(met)) = (under_way.outcome()?, &mut exchange.hello) {
                met.declined = Some(Declined::Copy);
            }
        }
        Ok(())
    }

    /// The reply, unless it is held.
    fn answer(&mut self, exchange: &mut LocalExchange, now_ms: i64) -> anyhow::Result<Option<Vec<u8>>> {
        let wished_ms = exchange.hello.as_ref().map_or(0, |met| met.hello.wait_ms);
        let most_ms = i64::from(wished_ms.min(limits::WAIT_MS_MAX));
        let until_ms = exchange.waits.map_or(now_ms + most_ms, |waits| waits.until_ms);
        let refused = exchange.hello.as_ref().is_none_or(|met| met.declined.is_some());
        if until_ms <= now_ms || refused || self.has_news(exchange)? {
            exchange.waits = None;
            return self.reply(exchange, now_ms).map(Some);
        }
        let seen = self.reader()?.published();
        exchange.waits = Some(Waits { until_ms, seen });
        Ok(None)
    }

    fn has_news(&self, exchange: &LocalExchange) -> anyhow::Result<bool> {
        let Some(met) = &exchange.hello else {
            return Ok(true);
        };
        let running = self.running.as_ref().ok_or(Gone::Down)?;
        let newest = running.attempts.is_newest(met.hello.first_actor, met.number);
        Ok(!newest || sync::has_news(&running.reader.snapshot(), &met.known, &met.hello)?)
    }

    /// Looks again whether a held reply is due: something was committed since, or its time is up.
    ///
    /// # Errors
    /// As [`LocalServer::receive`].
    pub fn look_again(
        &mut self,
        exchange: &mut LocalExchange,
        now_ms: i64,
    ) -> anyhow::Result<Option<Vec<u8>>> {
        if exchange.start != self.starts || self.running.is_none() {
            bail!(Gone::Another);
        }
        let published = self.reader()?.published();
        match exchange.waits {
            Some(waits) if waits.until_ms <= now_ms || waits.seen != published => {
                self.answer(exchange, now_ms)
            }
            _ => Ok(None),
        }
    }

    fn reply(&mut self, exchange: &mut LocalExchange, now_ms: i64) -> anyhow::Result<Vec<u8>> {
        exchange.over = true;
        let Some(met) = &exchange.hello else {
            bail!("an end before the hello")
        };
        let mac = exchange.session.hello_mac().copied();
        let mac = &mac.context("an end before the hello")?;
        if let Some(declined) = met.declined {
            let refusal = self.refusal(&met.known, &met.hello, declined, now_ms)?;
            return Ok(sync::refusal_frame(&met.known, mac, &refusal));
        }
        if !sync::told_aliases(&met.hello).is_empty() {
            let hello = met.hello.clone();
            self.decide(now_ms, move |desk| sync::propose_aliases(desk, &hello))?;
        }
        let mut bytes = Vec::new();
        let reader = self.reader()?;
        let seen = sync::delivered(&reader.snapshot(), met.known.device.owner, &met.hello)?;
        if !seen.is_empty() {
            self.decide(now_ms, move |desk| sync::propose_delivered(desk, &seen))?;
        }
        let owner = met.known.device.owner;
        if schedule::is_to_be_noted(&reader.snapshot(), owner, now_ms)? {
            self.decide(now_ms, move |desk| schedule::note_heard(desk, owner))?;
        }
        let met_device = met.hello.device;
        let running = self.running.as_ref().ok_or(Gone::Down)?;
        let proves = !running.attempts.has_answered(met.hello.first_actor);
        let (mut reply, would_wake) = {
            let view = reader.snapshot();
            let point = view.published();
            let would_wake = sync::has_news(&view, &met.known, &met.hello)?;
            let writer = exchange.session.reply();
            let hello = (&met.hello, mac, proves);
            let reply = Reply::begin(&view, point, now_ms, &met.known, hello, writer)?;
            (reply, would_wake)
        };
        bytes.extend(reply.pack());
        loop {
            // A view a frame, as the real server takes them.
            let is_more = {
                let view = reader.snapshot();
                reply.read(&view, view.published())?
            };
            if !is_more {
                break;
            }
            bytes.extend(reply.pack());
            self.trim_by_chance(now_ms)?;
        }
        let mut sent = FrameReader::default();
        sent.push(&bytes);
        // Digests of feeds without news are no news.
        if !would_wake && !proves && brings_news(&bytes) {
            self.note_unwoken(met_device);
        }
        self.note_batches(sent);
        Ok(bytes)
    }
}

/// Whether a reply has news of feeds.
fn brings_news(reply: &[u8]) -> bool {
    let mut reader = FrameReader::default();
    reader.push(reply);
    let frames = std::iter::from_fn(|| reader.next_frame().ok().flatten());
    let mut types = frames.map(|frame| frame.frame_type);
    types.any(|frame_type| matches!(frame_type, FrameType::Changes | FrameType::States))
}

impl LocalExchange {
    /// Whether the server has answered or given up.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Until when the server holds its reply at most, if it does: [`LocalServer::look_again`] after a commit and
    /// at that time.
    pub fn waits_until_ms(&self) -> Option<i64> {
        self.waits.map(|waits| waits.until_ms)
    }
}

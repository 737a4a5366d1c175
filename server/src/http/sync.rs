//! `POST /v1/sync`: what phones ask, in binary. Frames are committed while the body is still arriving; the reply
//! begins when the request has ended. `GET /v1/sync`: whether there is room for that now.

use super::admission::Admitted;
use super::app::App;
use super::problem::{Problem, ProblemKind};
use super::recovery;
use super::room::{admit, room};
use super::waiting;
use crate::commit::thread::CommitError;
use crate::decide::{Desk, Writer, schedule};
use crate::service::sync::{self, Declined, FrameOutcome, Known, Reply, Upload, Uploads};
use crate::state::{StateError, Topic};
use crate::store::engine::{Reader, Snapshot};
use actix_web::body::BodyStream;
use actix_web::dev::Service;
use actix_web::http::header;
use actix_web::web::{self, Bytes, ServiceConfig};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use futures_util::stream::{StreamExt, unfold};
use otor_protocol::keys::MAC_BYTES;
use otor_protocol::sync::server::{Arrival, ServerSession, SessionError};
use otor_protocol::wire::{FrameWriter, Hello, Refusal};
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;

/// Frames of one request that may wait for the disk at once: what others bring meanwhile waits behind no more.
const FRAMES_IN_FLIGHT: usize = 8;
/// A reply up to this size goes out as one body; a longer one is streamed in pieces of about this size.
const REPLY_PIECE_BYTES: usize = 16 * 1024;

/// Adds the resource.
pub(super) fn configure(cfg: &mut ServiceConfig) {
    let sync = super::resource("/v1/sync").wrap_fn(|mut request, service| {
        let admitted = admit(&request);
        request.extensions_mut().insert(admitted);
        // Nobody reads them; room for thirty headers is not kept as long as a phone waits.
        *request.headers_mut() = header::HeaderMap::new();
        service.call(request)
    });
    let sync = sync.route(web::post().to(exchange));
    cfg.service(sync.route(web::get().to(room)));
}

type Committing = Pin<Box<dyn Future<Output = Result<(u64, FrameOutcome), CommitError>> + Send>>;

/// An authenticated hello.
struct Met {
    hello: Hello,
    known: Known,
    writer: Writer,
    number: u64,
    declined: Option<Declined>,
    uploads: Uploads,
}

/// One request under way.
struct Exchange {
    app: App,
    session: ServerSession,
    met: Option<Met>,
    committing: VecDeque<Committing>,
    ended: bool,
}

/// What came of a request.
enum Taken {
    /// A reply is to be composed.
    Met(Box<Met>, [u8; MAC_BYTES], FrameWriter),
    /// This frame declines it.
    Refused(Vec<u8>),
}

/// Boxed step by step, so that a phone that waits does not take up the room of what is past and to come.
async fn exchange(
    app: web::Data<App>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, Problem> {
    let admitted = request.extensions_mut().remove::<Result<Admitted, Problem>>();
    drop(request);
    // Nothing of the body is read before.
    let admitted = admitted.transpose()?;
    let received = Box::pin(receive(App::clone(&app), body)).await;
    drop(admitted);
    let (met, mac, writer) = match received? {
        Taken::Met(met, mac, writer) => (met, mac, writer),
        Taken::Refused(frame) => return Ok(binary(frame)),
    };
    waiting::hold(&app, met.number, &met.known, &met.hello).await?;
    if !app.attempts.is_newest(met.hello.first_actor, met.number) {
        let superseded = sync::refusal_frame(&met.known, &mac, &Refusal::Superseded);
        return Ok(binary(superseded));
    }
    Box::pin(answer(App::clone(&app), met, mac, writer)).await
}

/// Takes a request to its end, and waits until everything taken is durable.
async fn receive(app: App, mut body: web::Payload) -> Result<Taken, Problem> {
    let dictionaries = Arc::clone(&app.dictionaries);
    let working = Arc::clone(&app.admission);
    let mut exchange = Exchange {
        app,
        session: ServerSession::new(dictionaries),
        met: None,
        committing: VecDeque::new(),
        ended: false,
    };
    while !exchange.ended {
        let Some(bytes) = body.next().await else { break };
        let bytes = bytes.map_err(|error| Problem::invalid(error.to_string()))?;
        let _working = working.work();
        exchange.take(&bytes).await?;
    }
    let _working = working.work();
    exchange.end().await
}

impl Exchange {
    async fn take(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        self.session.push(bytes);
        while let Some(arrival) = self.session.poll().map_err(unusable)? {
            match arrival {
                Arrival::Hello(hello) => self.meet(*hello).await?,
                Arrival::Ops(content, bytes) => self.commit(Upload::Ops(content, bytes)).await?,
                Arrival::Refill(content, refill) => self.commit(Upload::Refill(content, refill)).await?,
                Arrival::Unreadable(bytes) => self.commit(Upload::Unreadable(bytes)).await?,
                Arrival::End => self.ended = true,
            }
        }
        Ok(())
    }

    async fn meet(&mut self, hello: Hello) -> Result<(), Problem> {
        self.app.expect_right_clock()?;
        let met_ms = (self.app.now_ms)();
        let (identity, keyring) = (self.app.identity.clone(), self.app.keyring.clone());
        let asked = hello.clone();
        let found = self
            .app
            .read(move |view| Ok(sync::identify(view, (&identity, &keyring), &asked)?));
        let mut known = found.await?.ok_or_else(not_authentic)?;
        self.session.trust(known.key.clone()).map_err(unusable)?;
        if !sync::signature_holds(&known, &hello) {
            return Err(not_authentic());
        }
        if !sync::shown(&hello).is_empty() {
            recovery::admit(&self.app, &hello).await?;
            let (phone, asked) = (known.clone(), hello.clone());
            let admitted = self
                .app
                .read(move |view| Ok(sync::renewed(view, &phone, &asked)?));
            known = admitted.await?;
        }
        let presence = &self.app.presence;
        presence.note(hello.device, sync::sighting(&hello, met_ms));
        presence.note_differences(hello.device, hello.differences());
        let (phone, asked, attempts) = (known.clone(), hello.clone(), self.app.attempts.clone());
        let greeted = self
            .app
            .read(move |view| Ok(sync::greet((view, view.published()), &phone, &asked, &attempts)?));
        let (number, declined) = match greeted.await? {
            Ok(number) => (number, None),
            Err(declined) => (0, Some(declined)),
        };
        // An older request of this phone that waits has nobody to tell any more.
        self.app.waiters.wake(&[Topic::Device(hello.device)].into());
        let writer = sync::writer(&hello, met_ms);
        if declined.is_none() {
            self.note(&known, &hello, met_ms);
        }
        self.met = Some(Met {
            hello,
            known,
            writer,
            number,
            uploads: Uploads::default(),
            declined: declined.or(self
                .session
                .lacks_dictionary()
                .then_some(Declined::UnknownDictionary)),
        });
        Ok(())
    }

    /// Has noted what a hello says beside its ops, before any of them.
    fn note(&mut self, known: &Known, hello: &Hello, met_ms: i64) {
        if sync::asks_clock(hello) {
            let asked = hello.clone();
            let noting = move |desk: &Desk| sync::propose_clocks(desk, &asked, met_ms);
            let noted = self.app.committer.submit(noting);
            self.committing.push_back(Box::pin(noted));
        }
        if sync::declares_any_lost(hello) {
            let (device, declared) = (known.device.clone(), hello.clone());
            tracing::warn!(device = device.id.0, "a phone has lost ops before they were sent");
            let noting = move |desk: &Desk| sync::propose_lost(desk, &device, &declared);
            self.committing
                .push_back(Box::pin(self.app.committer.submit(noting)));
        }
    }

    async fn commit(&mut self, upload: Upload) -> Result<(), Problem> {
        let Some(met) = &mut self.met else {
            return Err(unusable(SessionError::Malformed));
        };
        if met.declined.is_some() {
            return Ok(());
        }
        if !self.app.attempts.is_newest(met.hello.first_actor, met.number) {
            met.declined = Some(Declined::Superseded);
            return Ok(());
        }
        if met.hello.signature.is_none() {
            return Err(not_authentic());
        }
        self.app.expect_right_clock()?;
        if matches!(upload, Upload::Unreadable(_)) {
            tracing::warn!(
                device = met.hello.device.0,
                "a frame does not decode and is kept as bytes"
            );
        }
        let (writer, device) = (met.writer.clone(), met.hello.device);
        let uploads = met.uploads.clone();
        let committing = self
            .app
            .committer
            .submit(move |desk| uploads.propose(desk, &writer, device, &upload));
        self.committing.push_back(Box::pin(committing));
        while self.committing.len() > FRAMES_IN_FLIGHT {
            self.await_one().await?;
        }
        // Reading a frame takes its time: others have their turn before the next.
        tokio::task::yield_now().await;
        Ok(())
    }

    async fn await_one(&mut self) -> Result<(), Problem> {
        let Some(committing) = self.committing.pop_front() else {
            return Ok(());
        };
        let (_, outcome) = committing.await?;
        if let (FrameOutcome::Copy, Some(met)) = (outcome, &mut self.met) {
            met.declined = Some(Declined::Copy);
        }
        Ok(())
    }

    /// Waits until everything taken is durable.
    async fn end(mut self) -> Result<Taken, Problem> {
        while !self.committing.is_empty() {
            self.await_one().await?;
        }
        let Some(met) = self.met.take().filter(|_| self.ended) else {
            return Err(unusable(SessionError::Malformed));
        };
        let mac = *self.session.hello_mac().ok_or_else(not_authentic)?;
        if let Some(declined) = met.declined {
            let refusal = recovery::refusal(&self.app, &met.known, &met.hello, declined).await?;
            return Ok(Taken::Refused(sync::refusal_frame(&met.known, &mac, &refusal)));
        }
        recovery::note_aliases(&self.app, &met.hello).await?;
        tick_off(&self.app, &met).await?;
        Ok(Taken::Met(Box::new(met), mac, self.session.reply()))
    }
}

/// Composes the reply from what is durable now.
async fn answer(
    app: App,
    met: Box<Met>,
    mac: [u8; MAC_BYTES],
    writer: FrameWriter,
) -> Result<HttpResponse, Problem> {
    let now_ms = (app.now_ms)();
    let admission = Arc::clone(&app.admission);
    let _working = admission.work();
    let reader = app.reader.clone();
    let proves = !app.attempts.has_answered(met.hello.first_actor);
    let begun = app.block(move || {
        let mut reply = begin_reply(&reader.snapshot(), now_ms, &met, (&mac, proves), writer)?;
        let greeting = reply.pack();
        Ok(piece_after(&reader, reply, greeting)?)
    });
    let (reply, first) = begun.await?;
    app.admission.served((app.now_ms)());
    Ok(match reply {
        None => binary(first),
        Some(reply) => stream(app, first, reply),
    })
}

fn begin_reply(
    view: &Snapshot,
    now_ms: i64,
    met: &Met,
    (mac, proves): (&[u8; MAC_BYTES], bool),
    writer: FrameWriter,
) -> Result<Reply, StateError> {
    // While it waited the phone may have been revoked.
    let known = sync::renewed(view, &met.known, &met.hello)?;
    let asked = (&met.hello, mac, proves);
    Reply::begin(view, view.published(), now_ms, &known, asked, writer)
}

/// Notes the tasks that this hello shows to have reached the phone, and that it was heard of if it holds any.
async fn tick_off(app: &App, met: &Met) -> Result<(), Problem> {
    let (owner, hello) = (met.known.device.owner, met.hello.clone());
    let now_ms = (app.now_ms)();
    let read = app.read(move |view| {
        let unnoted = schedule::is_to_be_noted(view, owner, now_ms)?;
        Ok((sync::delivered(view, owner, &hello)?, unnoted))
    });
    let (tasks, unnoted) = read.await?;
    let unnoted = unnoted || !tasks.is_empty();
    if !tasks.is_empty() {
        app.committer
            .submit(move |desk| sync::propose_delivered(desk, &tasks))
            .await?;
    }
    if unnoted {
        app.committer
            .submit(move |desk| schedule::note_heard(desk, owner))
            .await?;
    }
    Ok(())
}

/// Reads and packs frames until there is a piece; no reply is given back when it has ended.
fn piece_after(
    reader: &Reader,
    mut reply: Reply,
    mut piece: Vec<u8>,
) -> Result<(Option<Reply>, Vec<u8>), StateError> {
    while piece.len() < REPLY_PIECE_BYTES {
        // A view a frame, and none while it is packed: a long reply never holds the commits up.
        let is_more = {
            let view = reader.snapshot();
            reply.read(&view, view.published())?
        };
        if !is_more {
            return Ok((None, piece));
        }
        piece.extend(reply.pack());
    }
    Ok((Some(reply), piece))
}

fn stream(app: App, first: Vec<u8>, reply: Reply) -> HttpResponse {
    let rest = unfold(Some((first, Some(reply))), move |state| {
        let app = app.clone();
        async move {
            let (piece, reply) = state?;
            let next = match reply {
                None => None,
                Some(reply) => {
                    let reader = app.reader.clone();
                    let next = app.make_piece(move || Ok(piece_after(&reader, reply, Vec::new())?));
                    match next.await {
                        Ok((reply, piece)) if reply.is_some() || !piece.is_empty() => Some((piece, reply)),
                        Ok(_) => None,
                        Err(problem) => return Some((Err(actix_web::Error::from(problem)), None)),
                    }
                }
            };
            Some((Ok(Bytes::from(piece)), next))
        }
    });
    HttpResponse::Ok().body(BodyStream::new(Box::pin(rest)))
}

pub(super) fn binary(bytes: Vec<u8>) -> HttpResponse {
    // Without a content type: phones know what they asked for, and it would cross with every reply.
    HttpResponse::Ok().body(bytes)
}

fn unusable(error: SessionError) -> Problem {
    match error {
        SessionError::NotAuthentic => not_authentic(),
        other => Problem::invalid(other.to_string()),
    }
}

pub(super) fn not_authentic() -> Problem {
    Problem::new(
        ProblemKind::NotAuthenticated,
        "the request is not one of a phone enrolled here",
    )
}

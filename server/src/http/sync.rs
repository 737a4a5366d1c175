//! `POST /v1/sync`: what phones ask, in binary. The reply begins when the request has ended. `GET /v1/sync`: whether
//! there is room for that now.

use super::admission::Admitted;
use super::app::App;
use super::courteous::Courtesy;
use super::exchanges::Pieces;
use super::intake::{Met, Taken, receive};
use super::problem::Problem;
use super::room::{admit, room};
use super::waiting;
use crate::service::sync::{self, Reply};
use crate::state::StateError;
use crate::store::engine::{Reader, Snapshot};
use actix_web::body::BodyStream;
use actix_web::dev::Service;
use actix_web::http::header;
use actix_web::web::{self, Bytes, ServiceConfig};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use futures_util::stream::unfold;
use otor_protocol::keys::MAC_BYTES;
use otor_protocol::wire::{FrameWriter, Refusal};
use std::sync::Arc;

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

/// How far an exchange has come without waiting for news.
enum Step {
    /// A frame declines it.
    Refused(Vec<u8>),
    /// Its phone wants to wait.
    Waits(Box<Asked>),
    Answered(Answer),
}

/// What a reply is made of, once everything taken is durable.
struct Asked {
    met: Box<Met>,
    mac: [u8; MAC_BYTES],
    writer: FrameWriter,
}

enum Answer {
    Whole(Vec<u8>),
    /// There is more behind.
    Begun(Box<Reply>, Vec<u8>),
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
    let arriving = (body, Arc::clone(&app.admission));
    let step = Box::pin(
        app.exchanges
            .take(arriving, |pieces| take(App::clone(&app), pieces)),
    )
    .await;
    drop(admitted);
    let answer = match step? {
        Step::Refused(frame) => return Ok(binary(frame)),
        Step::Answered(answer) => answer,
        Step::Waits(asked) => {
            waiting::hold(&app, asked.met.number, &asked.met.known, &asked.met.hello).await?;
            // Not named before it is waited for: it would take its room while the phone waits.
            app.exchanges.run(answer(App::clone(&app), *asked)).await?
        }
    };
    Ok(match answer {
        Answer::Whole(bytes) => binary(bytes),
        Answer::Begun(reply, first) => stream(App::clone(&app), first, *reply),
    })
}

/// Takes a request to its end, and answers it unless its phone wants to wait.
async fn take(app: App, pieces: Pieces) -> Result<Step, Problem> {
    // Boxed as well: ten thousand waiting phones take a tenth less memory.
    let asked = match Box::pin(receive(app.clone(), pieces)).await? {
        Taken::Met(met, mac, writer) => Asked { met, mac, writer },
        Taken::Refused(frame) => return Ok(Step::Refused(frame)),
    };
    if waiting::wants_to_wait(&asked.met.hello) {
        return Ok(Step::Waits(Box::new(asked)));
    }
    Ok(Step::Answered(answer(app, asked).await?))
}

/// Composes the reply from what is durable now.
async fn answer(app: App, asked: Asked) -> Result<Answer, Problem> {
    let Asked { met, mac, writer } = asked;
    let _working = app.admission.work();
    if !app.attempts.is_newest(met.hello.first_actor, met.number) {
        let superseded = sync::refusal_frame(&met.known, &mac, &Refusal::Superseded);
        return Ok(Answer::Whole(superseded));
    }
    let proves = !app.attempts.has_answered(met.hello.first_actor);
    let mut reply =
        app.read_here(|view| Ok(begin_reply(view, (app.now_ms)(), &met, (&mac, proves), writer)?))?;
    let greeting = reply.pack();
    let (reply, first) = match reply.is_long() {
        // The rest is made behind all that is short.
        true => (Some(reply), greeting),
        false => app.mending(piece_after(&app.reader, reply, greeting, None).map_err(Problem::from))?,
    };
    app.admission.served((app.now_ms)());
    Ok(match reply {
        None => Answer::Whole(first),
        Some(reply) => Answer::Begun(Box::new(reply), first),
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

/// Reads and packs frames until there is a piece; no reply is given back when it has ended.
fn piece_after(
    reader: &Reader,
    mut reply: Reply,
    mut piece: Vec<u8>,
    courtesy: Option<Courtesy>,
) -> Result<(Option<Reply>, Vec<u8>), StateError> {
    while piece.len() < REPLY_PIECE_BYTES {
        // A view a frame, and none while it is packed: a long reply never holds a checkpoint up.
        let is_more = {
            let view = reader.snapshot();
            match courtesy {
                Some(courtesy) => reply.read(&courtesy.over(&view), view.published())?,
                None => reply.read(&view, view.published())?,
            }
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
                    let make = move || Ok(piece_after(&reader, reply, Vec::new(), Some(Courtesy::begin()))?);
                    let next = app.make_piece(make);
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

//! One HTTP request over a stream: its body goes out frame by frame, its reply is handed over as it arrives. Who was
//! refused before asks first whether there is room.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Method, Request, Response, StatusCode, Uri, header};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::http::{PLACE, asked_wait_ms};

/// Most bytes kept of a reply that is no success.
const EXPLANATION_BYTES: usize = 4 * 1024;

/// Frames as the body of a request, of known length.
struct FramesBody(VecDeque<Bytes>);

impl Body for FramesBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.iter().map(|bytes| bytes.len() as u64).sum())
    }
}

/// How a request that was answered ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<F> {
    /// A success, all of which was taken.
    Taken,
    /// A success, the rest of which was of no use.
    Dropped(F),
    /// Something else.
    Status {
        /// The status code.
        code: u16,
        /// What the server asked to wait, in milliseconds.
        retry_after_ms: Option<u64>,
        /// The phone's place in the line, to be brought back.
        place: Option<String>,
        /// The beginning of what it says.
        explanation: String,
    },
}

/// What is done before a request goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before<'a> {
    /// Nothing.
    Nothing,
    /// The server is asked whether there is room, by who has this place in the line.
    Asking(Option<&'a str>),
}

/// Sends `frames` as the body of a `POST` and hands every piece of a successful reply's body to `take` as it
/// arrives, until that says why the rest is of no use.
///
/// With [`Before::Asking`] nothing of the body goes out before the server has said that there is room.
///
/// # Errors
/// If the connection ends before the reply does.
pub async fn post<S, F>(
    stream: S,
    authority: &str,
    (path, before): (&'static str, Before<'_>),
    frames: Vec<Bytes>,
    take: impl FnMut(&[u8]) -> Result<(), F>,
) -> hyper::Result<Answer<F>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let body = FramesBody(frames.into());
    let length = body.size_hint().exact().unwrap_or(0);
    // Nothing but what `http::request_head` states.
    let mut request = bare(Method::POST, path, authority, body);
    request
        .headers_mut()
        .insert(header::CONTENT_LENGTH, length.into());
    let conversation = pin!(async {
        if let Before::Asking(place) = before {
            match ask(&mut sender, path, authority, place).await? {
                Asked::Room(told) => set_place(&mut request, told.as_deref().or(place)),
                Asked::Refused(refused) => return Ok(refused),
            }
        }
        let response = sender.send_request(request).await?;
        receive(response, take).await
    });
    drive(conversation, connection).await
}

/// A request with nothing but what it needs.
fn bare(method: Method, path: &'static str, authority: &str, body: FramesBody) -> Request<FramesBody> {
    let mut request = Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = Uri::from_static(path);
    if let Ok(host) = header::HeaderValue::from_str(authority) {
        request.headers_mut().insert(header::HOST, host);
    }
    request
}

fn set_place(request: &mut Request<FramesBody>, place: Option<&str>) {
    if let Some(place) = place.and_then(|place| header::HeaderValue::from_str(place).ok()) {
        request.headers_mut().insert(PLACE, place);
    }
}

/// What came of asking.
enum Asked<F> {
    /// There is room, under this place.
    Room(Option<String>),
    /// There is none.
    Refused(Answer<F>),
}

async fn ask<F>(
    sender: &mut SendRequest<FramesBody>,
    path: &'static str,
    authority: &str,
    place: Option<&str>,
) -> hyper::Result<Asked<F>> {
    let mut question = bare(Method::GET, path, authority, FramesBody(VecDeque::new()));
    set_place(&mut question, place);
    let response = sender.send_request(question).await?;
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        return receive(response, |_| Ok(())).await.map(Asked::Refused);
    }
    // There is room, or it is not known how to ask for it.
    let place = place_in(&response);
    drop(response.into_body().collect().await?);
    sender.ready().await?;
    Ok(Asked::Room(place))
}

fn place_in(response: &Response<Incoming>) -> Option<String> {
    let place = response.headers().get(PLACE)?;
    place.to_str().ok().map(str::to_owned)
}

/// Polls the connection as long as the conversation over it lasts.
async fn drive<T>(
    mut conversation: Pin<&mut impl Future<Output = hyper::Result<T>>>,
    connection: impl Future<Output = hyper::Result<()>>,
) -> hyper::Result<T> {
    let mut connection = pin!(connection);
    tokio::select! {
        biased;
        ended = &mut conversation => return ended,
        // The conversation may have some of what came before the connection ended still before it.
        _ = &mut connection => {}
    }
    conversation.await
}

async fn receive<F>(
    response: Response<Incoming>,
    mut take: impl FnMut(&[u8]) -> Result<(), F>,
) -> hyper::Result<Answer<F>> {
    let status = response.status();
    let (retry_after_ms, place) = (retry_after_ms(&response), place_in(&response));
    let mut body = response.into_body();
    if !status.is_success() {
        let explanation = explanation(&mut body).await;
        return Ok(Answer::Status {
            code: status.as_u16(),
            retry_after_ms,
            place,
            explanation,
        });
    }
    while let Some(frame) = body.frame().await {
        if let Ok(bytes) = frame?.into_data()
            && let Err(reason) = take(&bytes)
        {
            return Ok(Answer::Dropped(reason));
        }
    }
    Ok(Answer::Taken)
}

/// What the server wants a phone to wait.
fn retry_after_ms(response: &Response<Incoming>) -> Option<u64> {
    let waits = [StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS];
    let asked = asked_wait_ms(response.headers());
    asked.filter(|_| waits.contains(&response.status()))
}

async fn explanation(body: &mut Incoming) -> String {
    let mut text = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        if let Ok(bytes) = frame.into_data() {
            text.extend_from_slice(&bytes);
        }
        if text.len() >= EXPLANATION_BYTES {
            text.truncate(EXPLANATION_BYTES);
            break;
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

//! A tiny server for the tests of this module: it takes one connection at a time, reads a whole request and
//! answers with what the test wants. There is always room.

use std::sync::{Arc, Mutex};

use otor_protocol::replica::Replica;
use otor_protocol::wire::{FrameReader, Refusal};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{Pace, Route, SharedLink, SharedPhone, Target};
use crate::device::{Phone, PhoneStorage, fixture};
use crate::link::{Link, Profile};

/// Everything the server received, connection by connection.
pub(super) type Received = Arc<Mutex<Vec<Vec<u8>>>>;

/// A server on a free port.
pub(super) struct TestServer {
    pub address: std::net::SocketAddr,
    pub received: Received,
    serving: tokio::task::JoinHandle<()>,
}

impl TestServer {
    /// A server that answers the body of each request with what `answer` makes of it, head
    /// and all; when that is nothing it hangs up.
    pub async fn start(answer: impl FnMut(&[u8]) -> Vec<u8> + Send + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let received = Received::default();
        let seen = Arc::clone(&received);
        let mut answer = answer;
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                seen.lock().expect("no panic").push(Vec::new());
                serve(stream, &seen, &mut answer).await;
            }
        });
        Self {
            address,
            received,
            serving,
        }
    }

    /// The server is gone.
    pub async fn stop(self) {
        self.serving.abort();
        // Aborted, it has let go of its port.
        let _ = self.serving.await;
    }

    /// The address as a target over plain HTTP.
    pub fn target(&self) -> Target {
        Target::parse(&format!("http://{}", self.address)).expect("an address")
    }

    /// What the `index`-th connection sent so far.
    pub fn received_on(&self, index: usize) -> Vec<u8> {
        self.received
            .lock()
            .expect("no panic")
            .get(index)
            .cloned()
            .unwrap_or_default()
    }

    /// A route to it over a link of `profile`, from `seed`, at `speed`.
    pub fn route(&self, profile: &str, seed: u64, speed: f64) -> Route {
        route_to(self.target(), profile, seed, speed)
    }
}

/// A route to `target` over a link of `profile`, from `seed`, at `speed`.
pub(super) fn route_to(target: Target, profile: &str, seed: u64, speed: f64) -> Route {
    let profile = Profile::by_name(profile).expect("a named profile");
    Route {
        target,
        link: SharedLink::new(Link::new(profile, seed, 0)),
        pace: Pace::of_machine(speed),
    }
}

/// Reads one request to its end and answers; then waits for the other side to close.
pub(super) async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    seen: &Received,
    answer: &mut (impl FnMut(&[u8]) -> Vec<u8> + Send),
) {
    let mut request = Vec::new();
    let mut answered = false;
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
        request.extend_from_slice(&buffer[..count]);
        if let Some(last) = seen.lock().expect("no panic").last_mut() {
            last.extend_from_slice(&buffer[..count]);
        }
        if request.starts_with(b"GET ") && request.ends_with(b"\r\n\r\n") {
            request.clear();
            if stream
                .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
                .await
                .is_err()
                || stream.flush().await.is_err()
            {
                return;
            }
        }
        if !answered && let Some(body) = whole_body(&request) {
            answered = true;
            let reply = answer(body);
            if reply.is_empty() || stream.write_all(&reply).await.is_err() || stream.flush().await.is_err() {
                return;
            }
        }
    }
}

/// The body of a request that has come whole.
fn whole_body(request: &[u8]) -> Option<&[u8]> {
    let head_len = request.windows(4).position(|bytes| bytes == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&request[..head_len]).expect("a head in ASCII");
    let length: usize = head
        .split("content-length: ")
        .nth(1)?
        .split("\r\n")
        .next()?
        .parse()
        .expect("a length");
    let body = &request[head_len..];
    (body.len() == length).then_some(body)
}

/// A good reply with this body, as the real server sends a short one.
pub(super) fn good_reply(body: &[u8]) -> Vec<u8> {
    let mut reply = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\
         date: Mon, 02 Mar 2026 00:00:00 GMT\r\n\r\n",
        body.len()
    )
    .into_bytes();
    reply.extend_from_slice(body);
    reply
}

/// A shared phone, enrolled, that has written `visits` visits; and a second replica of the same phone, with
/// which a test's server composes its replies.
pub(super) fn phone_with_visits(visits: i64) -> (SharedPhone, Replica<PhoneStorage>) {
    let mut phone: Phone = fixture::enrolled_phone();
    (0..visits).for_each(|visit| {
        fixture::write_visit(&mut phone, visit);
    });
    let twin = PhoneStorage::from_snapshot(&phone.snapshot().expect("an enrolled phone"));
    (
        Arc::new(Mutex::new(phone)),
        Replica::open(twin).expect("a good backup"),
    )
}

/// The body of a complete reply, by the server of `twin`, to the request with this body.
pub(super) fn nothing_new(twin: &Replica<PhoneStorage>, request: &[u8]) -> Vec<u8> {
    fixture::reply_to(&hello_payload(request), twin)
}

/// As [`nothing_new`], and acknowledging everything that `twin` has written.
pub(super) fn all_acknowledged(twin: &Replica<PhoneStorage>, request: &[u8]) -> Vec<u8> {
    fixture::reply_acknowledging(&hello_payload(request), twin)
}

/// The body of a refusal, by the server of `twin`, of the request with this body.
pub(super) fn refused(twin: &Replica<PhoneStorage>, request: &[u8], refusal: Refusal) -> Vec<u8> {
    fixture::refusal_to(&hello_payload(request), twin, refusal)
}

fn hello_payload(request: &[u8]) -> Vec<u8> {
    let mut reader = FrameReader::default();
    reader.push(request);
    let hello = reader.next_frame().expect("a frame").expect("a whole one");
    hello.payload
}

//! Requests to a server: many over kept connections while a storm is prepared, one over a connection of its own as
//! phones make them.

use crate::transport::http::{PLACE, asked_wait_ms};
use anyhow::{Context, ensure};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
#[cfg(target_os = "linux")]
use nix::sys::socket::{setsockopt, sockopt::IpBindAddressNoPort};
use serde_json::Value;
use std::net::{IpAddr, SocketAddr};
use tokio::net::{TcpSocket, TcpStream};

/// What gzipped bytes begin with; no frame does.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// A server to speak to, and the token of its administrator.
#[derive(Clone, Debug)]
pub(super) struct Server {
    pub address: SocketAddr,
    pub token: String,
}

/// What was answered.
pub(super) struct Answer {
    pub status: StatusCode,
    /// Milliseconds after which the server wants to be asked again.
    pub wait_ms: Option<u64>,
    /// The place in the line, to be brought back.
    pub place: Option<String>,
    pub body: Bytes,
    /// Bytes of its head, about.
    pub head_bytes: usize,
}

/// A connection that carries one request after the other.
pub(super) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    host: String,
}

impl Connection {
    /// Opens one, from `source` if it is given.
    pub async fn open(server: SocketAddr, source: Option<IpAddr>) -> anyhow::Result<Self> {
        let stream = connect(server, source).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // It ends when the sender is dropped; how it ends shows where an answer is awaited.
        tokio::spawn(connection);
        let host = server.to_string();
        Ok(Connection { sender, host })
    }

    /// Sends one request and takes the whole answer.
    pub async fn send(
        &mut self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Bytes,
    ) -> anyhow::Result<Answer> {
        self.send_from((method, path), (token, None), body).await
    }

    /// The same from who has a place in the line.
    pub async fn send_from(
        &mut self,
        (method, path): (Method, &str),
        (token, place): (Option<&str>, Option<&str>),
        body: Bytes,
    ) -> anyhow::Result<Answer> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, &self.host);
        if let Some(place) = place {
            request = request.header(PLACE, place);
        }
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        if body.starts_with(&GZIP) {
            request = request.header(header::CONTENT_ENCODING, "gzip");
        }
        self.sender.ready().await?;
        let response = self.sender.send_request(request.body(Full::new(body))?).await?;
        let (head, body) = response.into_parts();
        let lengths = head
            .headers
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len() + 4);
        let text = |name: &str| Some(head.headers.get(name)?.to_str().ok()?.to_owned());
        let place = text(PLACE);
        let body = body.collect().await?.to_bytes();
        Ok(Answer {
            status: head.status,
            wait_ms: asked_wait_ms(&head.headers),
            place,
            body,
            head_bytes: lengths.sum::<usize>() + 19,
        })
    }

    /// Asks for something long and lets it pass by, as whoever writes it to a file does: whether that went well, and from
    /// where the next pull goes on.
    pub async fn pass(&mut self, path: &str, token: &str) -> anyhow::Result<(StatusCode, Option<String>)> {
        let request = Request::builder()
            .uri(path)
            .header(header::HOST, &self.host)
            .header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.sender.ready().await?;
        let response = self
            .sender
            .send_request(request.body(Full::new(Bytes::new()))?)
            .await?;
        let (head, mut body) = response.into_parts();
        while let Some(frame) = body.frame().await {
            frame?;
        }
        let cursor = head.headers.get("otor-next-cursor");
        let cursor = cursor.and_then(|cursor| cursor.to_str().ok()).map(str::to_owned);
        Ok((head.status, cursor))
    }

    /// Asks the administrators' API and reads the answer's JSON.
    pub async fn ask(
        &mut self,
        server: &Server,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> anyhow::Result<Value> {
        let asked = format!("{method} {path}");
        let answer = self
            .send(method, &format!("/api/v1/{path}"), Some(&server.token), body)
            .await?;
        let text = || String::from_utf8_lossy(&answer.body).into_owned();
        ensure!(
            answer.status.is_success(),
            "{asked}: {}: {}",
            answer.status,
            text()
        );
        serde_json::from_slice(&answer.body).with_context(|| asked)
    }
}

async fn connect(server: SocketAddr, source: Option<IpAddr>) -> std::io::Result<TcpStream> {
    let Some(source) = source else {
        return TcpStream::connect(server).await;
    };
    bound(source)?.connect(server).await
}

/// A socket of this address. Its port is chosen when it connects: chosen here it would have to be free whatever it
/// connects to, and where thousands were closed lately the system looks through all of them for each.
fn bound(source: IpAddr) -> std::io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    #[cfg(target_os = "linux")]
    setsockopt(&socket, IpBindAddressNoPort, &true)?;
    socket.bind(SocketAddr::new(source, 0))?;
    Ok(socket)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_is_taken_before_the_connection_and_its_port_with_it() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let source = IpAddr::from([127, 0, 0, 2]);
        let socket = bound(source).unwrap();
        assert_eq!(socket.local_addr().unwrap(), SocketAddr::new(source, 0));
        let connected = socket.connect(listener.local_addr().unwrap()).await.unwrap();
        let local = connected.local_addr().unwrap();
        assert_eq!(local.ip(), source);
        assert_ne!(local.port(), 0);
    }
}

//! Phones on a plain connection of this machine, byte by byte under the test's control: no emulated link, real time.

use super::administration::Administration;
use otor_protocol::sync::device::ExchangeReport;
use otor_sim::device::{Crossing, ExchangeFault, Phone, PhoneClock, PhoneExchange, Wish};
use otor_sim::transport::http::{SYNC_PATH, request_head};
use otor_sim::transport::{Pace, Target, enrol};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A phone and the connection it keeps open.
pub struct PlainPhone {
    /// The phone.
    pub phone: Phone,
    authority: String,
    pace: Pace,
    stream: Option<TcpStream>,
}

impl PlainPhone {
    /// A phone of `worker`, invited by the server's first account.
    pub async fn invited(administration: &Administration, url: &str, name: &str, worker: &str) -> Self {
        Self::enrolled(url, name, worker, &administration.invite(worker)).await
    }

    /// A phone of `worker`, enrolled on an invitation's `code`.
    pub async fn enrolled(url: &str, name: &str, worker: &str, code: &str) -> Self {
        let target = Target::parse(url).expect("a server's address");
        let pace = Pace::of_machine(1.0);
        let mut phone = Phone::new(name, worker, PhoneClock::booted_at(pace.wall_ms()), 1);
        let secret = phone.fresh_secret();
        let enrolment = enrol(&target, code, secret).await.expect("an enrolment");
        phone
            .enrol(secret, enrolment.reply)
            .expect("a storage without faults");
        PlainPhone {
            phone,
            authority: target.authority().to_owned(),
            pace,
            stream: None,
        }
    }

    /// The time its clock shows.
    pub fn now_ms(&self) -> i64 {
        self.pace.wall_ms()
    }

    /// Begins an exchange.
    pub fn begin(&mut self, wish: Wish) -> PhoneExchange {
        let now_ms = self.now_ms();
        self.phone.begin_wished(now_ms, wish).expect("a running phone")
    }

    /// The bytes of the request of an exchange, head included.
    pub fn request(&self, exchange: &PhoneExchange) -> Vec<u8> {
        let body = exchange.frames().concat();
        let mut bytes = request_head(&self.authority, SYNC_PATH, body.len()).into_bytes();
        bytes.extend(body);
        bytes
    }

    /// Sends bytes on the open connection, or on a new one.
    pub async fn send(&mut self, bytes: &[u8]) {
        if self.stream.is_none() {
            let stream = TcpStream::connect(&self.authority).await;
            self.stream = Some(stream.expect("the server listens"));
        }
        let stream = self.stream.as_mut().expect("a connection");
        stream.write_all(bytes).await.expect("the server reads");
    }

    /// Takes the connection away from the phone; it stays open as long as the caller keeps it.
    pub fn abandon(&mut self) -> Option<TcpStream> {
        self.stream.take()
    }

    /// Asks what has come, and sends nothing.
    pub async fn ask(&mut self) -> ExchangeReport {
        let exchange = self.begin(Wish {
            is_bare: true,
            ..Wish::default()
        });
        let request = self.request(&exchange);
        self.send(&request).await;
        self.take(exchange).await
    }

    /// Takes the reply to the request sent, of which the server states the length, to its end.
    pub async fn take(&mut self, exchange: PhoneExchange) -> ExchangeReport {
        self.take_watching(exchange, |_| ()).await
    }

    /// The same a few bytes at a time, looking at the phone after each.
    pub async fn take_watching(
        &mut self,
        mut exchange: PhoneExchange,
        mut watch: impl FnMut(&mut Phone),
    ) -> ExchangeReport {
        let stream = self.stream.as_mut().expect("a connection");
        let mut reply = Vec::new();
        let mut body_from = None;
        let mut taken = 0;
        loop {
            let mut buffer = [0; 256];
            let count = stream.read(&mut buffer).await.expect("a reply");
            assert!(
                count > 0,
                "the server hung up: {}",
                String::from_utf8_lossy(&reply)
            );
            reply.extend_from_slice(&buffer[..count]);
            body_from = body_from.or_else(|| body_of(&reply));
            let Some((from, length)) = body_from else { continue };
            let body = &reply[from..];
            let fault = exchange.handle_bytes(&mut self.phone, &body[taken..]);
            fault.expect("a good reply");
            taken = body.len();
            watch(&mut self.phone);
            if taken == length {
                return exchange
                    .finish(&mut self.phone, &Crossing::default())
                    .expect("a storage without faults");
            }
        }
    }

    /// Takes up a connection again.
    pub fn resume(&mut self, stream: Option<TcpStream>) {
        self.stream = stream;
    }

    /// Why the reply to the request sent is of no use.
    pub async fn take_fault(&mut self, mut exchange: PhoneExchange) -> ExchangeFault {
        let stream = self.stream.as_mut().expect("a connection");
        let mut reply = Vec::new();
        loop {
            let mut buffer = [0; 4_096];
            let count = stream.read(&mut buffer).await.expect("a reply");
            assert!(count > 0, "the server hung up");
            reply.extend_from_slice(&buffer[..count]);
            if let Some((from, length)) =
                body_of(&reply).filter(|(from, length)| reply.len() == from + length)
            {
                let fault = exchange.handle_bytes(&mut self.phone, &reply[from..from + length]);
                return fault.expect_err("a reply of no use");
            }
        }
    }

    /// One exchange.
    pub async fn exchange(&mut self, wish: Wish) -> ExchangeReport {
        let exchange = self.begin(wish);
        let request = self.request(&exchange);
        self.send(&request).await;
        self.take(exchange).await
    }

    /// Exchanges until nothing is left either way.
    pub async fn settle(&mut self) {
        loop {
            let report = self.exchange(Wish::default()).await;
            if report.complete && !report.progress() && !report.more && self.phone.unsent() == Some(0) {
                return;
            }
        }
    }
}

/// Where the body of a good reply begins, and how long it is, once its head is whole.
fn body_of(reply: &[u8]) -> Option<(usize, usize)> {
    let from = reply.windows(4).position(|bytes| bytes == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&reply[..from]).expect("a head in ASCII");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let length = head.lines().find_map(|line| {
        line.to_ascii_lowercase()
            .strip_prefix("content-length: ")?
            .parse()
            .ok()
    });
    Some((from, length.expect("a reply that states its length")))
}

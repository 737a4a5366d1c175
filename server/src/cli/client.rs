//! HTTP to a server's administration: authentication, idempotency keys, retries, problems in words.

use super::failure::Failure;
use super::{say, tongue};
use serde_json::Value;
use std::time::Duration;
use ureq::Body;
use ureq::http::{Method, Request, Response, StatusCode};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

/// How long to wait before each further attempt. Every request may be repeated: reads change nothing, writes
/// carry an idempotency key.
const RETRY_AFTER: [Duration; 3] = [
    Duration::from_millis(200),
    Duration::from_millis(600),
    Duration::from_millis(1_500),
];
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The server is given this long to send anything at all.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(120);
/// Largest answer read into memory, in bytes.
const ANSWER_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// As whom to speak.
pub(super) struct Identity {
    /// The account's token.
    pub token: String,
    /// Sent with every write of this command.
    pub idempotency_key: String,
}

/// A server's administration.
pub(super) struct Client {
    agent: ureq::Agent,
    server: String,
    identity: Identity,
}

/// What is sent with a request.
#[derive(Clone, Copy)]
enum Content<'a> {
    None,
    Json(&'a Value),
    Csv(&'a [u8]),
}

/// How one attempt failed.
enum Attempt {
    /// Another may succeed.
    Again(Failure),
    /// No other will.
    Final(Failure),
}

impl Client {
    /// A client for the server at `server`, trusting `ca_cert` (PEM) instead of the public authorities.
    ///
    /// # Errors
    /// [`Failure::BadInput`] for an address or a certificate that is none.
    pub fn new(server: &str, identity: Identity, ca_cert: Option<&[u8]>) -> Result<Self, Failure> {
        let server = server.trim_end_matches('/').to_owned();
        let address: ureq::http::Uri = server
            .parse()
            .map_err(|_| Failure::BadInput(say!("fail-no-address", server = format!("{server:?}"))))?;
        let (Some(scheme @ ("http" | "https")), Some(host)) = (address.scheme_str(), address.host()) else {
            return Err(Failure::BadInput(say!(
                "fail-no-address",
                server = format!("{server:?}")
            )));
        };
        let is_here = is_loopback(host);
        if scheme == "http" && !is_here {
            super::print::note(&format!(
                "otor: warning: the token and all data travel unprotected over plain http to {host}"
            ));
        }
        let mut config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_per_read(Some(SILENCE_TIMEOUT))
            .timeout_per_write(Some(SILENCE_TIMEOUT))
            .user_agent(concat!("otor/", env!("CARGO_PKG_VERSION")));
        if is_here {
            config = config.proxy(None);
        }
        if let Some(pem) = ca_cert {
            config = config.tls_config(trusting(pem)?);
        }
        Ok(Client {
            agent: config.build().new_agent(),
            server,
            identity,
        })
    }

    /// The same for one write of several that a command makes: each has an idempotency key of its own.
    pub fn for_part(&self, part: &str) -> Client {
        Client {
            agent: self.agent.clone(),
            server: self.server.clone(),
            identity: Identity {
                token: self.identity.token.clone(),
                idempotency_key: format!("{}-{part}", self.identity.idempotency_key),
            },
        }
    }

    /// Reads: the answer's JSON.
    ///
    /// # Errors
    /// [`Failure`], as all below.
    pub fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Value, Failure> {
        json(&mut self.open(path, query)?)
    }

    /// Reads: the answer, its body still to come.
    pub fn open(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Response<Body>, Failure> {
        self.send(&Method::GET, &self.url(path, query), Content::None)
    }

    /// Writes with POST.
    pub fn post(&self, path: &[&str], body: &Value) -> Result<Value, Failure> {
        self.post_with(path, &[], body)
    }

    /// Writes with POST and a query.
    pub fn post_with(&self, path: &[&str], query: &[(&str, &str)], body: &Value) -> Result<Value, Failure> {
        json(&mut self.send(&Method::POST, &self.url(path, query), Content::Json(body))?)
    }

    /// Writes with PUT and a query.
    pub fn put_with(&self, path: &[&str], query: &[(&str, &str)], body: &Value) -> Result<Value, Failure> {
        json(&mut self.send(&Method::PUT, &self.url(path, query), Content::Json(body))?)
    }

    /// Writes with PATCH.
    pub fn patch(&self, path: &[&str], body: &Value) -> Result<Value, Failure> {
        json(&mut self.send(&Method::PATCH, &self.url(path, &[]), Content::Json(body))?)
    }

    /// Sends a CSV file.
    pub fn upload(&self, path: &[&str], csv: &[u8]) -> Result<Value, Failure> {
        self.upload_with(path, &[], csv)
    }

    /// The same with a query.
    pub fn upload_with(&self, path: &[&str], query: &[(&str, &str)], csv: &[u8]) -> Result<Value, Failure> {
        json(&mut self.send(&Method::POST, &self.url(path, query), Content::Csv(csv))?)
    }

    fn url(&self, path: &[&str], query: &[(&str, &str)]) -> String {
        let mut url = format!("{}/api/v1", self.server);
        for segment in path {
            url.push('/');
            url.push_str(&escape(segment));
        }
        for (place, (name, value)) in query.iter().enumerate() {
            url.push(if place == 0 { '?' } else { '&' });
            url.push_str(&format!("{}={}", escape(name), escape(value)));
        }
        url
    }

    fn send(&self, method: &Method, url: &str, content: Content) -> Result<Response<Body>, Failure> {
        let mut waits = RETRY_AFTER.iter();
        loop {
            match self.attempt(method, url, content) {
                Ok(response) => return Ok(response),
                Err(Attempt::Final(failure)) => return Err(failure),
                Err(Attempt::Again(failure)) => match waits.next() {
                    Some(wait) => std::thread::sleep(*wait),
                    None => return Err(failure),
                },
            }
        }
    }

    fn attempt(&self, method: &Method, url: &str, content: Content) -> Result<Response<Body>, Attempt> {
        let mut request = Request::builder()
            .method(method)
            .uri(url)
            .header("Authorization", format!("Bearer {}", self.identity.token));
        if *method != Method::GET {
            request = request.header("Idempotency-Key", &self.identity.idempotency_key);
        }
        let malformed = |error: ureq::http::Error| {
            Attempt::Final(Failure::BadInput(format!("the request cannot be sent: {error}")))
        };
        let answer = match content {
            Content::None => self.agent.run(request.body(()).map_err(malformed)?),
            Content::Json(value) => {
                let request = request.header("Content-Type", "application/json");
                self.agent
                    .run(request.body(value.to_string()).map_err(malformed)?)
            }
            Content::Csv(bytes) => {
                let request = request.header("Content-Type", "text/csv");
                self.agent.run(request.body(bytes).map_err(malformed)?)
            }
        };
        let mut response = answer.map_err(|error| self.broken(&error))?;
        match response.status() {
            status if status.is_success() => Ok(response),
            StatusCode::SERVICE_UNAVAILABLE => Err(Attempt::Again(refusal(&mut response))),
            _ => Err(Attempt::Final(refusal(&mut response))),
        }
    }

    fn broken(&self, error: &ureq::Error) -> Attempt {
        let server = &self.server;
        match error {
            ureq::Error::BadUri(_) | ureq::Error::Http(_) => Attempt::Final(Failure::BadInput(format!(
                "{server:?} is not a server's address: {error}"
            ))),
            ureq::Error::Tls(_) | ureq::Error::Rustls(_) => Attempt::Final(Failure::Unreachable(say!(
                "fail-no-trust",
                server = server,
                why = error
            ))),
            _ => Attempt::Again(Failure::Unreachable(say!(
                "fail-unreachable",
                server = server,
                why = error
            ))),
        }
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let address: Option<std::net::IpAddr> = bare.parse().ok();
    bare == "localhost" || address.is_some_and(|address| address.is_loopback())
}

fn trusting(pem: &[u8]) -> Result<TlsConfig, Failure> {
    let mut certificates = Vec::new();
    for item in parse_pem(pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => certificates.push(certificate),
            Ok(_) => {}
            Err(error) => return Err(Failure::BadInput(format!("--ca-cert: {error}"))),
        }
    }
    if certificates.is_empty() {
        return Err(Failure::BadInput(
            "--ca-cert: there is no certificate in it".into(),
        ));
    }
    Ok(TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&certificates))
        .build())
}

fn json(response: &mut Response<Body>) -> Result<Value, Failure> {
    let bytes = response
        .body_mut()
        .with_config()
        .limit(ANSWER_BYTES_MAX)
        .read_to_vec()
        .map_err(|error| Failure::Unreachable(say!("fail-answer-broke-off", why = error)))?;
    serde_json::from_slice(&bytes)
        .map_err(|error| Failure::Failed(format!("the server's answer is not JSON: {error}")))
}

/// A refusal in words, from its problem document.
fn refusal(response: &mut Response<Body>) -> Failure {
    let status = response.status();
    let problem = json(response).unwrap_or(Value::Null);
    let said = |name: &str| problem.get(name).and_then(Value::as_str);
    let detail = said("detail")
        .or(said("title"))
        .unwrap_or_else(|| status.canonical_reason().unwrap_or("the server refused"));
    let name = said("type").and_then(|urn| urn.rsplit(':').next());
    let words = match name.and_then(tongue::problem) {
        Some(title) => format!("{title}: {detail}"),
        None => detail.to_owned(),
    };
    let words = super::print::row_errors(&problem)
        .iter()
        .fold(words, |words, row| format!("{words}; {row}"));
    match status.as_u16() {
        400 | 413 | 415 | 422 => Failure::BadInput(words),
        _ => Failure::Failed(words),
    }
}

/// Percent-encodes everything but unreserved characters, so that a code of any script fits into a path.
fn escape(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

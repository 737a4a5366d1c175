//! Requests to the administrators' API of a real server: keys, and patience with one that is being restarted.

use anyhow::{Context, anyhow, bail, ensure};
use serde_json::Value;
use std::time::Duration;
use ureq::Body;
use ureq::http::{Method, Request, Response, StatusCode, Uri};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

/// How long a server that is not there or not ready is asked again, in all.
const PATIENCE: Duration = Duration::from_secs(30);
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// How long a connection may take, and how long a server may say nothing.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const SILENCE_TIMEOUT: Duration = Duration::from_secs(60);
/// Largest answer that is read as a whole, in bytes.
const ANSWER_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Where a server's administration is, and as whom to speak to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Its address, such as `http://127.0.0.1:8340`.
    pub url: String,
    /// An administrator's token.
    pub token: String,
    /// The certificate (PEM) to trust instead of the public authorities.
    pub ca_cert: Option<Vec<u8>>,
}

/// What is sent with a request.
#[derive(Clone, Copy)]
pub(super) enum Content<'a> {
    None,
    Json(&'a Value),
    Csv(&'a [u8]),
}

/// The administrators' API.
pub(super) struct Api {
    agent: ureq::Agent,
    url: String,
    token: String,
    /// Begins the idempotency keys of this run.
    run: String,
    writes: u64,
    /// How long a server that is not there is asked again, in all: not at all before it has ever answered.
    patience: Duration,
}

/// How one attempt failed.
enum Failed {
    /// Another may succeed.
    ForNow(anyhow::Error),
    /// No other will.
    ForGood(anyhow::Error),
}

impl Api {
    /// The API of a server. Two runs with the same `run` would share their idempotency keys.
    ///
    /// # Errors
    /// For an address or a certificate that is none.
    pub fn new(access: &Access, run: u64) -> anyhow::Result<Self> {
        let url = access.url.trim_end_matches('/').to_owned();
        let address: Uri = url
            .parse()
            .with_context(|| format!("{url:?} is not a server's address"))?;
        ensure!(
            address.host().is_some(),
            "{url:?} is not a server's address such as http://127.0.0.1:8340"
        );
        let mut config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_per_read(Some(SILENCE_TIMEOUT))
            .timeout_per_write(Some(SILENCE_TIMEOUT));
        if let Some(pem) = &access.ca_cert {
            config = config.tls_config(trusting(pem)?);
        }
        Ok(Api {
            agent: config.build().new_agent(),
            url,
            token: access.token.clone(),
            run: format!("sim-{run:016x}"),
            writes: 0,
            patience: Duration::ZERO,
        })
    }

    /// The server has answered: from now on it is waited for when it is gone.
    pub fn be_patient(&mut self) {
        self.patience = PATIENCE;
    }

    /// Reads: the answer's JSON.
    pub fn get(&self, path: &str) -> anyhow::Result<Value> {
        json(&mut self.open(path)?)
    }

    /// Reads: the answer's JSON, or none if there is nothing.
    pub fn find(&self, path: &str) -> anyhow::Result<Option<Value>> {
        match self.get(path) {
            Err(error) if error.root_cause().to_string().ends_with("(404)") => Ok(None),
            answer => answer.map(Some),
        }
    }

    /// Reads: the answer, its body still to come.
    pub fn open(&self, path: &str) -> anyhow::Result<Response<Body>> {
        self.send(&Method::GET, path, Content::None, None)
    }

    /// Writes, once, however often the request has to be sent: the answer's JSON.
    pub fn write(&mut self, method: &Method, path: &str, content: Content) -> anyhow::Result<Value> {
        self.writes += 1;
        let key = format!("{}-{}", self.run, self.writes);
        json(&mut self.send(method, path, content, Some(&key))?)
    }

    fn send(
        &self,
        method: &Method,
        path: &str,
        content: Content,
        key: Option<&str>,
    ) -> anyhow::Result<Response<Body>> {
        let (mut waited, mut wait) = (Duration::ZERO, FIRST_WAIT);
        loop {
            match self.attempt(method, path, content, key) {
                Ok(response) => return Ok(response),
                Err(Failed::ForNow(_)) if waited < self.patience => {
                    std::thread::sleep(wait);
                    waited += wait;
                    wait = (wait * 2).min(LONGEST_WAIT);
                }
                Err(Failed::ForNow(error) | Failed::ForGood(error)) => {
                    return Err(error.context(format!("{method} {path}")));
                }
            }
        }
    }

    fn attempt(
        &self,
        method: &Method,
        path: &str,
        content: Content,
        key: Option<&str>,
    ) -> Result<Response<Body>, Failed> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}/api/v1/{path}", self.url))
            .header("Authorization", format!("Bearer {}", self.token));
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        let malformed = |error: ureq::http::Error| Failed::ForGood(error.into());
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
        let mut response = answer.map_err(broken)?;
        match response.status() {
            status if status.is_success() => Ok(response),
            StatusCode::SERVICE_UNAVAILABLE => Err(Failed::ForNow(refusal(&mut response))),
            _ => Err(Failed::ForGood(refusal(&mut response))),
        }
    }
}

fn broken(error: ureq::Error) -> Failed {
    match error {
        ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::Tls(_) | ureq::Error::Rustls(_) => {
            Failed::ForGood(error.into())
        }
        // A server that is not trusted now will not be later.
        ureq::Error::Io(io) if io.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()) => {
            Failed::ForGood(io.into())
        }
        _ => Failed::ForNow(anyhow!("the server cannot be reached: {error}")),
    }
}

/// A refusal in words, from its problem document.
fn refusal(response: &mut Response<Body>) -> anyhow::Error {
    let status = response.status();
    let problem = json(response).unwrap_or(Value::Null);
    let said = |name: &str| problem.get(name).and_then(Value::as_str);
    let words = said("detail").or(said("title")).unwrap_or("the server refused");
    anyhow!("{words} ({})", status.as_u16())
}

fn json(response: &mut Response<Body>) -> anyhow::Result<Value> {
    let body = response
        .body_mut()
        .with_config()
        .limit(ANSWER_BYTES_MAX)
        .read_to_vec();
    let body = body.context("the answer broke off")?;
    serde_json::from_slice(&body).context("the answer is not JSON")
}

fn trusting(pem: &[u8]) -> anyhow::Result<TlsConfig> {
    let mut certificates = Vec::new();
    for item in parse_pem(pem) {
        if let PemItem::Certificate(certificate) = item.context("the certificate to trust")? {
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() {
        bail!("there is no certificate in the file of those to trust");
    }
    Ok(TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&certificates))
        .build())
}

/// Percent-encodes everything but unreserved characters, so that a code of any script fits into a path.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => escaped.push(byte.into()),
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_any_script_fit_into_a_path() {
        assert_eq!(escape("w-017.b_~"), "w-017.b_~");
        assert_eq!(escape("网 a/b"), "%E7%BD%91%20a%2Fb");
    }

    #[test]
    fn addresses_and_certificates_that_are_none_are_refused() {
        let access = |url: &str, ca_cert| Access {
            url: url.into(),
            token: "t".into(),
            ca_cert,
        };
        assert!(Api::new(&access("http://127.0.0.1:1/", None), 1).is_ok());
        assert!(Api::new(&access("/nowhere", None), 1).is_err());
        assert!(Api::new(&access("http://a", Some(b"nothing".to_vec())), 1).is_err());
    }
}

//! The administrators' API of a real server, as its first account.

use otor_protocol::ids::{ActorId, PersonId};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// The token of the first account of every server here.
pub const TOKEN: &str = "first-token-of-the-tests";

/// A server's administration. Whatever it declines fails the test.
pub struct Administration {
    agent: ureq::Agent,
    api: String,
}

impl Administration {
    /// The administration of the server at `url`.
    pub fn of(url: &str) -> Self {
        Self::trusting(url, None)
    }

    /// The same, trusting the certificate in `pem` and no other.
    pub fn trusting(url: &str, pem: Option<&[u8]>) -> Self {
        let mut config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None);
        if let Some(pem) = pem {
            let certificate = Certificate::from_pem(pem).expect("a certificate");
            let roots = RootCerts::new_with_certs(&[certificate]);
            config = config.tls_config(TlsConfig::builder().root_certs(roots).build());
        }
        Administration {
            agent: config.build().new_agent(),
            api: format!("{url}/api/v1"),
        }
    }

    fn answer(path: &str, answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> String {
        let mut answer = answer.unwrap_or_else(|error| panic!("{path}: {error}"));
        let status = answer.status();
        let text = answer.body_mut().read_to_string();
        let text = text.unwrap_or_else(|error| panic!("{path}: {error}"));
        assert!(status.is_success(), "{path}: {status}: {text}");
        text
    }

    fn json(path: &str, text: &str) -> Value {
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{path}: {error}: {text}"))
    }

    /// Reads JSON.
    pub fn get(&self, path: &str) -> Value {
        Self::json(path, &self.text(path))
    }

    /// Reads text.
    pub fn text(&self, path: &str) -> String {
        let request = self.agent.get(format!("{}/{path}", self.api));
        Self::answer(
            path,
            request.header("Authorization", format!("Bearer {TOKEN}")).call(),
        )
    }

    fn send(&self, path: &str, content_type: &str, body: &str) -> Value {
        let request = self.agent.post(format!("{}/{path}", self.api));
        let request = request
            .header("Authorization", format!("Bearer {TOKEN}"))
            .header("Content-Type", content_type);
        Self::json(path, &Self::answer(path, request.send(body)))
    }

    /// Writes with POST.
    pub fn post(&self, path: &str, body: &Value) -> Value {
        self.send(path, "application/json", &body.to_string())
    }

    /// Imports a CSV file, no row of which may be refused.
    pub fn import(&self, path: &str, csv: &str) {
        let answer = self.send(path, "text/csv", csv);
        assert_eq!(answer["errors"], json!([]), "{path}");
    }

    /// A one-time code for a phone of a worker.
    pub fn invite(&self, worker: &str) -> String {
        let invited = self.post("devices/invite", &json!({"worker": worker}));
        text_of(&invited["code"])
    }

    /// What persons are called: workers and accounts.
    pub fn persons(&self) -> BTreeMap<PersonId, String> {
        let (workers, accounts) = (self.get("workers"), self.get("accounts"));
        let named = |list: &Value, name: &str| -> Vec<(PersonId, String)> {
            let rows = list.as_array().expect("a list").iter();
            rows.map(|row| (PersonId(number_of(&row["number"])), text_of(&row[name])))
                .collect()
        };
        let workers = named(&workers["workers"], "code");
        let accounts = named(&accounts["accounts"], "name");
        workers.into_iter().chain(accounts).collect()
    }

    /// How far the server has each actor's ops.
    pub fn through(&self) -> BTreeMap<ActorId, u64> {
        let devices = self.get("devices");
        let devices = devices["devices"].as_array().expect("a list").iter();
        devices
            .flat_map(|device| device["actors"].as_array().expect("a list").clone())
            .map(|actor| {
                let acked = actor["acked"].as_u64().expect("a number");
                (ActorId(number_of(&actor["actor"])), acked)
            })
            .collect()
    }

    /// How many ops are kept aside: quarantined, and parked.
    pub fn kept_aside(&self) -> (u64, u64) {
        let status = self.get("status");
        let count = |name: &str| status[name].as_u64().expect("a number");
        (count("quarantined"), count("parked"))
    }
}

fn number_of(value: &Value) -> u32 {
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    number.unwrap_or_else(|| panic!("{value} is no number"))
}

fn text_of(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"))
        .to_owned()
}

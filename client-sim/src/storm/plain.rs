//! The same storm against the baseline (`client-sim/baseline`): the same days of work, as gzipped JSON.

use super::Options;
use super::arrivals::Arriving;
use super::field;
use super::phone::is_edit;
use super::ready::Judged;
use super::requests::Connection;
use super::watch::now_ms;
use crate::measure::{Notes, Writer, notes};
use anyhow::ensure;
use flate2::Compression;
use flate2::read::{GzDecoder, GzEncoder};
use hyper::Method;
use hyper::body::Bytes;
use otor_protocol::record::Edit;
use otor_protocol::value::Value;
use serde_json::{Map, Value as Json, json};
use std::io::Read;
use std::net::SocketAddr;

/// A phone of the baseline, whose request is ready.
struct PlainPhone {
    request: Vec<u8>,
    ops: usize,
    down: usize,
}

impl Arriving for PlainPhone {
    fn request(&mut self) -> Bytes {
        Bytes::from(std::mem::take(&mut self.request))
    }

    fn path(&self) -> &'static str {
        "/sync"
    }

    fn can_ask(&self) -> bool {
        false
    }

    fn judge(&mut self, reply: &[u8]) -> anyhow::Result<Judged> {
        let mut text = Vec::new();
        GzDecoder::new(reply).read_to_end(&mut text)?;
        let reply: Json = serde_json::from_slice(&text)?;
        ensure!(reply["stored"] == json!(self.ops), "not every op is stored");
        let items = reply["records"].as_array().map_or(0, Vec::len);
        ensure!(items == self.down, "{items} records came");
        Ok(Judged {
            // Bounded by the options.
            items: Some(items as u32),
        })
    }
}

/// Brings the phones and what their colleagues wrote to the baseline; every phone with its request ready.
pub(super) async fn prepared(
    server: SocketAddr,
    options: &Options,
) -> anyhow::Result<Vec<Box<dyn Arriving>>> {
    let mut connection = Connection::open(server, None).await?;
    let parted = Notes::read(notes::OWN).part(options.seed)?;
    let mut writer = Writer::new(&parted.days, &parted.learned, options.seed);
    let mut tokens = Vec::new();
    for number in 0..options.phones {
        let grid = field::grid_code(number);
        tokens.push((token(number, "w"), grid.clone()));
        tokens.push((token(number, "c"), grid));
    }
    send(&mut connection, "/phones", serde_json::to_vec(&tokens)?).await?;
    let mut phones: Vec<Box<dyn Arriving>> = Vec::with_capacity(options.phones);
    for number in 0..options.phones {
        let creations = |_: usize| false;
        let before = day(number, "c", options.down, creations, &mut writer)?;
        send(&mut connection, "/sync", before).await?;
        phones.push(Box::new(PlainPhone {
            request: day(number, "w", options.ops, is_edit, &mut writer)?,
            ops: options.ops,
            down: options.down,
        }));
    }
    Ok(phones)
}

/// How many records the baseline has.
pub(super) async fn records(server: SocketAddr) -> anyhow::Result<u64> {
    let mut connection = Connection::open(server, None).await?;
    let answer = connection
        .send(Method::GET, "/counts", None, Bytes::new())
        .await?;
    let counts: Json = serde_json::from_slice(&answer.body)?;
    Ok(counts["records"].as_u64().unwrap_or(0))
}

async fn send(connection: &mut Connection, path: &str, body: Vec<u8>) -> anyhow::Result<()> {
    // The token is not looked at; with it the content is said to be JSON.
    let answer = connection
        .send(Method::POST, path, Some("none"), Bytes::from(body))
        .await?;
    ensure!(answer.status.is_success(), "{path}: {}", answer.status);
    Ok(())
}

fn token(number: usize, whose: &str) -> String {
    format!(
        "{whose}{number:08}-{:016x}",
        (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    )
}

/// A day of work as the request that brings it.
fn day(
    number: usize,
    whose: &str,
    ops: usize,
    edits: fn(usize) -> bool,
    writer: &mut Writer,
) -> anyhow::Result<Vec<u8>> {
    let (code, token) = (field::grid_code(number), token(number, whose));
    let grid = code.parse()?;
    let mut told = Vec::new();
    for place in 0..ops {
        let now_ms = now_ms();
        let mut op = json!({"area": code, "at": now_ms, "record": format!("{token}-{place}")});
        let edit = if edits(place) {
            op["record"] = json!(format!("{token}-0"));
            let words = writer.addition(0);
            Edit {
                set: vec![
                    ("phone".to_owned(), writer.phone()),
                    ("notes".to_owned(), Value::from(words.as_str())),
                ],
                ..Edit::default()
            }
        } else if place == 0 && whose == "w" {
            op["kind"] = json!("household");
            writer.household_card(&grid, 1)
        } else if place % 6 == 3 {
            op["kind"] = json!("report");
            let text = writer.earlier_description();
            writer.report(&grid, now_ms, &text)
        } else {
            op["kind"] = json!("visit");
            let text = writer.earlier_note();
            writer.visit(&grid, now_ms, &text)
        };
        op["fields"] = Json::Object(fields(&edit));
        told.push(op);
    }
    let request = json!({"token": token, "cursor": 0, "ops": told});
    let mut packed = Vec::new();
    GzEncoder::new(&serde_json::to_vec(&request)?[..], Compression::default()).read_to_end(&mut packed)?;
    Ok(packed)
}

fn fields(edit: &Edit) -> Map<String, Json> {
    let plain = |value: &Value| match value {
        Value::Text(text) => json!(text),
        Value::Int(number) => json!(number),
        Value::DegreesE7(degrees) => json!(*degrees as f64 / 1e7),
        other => json!(format!("{other:?}")),
    };
    let lists = edit.add.iter().map(|(name, members)| {
        let members: Vec<Json> = members.iter().map(plain).collect();
        (name.clone(), Json::Array(members))
    });
    let set = edit.set.iter().map(|(name, value)| (name.clone(), plain(value)));
    set.chain(lists).collect()
}

//! What measuring tells, for programs.

use super::floor::Floor;
use super::parts::Parts;
use super::targets::Target;
use serde::Serialize;

/// A whole run.
#[derive(Clone, Debug, Serialize)]
pub struct Measurement {
    /// Where the notes came from.
    pub notes: String,
    /// Lines of them that phones sent where it was measured.
    pub lines_measured: usize,
    /// The other lines: those that a dictionary may have been learnt from.
    pub lines_learned: usize,
    /// Seed of all that was drawn.
    pub seed: u64,
    /// Each exchange.
    pub exchanges: Vec<Measured>,
    /// What was demanded.
    pub targets: Vec<Target>,
    /// Whether all of it holds.
    pub ok: bool,
}

/// One exchange.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    /// Its name.
    pub name: &'static str,
    /// The dictionary both streams began with: "none", "shipped", "learned".
    pub dictionary: &'static str,
    /// Ops the phone sent.
    pub ops_up: u64,
    /// News and records that came.
    pub items_down: u64,
    /// Bytes to the server, HTTP head included.
    pub bytes_up: u64,
    /// Bytes to the phone, HTTP heads included.
    pub bytes_down: u64,
    /// Both.
    pub total: u64,
    /// Both, packed lightly as on a good link.
    pub light_total: u64,
    /// Requests it took on a connection that is open and loses nothing.
    pub round_trips: u64,
    /// The floor.
    pub floor: Floor,
    /// Total against the floor; none where there is no content.
    pub ratio: Option<f64>,
    /// The most that total may be by its floor: 1.25 times that and 450.
    pub most_by_floor: u64,
    /// The same content as gzipped JSON in one request and its reply.
    pub gzip_json: u64,
    /// Where the bytes go.
    pub parts: Parts,
    /// How it fares on each link, each time on a connection of its own.
    pub links: Vec<OnLink>,
}

/// An exchange on one kind of link: medians of several runs.
#[derive(Clone, Debug, Serialize)]
pub struct OnLink {
    /// The link's name.
    pub link: &'static str,
    /// Runs.
    pub runs: u64,
    /// From the wish to synchronise until all had come, in seconds of virtual time.
    pub seconds: f64,
    /// Connections, each with one request.
    pub connections: u64,
    /// Bytes to the server.
    pub bytes_up: u64,
    /// Bytes to the phone.
    pub bytes_down: u64,
}
